"""What the guard is told of state, and what is not even tried."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import (
    Allowance,
    Dead,
    DeadReason,
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
from allowctl.model.plan import Method, Plan, Role, Step
from allowctl.revoke.goal import LimitTo
from allowctl.revoke.guard import (
    AmountRight,
    ItemRight,
    OperatorRight,
    Permit2Right,
    Right,
)
from allowctl.revoke.rights import rights, unready
from tests import build as make
from tests.build import NOW, PERMIT2, SPENDER
from tests.revoke.making_keys import OWNER
from tests.revoke.making_runs import (
    BEFORE,
    OTHER_TOKEN,
    TOKEN,
    amount,
    child,
    limiting,
    plan_of,
    revoking,
)

_NO_ITEMS = {TOKEN: False, PERMIT2: False}
_UNTIL = NOW + 10**6


def _now(of: Allowance, amount: int, **parts: int) -> Allowance:
    """The same approval, as it stands a moment later."""
    if of.candidate.kind is Kind.PERMIT2:
        grant = make.child(amount, expiration=_UNTIL)
        return replace(of, grant=replace(grant, **parts))
    return replace(of, grant=make.amount(amount))


def _dead(of: Allowance, nonce: int | None = None) -> Dead:
    return Dead(
        candidate=of.candidate,
        reason=DeadReason.ZERO,
        permit2_nonce=nonce,
        expiration=None if nonce is None else _UNTIL + 1,
    )


def _step(plan: Plan, number: int = 1) -> Step:
    return plan.steps[number - 1]


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (
            amount(),
            AmountRight(contract=TOKEN, spender=SPENDER, amount=BEFORE, items=False),
        ),
        (
            child(),
            Permit2Right(
                contract=PERMIT2,
                token=TOKEN,
                spender=SPENDER,
                amount=BEFORE,
                expiration=_UNTIL,
                nonce=0,
            ),
        ),
        (
            make.allowance(
                Item(token_id=7),
                kind=Kind.ERC721,
                token=TOKEN,
                token_id=7,
                owner=OWNER,
            ),
            ItemRight(contract=TOKEN, token_id=7),
        ),
        (
            make.allowance(Everything(), kind=Kind.OPERATOR, token=TOKEN, owner=OWNER),
            OperatorRight(contract=TOKEN, operator=SPENDER),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("asleep", [False, True])
def test_each_kind_has_its_right(
    of: Allowance, expected: Right, *, asleep: bool
) -> None:
    """As it was read now, live or asleep; asleep it can be woken."""
    fate = Dormant(allowance=of) if asleep else Live(allowance=of)
    assert rights(_step(plan_of(of)), [fate], _NO_ITEMS) == (expected,)


def test_what_expired_keeps_its_own_date() -> None:
    """So that the guard can refuse to date it anew."""
    of = child()
    old = _now(of, 5, expiration=NOW - 1, permit2_nonce=3)
    fate = Dead(candidate=of.candidate, reason=DeadReason.EXPIRED, allowance=old)
    (found,) = rights(_step(plan_of(of)), [fate], _NO_ITEMS)
    assert isinstance(found, Permit2Right)
    assert (found.amount, found.expiration, found.nonce) == (5, NOW - 1, 3)


@pytest.mark.parametrize("items", [{TOKEN: True}, {}])
def test_a_contract_nobody_can_tell_of_may_have_items(
    items: dict[Address, bool],
) -> None:
    """Then its `approve` is the guard's to refuse."""
    (found,) = rights(_step(revoking()), [Live(allowance=amount())], items)
    assert isinstance(found, AmountRight)
    assert found.items


@pytest.mark.parametrize(
    "fate",
    [
        _dead(amount()),
        Refused(candidate=amount().candidate, reason="reverts"),
        NotServed(candidate=amount().candidate, reason="nobody"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_gives_nothing_is_no_right(fate: Fate) -> None:
    """Of an allowance that is taken back whole there is nothing left to measure by."""
    assert rights(_step(revoking()), [fate], _NO_ITEMS) == ()


def test_a_set_starts_from_nothing() -> None:
    """What the zeroing left is a right to 0, in a token and in Permit2."""
    in_token = limiting()
    (found,) = rights(_step(in_token, 2), [_dead(amount())], _NO_ITEMS)
    assert found == AmountRight(contract=TOKEN, spender=SPENDER, amount=0, items=False)
    of = child()
    in_permit2 = plan_of(of, goal=LimitTo("400 units"))
    assert _step(in_permit2, 2).role is Role.SET
    (found,) = rights(_step(in_permit2, 2), [_dead(of, 9)], _NO_ITEMS)
    assert found == Permit2Right(
        contract=PERMIT2,
        token=TOKEN,
        spender=SPENDER,
        amount=0,
        expiration=_UNTIL + 1,
        nonce=9,
    )


def test_a_set_without_a_reading_has_no_right() -> None:
    """Nobody knows that it starts from nothing."""
    fate = NotServed(candidate=amount().candidate, reason="nobody")
    assert rights(_step(limiting(), 2), [fate], _NO_ITEMS) == ()


def test_a_pair_that_is_gone_does_not_hold_up_a_lockdown() -> None:
    """The call names all pairs: so each of them has a right, if only to nothing."""
    one, two = child(1), child(2)
    step = _step(plan_of(one, two))
    assert step.method is Method.LOCKDOWN
    fates: list[Fate] = [_dead(one, 4), Live(allowance=two)]
    assert unready(step, fates) == ""
    found = rights(step, fates, _NO_ITEMS)
    assert [
        (each.token, each.amount) for each in found if isinstance(each, Permit2Right)
    ] == [(TOKEN, 0), (OTHER_TOKEN, BEFORE)]


def test_signatures_of_a_pair_that_is_gone_can_be_cancelled() -> None:
    """They would grant it again; the nonce is measured from the one it has now."""
    of = child()
    step = _step(plan_of(of, cancel=5_000))
    assert step.role is Role.CANCEL
    assert unready(step, [_dead(of, 4)]) == ""
    (found,) = rights(step, [_dead(of, 4)], _NO_ITEMS)
    assert isinstance(found, Permit2Right)
    assert (found.amount, found.nonce) == (0, 4)


@pytest.mark.parametrize("role", ["whole", "zero", "set", "cancel"])
def test_what_cannot_be_read_is_not_signed(role: str) -> None:
    """Whatever the step is for."""
    of, step = {
        "whole": (amount(), _step(revoking())),
        "zero": (amount(), _step(limiting())),
        "set": (amount(), _step(limiting(), 2)),
        "cancel": (child(), _step(plan_of(child(), cancel=5_000))),
    }[role]
    for fate in (
        NotServed(candidate=of.candidate, reason="endpoints differ"),
        Refused(candidate=of.candidate, reason="reverts"),
    ):
        assert fate.reason in unready(step, [fate])


@given(now=st.integers(0, 2 * BEFORE))
def test_only_what_is_above_its_goal_is_sent_for(now: int) -> None:
    """A whole revocation wants anything, a zeroing too; a limit that stands is left."""
    fate: Fate = Live(allowance=_now(amount(), now)) if now else _dead(amount())
    assert bool(unready(_step(revoking()), [fate])) == (now == 0)
    assert bool(unready(_step(limiting(400)), [fate])) == (now == 0)
    assert bool(unready(_step(limiting(400, least=1)), [fate])) == (now <= 1)
    decrease = _step(plan_of(amount(), goal=LimitTo("400 units")))
    assert decrease.method is Method.DECREASE_ALLOWANCE
    reason = unready(decrease, [fate])
    assert bool(reason) == (now != BEFORE)
    if now <= 400:
        assert "stands there already" in reason
    elif reason:
        assert "changed since the plan" in reason


def test_a_lockdown_waits_for_nothing_only_if_every_pair_is_done() -> None:
    """One that is live is reason enough; the first reason is told if there is none."""
    one, two = child(1), child(2)
    step = _step(plan_of(one, two))
    unserved = NotServed(candidate=two.candidate, reason="nobody")
    assert unready(step, [Live(allowance=one), unserved]) == ""
    assert "already" in unready(step, [_dead(one, 0), unserved])
    assert "already" in unready(step, [_dead(one, 0), _dead(two, 0)])
