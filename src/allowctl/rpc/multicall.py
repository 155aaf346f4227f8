"""Many reads at one block in few requests, none of which can spoil another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from allowctl.codec import multicall
from allowctl.codec.words import WORD
from allowctl.errors import CodecError
from allowctl.model.chain import (
    BURNS,
    REVERTS,
    Address,
    Answer,
    Block,
    Call,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.rpc.client import RefusalError, RefusalKind, Rpc

_TIMESTAMP = bytes.fromhex("0f28c97d")
"""getCurrentBlockTimestamp(): of all that a block has, only its time is the same
on chains whose NUMBER is another chain's."""
_PROBATION = 16
"""Calls of one contract that are made before the rest of them."""
_NOT_AGAIN = Reverted(f"{BURNS}, as {_PROBATION} other calls of it did")
BATCH = 250
"""Calls in one aggregate: 64 kB of calldata, well inside every known gas cap."""


class StateReader:
    """Reads of one chain's state at one block.

    They go through Multicall3 where it lives at that block, else one by one.
    What fails or answers nothing inside an aggregate is read again alone, with
    all the gas the node allows: it may have been another call's doing. Only a
    contract that has burnt all of it in each of its first calls is not asked
    further: its logs are planted for cents, and each of them costs seconds.
    """

    def __init__(self, rpc: Rpc, at: Block, aggregator: Address) -> None:
        self.rpc = rpc
        self.at = at
        self.aggregator = aggregator
        self._aggregates: bool | None = None

    async def proven(self) -> bool:
        """Whether the endpoint has shown that it has the state of this block."""
        return await self._can_aggregate()

    async def read(
        self, calls: Sequence[Call], *, patient: bool = True
    ) -> list[Answer]:
        """The answer of each call, in order.

        `patient=False` takes a failure inside an aggregate as it is: for what
        is good to know and no more.
        """
        seen: Counter[Address] = Counter()
        first: list[Call] = []
        later: list[Call] = []
        for call in dict.fromkeys(calls):
            seen[call.to] += 1
            (first if seen[call.to] <= _PROBATION else later).append(call)
        answers = dict(zip(first, await self._all(first, patient=patient), strict=True))
        burners = {
            contract
            for contract, count in seen.items()
            if count > _PROBATION
            and all(
                answer == Reverted(BURNS)
                for call, answer in answers.items()
                if call.to == contract
            )
        }
        answers |= {call: _NOT_AGAIN for call in later if call.to in burners}
        later = [call for call in later if call.to not in burners]
        answers |= zip(later, await self._all(later, patient=patient), strict=True)
        return [answers[call] for call in calls]

    async def _all(self, calls: Sequence[Call], *, patient: bool) -> list[Answer]:
        if not calls:
            return []
        if len(calls) == 1 or not await self._can_aggregate():
            return await self.rpc.calls(calls, self.at)
        chunks = [calls[start : start + BATCH] for start in range(0, len(calls), BATCH)]
        parts = await asyncio.gather(
            *(self._aggregate(each, patient=patient) for each in chunks)
        )
        return [answer for part in parts for answer in part]

    async def _can_aggregate(self) -> bool:
        """Whether Multicall3 is there, and tells the time of the block asked for.

        An endpoint that reads at another block than the one named gives itself
        away by it: RefusalError.
        """
        if self._aggregates is None:
            told = await self.rpc.call(Call(self.aggregator, _TIMESTAMP), self.at)
            match told:
                case Returned(data=data) if len(data) == WORD:
                    if int.from_bytes(data, "big") != self.at.timestamp:
                        raise RefusalError(
                            f"{self.rpc.host} reads state at another block than "
                            f"{self.at.number}, which it was asked for",
                            kind=RefusalKind.FATAL,
                            hint="ask for the head, or give another --rpc-url",
                        )
                    self._aggregates = True
                case _:
                    self._aggregates = False
        return self._aggregates

    async def _aggregate(self, calls: Sequence[Call], *, patient: bool) -> list[Answer]:
        whole = await self.rpc.call(multicall.encode(calls, self.aggregator), self.at)
        try:
            items = multicall.decode(_data(whole), len(calls))
        except CodecError:
            if len(calls) == 1:
                return await self.rpc.calls(calls, self.at)
            middle = len(calls) // 2
            halves = await asyncio.gather(
                self._aggregate(calls[:middle], patient=patient),
                self._aggregate(calls[middle:], patient=patient),
            )
            return [answer for half in halves for answer in half]
        if not patient:
            return [
                Returned(data) if success else Reverted(REVERTS)
                for success, data in items
            ]
        sound = [success and bool(data) for success, data in items]
        open_calls = [c for c, ok in zip(calls, sound, strict=True) if not ok]
        alone = iter(await self.rpc.calls(open_calls, self.at) if open_calls else ())
        return [
            Returned(data) if ok else next(alone)
            for (_, data), ok in zip(items, sound, strict=True)
        ]


def _data(answer: Answer) -> bytes:
    match answer:
        case Returned(data=data):
            return data
        case Reverted(reason=reason) | Unserved(reason=reason):
            raise CodecError(reason)
