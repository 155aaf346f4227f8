"""Signing and sending what one run sends, under nonces that follow each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count

from allowctl.errors import GuardError
from allowctl.model.plan import Plan, Step
from allowctl.revoke import fees as market
from allowctl.revoke.dispatch import Desk, Dispatch, Known
from allowctl.revoke.ports import Answer, Entry, Event, Journal, Outbox, Posted, Signer
from allowctl.revoke.tell import Tell

_BUMPS = 12
"""Times that a price is raised while a node calls it too low: about fourfold."""
_LATER = {Answer.UNDERPRICED, Answer.TOO_CHEAP}
_HOPELESS = {Answer.NO_MONEY, Answer.WRONG_CHAIN, Answer.NONCE_USED}


class Sent(Enum):
    """What came of sending a step."""

    UNDER_WAY = auto()
    """It is signed and handed out: its receipt decides."""
    REFUSED = auto()
    """The guard let it not through: nothing was signed."""
    STUCK = auto()
    """It is signed, and no node takes it: nothing after it can pass either."""


@dataclass(slots=True, kw_only=True)
class Sendoff:
    """Where one run's transactions leave."""

    run: str
    plan: Plan
    outbox: Outbox
    journal: Journal
    unlock: Callable[[], Signer]
    """Asked for the key once, when the first signature is due."""
    clock: Callable[[], float]
    tell: Tell
    nonce: int = 0
    """The next that is free."""
    dispatched: dict[int, Dispatch] = field(default_factory=dict, init=False)
    """What was signed, by the step's number."""
    refused: dict[int, str] = field(default_factory=dict, init=False)
    """What the guard said, by the step's number."""
    _signer: Signer | None = field(default=None, init=False)
    _desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self._desk = Desk(
            run=self.run,
            chain_id=self.plan.chain.id,
            owner=self.plan.owner,
            caps=self.plan.caps,
            journal=self.journal,
            signer=self._key,
        )

    async def send(self, dispatch: Dispatch, known: Known) -> Sent:
        """Sign a step under the next nonce, write that down, hand it out."""
        number = dispatch.step.number
        try:
            self._desk.sign(dispatch, known)
        except GuardError as error:
            self.refused[number] = error.message
            return Sent.REFUSED
        self.dispatched[number] = dispatch
        self.nonce += 1
        dispatch.signed_at = self.clock()
        for bumps in count():
            told = {each.answer for each in await self.post(dispatch)}
            if told & {Answer.TAKEN, Answer.KNOWN}:
                return Sent.UNDER_WAY
            if not told <= _LATER or not told:
                # Unclear ones go on: the receipt decides, and it is sent again.
                return Sent.STUCK if told and told <= _HOPELESS else Sent.UNDER_WAY
            if bumps == _BUMPS or not self.dearer(dispatch, known):
                break
        return Sent.STUCK

    async def post(self, dispatch: Dispatch) -> Sequence[Posted]:
        """Hand its newest transaction to everyone, once more if need be."""
        posted = await self.outbox.send(dispatch.newest)
        name = [*dispatch.raws][-1]
        self.journal.append(
            Entry(
                run=self.run,
                what=Event.SENT,
                step=dispatch.step.number,
                transaction=name,
                text=", ".join(f"{each.host}: {each.answer}" for each in posted),
            )
        )
        self.tell.sent(dispatch.step, name, posted)
        told = {each.answer for each in posted}
        dispatch.unpaid = bool(told) and told <= {Answer.NO_MONEY}
        dispatch.taken = bool(told) and told <= {Answer.NONCE_USED}
        return posted

    def dearer(self, dispatch: Dispatch, known: Known) -> bool:
        """Sign the same under the same nonce at a higher price, if there is one."""
        fees = market.bumped(dispatch.fees, self.plan.caps.fee_per_gas)
        if fees is None:
            return False
        before, dispatch.fees = dispatch.fees, fees
        try:
            self._desk.sign(dispatch, known)
        except GuardError:
            dispatch.fees = before
            return False
        dispatch.signed_at = self.clock()
        return True

    def spendable(self, step: Step) -> int:
        """Wei that a step may cost, all others taken at what they were signed for."""
        others = sum(
            each.step.gas * each.fees.max_fee + each.step.data_fee
            for number, each in self.dispatched.items()
            if number != step.number
        )
        return max(0, self.plan.caps.per_run - others)

    def passes(self, dispatch: Dispatch, known: Known) -> bool:
        """Whether it would be signed, as far as the guard is concerned."""
        return self._desk.passes(dispatch, known)

    def unlocked(self) -> None:
        """Ask for the key now: a person may take a while. SignerError."""
        self._key()

    def forget(self) -> None:
        """Drop the key. The next signature would ask for it again."""
        if self._signer is not None:
            self._signer.forget()
            self._signer = None

    def _key(self) -> Signer:
        if self._signer is None:
            self._signer = self.unlock()
        return self._signer
