"""A piece of what logs are sought in: a filter and a range, to be cut as needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from allowctl.model.chain import BlockRange, Log, LogFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one endpoint said a unit holds, for another to confirm."""

    host: str
    key: str = ""
    machine: str = ""
    """The witness that it is: see `Node.machine`."""
    logs: tuple[Log, ...]

    def within(self, blocks: BlockRange) -> Told:
        """The part of it that lies in a range."""
        return replace(
            self,
            logs=tuple(log for log in self.logs if log.block in blocks),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A range of one filter's logs."""

    wanted: LogFilter
    blocks: BlockRange
    refused: Mapping[int, str] = field(default_factory=dict)
    """By endpoint (its `id`): why it does not serve this."""
    attempts: Mapping[int, int] = field(default_factory=dict)
    """By endpoint: how often it failed in a way that may pass."""
    told: Told | None = None
    """Where it is read a second time: what the first endpoint said."""

    def part(self, blocks: BlockRange) -> Unit:
        """A part of its range, with its history."""
        told = None if self.told is None else self.told.within(blocks)
        return replace(self, blocks=blocks, told=told)

    def only(self, position: int, alternatives: tuple[str, ...]) -> Unit:
        """Some of its alternatives in one topic position."""
        topics = list(self.wanted.topics)
        topics[position] = alternatives
        wanted = replace(self.wanted, topics=tuple(topics))
        told = self.told
        if told is not None:
            logs = tuple(log for log in told.logs if wanted.matches(log))
            told = replace(told, logs=logs)
        return replace(self, wanted=wanted, told=told)

    def refused_by(self, node: int, reason: str) -> Unit:
        """The same, not to be asked of that endpoint again."""
        return replace(self, refused={**self.refused, node: reason})

    def failed_at(self, node: int) -> Unit:
        """The same, tried once more in vain."""
        return replace(
            self, attempts={**self.attempts, node: self.attempts.get(node, 0) + 1}
        )

    @property
    def size(self) -> int:
        """Its blocks, counted once for each owner."""
        return len(self.blocks) * max(1, len(self.wanted.topics[self.keys]))

    @property
    def keys(self) -> int:
        """The position of the topics that it is cut by: the owners'."""
        return len(self.wanted.topics) - 1


def same(one: Iterable[Log], other: Iterable[Log]) -> bool:
    """Whether two endpoints tell the same logs, however they spell and order them.

    The index is left out: some nodes count it per transaction.
    """
    return Counter(map(_place, one)) == Counter(map(_place, other))


def union(one: Sequence[Log], other: Sequence[Log]) -> tuple[Log, ...]:
    """All logs that either tells."""
    known = Counter(map(_place, one))
    return (*one, *(log for log in other if _place(log) not in known))


def _place(log: Log) -> tuple[int, str, tuple[str, ...], str]:
    topics = tuple(map(str.lower, log.topics))
    return (log.block, log.address.lower(), topics, log.data.lower())
