"""A plan says what it does: whoever wrote it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import PlanError
from allowctl.model.approval import Amount
from allowctl.model.chain import Address, Call
from allowctl.model.plan import Change, Method, Plan, Role, Step
from allowctl.revoke import document, sound
from allowctl.revoke.goal import Goal, LimitTo, Revoke
from allowctl.revoke.select import Row
from tests import build
from tests.lab.abi import encode_call
from tests.revoke import making_plans as making


def made(rows: list[Row], goal: Goal, delta: int | None = None, way: int = 0) -> Plan:
    attempts, _ = making.tried(
        rows, goal, None if delta is None else lambda: delta or 0
    )
    return making.planned(
        [making.works(each, min(way, len(each.ways) - 1)) for each in attempts]
    )


@given(making.many_rows, making.goals, st.none() | making.deltas, st.integers(0, 4))
def test_what_is_planned_is_sound(
    rows: list[Row], goal: Goal, delta: int | None, way: int
) -> None:
    """By whatever way, and after it was written down."""
    plan = made(rows, goal, delta, way)

    assert sound.flaw(plan) == ""
    assert document.read_one(document.one(plan)).steps == plan.steps


@given(making.many_rows, making.goals, st.data())
def test_a_call_that_does_something_else_is_found(
    rows: list[Row], goal: Goal, data: st.DataObject
) -> None:
    """One changed byte in any call, or another contract."""
    plan = made(rows, goal)
    if not plan.steps:
        return
    step = data.draw(st.sampled_from(plan.steps))
    at = data.draw(st.integers(0, len(step.call.data) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = bytearray(step.call.data)
    changed[at] ^= flip
    other = Call(step.call.to, bytes(changed))
    if data.draw(st.booleans()):
        other = Call(Address("0x" + "99" * 20), step.call.data)
    steps = tuple(
        replace(each, call=other) if each is step else each for each in plan.steps
    )

    assert sound.flaw(replace(plan, steps=steps))


def changed(plan: Plan, number: int, **parts: object) -> Plan:
    steps = tuple(
        replace(step, **parts) if step.number == number else step  # type: ignore[arg-type] # what each test needs
        for step in plan.steps
    )
    return replace(plan, steps=steps)


def limit() -> Plan:
    row = build.record(build.allowance(build.amount(1_000)))
    plan = made([row], LimitTo("400 units"), way=2)
    assert [step.role for step in plan.steps] == [Role.ZERO, Role.SET]
    return plan


def test_a_limit_set_to_more_than_is_shown() -> None:
    """The screen would say 400, and 1,000 would be signed."""
    plan = limit()
    spender = plan.steps[1].changes[0].allowance.spender
    more = encode_call("approve(address,uint256)", spender, 999)
    call = Call(plan.steps[1].call.to, more)

    assert sound.flaw(changed(plan, 2, call=call))


def test_a_zeroing_has_one_set() -> None:
    """A second one would grant the limit again."""
    plan = limit()
    again = replace(plan.steps[1], number=3)

    assert sound.flaw(replace(plan, steps=(*plan.steps, again)))
    assert sound.flaw(replace(plan, steps=plan.steps[:1]))


def test_an_approval_is_taken_back_once() -> None:
    """Four approve calls, one after the other, would be four races."""
    plan = made([build.record(build.allowance(build.amount(1_000)))], Revoke())
    (step,) = plan.steps
    again = replace(step, number=2)

    assert sound.flaw(replace(plan, steps=(step, again)))


def test_a_revocation_that_sets_an_amount() -> None:
    """An amount below the present one is no revocation."""
    plan = made([build.record(build.allowance(build.amount(1_000)))], Revoke())
    (step,) = plan.steps
    spender = step.changes[0].allowance.spender
    data = encode_call("approve(address,uint256)", spender, 999)
    call = Call(step.call.to, data)
    after = (replace(step.changes[0], after=999),)

    assert sound.flaw(changed(plan, 1, call=call))
    assert sound.flaw(changed(plan, 1, call=call, changes=after))


def test_a_cancellation_that_is_none() -> None:
    """It is called so, and is an approve."""
    plan = made([making.child()], Revoke(), delta=5_000)
    cancel = plan.steps[0]
    assert cancel.method is Method.INVALIDATE_NONCES
    data = encode_call("approve(address,uint256)", build.SPENDER, 1)

    assert sound.flaw(changed(plan, 1, call=Call(cancel.call.to, data)))
    near = replace(cancel.changes[0], permit2_nonce=_nonce(cancel) + 1)
    assert sound.flaw(changed(plan, 1, changes=(near,)))


def _nonce(step: Step) -> int:
    grant = step.changes[0].allowance.grant
    assert isinstance(grant, Amount)
    return grant.permit2_nonce or 0


def test_another_token_than_the_contract_s() -> None:
    """Its transfers would be looked for in the wrong place."""
    plan = limit()

    def elsewhere(change: Change) -> Change:
        candidate = replace(change.allowance.candidate, token=Address("0x" + "77" * 20))
        return replace(change, allowance=replace(change.allowance, candidate=candidate))

    for step in plan.steps:
        plan = changed(plan, step.number, changes=tuple(map(elsewhere, step.changes)))
    assert "another token" in sound.flaw(plan)


def test_what_is_not_sound_is_not_read() -> None:
    """From a file or from a journal, whatever its hash."""
    plan = limit()
    again = replace(plan.steps[1], number=3)
    bad = replace(plan, steps=(*plan.steps, again))

    with pytest.raises(PlanError):
        document.read_one(document.one(bad))
    with pytest.raises(PlanError):
        document.read(document.text([bad], "0"))
