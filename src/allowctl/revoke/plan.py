"""From what was tried to what is to be sent: a plan, and what stands out of it.

`attempts`, then `build`; `differences` tells an old plan from one made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal

from allowctl.model.approval import Kind
from allowctl.model.chain import Address, Block, Call, Chain
from allowctl.model.plan import (
    Caps,
    Change,
    Fees,
    LeftOut,
    Plan,
    Role,
    Settled,
    Stage,
    Step,
)
from allowctl.revoke.attempts import DELTAS, PAIRS, attempts
from allowctl.revoke.differences import differences
from allowctl.revoke.goal import Goal, LimitTo, LimitToBalance, Revoke

NOT_CANCELLED = (
    "ERC-2612 permits, Permit2 SignatureTransfer signatures, and those for pairs in "
    "Permit2 that are not in this plan, are not cancelled"
)
STAY_GOOD = (
    "signatures for Permit2 that were not used yet stay good: "
    "allowctl revoke --cancel-signatures cancels those of known pairs"
)

_EXACT = Context(prec=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is paid, and what is never exceeded."""

    fees: Fees
    caps: Caps
    balance: int | None = None
    """Wei; None where it was not served."""
    usd_per_native: Decimal | None = None
    data_fees: Mapping[Call, int] = field(default_factory=dict)
    """Wei that the chain takes for a call's data at most, besides gas."""


def build(  # noqa: PLR0913 - the parts of a plan, all by name
    *,
    chain: Chain,
    owner: Address,
    as_of: Block,
    settled: Sequence[Settled],
    left_out: Sequence[LeftOut],
    terms: Terms,
    cancelled: bool = False,
) -> Plan:
    """The plan, its steps in the order of what was settled.

    Left out are what no way was found for, what is above a cap, and from the first
    that does not fit into what a run may cost, all the rest. `cancelled` says whether
    Permit2 signatures were to be. ValueError for a step that lowers nothing, or an
    approval of another owner's: `attempts` makes none.
    """
    draft = _Draft(chain=chain, owner=owner, terms=terms, left_out=[*left_out])
    for each in settled:
        draft.take(each)
    unseen = NOT_CANCELLED if cancelled else STAY_GOOD
    shown = cancelled or any(map(_in_permit2, _changes(settled, left_out)))
    return Plan(
        chain=chain,
        owner=owner,
        as_of=as_of,
        steps=tuple(draft.steps),
        left_out=tuple(draft.left_out),
        fees=terms.fees,
        caps=terms.caps,
        balance=terms.balance,
        usd_per_native=terms.usd_per_native,
        unseen=(unseen,) if shown else (),
    )


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A plan that grows."""

    chain: Chain
    owner: Address
    terms: Terms
    left_out: list[LeftOut]
    steps: list[Step] = field(default_factory=list)
    spent: int = 0
    """Wei, at worst."""
    full: bool = False

    def take(self, settled: Settled) -> None:
        """Both of its steps, or none."""
        steps = tuple(_steps(settled, len(self.steps) + 1, self.terms.data_fees))
        for step in steps:
            _must_reduce(step, self.owner)
        reason = self._refused(settled, steps)
        if reason:
            self.left_out += [
                LeftOut(change=each, reason=reason) for each in settled.attempt.changes
            ]
            return
        self.steps += steps
        self.spent += sum(map(self._cost, steps))

    def _refused(self, settled: Settled, steps: Sequence[Step]) -> str:
        """Why it has no place in the plan; empty if it has."""
        if settled.way is None:
            return settled.reason or "nothing that was tried takes it back"
        reason = self._above_a_cap(steps)
        if reason:
            return reason
        sent = {step.call for step in self.steps}
        if any(step.call in sent for step in steps):
            return "the same transaction is in the plan already"
        most = self.terms.caps.per_run
        self.full = self.full or self.spent + sum(map(self._cost, steps)) > most
        return f"the run may cost no more than {self._coins(most)}" * self.full

    def _above_a_cap(self, steps: Sequence[Step]) -> str:
        caps, fees = self.terms.caps, self.terms.fees
        if fees.max_fee > caps.fee_per_gas:
            return (
                f"a unit of gas costs {fees.max_fee:,} wei, "
                f"above the cap of {caps.fee_per_gas:,}"
            )
        for step in steps:
            most, cost = caps.gas * len(step.changes), self._cost(step)
            if step.gas > most:
                return f"it burns {step.gas:,} gas, above the cap of {most:,}"
            if cost > caps.per_transaction:
                cap = self._coins(caps.per_transaction)
                return f"it may cost {self._coins(cost)}, above the cap of {cap}"
        return ""

    def _cost(self, step: Step) -> int:
        return step.gas * self.terms.fees.max_fee + step.data_fee

    def _coins(self, wei: int) -> str:
        amount = _EXACT.normalize(_EXACT.scaleb(Decimal(wei), -18))
        return f"{amount:f} {self.chain.native_symbol}"


def _steps(
    settled: Settled, number: int, data_fees: Mapping[Call, int]
) -> Iterator[Step]:
    """The steps of the way that works; none where none does."""
    if settled.way is None:
        return
    first = number
    for stage, gas in zip(settled.way.stages, settled.gas, strict=True):
        yield Step(
            number=number,
            role=stage.role,
            method=stage.method,
            call=stage.call,
            changes=_brought_about(settled.attempt.changes, stage),
            gas=gas,
            proof=settled.proof,
            data_fee=data_fees.get(stage.call, 0),
            waits_for=first if stage.role is Role.SET else None,
            note=settled.way.note,
        )
        number += 1


def _brought_about(changes: Iterable[Change], stage: Stage) -> tuple[Change, ...]:
    return tuple(replace(each, after=stage.leaves) for each in changes)


def _must_reduce(step: Step, owner: Address) -> None:
    """ValueError for what is not to be signed, whoever asks for it."""
    for change in step.changes:
        if change.allowance.candidate.owner != owner:
            raise ValueError(f"{change.fingerprint} is another owner's")
        cancels = step.role is Role.CANCEL and change.permit2_nonce is not None
        if change.after >= change.before and not cancels:
            raise ValueError(f"{change.fingerprint} is not lowered")


def _changes(
    settled: Iterable[Settled], left_out: Iterable[LeftOut]
) -> Iterator[Change]:
    for each in settled:
        yield from each.attempt.changes
    for out in left_out:
        yield out.change


def _in_permit2(change: Change) -> bool:
    return change.allowance.candidate.kind is Kind.PERMIT2


__all__ = [
    "DELTAS",
    "NOT_CANCELLED",
    "PAIRS",
    "STAY_GOOD",
    "Goal",
    "LimitTo",
    "LimitToBalance",
    "Revoke",
    "Terms",
    "attempts",
    "build",
    "differences",
]
