"""Seeking the logs of many owners on one chain: what is known already is not asked.

Logs up to finality are remembered with the ranges that they are all of; what is
above is read anew each time. A block's hash anchors what is remembered: where the
chain no longer has that block, all above the last one it has is forgotten.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from allowctl.codec import words
from allowctl.model.chain import Address, BlockRange, Log, LogFilter
from allowctl.model.coverage import Checked, Difference, Gap
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.logs import Fetched, Sought, Terms, Tick, merge
from allowctl.rpc.pool import Pin, Pool
from allowctl.rpc.search import fetch
from allowctl.scan.keep import Keeper
from allowctl.standards import STANDARDS
from allowctl.standards.base import Standard
from allowctl.store.cache import Cache

Progress = Callable[[Tick], None]


@dataclass(slots=True, kw_only=True)
class Found:
    """What a search came to, apart from the logs that are in the cache."""

    held: dict[Address, list[Log]] = field(default_factory=dict)
    gaps: dict[Address, list[Gap]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    checked: Checked | None = None
    """None where nothing was asked."""
    canary: int | None = None
    remembered: dict[Address, int] = field(default_factory=dict)
    """Blocks of each owner that were not asked for again."""

    def up_to(self, settled: int) -> Found:
        """The same without what lies above finality, which is sought anew."""
        below = {
            owner: [
                replace(
                    gap,
                    blocks=BlockRange(gap.blocks.first, min(gap.blocks.last, settled)),
                )
                for gap in gaps
                if gap.blocks.first <= settled
            ]
            for owner, gaps in self.gaps.items()
        }
        held = {
            owner: [log for log in logs if log.block <= settled]
            for owner, logs in self.held.items()
        }
        return replace(self, gaps=below, held=held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """Seeks on one chain. `verify`: percent of what is read that is read twice."""

    pool: Pool
    cache: Cache
    progress: Progress
    verify: float = 0.0
    chance: Callable[[], float] = random.random

    async def history(self, owners: Sequence[Address], first: int, pin: Pin) -> Found:
        """Every approval log of the owners from a block up to the pinned one."""
        await self.anchor(pin)
        found = Found()
        last = pin.block.number
        chain_id = self.pool.chain.id
        for shape in filters(STANDARDS):
            known = (
                {}
                if self.verify
                else self.cache.covered(chain_id, shape.version, owners)
            )
            missing = {
                owner: subtracted(
                    BlockRange(first, last), known.get(owner, ()), pin.settled
                )
                for owner in owners
            }
            for owner, ranges in missing.items():
                asked = sum(map(len, ranges))
                found.remembered[owner] = last - first + 1 - asked
            await self._fetch(shape, missing, pin, found)
            if any(missing.values()):
                self.cache.compact(chain_id, shape.version)
        return found

    async def tail(self, owners: Sequence[Address], first: int, pin: Pin) -> Found:
        """The same above finality alone, when the pinned block is a newer one."""
        found = Found()
        start = max(first, pin.settled + 1)
        if start > pin.block.number:
            return found
        ranges = (BlockRange(start, pin.block.number),)
        for shape in filters(STANDARDS):
            await self._fetch(shape, dict.fromkeys(owners, ranges), pin, found)
        return found

    def logs(
        self, owner: Address, first: int, pin: Pin, found: Iterable[Found]
    ) -> list[Log]:
        """All logs of an owner that were found, remembered or not."""
        held = [log for each in found for log in each.held.get(owner, ())]
        if first > pin.settled:
            return held
        blocks = BlockRange(first, pin.settled)
        chain_id = self.pool.chain.id
        for shape in filters(STANDARDS):
            held += self.cache.logs(chain_id, shape.version, owner, blocks)
        return held

    async def anchor(self, pin: Pin) -> None:
        """Forget what rests on blocks that the chain no longer has."""
        chain_id = self.pool.chain.id
        anchors = self.cache.anchors(chain_id)
        tried, low, high = 0, 0, len(anchors)
        while low < high:
            # What stands on a block that stands does so too.
            if await self._stands(*anchors[tried], pin):
                high = tried
            else:
                low = tried + 1
            tried = (low + high) // 2
        if low:
            newest = anchors[low][0] if low < len(anchors) else -1
            self.cache.rewind(chain_id, newest)
        if pin.final is not None:
            self.cache.add_anchor(chain_id, pin.final.number, pin.final.hash)

    async def _stands(self, number: int, block_hash: str, pin: Pin) -> bool:
        """Whether the chain has a block. One above all heads it has not."""
        if pin.final is not None and number == pin.final.number:
            return pin.final.hash == block_hash
        heads = [node.head.number for node in self.pool.usable if node.head]
        if number > max(heads, default=0):
            return False
        try:
            return (await self.pool.block(number)).hash == block_hash
        except RefusalError as refusal:
            if refusal.kind in {RefusalKind.HEAD, RefusalKind.PRUNED}:
                return False
            raise

    def doubt(self, differences: Sequence[Difference]) -> None:
        """Forget what is disputed, and all above it, whoever told it before."""
        if differences:
            first = min(each.blocks.first for each in differences)
            self.cache.rewind(self.pool.chain.id, first - 1)

    def forget(self) -> None:
        """Remember nothing of this chain's logs: not all were this chain's."""
        self.cache.rewind(self.pool.chain.id, -1)

    async def _fetch(
        self,
        shape: Shape,
        missing: Mapping[Address, Sequence[BlockRange]],
        pin: Pin,
        found: Found,
    ) -> None:
        sought = _grouped(shape, missing)
        if not sought:
            return
        keeper = Keeper(
            self.cache,
            chain_id=self.pool.chain.id,
            version=shape.version,
            settled=pin.settled,
            owners={words.topic(owner): owner for owner in missing},
        )
        terms = Terms(
            sink=keeper.take,
            progress=self.progress,
            room=keeper.room,
            again=lambda: self.chance() * 100 < self.verify,
            canary=self.cache.canary(self.pool.chain.id),
        )
        try:
            fetched = await fetch(self.pool.usable, sought, pin.block.number, terms)
        finally:
            await keeper.flush()
        self._add(found, fetched, keeper)

    def _add(self, found: Found, fetched: Fetched, keeper: Keeper) -> None:
        for owner, logs in keeper.held.items():
            found.held.setdefault(owner, []).extend(logs)
        for missed in fetched.missed:
            for topic in missed.wanted.topics[-1]:
                owner = words.address_of_topic(topic)
                found.gaps.setdefault(owner, []).append(missed.gap)
        found.differences.extend(fetched.differences)
        found.checked = together((found.checked, fetched.checked))
        found.canary = fetched.canary
        if fetched.canary is not None:
            self.cache.save_canary(self.pool.chain.id, fetched.canary)


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


def together(parts: Iterable[Checked | None]) -> Checked | None:
    """By how many endpoints all was told whose parts were told so."""
    told = {part for part in parts if part is not None}
    if not told:
        return None
    return told.pop() if len(told) == 1 else Checked.SAMPLED


def gaps_of(found: Iterable[Found], owner: Address) -> tuple[Gap, ...]:
    """All gaps of one owner."""
    return merge(gap for each in found for gap in each.gaps.get(owner, ()))


def _grouped(
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
