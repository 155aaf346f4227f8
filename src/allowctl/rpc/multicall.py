"""Many reads at one block in few requests, none of which can spoil another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from allowctl.codec.words import WORD
from allowctl.model.chain import Address, Answer, Block, Call, Returned, Unserved
from allowctl.rpc.aggregate import TIMESTAMP, Batching, Item, Way, wrong_block
from allowctl.rpc.alone import ALONE_GAS, read_alone
from allowctl.rpc.client import Rpc
from allowctl.rpc.together import Together

_SAMPLES = 3


class StateReader:
    """Reads of one chain's state at one block, at one endpoint.

    They go together as far as a way for that is found, else one by one. What fails
    or answers nothing among others is read again alone, with ample gas: it may
    have been another call's doing.
    """

    def __init__(
        self,
        rpc: Rpc,
        at: Block,
        multicall3: Address,
        *,
        batching: Batching | None = None,
    ) -> None:
        self.rpc = rpc
        self.at = at
        self.multicall3 = multicall3
        self.batching = batching or Batching()
        self._together = Together(rpc, at, multicall3, self.batching)
        self._stateful: bool | None = None

    async def proven(self) -> bool:
        """Whether the endpoint has shown that it has the state of this block.

        RefusalError if it shows that it has another block's.
        """
        if self._together.met_multicall:
            return True
        if self._stateful is None:
            call = Call(self.multicall3, TIMESTAMP)
            (told,) = await self.rpc.calls((call,), self.at, gas=ALONE_GAS)
            found = isinstance(told, Returned) and len(told.data) == WORD
            if found and told != Returned(self.at.timestamp.to_bytes(WORD, "big")):
                raise wrong_block(self.rpc, self.at)
            self._stateful = found
        return self._stateful

    async def read(
        self, calls: Sequence[Call], *, impatient: Collection[Call] = ()
    ) -> list[Answer]:
        """The answer of each call, in order.

        A failure of the `impatient` is taken as it is, if the gas was there for it:
        they are good to know and no more. RefusalError if the endpoint reads at
        another block.
        """
        asked = list(dict.fromkeys(calls))
        items = dict(zip(asked, await self._together.read(asked), strict=True))
        hasty = frozenset(impatient)
        again = [
            call
            for call, item in items.items()
            if item is None or not (call in hasty or _says(item))
        ]
        samples = self._samples(items)
        alone = await read_alone(self.rpc, [*again, *samples], self.at)
        if samples and not self._agree(samples, items, alone):
            self._together.give_up(Way.MULTICALL)
            return await self.read(calls, impatient=impatient)
        answers = items | alone | {call: items[call] for call in samples}
        if any(map(_says, answers.values())):
            self._stateful = True
        return [answer for call in calls if (answer := answers[call]) is not None]

    def _samples(self, items: Mapping[Call, Item]) -> list[Call]:
        """Answers to be compared with the contracts' own, of different contracts.

        Code of ours cannot invent answers; what stands at Multicall3's address on
        a chain that nobody knows can.
        """
        if self._together.way is not Way.MULTICALL or self.batching.sampled:
            return []
        said = {call.to: call for call, item in items.items() if _says(item)}
        return list(said.values())[:_SAMPLES]

    def _agree(
        self,
        samples: Sequence[Call],
        items: Mapping[Call, Item],
        alone: Mapping[Call, Answer],
    ) -> bool:
        """Whether any agrees, or none could be read: one token alone may lie."""
        told = [call for call in samples if not isinstance(alone[call], Unserved)]
        same = any(alone[call] == items[call] for call in told)
        self.batching.sampled = same
        return same or not told


def _says(answer: Answer | Item) -> bool:
    return isinstance(answer, Returned) and bool(answer.data)
