"""All logs of a synthetic chain, found in time that grows with what matches."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.fakes.provider_chain import BACKGROUND, TRANSFER, Blocks, background_row

Row = tuple[str, ...]
"""Address, data and topics: what matching needs. Lower case."""
_TOPICS = 2
"""Where the topics begin in a row."""
_INDEXED = (1, 2, 3)
_PER_WORD = 8
"""Rows that can be looked at in the time it takes to look up one topic."""
_KEPT = 100_000
"""Encoded logs to keep, at about 700 bytes each."""


class Emitted(NamedTuple):
    """A log as a contract emits it; the chain adds the rest."""

    block: int
    address: str
    topics: tuple[str, ...]
    data: str = "0x"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What eth_getLogs is asked for; None stands for anything. Lower case."""

    first: int
    last: int
    addresses: frozenset[str] | None = None
    topics: tuple[frozenset[str] | None, ...] = ()

    def admits(self, row: Row) -> bool:
        """Whether the log fits, whatever block it is in."""
        if self.addresses is not None and row[0] not in self.addresses:
            return False
        if len(row) < _TOPICS + len(self.topics):
            return False
        for place, words in enumerate(self.topics, _TOPICS):
            if words is not None and row[place] not in words:
                return False
        return True


class Logbook:
    """Logs in the order of the chain, each named by its place.

    A place below zero is the background log of block `~place`.
    """

    def __init__(self, emitted: Iterable[Emitted], blocks: Blocks) -> None:
        self.chain = blocks
        self.blocks = array("Q")
        self.rows: list[Row] = []
        self.forget()
        for block, address, topics, data in emitted:
            self.blocks.append(block)
            self.rows.append((address, data, *topics))
        numbers = self.blocks
        if any(numbers[at] > numbers[at + 1] for at in range(len(numbers) - 1)):
            order = sorted(range(len(numbers)), key=numbers.__getitem__)
            self.blocks = array("Q", (numbers[at] for at in order))
            self.rows = [self.rows[at] for at in order]

    def forget(self) -> None:
        """Drop what was derived: after a fork, hashes are others."""
        self._index: dict[int, dict[str, array[int]]] = {}
        self._wire: dict[int, str] = {}

    def places(self, wanted: Wanted) -> Sequence[int]:
        """Where the matching logs of contracts are, ascending."""
        low = bisect_left(self.blocks, wanted.first)
        high = bisect_right(self.blocks, wanted.last)
        rows, admits = self.rows, wanted.admits
        words = self._narrowest(wanted)
        if words is None or len(words[1]) * _PER_WORD > high - low:
            if wanted.addresses is None and not wanted.topics:
                return range(low, high)
            return [place for place in range(low, high) if admits(rows[place])]
        index = self._by_topic(words[0])
        found: list[int] = []
        for word in words[1]:
            if (places := index.get(word)) is not None:
                start = bisect_left(places, low)
                stop = bisect_left(places, high, start)
                found += [p for p in places[start:stop] if admits(rows[p])]
        found.sort()
        return found

    def backgrounds(self, wanted: Wanted) -> Sequence[int]:
        """The blocks whose background log matches.

        A long range costs nothing unless what is asked for admits any of them.
        """
        if wanted.addresses is not None and BACKGROUND not in wanted.addresses:
            return ()
        if wanted.topics and TRANSFER not in (wanted.topics[0] or {TRANSFER}):
            return ()
        senders = wanted.topics[1] if len(wanted.topics) > 1 else None
        if senders is None:
            blocks: Iterable[int] = self.chain.backgrounds(wanted.first, wanted.last)
        else:
            named = (int(word, 16) & 2**64 - 1 for word in senders)
            blocks = sorted({n for n in named if wanted.first <= n <= wanted.last})
            blocks = filter(self.chain.has_background, blocks)
        return [n for n in blocks if wanted.admits(background_row(n))]

    def find(self, wanted: Wanted) -> Sequence[int]:
        """Every matching log, in the order of the chain."""
        places, background = self.places(wanted), self.backgrounds(wanted)
        if not background:
            return places
        both = [*places, *(~number for number in background)]
        return sorted(both, key=lambda place: (self.block(place), place < 0, place))

    def block(self, place: int) -> int:
        return ~place if place < 0 else self.blocks[place]

    def row(self, place: int) -> Row:
        return background_row(~place) if place < 0 else self.rows[place]

    def in_block(self, number: int) -> Sequence[int]:
        """Every log of one block."""
        return self.find(Wanted(first=number, last=number))

    def wire(self, place: int) -> str:
        """A log as JSON, with all the fields that nodes send."""
        known = self._wire.get(place)
        if known is not None:
            return known
        number = self.block(place)
        first = bisect_left(self.blocks, number)
        index = place - first
        if place < 0:
            index = bisect_right(self.blocks, number) - first
        address, data, *topics = self.row(place)
        words = ",".join(f'"{topic}"' for topic in topics)
        told = (
            f'{{"address":"{address}","topics":[{words}],'
            f'"data":"{data}","blockNumber":"{number:#x}","transactionHash":"'
            f'{self.chain.transaction(number, index)}","transactionIndex":"{index:#x}",'
            f'"blockHash":"{self.chain.hash(number)}","logIndex":"{index:#x}",'
            '"removed":false}'
        )
        if len(self._wire) < _KEPT:
            self._wire[place] = told
        return told

    def _narrowest(self, wanted: Wanted) -> tuple[int, frozenset[str]] | None:
        narrow = [
            (position, words)
            for position, words in enumerate(wanted.topics)
            if words is not None and position in _INDEXED
        ]
        return min(narrow, key=lambda each: len(each[1]), default=None)

    def _by_topic(self, position: int) -> dict[str, array[int]]:
        if position not in self._index:
            index: dict[str, array[int]] = defaultdict(lambda: array("I"))
            for place, row in enumerate(self.rows):
                if len(row) > _TOPICS + position:
                    index[row[_TOPICS + position]].append(place)
            self._index[position] = dict(index)
        return self._index[position]
