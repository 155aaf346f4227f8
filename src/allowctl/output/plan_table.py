"""A plan for the person who is to say yes to it: nothing that is signed is short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from allowctl.codec.shown import printable
from allowctl.codec.words import checksum
from allowctl.model.approval import Kind
from allowctl.model.plan import Plan, Proof, Step
from allowctl.output.amounts import moment
from allowctl.output.change_words import LEGEND, step_words, what, whole
from allowctl.output.grid import hung
from allowctl.output.money import dollars
from allowctl.output.open_ends import SAID, left_out, on, unseen
from allowctl.output.prose import (
    WARNING,
    Fact,
    at_least_narrow,
    facts,
    finished,
    several,
    styled,
    wrapped,
)
from allowctl.output.table import Screen
from allowctl.output.wei import about, at_most, gwei, in_dollars, usd

_STEP = "    "
_MORE = "      "


def render(plans: Sequence[Plan], screen: Screen) -> str:
    """Every plan under the other, in plain ASCII but for the colours.

    Whole addresses, whatever the width: of each contract called and each spender.
    """
    screen = at_least_narrow(screen)
    text: list[str] = []
    for number, plan in enumerate(plans, 1):
        if len(plans) > 1:
            text.append("=" * screen.width)
        place = f"{number} of {len(plans)}: " if len(plans) > 1 else ""
        text += _plan(plan, screen, place)
    if len(plans) > 1:
        text.append("=" * screen.width)
        text += wrapped([f"in all {_sum(plans)}"], screen)
    return finished(text)


def _plan(plan: Plan, screen: Screen, place: str) -> Iterator[str]:
    at = plan.as_of
    when = f"block {at.number} of {moment(at.timestamp)}, {at.hash}"
    head = [
        f"{place}{on(plan)}: {several(len(plan.steps), 'transaction')} to sign",
        f"from what state said at {when}",
    ]
    yield from wrapped([*head, _fees(plan)] if plan.steps else head, screen)
    for step in plan.steps:
        yield ""
        yield from _step(step, plan, screen)
    yield from left_out(plan, screen, "--plan-out FILE has them all")
    yield from unseen(plan, screen)
    yield ""
    if plan.steps:
        yield from wrapped([*_look_up(plan), LEGEND], screen)
        yield from _cost(plan, screen)


def _fees(plan: Plan) -> str:
    fees = plan.fees
    if fees.tip is None:
        return f"gas price {gwei(fees.max_fee)} (this chain has no base fee)"
    now = f"the base fee is {gwei(fees.base_fee)} now"
    return f"at most {gwei(fees.max_fee)} for a gas, tip {gwei(fees.tip)}; {now}"


def _step(step: Step, plan: Plan, screen: Screen) -> Iterator[str]:
    """What it does, then where, at what cost and how sure."""
    yield from hung(step_words(step, plan), screen.width, f"{step.number:>2}  ")
    price, cost = plan.usd_per_native, plan.cost(step)
    most = f"at most {at_most(cost, plan.chain)}{in_dollars(cost, price)}"
    told = [
        ("calls", f"{checksum(step.call.to)}{_called(step, plan)}"),
        *_single(step),
        ("costs", f"{most}: {step.gas:,} gas"),
    ]
    yield from facts(told, screen, _STEP)
    yield from _proof(step, screen)
    yield from facts([("note", printable(step.note, SAID))], screen, _STEP)
    if len(step.changes) > 1:
        for change in step.changes:
            yield from wrapped([what(change, plan.chain)], screen, _STEP)
            yield from facts(whole(change, step), screen, _MORE)


def _single(step: Step) -> Iterator[Fact]:
    """The rest of what is signed, and how bad the approval is; of several below."""
    if len(step.changes) == 1:
        (change,) = step.changes
        yield from whole(change, step)
        yield "level", "" if change.level is None else str(change.level)


def _called(step: Step, plan: Plan) -> str:
    """What the contract is, and which of its functions is called."""
    to, candidate = step.call.to, step.changes[0].allowance.candidate
    if to == plan.chain.permit2:
        name = " (Permit2)"
    elif candidate.kind is Kind.PERMIT2:
        name = " (a COPY of Permit2, not the chain's own)"
    else:
        name = " (the token)" if to == candidate.token else ""
    return f"{name}: {step.method.value}"


def _proof(step: Step, screen: Screen) -> Iterator[str]:
    match step.proof:
        case Proof.SIMULATED | Proof.OVERRIDDEN:
            yield from facts([("effect", step.proof.value)], screen, _STEP)
        case Proof.UNPROVEN:
            said = (
                "EFFECT UNPROVEN: the call passes, and no endpoint could show "
                "what it leaves"
            )
            yield from styled(said, screen, WARNING, _STEP)
        case _:
            assert_never(step.proof)


def _cost(plan: Plan, screen: Screen) -> Iterator[str]:
    """What it may take in all, and whether that is there."""
    chain, price, cost = plan.chain, plan.usd_per_native, plan.worst_cost
    cap = plan.caps.per_run
    most = f"{at_most(cap, chain)}{in_dollars(cap, price)} in all"
    again = f"one that is stuck is sent again for more: never above {most}"
    yield from wrapped([f"in all {_sum([plan])}", again], screen)
    if plan.balance is None:
        yield from wrapped(["what the account has to pay with was not served"], screen)
    elif plan.balance < cost:
        said = f"NOT ENOUGH: the account has {about(plan.balance, chain)}"
        yield from styled(said, screen, WARNING)
    else:
        yield from wrapped([f"the account has {about(plan.balance, chain)}"], screen)


def _sum(plans: Sequence[Plan]) -> str:
    """Transactions, and what they cost at most: each chain's coin by itself."""
    count = several(sum(len(plan.steps) for plan in plans), "transaction")
    coins: dict[str, list[Plan]] = {}
    for plan in plans:
        coins.setdefault(plan.chain.native_symbol, []).append(plan)
    costs = " + ".join(
        at_most(sum(plan.worst_cost for plan in of), of[0].chain)
        for of in coins.values()
    )
    worth = [
        None
        if plan.usd_per_native is None
        else usd(plan.worst_cost, plan.usd_per_native)
        for plan in plans
    ]
    known = [each for each in worth if each is not None]
    dollar = (
        f" ({dollars(sum(known[1:], known[0]))})" if len(known) == len(worth) else ""
    )
    return f"{count}, at most {costs}{dollar}"


def _look_up(plan: Plan) -> Iterator[str]:
    if plan.chain.explorer:
        base = printable(plan.chain.explorer, SAID)
        yield f"look an address up: {base}/address/{checksum(plan.steps[0].call.to)}"
