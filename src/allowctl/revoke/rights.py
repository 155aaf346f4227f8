"""What state says of the approvals that a step changes, as the guard asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from allowctl.model.approval import (
    Allowance,
    Amount,
    Dead,
    Dormant,
    Everything,
    Fate,
    Item,
    Kind,
    Live,
    NotServed,
    Refused,
)
from allowctl.model.chain import Address
from allowctl.model.plan import Change, Method, Role, Step
from allowctl.revoke.guard import (
    AmountRight,
    ItemRight,
    OperatorRight,
    Permit2Right,
    Right,
)
from allowctl.revoke.verify import left


def rights(
    step: Step, fates: Sequence[Fate], items: Mapping[Address, bool]
) -> tuple[Right, ...]:
    """What each of a step's approvals gives now, in the order of its changes.

    `fates` as just read, one for each change; `items` tells of each contract whether
    it answers as one of single NFTs. What gives nothing any more has the right to
    nothing where a step may name it all the same: a pair of a lockdown, one whose
    signatures are cancelled, and what a SET is to raise from there, for which the
    guard has its own bound.
    """
    named = step.role in {Role.SET, Role.CANCEL} or step.method is Method.LOCKDOWN
    found = []
    for change, fate in zip(step.changes, fates, strict=True):
        right = _right(fate, items)
        if right is None and named and isinstance(fate, Dead):
            right = _nothing(change, fate, items)
        if right is not None:
            found.append(right)
    return tuple(found)


def unready(step: Step, fates: Sequence[Fate]) -> str:
    """Why a step is not signed as it was planned; empty if it may be.

    A part of a lockdown that is gone already does not hold up the rest.
    """
    reasons = [
        _unready(step, change, fate)
        for change, fate in zip(step.changes, fates, strict=True)
    ]
    return "" if "" in reasons else reasons[0]


def _unready(step: Step, change: Change, fate: Fate) -> str:
    now = left(fate)
    match fate:
        case NotServed(reason=reason) | Refused(reason=reason):
            return f"it could not be read before signing: {reason}"
        case Live() | Dormant() | Dead():
            pass
        case _:
            assert_never(fate)
    if now is None or step.role in {Role.SET, Role.CANCEL}:
        return ""
    if now <= change.after:
        return "nothing was sent: it stands there already"
    if step.method.startswith("decrease") and now != change.before:
        return f"it changed since the plan, from {change.before} to {now}: plan anew"
    return ""


def _right(fate: Fate, items: Mapping[Address, bool]) -> Right | None:
    match fate:
        case Live(allowance=allowance) | Dormant(allowance=allowance):
            return _of(allowance, items)
        case Dead(allowance=Allowance() as allowance):
            return _of(allowance, items)
        case Dead() | Refused() | NotServed():
            return None
        case _:
            assert_never(fate)


def _of(allowance: Allowance, items: Mapping[Address, bool]) -> Right:
    candidate = allowance.candidate
    match allowance.grant:
        case Item(token_id=token_id):
            return ItemRight(contract=candidate.contract, token_id=token_id)
        case Everything():
            return OperatorRight(
                contract=candidate.contract, operator=allowance.spender
            )
        case Amount(amount=amount) as grant if candidate.kind is Kind.PERMIT2:
            return Permit2Right(
                contract=candidate.contract,
                token=candidate.token,
                spender=allowance.spender,
                amount=amount,
                expiration=grant.expiration or 0,
                nonce=grant.permit2_nonce or 0,
            )
        case Amount(amount=amount):
            return AmountRight(
                contract=candidate.contract,
                spender=allowance.spender,
                amount=amount,
                items=items.get(candidate.contract, True),
            )
        case _:
            assert_never(allowance.grant)


def _nothing(change: Change, fate: Dead, items: Mapping[Address, bool]) -> Right | None:
    candidate, spender = change.allowance.candidate, change.allowance.spender
    if candidate.kind is not Kind.PERMIT2:
        return AmountRight(
            contract=candidate.contract,
            spender=spender,
            amount=0,
            items=items.get(candidate.contract, True),
        )
    if fate.permit2_nonce is None or fate.expiration is None:
        return None
    return Permit2Right(
        contract=candidate.contract,
        token=candidate.token,
        spender=spender,
        amount=0,
        expiration=fate.expiration,
        nonce=fate.permit2_nonce,
    )
