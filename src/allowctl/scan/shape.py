"""What is asked for in every contract, and what of it is known already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from allowctl.codec import words
from allowctl.model.chain import Address, BlockRange, LogFilter
from allowctl.rpc.endpoints import Node
from allowctl.rpc.logs import Sought
from allowctl.rpc.pool import Pool
from allowctl.scan.keep import told_by
from allowctl.standards.base import Standard
from allowctl.store.cache import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A filter without its owners: the events that have them in one position."""

    topics: tuple[tuple[str, ...], ...]
    """By position, up to the one before the owner's."""

    @property
    def version(self) -> str:
        """What coverage is remembered under: other events are another filter."""
        text = ";".join(",".join(each) for each in self.topics)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def of(self, owners: Iterable[Address]) -> LogFilter:
        """The filter for some owners."""
        return LogFilter(topics=(*self.topics, tuple(map(words.topic, owners))))


def filters(standards: Iterable[Standard]) -> tuple[Shape, ...]:
    """One filter per position that the owner has: all events of it at once."""
    topics: dict[int, set[str]] = {}
    for standard in standards:
        for event in standard.events:
            topics.setdefault(event.owner_position, set()).add(event.topic0)
    return tuple(
        Shape(topics=(tuple(sorted(signatures)), *((),) * (position - 1)))
        for position, signatures in sorted(topics.items())
    )


def subtracted(
    asked: BlockRange, known: Sequence[BlockRange], settled: int
) -> tuple[BlockRange, ...]:
    """What of a range is not known, newest first. Above finality nothing is.

    `known` is in order and disjoint.
    """
    missing: list[BlockRange] = []
    start = asked.first
    for each in known:
        last = min(each.last, settled, asked.last)
        if last < start or each.first > last:
            continue
        if each.first > start:
            missing.append(BlockRange(start, each.first - 1))
        start = last + 1
    if start <= asked.last:
        missing.append(BlockRange(start, asked.last))
    return tuple(reversed(missing))


def versions(nodes: Iterable[Node], shape: Shape) -> list[str]:
    """What coverage is remembered under: the word of each of some endpoints."""
    keys = dict.fromkeys(node.key for node in nodes)
    return [told_by(shape.version, key) for key in keys]


def covered(
    cache: Cache, pool: Pool, shape: Shape, owners: Sequence[Address]
) -> dict[Address, list[BlockRange]]:
    """The ranges of each owner that any of the endpoints has told, in order.

    Of one that is not asked now nothing is believed: whoever names another wants
    that one's word.
    """
    told = [
        cache.covered(pool.chain.id, version, owners)
        for version in versions(pool.usable, shape)
    ]
    return {
        owner: _union(blocks for each in told for blocks in each.get(owner, ()))
        for owner in owners
    }


def _union(ranges: Iterable[BlockRange]) -> list[BlockRange]:
    whole: list[BlockRange] = []
    for each in sorted(ranges):
        if whole and each.first <= whole[-1].last + 1:
            whole[-1] = BlockRange(whole[-1].first, max(whole[-1].last, each.last))
        else:
            whole.append(each)
    return whole


def grouped(
    shape: Shape, missing: Mapping[Address, Sequence[BlockRange]]
) -> list[Sought]:
    """Owners of whom the same is missing are asked for together."""
    groups: dict[tuple[BlockRange, ...], list[Address]] = {}
    for owner, ranges in missing.items():
        groups.setdefault(tuple(ranges), []).append(owner)
    return [
        Sought(wanted=shape.of(owners), blocks=blocks)
        for ranges, owners in groups.items()
        for blocks in ranges
    ]
