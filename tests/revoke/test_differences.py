"""What tells an old plan from one made anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict, Unpack

import pytest
from hypothesis import given

from allowctl.model.approval import Kind
from allowctl.model.chain import Call
from allowctl.model.plan import Method, Plan, Proof, Role, Step
from allowctl.revoke.differences import differences
from allowctl.revoke.goal import LimitTo
from tests import build
from tests.revoke import making_plans as making
from tests.revoke.making_plans import GWEI

FIRST, SECOND = making.erc20(1), making.erc20(2)
OLD = making.plan(FIRST, SECOND)
OPERATOR = build.record(build.allowance(kind=Kind.OPERATOR))


class Parts(TypedDict, total=False):
    """What of a step can be changed."""

    role: Role
    method: Method
    call: Call
    gas: int
    proof: Proof
    waits_for: int


def changed(number: int, **parts: Unpack[Parts]) -> Plan:
    """The old plan with one step changed."""
    steps = tuple(
        replace(step, **parts) if step.number == number else step for step in OLD.steps
    )
    return replace(OLD, steps=steps)


@given(making.plans())
def test_a_plan_is_itself(plan: Plan) -> None:
    """At whatever block it is made anew, and with whatever is left out."""
    anew = replace(plan, as_of=build.block(25_000_000), balance=1, left_out=())

    assert differences(plan, anew) == ()


def test_what_has_no_end_is_the_same_without_one() -> None:
    """An operator has neither expiration nor nonce."""
    assert differences(making.plan(OPERATOR), making.plan(OPERATOR)) == ()


def test_it_may_cost_less_and_not_more() -> None:
    """In all: one step may burn more, if another burns less."""
    dearer = replace(OLD, fees=replace(OLD.fees, max_fee=OLD.fees.max_fee + 1))
    cheaper = replace(OLD, fees=replace(OLD.fees, max_fee=GWEI))

    (told,) = differences(OLD, dearer)
    assert told == (
        "it may cost 2,400,000,000,120,000 wei now, "
        "and 2,400,000,000,000,000 as planned"
    )
    assert differences(OLD, cheaper) == ()
    assert differences(OLD, changed(1, gas=making.GAS - 1)) == ()
    assert len(differences(OLD, changed(1, gas=making.GAS + 1))) == 1


def test_another_wallet_is_another_plan() -> None:
    """Chain and owner are all that is said then."""
    chain = replace(build.MAINNET, id=10)

    assert differences(OLD, replace(OLD, chain=chain)) == (
        "the plan is for chain 1, not 10",
    )
    assert differences(OLD, replace(OLD, owner=build.SPENDER)) == (
        f"the plan is for {build.OWNER}, not {build.SPENDER}",
    )


def test_steps_come_and_go() -> None:
    """Either is told."""
    less = making.plan(FIRST)

    assert differences(OLD, less) == ("step 2 (approve) is no longer there",)
    assert differences(less, OLD)[0] == "step 2 (approve) is new"
    assert differences(OLD, making.plan(SECOND, FIRST)) == (
        "step 1 changes other approvals",
        "step 2 changes other approvals",
    )


def test_state_that_changed_is_told_with_amounts() -> None:
    """What there was, and what there is."""
    anew = making.plan(making.erc20(1, amount=900), SECOND)
    name = making.fingerprint(FIRST)

    assert differences(OLD, anew) == (f"step 1: {name} was 1,000 and is 900 now",)


def test_a_permit2_allowance_that_was_renewed_is_told() -> None:
    """Its expiration or nonce shows it, if its amount does not."""
    old = making.plan(making.child(1))
    name = making.fingerprint(making.child(1))
    told = (f"step 1: {name} has another expiration or Permit2 nonce now",)

    assert differences(old, making.plan(making.child(1, permit2_nonce=1))) == told
    assert differences(old, making.plan(making.child(1, expiration=build.NOW))) == told


def test_another_aim_is_told() -> None:
    """What was to be left, and what would be."""
    old = making.plan(FIRST, goal=LimitTo("10 units"))
    new = making.plan(FIRST, goal=LimitTo("11 units"))
    name = making.fingerprint(FIRST)

    assert differences(old, new) == (
        f"step 1: {name} was to be 10, and would be 11",
        "step 1 calls with other values",
    )


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"role": Role.ZERO}, "step 1 is done otherwise: approve (zero)"),
        (
            {"method": Method.DECREASE_ALLOWANCE},
            "step 1 is done otherwise: decreaseAllowance (whole)",
        ),
        ({"waits_for": 1}, "step 1 is done otherwise: approve (whole)"),
        (
            {"call": Call(build.SPENDER, OLD.steps[0].call.data)},
            f"step 1 goes to another contract: {build.SPENDER}",
        ),
        (
            {"call": Call(OLD.steps[0].call.to, b"")},
            "step 1 calls with other values",
        ),
        ({"proof": Proof.UNPROVEN}, "step 1 was simulated, and could not be now"),
    ],
)
def test_any_other_transaction_is_told(parts: Parts, told: str) -> None:
    """Its role, its function, its contract, its values, and how it was tried."""
    assert differences(OLD, changed(1, **parts)) == (told,)


def test_a_better_proof_is_no_difference() -> None:
    """Nor is another way of simulating it."""
    old = changed(1, proof=Proof.UNPROVEN)

    assert differences(old, OLD) == ()
    assert differences(OLD, changed(1, proof=Proof.OVERRIDDEN)) == ()


def test_a_cancellation_may_take_another_step() -> None:
    """It is random, and any of them does the same; its contract may not change."""
    row = making.child(1)
    old = making.plan(row, cancel=lambda: 4_096)
    new = making.plan(row, cancel=lambda: 65_535)
    elsewhere = replace(
        new,
        steps=(
            replace(new.steps[0], call=Call(build.SPENDER, new.steps[0].call.data)),
            *new.steps[1:],
        ),
    )

    assert old.steps[0].call != new.steps[0].call
    assert differences(old, new) == ()
    assert len(differences(old, elsewhere)) == 1


def test_every_step_is_compared() -> None:
    """The second as the first."""
    step: Step = OLD.steps[1]
    other = changed(2, call=Call(step.call.to, b""))

    assert differences(OLD, other) == ("step 2 calls with other values",)
