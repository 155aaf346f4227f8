"""When blocks were: their times, read once for all owners of a run.

What is asked for are days. Of many blocks only some are read, and the others are
put between these in proportion.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from allowctl.model.chain import Block
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.coalesce import Coalesced
from allowctl.rpc.pool import Pool

MOST = 256
"""Blocks that are read at once; up to so many in a run, each is read itself."""
FINE = 7 * 86_400
"""Seconds between two blocks, so few that of those between them none is read once
there are more than `MOST`."""


class Moments:
    """The times of one chain's blocks, remembered for as long as it is held."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._newest = 0
        """The time of the newest block that a report was made at."""
        self._known: dict[int, int] = {}
        self._failed: dict[int, Missing] = {}
        self._marks: list[int] = []
        """The blocks of both, in order."""
        self._reads = 0
        self._ask = Coalesced(self._asked)

    async def of(
        self, numbers: Collection[int], *, at: Block
    ) -> dict[int, int | Missing]:
        """The time of each block up to `at`, in unix seconds; FAILED if nobody tells.

        What several ask side by side goes out together. Nothing is asked twice, nor
        again if it failed. Up to 256 blocks cost one round trip at an endpoint without
        caps, and each time is the block's own.

        Of more, 256 are read, spread over them, and any other is dated in proportion
        between its neighbours of which the time is known. It is off by less than these
        are apart, about two weeks where the blocks span ten years; blocks come so
        evenly that it is hours rather. Later calls read more, until neighbours are a
        week apart.
        """
        self._newest = max(self._newest, at.timestamp)
        self._note(at.number, at.timestamp)
        wanted = list(dict.fromkeys(numbers))
        found = await self._ask(wanted)
        return dict(zip(wanted, found, strict=True))

    async def _asked(self, numbers: Sequence[int]) -> list[int | Missing]:
        new = {n for n in numbers if n not in self._known and n not in self._failed}
        await self._read(picked(sorted(new), self._known, MOST - self._reads))
        return [self._time(number) for number in numbers]

    async def _read(self, numbers: Sequence[int]) -> None:
        """Learn the time of each, from the first endpoint that tells it."""
        self._reads += len(numbers)
        left = list(numbers)
        for node in self._pool.usable:
            last = -1 if node.head is None else node.head.number
            asked = [number for number in left if number <= last]
            for block in await node.rpc.blocks(asked) if asked else ():
                # None before a report's own block can be younger.
                if isinstance(block, Block) and block.timestamp <= self._newest:
                    self._note(block.number, block.timestamp)
            left = [number for number in left if number not in self._known]
        for number in left:
            reason = f"nobody told the time of block {number}"
            self._note(number, Missing(Lack.FAILED, reason))

    def _note(self, number: int, time: int | Missing) -> None:
        if number not in self._known and number not in self._failed:
            insort(self._marks, number)
        if isinstance(time, Missing):
            self._failed[number] = time
        else:
            self._known[number] = time
            self._failed.pop(number, None)

    def _time(self, number: int) -> int | Missing:
        """Its own, or by its neighbours; if one of them failed, that is why."""
        known = self._failed.get(number) or self._known.get(number)
        if known is not None:
            return known
        index = bisect_left(self._marks, number)
        lower, upper = self._marks[index - 1], self._marks[index]
        for each in (lower, upper):
            if each in self._failed:
                return self._failed[each]
        since, until = self._known[lower], self._known[upper]
        return since + (until - since) * (number - lower) // (upper - lower)


def picked(numbers: Sequence[int], known: Mapping[int, int], room: int) -> list[int]:
    """Those of some blocks, in order, whose times are to be read.

    All, if there are no more than `room`. Else at most `MOST`: the first and the
    last, unless known ones are beyond them, and the middle one of the longest gap,
    again and again.
    """
    if len(numbers) <= room or not numbers:
        return list(numbers)
    ends = {numbers[0], numbers[-1]}
    if known:
        ends = {n for n in ends if not min(known) < n < max(known)}
    chosen = set(ends)
    gaps = [_gap(a, b, known) for a, b in pairwise(sorted({*known, *ends}))]
    heapq.heapify(gaps)
    while gaps and len(chosen) < MOST:
        seconds, blocks, lower, upper = heapq.heappop(gaps)
        if -seconds <= FINE:
            break
        first, after = bisect_right(numbers, lower), bisect_left(numbers, upper)
        if first < after:
            middle = bisect_left(numbers, (lower + upper) // 2, first, after - 1)
            split = numbers[middle]
            chosen.add(split)
            for a, b in ((lower, split), (split, upper)):
                heapq.heappush(gaps, (seconds * (a - b) / blocks, a - b, a, b))
    return sorted(chosen)


def _gap(
    lower: int, upper: int, known: Mapping[int, int]
) -> tuple[float, int, int, int]:
    """Its length in seconds and in blocks, below 0 for the heap; and its ends."""
    seconds = math.inf
    if lower in known and upper in known:
        seconds = known[upper] - known[lower]
    return -seconds, lower - upper, lower, upper
