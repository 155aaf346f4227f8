"""Trying an owner's calls at one endpoint, before anything is signed.

Three ways, the best first: the node runs calls and reads in a block of its own
(eth_simulateV1); our code in the owner's place does (a state override); or the call
alone is made and estimated, and nobody sees what it leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from allowctl.codec import words
from allowctl.errors import CodecError, OversizeError, UnservedError
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
from allowctl.model.plan import Proof
from allowctl.rpc import answers, rehearsal
from allowctl.rpc.client import RefusalError, RefusalKind, Rpc
from allowctl.rpc.rehearsal import LONGEST, READ_GAS, Acted, Trial

AT_ONCE = 100
"""Trials in one HTTP body: each puts our code into it, a kilobyte and a half."""

Outcome = tuple[Acted, ...] | Reverted | Unserved
"""What came of a trial: of each call; or what a contract did to spoil all of it."""

_HARMLESS = Trial(
    calls=(Call(Address("0x" + "00" * 19 + "04"), b""),), reads=(), gas=50_000
)
"""A call of the identity precompile: what fails with it, fails with anything."""
_FALSE = bytes(words.WORD)
_TRUE = bytes(31) + b"\x01"
_SHOWN = 2 + 2 * LONGEST
"""Characters of an answer that are looked at."""


class Rehearser:
    """One owner's trials at one endpoint, on top of one block."""

    def __init__(self, rpc: Rpc, owner: Address, at: Block) -> None:
        self._rpc = rpc
        self._owner = owner
        self._at = at
        self._ways = [Proof.SIMULATED, Proof.OVERRIDDEN]
        """Those that may work here; one alone once it is known."""
        self._known = False

    @property
    def proof(self) -> Proof:
        """How what was tried here last is proven."""
        return self._ways[0] if self._ways else Proof.UNPROVEN

    async def seen(self, trials: Sequence[Trial]) -> list[Outcome] | None:
        """What came of each, as the best way shows that this endpoint has.

        None if it has neither way that shows what a call leaves.
        """
        if self._known or not trials:
            return await self._made(trials) if self._ways else None
        while self._ways:
            found = await self._first(trials[0])
            if found is not None:
                self._known = True
                del self._ways[1:]
                return [found, *await self._made(trials[1:])]
            del self._ways[0]
        self._known = True
        return None

    async def unseen(self, trials: Sequence[Trial]) -> list[Outcome]:
        """What comes of the first call of each alone: nothing is read after it."""
        sent = [self._sent(each.calls[0], each.gas) for each in trials]
        found = await self._ask([("eth_call", (each,)) for each in sent])
        made = [answers.answer(item, self._rpc.host) for item in found]
        passed = [i for i, each in enumerate(made) if isinstance(each, Returned)]
        gas = await self.estimated([trials[i] for i in passed])
        estimates = dict(zip(passed, gas, strict=True))
        return [
            _alone(answer, trial.gas, estimates.get(i))
            for i, (answer, trial) in enumerate(zip(made, trials, strict=True))
        ]

    async def estimated(self, trials: Sequence[Trial]) -> list[int | Reverted | None]:
        """The limit that the first call of each needs; None where nobody says.

        It counts what a simulation without fees does not: gas that a chain takes for
        data (Arbitrum), and gas that has to be there though it is not used.
        """
        # Without a limit of its own: nodes differ in what they say of a low one.
        sent = [self._sent(each.calls[0]) for each in trials]
        found = await self._ask([("eth_estimateGas", (each,)) for each in sent])
        return [_estimate(item, self._rpc.host) for item in found]

    async def _first(self, trial: Trial) -> Outcome | None:
        """What came of the first trial ever; None if this way is not to be had."""
        (item,) = await self._items([trial])
        absent = isinstance(item, RefusalError) and item.kind is RefusalKind.UNSUPPORTED
        found = self._outcome(item, trial)
        if not isinstance(found, Unserved):
            return found
        if absent or not isinstance(item, UnservedError):
            return None
        # Is it this trial, or would it be any?
        (item,) = await self._items([_HARMLESS])
        shown = self._outcome(item, _HARMLESS)
        return None if isinstance(shown, Unserved) else found

    async def _made(self, trials: Sequence[Trial]) -> list[Outcome]:
        found = await self._items(trials)
        return [
            self._outcome(item, trial)
            for item, trial in zip(found, trials, strict=True)
        ]

    async def _items(self, trials: Sequence[Trial]) -> list[object | UnservedError]:
        if self.proof is Proof.SIMULATED:
            block = [("eth_simulateV1", (self._block(each),)) for each in trials]
            return await self._ask(block)
        asked = [("eth_call", (self._whole(each),)) for each in trials]
        override = {self._owner: {"code": "0x" + rehearsal.code().hex()}}
        return await self._ask(asked, (override,))

    async def _ask(
        self,
        asked: Sequence[tuple[str, Sequence[object]]],
        extra: Sequence[object] = (),
    ) -> list[object | UnservedError]:
        chunks = [asked[at : at + AT_ONCE] for at in range(0, len(asked), AT_ONCE)]
        found = await asyncio.gather(
            *(self._rpc.at_block(each, self._at, extra) for each in chunks)
        )
        return [item for part in found for item in part]

    def _outcome(self, item: object, trial: Trial) -> Outcome:
        if isinstance(item, OversizeError):
            return answers.LONG
        if isinstance(item, RefusalError) and item.kind is RefusalKind.EXECUTION:
            # No contract's failure reaches so far, but its words might.
            return Unserved(f"{self._rpc.host} fails to simulate it")
        if isinstance(item, UnservedError):
            return Unserved(item.message)
        try:
            if self.proof is Proof.SIMULATED:
                return _simulated(item, trial, self._at, self._rpc.host)
            return _rehearsed(item, trial, self._at)
        except (UnservedError, CodecError):
            return Unserved(answers.malformed("a simulation", self._rpc.host).message)

    def _sent(self, call: Call, gas: int | None = None) -> dict[str, str]:
        fields = {"from": self._owner, "to": call.to, "data": "0x" + call.data.hex()}
        return fields if gas is None else {**fields, "gas": hex(gas)}

    def _whole(self, trial: Trial) -> dict[str, str]:
        asked = rehearsal.encode(trial)
        return self._sent(Call(self._owner, asked), rehearsal.gas_of(trial, asked))

    def _block(self, trial: Trial) -> dict[str, object]:
        reads = [
            {"to": each.to, "data": "0x" + each.data.hex(), "gas": hex(READ_GAS)}
            for each in trial.reads
        ]
        calls = [
            fields
            for call in trial.calls
            for fields in (self._sent(call, trial.gas), *reads)
        ]
        return {
            "blockStateCalls": [{"calls": calls}],
            "validation": False,
            "traceTransfers": False,
        }


def _simulated(item: object, trial: Trial, at: Block, host: str) -> Outcome:
    """What eth_simulateV1 says of each call. UnservedError if it is malformed."""
    match item:
        case [{"number": number, "calls": list(calls)}] if (
            # Some give the simulated block the number of the one below it.
            answers.number(number, host) >= at.number
        ):
            pass
        case _:
            raise answers.malformed("a simulation", host)
    each = 1 + len(trial.reads)
    if len(calls) != len(trial.calls) * each:
        raise answers.malformed("a simulation", host)
    ran = [_ran(call, host) for call in calls]
    return tuple(
        Acted(
            worked=isinstance(ran[start][0], Returned),
            gas=ran[start][1],
            reads=tuple(answer for answer, _ in ran[start + 1 : start + each]),
        )
        for start in range(0, len(ran), each)
    )


def _ran(call: object, host: str) -> tuple[Returned | Reverted, int]:
    """What one simulated call answered, as far as it is looked at, and its gas."""
    match call:
        case {"status": status, "gasUsed": used, "returnData": str(data)}:
            gas = answers.number(used, host)
            if answers.number(status, host):
                return Returned(words.hex_bytes(data[:_SHOWN])), gas
            return Reverted(BURNS if gas >= READ_GAS else REVERTS), gas
        case _:
            raise answers.malformed("a simulation", host)


def _rehearsed(item: object, trial: Trial, at: Block) -> Outcome:
    """What our code in the owner's place says. CodecError if it is not our code's."""
    if not isinstance(item, str):
        raise CodecError("no bytes")
    time, found = rehearsal.decode(words.hex_bytes(item), trial)
    if time != at.timestamp:
        raise CodecError("another block")
    return found


def _estimate(item: object, host: str) -> int | Reverted | None:
    if isinstance(item, RefusalError) and item.kind is RefusalKind.EXECUTION:
        return Reverted(REVERTS)
    try:
        return answers.number(item, host)
    except UnservedError:
        return None


def _alone(answer: Answer, given: int, estimate: int | Reverted | None) -> Outcome:
    """What an eth_call with so much gas and an estimate say together.

    Where nobody estimates, it is taken to use half of what it was given.
    """
    if isinstance(answer, Reverted) and answer.reason == BURNS:
        return (Acted(worked=False, gas=given, reads=None),)
    if not isinstance(answer, Returned):
        return answer
    if isinstance(estimate, Reverted):
        return estimate
    gas = given // 2 if estimate is None else estimate
    plain, yes = answer.data == _FALSE, answer.data == _TRUE
    return (Acted(worked=True, gas=gas, reads=None, false=plain, true=yes),)
