"""Calls made together: by the first way that works, in batches that fit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from allowctl.model.chain import Address, Block, Call
from allowctl.rpc.aggregate import Batching, Failure, Item, Way, aggregate
from allowctl.rpc.client import Rpc


class Together:
    """Aggregates of one reader. What none of them brings is None."""

    def __init__(
        self, rpc: Rpc, at: Block, multicall3: Address, batching: Batching
    ) -> None:
        self._rpc = rpc
        self._at = at
        self._multicall3 = multicall3
        self.batching = batching
        self._absent: set[Way] = set()
        self._learning = asyncio.Lock()
        self.met_multicall = False
        """Whether Multicall3 answered at this block: then its state is there."""

    @property
    def way(self) -> Way | None:
        """The way that works, if one is known."""
        known = self.batching.way
        return None if known in self._absent else known

    def give_up(self, way: Way) -> None:
        """Go this way no more."""
        self._absent.add(way)
        if way is Way.MULTICALL:
            self.met_multicall = False
        if self.batching.way is way:
            self.batching.way = None

    async def read(self, calls: Sequence[Call]) -> list[Item]:
        """What came of each call. RefusalError if it is another block's."""
        if len(calls) < 2:  # noqa: PLR2004 - one call needs no company
            return [None for _ in calls]
        first = await self._learn(calls)
        rest = calls[len(first) :]
        way, size = self.way, self.batching.size
        if way is None:
            return [*first, *(None for _ in rest)]
        parts = await asyncio.gather(
            *(self._chunk(way, each, size) for each in self.batching.cut(rest))
        )
        return [*first, *(item for part in parts for item in part)]

    async def _learn(self, calls: Sequence[Call]) -> list[Item]:
        """The first calls' items, by the first way that works; [] if one is known.

        The two likeliest are tried side by side: it costs a request, once for an
        endpoint, and saves a round trip.
        """
        async with self._learning:
            for ways in ((Way.PLACED, Way.MULTICALL), (Way.PASSING,)):
                if self.way:
                    break
                found = await self._try(
                    [way for way in ways if way not in self._absent], calls
                )
                if found is not None:
                    return found
            return []

    async def _try(
        self, ways: Sequence[Way], calls: Sequence[Call]
    ) -> list[Item] | None:
        """What the first of some ways that works brings, or None if none works.

        [] if one works that brought nothing, or if none can: the block is gone.
        """
        least = Way.PASSING if Way.PASSING in ways else None
        some = next(Batching(size=self.batching.size, way=least).cut(calls))
        tries = await asyncio.gather(*(self._made(way, some) for way in ways))
        for way, found in zip(ways, tries, strict=True):
            if not isinstance(found, Failure):
                self.batching.way = way
                self.batching.answered(self.batching.size)
                return found
            if found.wrong_block:
                raise found.wrong_block
        failures = [found for found in tries if isinstance(found, Failure)]
        if any(failure.expired for failure in failures):
            return []
        for way, found in zip(ways, failures, strict=True):
            shown = found if found.absent else await self._made(way, ())
            if not isinstance(shown, Failure):
                self.batching.way = way
                return []
            if shown.wrong_block:
                raise shown.wrong_block
            self._absent.add(way)
        return None

    async def _chunk(self, way: Way, calls: Sequence[Call], size: int) -> list[Item]:
        found = await self._halving(way, calls)
        if not isinstance(found, Failure):
            items, clean = found
            if clean:
                self.batching.answered(size)
            return items
        if found.wrong_block:
            raise found.wrong_block
        if found.expired:
            return [None for _ in calls]
        self.give_up(way)
        return await self.read(calls)

    async def _halving(
        self, way: Way, calls: Sequence[Call]
    ) -> tuple[list[Item], bool] | Failure:
        """What came of each call, and whether one aggregate was enough."""
        found = await self._made(way, calls)
        if not isinstance(found, Failure):
            return found, True
        if found.absent or found.expired:
            return found
        # Was it too much, or does the way work no more?
        shown = await self._made(way, ())
        if isinstance(shown, Failure):
            return shown
        if len(calls) == 1:
            return [None], False
        middle = len(calls) // 2
        one, two = await asyncio.gather(
            self._halving(way, calls[:middle]), self._halving(way, calls[middle:])
        )
        if isinstance(one, Failure) or isinstance(two, Failure):
            return one if isinstance(one, Failure) else two
        if one[1] and two[1]:
            # Else it was one call's doing, and says nothing of the number.
            self.batching.refused(len(calls))
        return [*one[0], *two[0]], False

    async def _made(self, way: Way, calls: Sequence[Call]) -> list[Item] | Failure:
        found = await aggregate(self._rpc, way, calls, self._at, self._multicall3)
        if way is Way.MULTICALL and not isinstance(found, Failure):
            self.met_multicall = True
        return found
