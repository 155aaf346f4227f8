"""From what was tried to what is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import (
    Allowance,
    Amount,
    Dead,
    DeadReason,
    Fate,
    Kind,
    Live,
)
from allowctl.model.plan import (
    Change,
    LeftOut,
    Method,
    Plan,
    Role,
    Settled,
    Step,
    Way,
)
from allowctl.revoke.goal import Goal, LimitTo
from allowctl.revoke.guard.calls import decode
from allowctl.revoke.guard.reductions import must_lower
from allowctl.revoke.guard.rights import Bounds, Zeroing
from allowctl.revoke.plan import NOT_CANCELLED, STAY_GOOD, Terms
from allowctl.revoke.rights import rights
from allowctl.revoke.select import Row
from tests import build
from tests.revoke import making_plans as making
from tests.revoke.making_plans import CAPS, FEES, GWEI, TERMS, tried

LIMIT = LimitTo("10 units")
FIRST, SECOND, THIRD = making.erc20(1), making.erc20(2), making.erc20(3)
STEP_COST = making.GAS * FEES.max_fee


def capped(**parts: int) -> Terms:
    return replace(TERMS, caps=replace(CAPS, **parts))


def reasons(plan: Plan) -> list[str]:
    return [each.reason for each in plan.left_out]


def names(changes: Iterable[Change]) -> list[tuple[str, bool]]:
    """Approvals, and whether it is their signatures that are meant."""
    return [(each.fingerprint, each.permit2_nonce is not None) for each in changes]


def test_steps_are_numbered_as_they_are_sent() -> None:
    """One for each call, with what trying it has shown."""
    plan = making.plan(FIRST, making.child(2), THIRD)

    assert [step.number for step in plan.steps] == [1, 2, 3]
    assert [step.method for step in plan.steps] == [
        Method.APPROVE,
        Method.LOCKDOWN,
        Method.APPROVE,
    ]
    assert [step.changes[0].fingerprint for step in plan.steps] == [
        making.fingerprint(each) for each in (FIRST, making.child(2), THIRD)
    ]
    assert {step.gas for step in plan.steps} == {making.GAS}
    assert plan.worst_cost == 3 * STEP_COST
    assert (plan.balance, plan.usd_per_native) == (TERMS.balance, TERMS.usd_per_native)


def test_a_set_waits_for_its_zero() -> None:
    """Two steps of one approval; what each leaves stands in it."""
    (first, second), _ = tried([FIRST, SECOND], LIMIT)
    plan = making.planned([making.works(first), making.works(second, way=2)])
    _, zero, last = plan.steps

    assert (zero.role, zero.number, zero.waits_for) == (Role.ZERO, 2, None)
    assert (last.role, last.number, last.waits_for) == (Role.SET, 3, 2)
    assert (zero.changes[0].after, last.changes[0].after) == (0, 10)
    assert zero.note == last.note != ""
    assert [each.after for each in plan.goals] == [10, 10]


def test_the_least_there_is_stands_in_the_plan() -> None:
    """Where a token refuses 0, 1 is left, and the note says so."""
    (attempt,), _ = tried([FIRST])
    plan = making.planned([making.works(attempt, way=3)])

    assert plan.steps[0].changes[0].after == 1
    assert "refuses 0" in plan.steps[0].note
    assert not plan.goals[0].revokes


def test_a_data_fee_is_part_of_the_cost() -> None:
    """By the call that it is for."""
    (attempt,), _ = tried([FIRST])
    call = attempt.ways[0].stages[0].call
    plan = making.planned(
        [making.works(attempt)], terms=replace(TERMS, data_fees={call: 77})
    )

    assert plan.worst_cost == STEP_COST + 77


def test_what_no_way_was_found_for_is_left_out() -> None:
    """Every part of a lockdown, and with the reason that was found."""
    attempts, _ = tried([making.child(1), making.child(2), FIRST])
    plan = making.planned(
        [making.fails(attempts[0]), making.fails(attempts[1], reason="")]
    )

    assert plan.steps == ()
    assert reasons(plan) == [
        "it reverts",
        "it reverts",
        "nothing that was tried takes it back",
    ]


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        (
            capped(fee_per_gas=FEES.max_fee - 1),
            "a unit of gas costs 20,000,000,000 wei, above the cap of 19,999,999,999",
        ),
        (capped(gas=59_999), "it burns 60,000 gas, above the cap of 59,999"),
        (
            capped(per_transaction=STEP_COST - 1),
            "it may cost 0.0012 ETH, above the cap of 0.001199999999999999 ETH",
        ),
        (
            capped(per_transaction=GWEI),
            "it may cost 0.0012 ETH, above the cap of 0.000000001 ETH",
        ),
        (
            capped(per_run=STEP_COST - GWEI),
            "the run may cost no more than 0.001199999 ETH",
        ),
    ],
)
def test_what_is_above_a_cap_is_left_out(terms: Terms, reason: str) -> None:
    """The cap is what still passes."""
    (attempt,), _ = tried([FIRST])
    plan = making.planned([making.works(attempt)], terms=terms)
    most = capped(
        fee_per_gas=FEES.max_fee,
        gas=making.GAS,
        per_transaction=STEP_COST,
        per_run=STEP_COST,
    )

    assert (plan.steps, reasons(plan)) == ((), [reason])
    assert making.planned([making.works(attempt)], terms=most).left_out == ()


def test_a_lockdown_has_gas_for_each_pair() -> None:
    """Of three the cap is three times one's."""
    (attempt,), _ = tried([making.child(each) for each in range(3)])
    fits = making.planned(
        [making.works(attempt, gas=3 * making.GAS)], terms=capped(gas=making.GAS)
    )
    burns = making.planned(
        [making.works(attempt, gas=3 * making.GAS + 1)], terms=capped(gas=making.GAS)
    )

    assert len(fits.steps) == 1
    assert reasons(burns) == ["it burns 180,001 gas, above the cap of 180,000"] * 3


def test_a_run_ends_where_it_is_full() -> None:
    """In the order of the rows: a cheaper one further down does not overtake."""
    (first, second, third), _ = tried([FIRST, SECOND, THIRD])
    plan = making.planned(
        [
            making.works(first),
            making.works(second, gas=2 * making.GAS),
            making.works(third),
        ],
        terms=capped(per_run=2 * STEP_COST),
    )

    assert [each.changes[0].fingerprint for each in plan.steps] == [
        making.fingerprint(FIRST)
    ]
    assert reasons(plan) == ["the run may cost no more than 0.0024 ETH"] * 2


def test_what_is_above_another_cap_does_not_end_a_run() -> None:
    """Only that one is left out."""
    (first, second), _ = tried([FIRST, SECOND])
    plan = making.planned([making.works(first, gas=CAPS.gas + 1), making.works(second)])

    assert [step.number for step in plan.steps] == [1]
    assert plan.steps[0].changes == second.changes


def test_both_of_two_or_none() -> None:
    """A SET that does not fit takes its ZERO with it."""
    (attempt,), _ = tried([FIRST], LIMIT)
    settled = making.works(attempt, way=2)

    for terms in (capped(per_run=2 * STEP_COST - 1), capped(gas=making.GAS)):
        plan = making.planned([replace(settled, gas=(making.GAS, 60_001))], terms=terms)
        assert (plan.steps, len(plan.left_out)) == ((), 1)


def test_no_transaction_stands_twice() -> None:
    """An old contract may show one slot as two approvals: it is sent once."""
    (attempt,), _ = tried([FIRST])
    other = replace(attempt.changes[0], fingerprint="f" * 32)
    plan = making.planned(
        [making.works(attempt), making.works(replace(attempt, changes=(other,)))]
    )

    assert len(plan.steps) == 1
    assert reasons(plan) == ["the same transaction is in the plan already"]


def test_what_was_left_out_before_comes_first() -> None:
    """Nothing is lost between selection and plan."""
    (attempt,), _ = tried([FIRST])
    before = LeftOut(change=attempt.changes[0], reason="for a reason")
    plan = making.planned([making.fails(attempt)], [before])

    assert reasons(plan) == ["for a reason", "it reverts"]


@pytest.mark.parametrize("after", [1_000, 1_001])
def test_what_lowers_nothing_is_no_step(after: int) -> None:
    """It is a mistake of ours: nothing is planned at all."""
    (attempt,), _ = tried([FIRST])
    (stage,) = attempt.ways[0].stages
    way = replace(attempt.ways[0], stages=(replace(stage, leaves=after),))
    settled = Settled(attempt=attempt, way=way, gas=(making.GAS,))

    with pytest.raises(ValueError, match="is not lowered"):
        making.planned([settled])


def test_a_cancellation_without_a_nonce_is_no_step() -> None:
    """It would change nothing, and is no reduction."""
    (cancel, _), _ = tried([making.child()], cancel=lambda: making.DELTA)
    bare = replace(cancel, changes=(replace(cancel.changes[0], permit2_nonce=None),))

    with pytest.raises(ValueError, match="is not lowered"):
        making.planned([making.works(bare)])


def test_another_owners_approval_is_no_step() -> None:
    """One plan is one owner's."""
    row = build.record(build.allowance(owner=build.address(7)))
    (attempt,), _ = tried([row])

    with pytest.raises(ValueError, match="another owner's"):
        making.planned([making.works(attempt)])


def test_what_a_plan_does_not_take_back_is_said() -> None:
    """Signatures that are good still, where there is a Permit2 to take them."""
    inside, outside = making.child(1), making.erc20(1)
    (attempt,), _ = tried([inside])
    left_out = LeftOut(change=attempt.changes[0], reason="for a reason")

    assert making.plan(outside).unseen == ()
    assert making.plan(inside).unseen == (STAY_GOOD,)
    assert making.planned([], [left_out]).unseen == (STAY_GOOD,)
    assert making.plan(inside, cancel=lambda: making.DELTA).unseen == (NOT_CANCELLED,)
    assert making.plan(outside, cancel=lambda: making.DELTA).unseen == (NOT_CANCELLED,)


@given(making.plans())
def test_a_plan_only_lowers(plan: Plan) -> None:
    """But for cancellations, which leave what there is and raise a nonce."""
    for step in plan.steps:
        assert step.changes
        assert len(step.changes) == 1 or step.method is Method.LOCKDOWN
        for change in step.changes:
            if step.role is Role.CANCEL:
                assert change.after == change.before
                assert change.permit2_nonce is not None
            else:
                assert change.after < change.before


@given(making.plans())
def test_a_plan_stays_within_its_caps(plan: Plan) -> None:
    """Each step, and all together."""
    caps = plan.caps
    assert plan.worst_cost <= caps.per_run
    for step in plan.steps:
        assert plan.cost(step) <= caps.per_transaction
        assert step.gas <= caps.gas * len(step.changes)
        assert plan.fees.max_fee <= caps.fee_per_gas


@given(making.plans())
def test_a_set_comes_right_after_its_zero(plan: Plan) -> None:
    """Steps are numbered from 1, none stands twice, pairs stay together."""
    assert [step.number for step in plan.steps] == [*range(1, len(plan.steps) + 1)]
    assert len({step.call for step in plan.steps}) == len(plan.steps)
    for step in plan.steps:
        assert (step.role is Role.SET) == (step.waits_for is not None)
        if step.waits_for is not None:
            zero = plan.steps[step.waits_for - 1]
            assert (zero.role, zero.number) == (Role.ZERO, step.number - 1)
            assert names(zero.changes) == names(step.changes)


@given(
    making.many_rows, making.goals, st.none() | making.deltas, making.terms(), st.data()
)
def test_every_change_is_in_a_step_or_left_out(
    rows: list[Row],
    goal: Goal,
    delta: int | None,
    terms: Terms,
    data: st.DataObject,
) -> None:
    """Exactly once, cancellations counted by themselves."""
    cancel = None if delta is None else lambda: delta or 0
    attempts, left_out = tried(rows, goal, cancel)
    settled = [data.draw(making.settlings(each)) for each in attempts]
    plan = making.planned(settled, left_out, terms)
    wanted = [change for each in attempts for change in each.changes]
    done = [
        change
        for step in plan.steps
        if step.role is not Role.ZERO
        for change in step.changes
    ]

    assert Counter(names([*wanted, *(each.change for each in left_out)])) == Counter(
        names([*done, *(each.change for each in plan.left_out)])
    )
    assert all(each.reason for each in plan.left_out)


@given(making.plans())
def test_cancellations_come_before_every_change_in_permit2(plan: Plan) -> None:
    """The other order would leave a moment in which a signature re-grants."""
    inside = [
        step
        for step in plan.steps
        if step.changes[0].allowance.candidate.kind is Kind.PERMIT2
    ]
    roles = [step.role is Role.CANCEL for step in inside]

    assert roles == sorted(roles, reverse=True)


@given(making.many_rows, making.goals, st.none() | making.deltas)
def test_every_call_that_is_planned_passes_the_guard(
    rows: list[Row], goal: Goal, delta: int | None
) -> None:
    """By whatever way, on contracts without single items; a SET after its ZERO."""
    cancel = None if delta is None else lambda: delta or 0
    attempts, _ = tried(rows, goal, cancel)

    for attempt in attempts:
        for way in range(len(attempt.ways)):
            for step in making.planned([making.works(attempt, way)]).steps:
                must_lower(decode(step.call.data), _bounds(step, attempt.ways[way]))


def _bounds(step: Step, way: Way) -> Bounds:
    fates: list[Fate] = [Live(allowance=each.allowance) for each in step.changes]
    zeroing = None
    if step.role is Role.SET:
        (change,) = step.changes
        left = way.stages[0].leaves
        fates = [_after_zeroing(change.allowance, left)]
        candidate = change.allowance.candidate
        zeroing = Zeroing(
            contract=step.call.to,
            spender=change.allowance.spender,
            remaining=change.before,
            left=left,
            token=candidate.token if candidate.kind is Kind.PERMIT2 else None,
        )
    return Bounds(
        chain_id=build.MAINNET.id,
        sender=build.OWNER,
        nonce=0,
        gas=CAPS.gas,
        fee_per_gas=CAPS.fee_per_gas,
        cost=CAPS.per_transaction,
        target=step.call.to,
        rights=rights(step, fates, {step.call.to: False}),
        now=build.NOW,
        zeroing=zeroing,
    )


def _after_zeroing(allowance: Allowance, left: int) -> Fate:
    grant = allowance.grant
    assert isinstance(grant, Amount)
    if left:
        return Live(allowance=replace(allowance, grant=replace(grant, amount=left)))
    return Dead(
        candidate=allowance.candidate,
        reason=DeadReason.ZERO,
        permit2_nonce=grant.permit2_nonce,
        expiration=grant.expiration,
    )
