"""How much may be set after a zeroing: never more than was there and is not spent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import UnservedError
from allowctl.model.approval import NotServed, Refused
from allowctl.model.chain import Call
from allowctl.model.plan import Plan
from allowctl.revoke.dispatch import Dispatch
from allowctl.revoke.goal import LimitTo
from allowctl.revoke.guard import Zeroing
from allowctl.revoke.setting import NotSetError, zeroing
from tests.build import PERMIT2, SPENDER
from tests.revoke import making_guarded as calls
from tests.revoke.making_chain import FakeChain
from tests.revoke.making_runs import (
    BEFORE,
    OTHER_TOKEN,
    TOKEN,
    Entries,
    Key,
    amount,
    chain_of,
    child,
    execution,
    limiting,
    plan_of,
)
from tests.revoke.making_state import decoded


@dataclass
class _Zeroed:
    """A chain on which the first of two is mined, or was sent at least."""

    plan: Plan
    chain: FakeChain
    zero: Dispatch

    def asked(self) -> tuple[Call, Zeroing]:
        step = self.plan.steps[1]

        async def work() -> tuple[Call, Zeroing]:
            at = (await self.chain.head()).block
            of = [change.allowance.candidate for change in step.changes]
            fates = await self.chain.read(of, at)
            return await zeroing(self.plan, step, {1: self.zero}, self.chain, fates)

        return asyncio.run(work())

    def look(self) -> None:
        (name,) = self.zero.raws
        self.zero.receipt = self.chain.receipt(name)

    @property
    def limit(self) -> int:
        """What is really to be set."""
        return _amount(self.asked()[0])


def _amount(call: Call) -> int:
    signature, arguments = decoded(call.data)
    found = arguments[2 if signature == calls.PERMIT2_APPROVE else 1]
    assert isinstance(found, int)
    return found


def _zeroed(plan: Plan, spend: int = 0) -> _Zeroed:
    """The spender took some before the zeroing was mined, in its own block."""
    chain, key = chain_of(plan), Key()
    started = execution(chain, plan, key, Entries())

    async def work() -> None:
        await started._first(plan.steps[:1])  # noqa: SLF001 - as far as the first
        chain.spends.append((TOKEN, SPENDER, spend))
        chain.mine()

    asyncio.run(work())
    found = _Zeroed(plan, chain, started.sendoff.dispatched[1])
    found.look()
    assert found.zero.receipt is not None
    return found


def test_nothing_spent_sets_what_was_planned() -> None:
    """The very call of the plan."""
    plan = limiting(400)
    call, bound = _zeroed(plan).asked()
    assert call == plan.steps[1].call
    assert bound == Zeroing(contract=TOKEN, spender=SPENDER, remaining=400)


@given(
    after=st.integers(1, BEFORE - 1),
    spent=st.integers(0, 2 * BEFORE),
    least=st.integers(0, 1),
)
def test_nobody_gets_more_than_there_was(after: int, spent: int, least: int) -> None:
    """What was spent, what the zeroing left and what is set: at most what there was."""
    if after <= least:
        after = least + 1
    at = _zeroed(limiting(after, least=least), spent)
    taken = at.chain.state.taken.get((TOKEN, SPENDER), 0)
    assert taken == min(spent, BEFORE)
    if min(after, BEFORE - taken - least) <= least:
        with pytest.raises(NotSetError, match="was spent meanwhile"):
            at.asked()
        return
    call, bound = at.asked()
    assert least < _amount(call) <= after
    assert taken + least + _amount(call) <= BEFORE
    assert _amount(call) == min(after, bound.remaining)
    assert bound.left == least


def test_in_permit2_it_is_measured_the_same_way() -> None:
    """Its spender takes the token itself; expiration and pair stay as they were."""
    plan = plan_of(child(), goal=LimitTo("400 units"))
    at = _zeroed(plan, 700)
    call, bound = at.asked()
    assert call.to == PERMIT2
    signature, (token, spender, number, until) = decoded(call.data)
    assert signature == calls.PERMIT2_APPROVE
    assert (token, spender, number) == (TOKEN, SPENDER, 300)
    grant = plan.steps[0].changes[0].allowance.grant
    assert until == getattr(grant, "expiration", None)
    assert bound.token == TOKEN
    assert bound.remaining == 300


def test_what_left_the_owner_by_anyone_counts() -> None:
    """More than the spender took, never less: whose it was is not known."""
    at = _zeroed(limiting(400))
    at.chain.blocks[-1].moved.append((0, TOKEN, 650))
    at.chain.blocks[-1].moved.append((0, OTHER_TOKEN, 9_999))
    at.chain.blocks[-1].moved.append((1, TOKEN, 9_999))
    assert at.limit == 350


def test_without_a_zeroing_that_passed_nothing_is_set() -> None:
    """None sent, none mined, or one that failed."""
    at = _zeroed(limiting())
    receipt = at.zero.receipt
    assert receipt is not None
    at.zero.receipt = None
    with pytest.raises(NotSetError, match="did not pass"):
        at.asked()
    at.zero.receipt = replace(receipt, succeeded=False)
    with pytest.raises(NotSetError, match="did not pass"):
        at.asked()
    with pytest.raises(NotSetError, match="did not pass"):
        asyncio.run(zeroing(at.plan, at.plan.steps[1], {}, at.chain, [None]))  # type: ignore[list-item] # not reached


def test_a_grant_after_the_zeroing_is_left_alone() -> None:
    """Somebody wants it so; to set less would be another change, to set more a gift."""
    at = _zeroed(limiting(400))
    at.chain.state.amounts[TOKEN, SPENDER] = 1
    with pytest.raises(NotSetError, match="granted anew"):
        at.asked()


@pytest.mark.parametrize("fate", [NotServed, Refused])
def test_what_is_not_read_is_not_set(fate: type[NotServed | Refused]) -> None:
    """Nobody knows what is granted now."""
    at = _zeroed(limiting())
    read = fate(candidate=amount().candidate, reason="nobody")
    with pytest.raises(NotSetError):
        asyncio.run(zeroing(at.plan, at.plan.steps[1], {1: at.zero}, at.chain, [read]))


def test_unknown_spending_is_no_spending_of_zero() -> None:
    """Where no logs are told, nothing is set."""
    at = _zeroed(limiting())
    at.chain.no_logs = True
    with pytest.raises(UnservedError, match="not known"):
        at.asked()


def test_a_receipt_that_moved_is_not_gone_by() -> None:
    """In its new block others may have spent before it."""
    at = _zeroed(limiting(400))
    at.chain.reorganise(1)
    at.chain.spends.append((TOKEN, SPENDER, 800))
    at.chain.mine()
    with pytest.raises(NotSetError, match="not where it was"):
        at.asked()
    at.look()
    assert at.limit == 200


def test_a_liar_that_told_of_an_earlier_receipt_is_found_out() -> None:
    """It hides what was spent since; the others tell of the true one by now."""
    at = _zeroed(limiting(400), 900)
    true = at.zero.receipt
    assert true is not None
    earlier = at.chain.blocks[-2].block
    lie = replace(true, block=earlier.number, block_hash=earlier.hash)
    at.zero.receipt = lie
    at.chain.forged[true.transaction] = lie
    with pytest.raises(UnservedError, match="differ"):
        at.asked()


@pytest.mark.parametrize("now", [0, 1, 10, 399, 400, 999])
def test_what_was_lowered_elsewhere_is_not_raised(now: int) -> None:
    """State read before the zeroing was signed bounds it, whatever the plan says."""
    plan = limiting(400)
    zeroed = _zeroed(plan)
    zeroed.zero.read = (now,)

    if now == 0:
        with pytest.raises(NotSetError, match="spent meanwhile"):
            zeroed.asked()
        return
    assert zeroed.limit == min(400, now)


def test_what_state_had_before_the_zeroing_s_block_bounds_it_too() -> None:
    """A token that logs no transfer tells by its allowance."""
    plan = limiting(400)
    zeroed = _zeroed(plan)
    assert zeroed.zero.receipt is not None
    zeroed.zero.then = (zeroed.zero.receipt.block_hash, 30)

    assert zeroed.limit == 30


def test_a_zeroing_of_which_nothing_was_read_sets_nothing() -> None:
    """A journal of before that was written down cannot tell."""
    zeroed = _zeroed(limiting(400))
    zeroed.zero.read = ()

    with pytest.raises(NotSetError, match="not known"):
        zeroed.asked()
