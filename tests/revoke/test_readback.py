"""Reading back: at the receipts' blocks, then at the head of what is final."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from allowctl.errors import UnservedError
from allowctl.model.outcome import Result, Verdict
from allowctl.model.plan import Plan
from allowctl.revoke.dispatch import Dispatch
from allowctl.revoke.goal import LimitTo
from allowctl.revoke.readback import Readback
from tests.build import PERMIT2, SPENDER
from tests.revoke.making_chain import FIRST, FakeChain
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
    only,
    plan_of,
    revoking,
)


class _Read:
    """A plan whose steps were mined in one block, or in one each."""

    def __init__(self, plan: Plan, *, apart: bool = False) -> None:
        self.plan = plan
        self.chain: FakeChain = chain_of(plan)
        self.work = execution(self.chain, plan, Key(), Entries())
        self.back = Readback(plan=plan, outbox=self.chain)
        self.apart = apart

    @property
    def dispatched(self) -> dict[int, Dispatch]:
        return self.work.sendoff.dispatched

    def send(self) -> None:
        for step in self.plan.steps:
            asyncio.run(self.work._first([step]))  # noqa: SLF001 - one at a time
            if self.apart:
                self.chain.mine()
        self.chain.mine()
        self.look()

    def look(self) -> None:
        for each in self.dispatched.values():
            told = (self.chain.receipt(name) for name in each.raws)
            each.receipt = next(filter(None, told), None)

    def at_receipts(self) -> None:
        asyncio.run(self.back.at_receipts([*self.dispatched.values()]))

    def result(self, final: Collection[int] | None = None) -> Result:
        work = self.back.result(
            self.dispatched,
            self.work.unsent,
            {*self.dispatched} if final is None else final,
            ("a note",),
        )
        return asyncio.run(work)

    def verdicts(self, final: Collection[int] | None = None) -> list[Verdict]:
        return [each.verdict for each in self.result(final).outcomes]


def test_each_block_is_read_once() -> None:
    """All its approvals together, however often it is asked for."""
    at = _Read(revoking(3), apart=True)
    at.send()
    at.at_receipts()
    assert at.chain.heard.count("read") == 3 + 3
    at.at_receipts()
    assert at.chain.heard.count("read") == 6
    together = _Read(revoking(3))
    together.send()
    together.at_receipts()
    assert together.chain.heard.count("read") == 3 + 1


def test_all_that_is_known_stands_in_the_result() -> None:
    """Goals in the plan's order, what was signed for each, and the notes."""
    at = _Read(revoking(2))
    at.send()
    at.at_receipts()
    found = at.result()
    assert [each.verdict for each in found.outcomes] == [Verdict.REVOKED] * 2
    assert [each.steps for each in found.outcomes] == [(1,), (2,)]
    assert [each.number for each in found.transacted] == [1, 2]
    assert found.transacted[0].hashes == (*at.dispatched[1].raws,)
    assert found.transacted[0].receipt == at.dispatched[1].receipt
    assert found.notes == ("a note",)
    assert found.good
    assert found.outcomes[0].read_at == at.chain.newest.block


def test_what_is_not_final_is_not_verified() -> None:
    """Each for itself."""
    at = _Read(revoking(2))
    at.send()
    assert at.verdicts({2}) == [Verdict.UNVERIFIED, Verdict.REVOKED]
    assert at.verdicts(()) == [Verdict.UNVERIFIED] * 2


def test_a_final_block_that_is_not_there_any_more_proves_nothing() -> None:
    """Even where it was final a moment ago, and state agrees."""
    at = _Read(revoking(1))
    at.send()
    at.chain.reorganise(1)
    at.chain.mine()
    assert at.verdicts() == [Verdict.UNVERIFIED]


@pytest.mark.parametrize("what", ["head", "canonical", "read"])
def test_where_nobody_answers_nothing_is_verified(what: str) -> None:
    """It is a verdict, and a note; nothing is raised after something was signed."""
    at = _Read(revoking(1))
    at.send()

    def gate(asked: str) -> None:
        if asked == what:
            raise UnservedError("nobody answers")

    at.chain.gate = gate
    at.at_receipts()
    found = at.result()
    assert only(found).verdict is Verdict.UNVERIFIED
    assert found.notes == (
        "a note",
        "what is left could not be read: nobody answers",
    )


def test_a_liar_is_seen_through() -> None:
    """Status and receipt are fine, and nothing has changed."""
    at = _Read(revoking(2))
    at.chain.lying.add(TOKEN)
    at.send()
    at.at_receipts()
    lied, kept = at.result().outcomes
    assert (lied.verdict, lied.left) == (Verdict.STILL_LIVE, BEFORE)
    assert (kept.verdict, kept.left) == (Verdict.REVOKED, 0)
    assert "may not keep its word" in lied.note


def test_one_that_fails_is_reverted() -> None:
    """And says that nothing has changed."""
    at = _Read(revoking(1))
    at.chain.failing.add(TOKEN)
    at.send()
    at.at_receipts()
    found = only(at.result())
    assert found.verdict is Verdict.REVERTED
    assert found.left == BEFORE


def test_where_endpoints_differ_nothing_is_verified() -> None:
    """One lies about what is left; the rest of the plan has its own word."""
    at = _Read(revoking(2))
    at.send()
    at.chain.unread[TOKEN] = "endpoints differ: one says 0, two says 1000"
    found = at.result().outcomes
    assert [each.verdict for each in found] == [Verdict.UNVERIFIED, Verdict.REVOKED]
    assert "endpoints differ" in found[0].note


def test_two_steps_for_one_approval_are_judged_together() -> None:
    """A limit is lowered only with both; the first alone leaves nothing."""
    at = _Read(limiting(400))
    asyncio.run(at.work._first(at.plan.steps[:1]))  # noqa: SLF001 - the zeroing
    at.chain.mine()
    at.look()
    at.work.unsent[2] = "its zeroing is not final"
    at.at_receipts()
    assert at.verdicts(()) == [Verdict.UNVERIFIED]
    found = only(at.result({1}))
    assert (found.verdict, found.left) == (Verdict.REVOKED, 0)
    assert found.steps == (1, 2)
    assert found.note == "its zeroing is not final"


def test_state_between_two_blocks_is_a_doubt() -> None:
    """Granted at the receipt's block and not at the head: somebody is playing."""
    at = _Read(revoking(1))
    at.chain.lying.add(TOKEN)
    at.send()
    at.at_receipts()
    at.chain.mine()
    at.chain.state.amounts[TOKEN, SPENDER] = 0
    found = only(at.result())
    assert found.verdict is Verdict.UNVERIFIED
    assert "receipt's block" in found.note


def test_cancelled_signatures_are_read_back_too() -> None:
    """A lockdown leaves them good, so the nonce must have moved as well."""
    plan = plan_of(child(1), child(2), cancel=5_000)
    at = _Read(plan)
    at.send()
    at.at_receipts()
    assert at.verdicts() == [Verdict.REVOKED] * 2
    until = at.chain.state.children[TOKEN, SPENDER][1]
    at.chain.state.children[TOKEN, SPENDER] = (0, until, 4_999)
    found = at.result().outcomes
    assert [each.verdict for each in found] == [Verdict.STILL_LIVE, Verdict.REVOKED]
    assert "signatures are not cancelled" in found[0].note
    assert found[0].steps == (3,), "what cancels is no step of its amount"


def test_a_nonce_that_cannot_be_read_is_not_cancelled() -> None:
    """The pair has expired, or moved on: what counts is its nonce."""
    plan = plan_of(child(1), goal=LimitTo("400 units"), cancel=5_000)
    at = _Read(plan)
    at.send()
    at.chain.unread[PERMIT2] = "endpoints differ"
    assert at.verdicts({1, 2}) == [Verdict.UNVERIFIED]


def test_a_nonce_that_is_anothers_for_good_is_said() -> None:
    """There is nothing to wait for: it is to be planned anew."""
    at = _Read(plan_of(amount(), amount(OTHER_TOKEN)))
    asyncio.run(at.work._first(at.plan.steps))  # noqa: SLF001 - both
    at.chain.foreign(0)
    at.chain.pool.pop(1)
    at.chain.mine()
    at.dispatched[1].lost_at = FIRST + 1
    lost, open_one = at.result({1}).outcomes
    assert lost.verdict is open_one.verdict is Verdict.NOT_MINED
    assert "another transaction" in lost.note
    assert "resume" in open_one.note
