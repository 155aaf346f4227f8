"""A plan carried out: what is read, signed and left alone, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from allowctl.codec.signed import of_signed
from allowctl.errors import UnservedError
from allowctl.model.outcome import Receipt, Verdict
from allowctl.model.plan import Role
from allowctl.revoke.goal import LimitTo
from allowctl.revoke.ports import Answer, Entry, Event
from tests.build import SPENDER
from tests.revoke import making_guarded as calls
from tests.revoke.making_keys import OWNER
from tests.revoke.making_plans import GWEI, token
from tests.revoke.making_runs import (
    BEFORE,
    TERMS,
    TOKEN,
    amount,
    child,
    limiting,
    only,
    plan_of,
    revoking,
    rig,
    signed_for,
)
from tests.revoke.making_state import decoded


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def _down(what: str) -> Callable[[str], None]:
    def gate(asked: str) -> None:
        if asked == what:
            raise UnservedError("nobody answers")

    return gate


def test_what_waits_for_nothing_goes_out_together(state: Path) -> None:
    """Read once, sent one by one in the plan's order, and then the limits."""
    at = rig(state, limiting(400, tokens=3))
    found = at.carry()
    assert [each.verdict for each in found.outcomes] == [Verdict.LOWERED] * 3
    signed = at.of(Event.SIGNED)
    assert [(each.step, each.nonce) for each in signed] == [
        *((1, 0), (3, 1), (5, 2)),
        *((2, 3), (4, 4), (6, 5)),
    ]
    assert at.key.unlocked == at.key.forgotten == 1
    assert not at.key.held


def test_the_key_is_dropped_as_soon_as_nothing_is_left_to_sign(state: Path) -> None:
    """Before the long wait for finality, where no limit is to follow."""
    at = rig(state, revoking())
    held = []
    at.chain.gate = lambda what: held.append((what, at.key.held))
    assert at.carry().good
    heads = [has for what, has in held if what == "head"]
    assert heads[-1] is False
    assert (("sleep", False)) in held


def test_a_set_is_signed_only_when_its_zeroing_is_final(state: Path) -> None:
    """Its own receipt, in a block that can go no more."""
    at = rig(state, limiting(400))
    finals = []

    def look(entry: Entry) -> None:
        if entry.what is Event.SIGNED and entry.step == 2:
            (zero,) = at.of(Event.SIGNED)
            receipt = at.chain.receipt(zero.transaction)
            assert receipt is not None
            finals.append((receipt.succeeded, at.chain.is_final(receipt)))

    at.on_entry = look
    assert only(at.carry()).verdict is Verdict.LOWERED
    assert finals == [(True, True)]


def test_at_each_send_the_journal_has_it_on_the_disk(state: Path) -> None:
    """Replacements and what is sent again included."""
    at = rig(state, limiting(400))
    at.chain.floor = 27 * GWEI
    at.chain.on(40, lambda: setattr(at.chain, "floor", 0))
    seen = []

    def gate(what: str) -> None:
        if what == "send":
            seen.append(at.place.journal.read_text())

    at.chain.gate = gate
    assert at.carry().good
    assert len(at.chain.sent) > 3
    for text, raw in zip(seen, at.chain.sent, strict=True):
        assert f'"raw":"0x{raw.hex()}"' in text


def test_a_limit_that_is_stuck_is_replaced_as_it_is(state: Path) -> None:
    """Dearer, and the same in all else: what was spent is asked for once more."""
    at = rig(state, limiting(400))
    at.chain.spends.append((TOKEN, SPENDER, 700))

    def dear(entry: Entry) -> None:
        if entry.what is Event.SIGNED and entry.step == 2:
            at.chain.floor = 25 * GWEI

    at.on_entry = dear
    assert only(at.carry()).left == 300
    raws = [bytes.fromhex(each.raw[2:]) for each in at.of(Event.SIGNED)][1:]
    first, *others = map(of_signed, raws)
    assert len(others) == 2
    for each in others:
        assert replace(each, fees=first.fees) == first
        assert each.fees.max_fee > first.fees.max_fee
    assert at.chain.heard.count("spent") == 3 * len(raws)


def test_a_limit_takes_off_what_was_spent_meanwhile(state: Path) -> None:
    """Before the zeroing was mined; what is left is less, never more."""
    at = rig(state, limiting(400))
    at.chain.spends.append((TOKEN, SPENDER, 900))
    found = only(at.carry())
    assert (found.verdict, found.left) == (Verdict.LOWERED, 100)


def test_a_limit_that_was_spent_is_not_given_again(state: Path) -> None:
    """Nothing is left, and the person is told why."""
    at = rig(state, limiting(400))
    at.chain.spends.append((TOKEN, SPENDER, 10**6))
    at.chain.on(1, lambda: None)
    found = only(at.carry())
    assert (found.verdict, found.left) == (Verdict.REVOKED, 0)
    assert "spent meanwhile" in found.note
    assert [each.step for each in at.of(Event.SIGNED)] == [1]


def test_where_0_is_refused_the_limit_comes_after_the_least(state: Path) -> None:
    """One unit is left between the two, and it counts."""
    at = rig(state, limiting(999, least=1))
    found = only(at.carry())
    assert (found.verdict, found.left) == (Verdict.LOWERED, 999)


def test_a_limit_in_permit2_comes_after_a_lockdown(state: Path) -> None:
    """The same law: what was taken before is taken off."""
    at = rig(state, plan_of(child(), goal=LimitTo("400 units")))
    assert [step.role for step in at.plan.steps] == [Role.ZERO, Role.SET]
    at.chain.spends.append((TOKEN, SPENDER, 750))
    found = only(at.carry())
    assert (found.verdict, found.left) == (Verdict.LOWERED, 250)


def test_signatures_are_cancelled_before_the_lockdown(state: Path) -> None:
    """And a pair that was spent to nothing meanwhile holds up neither."""
    at = rig(state, plan_of(child(1), child(2), cancel=5_000))
    at.chain.spends.append((TOKEN, SPENDER, BEFORE))
    at.chain.mine()
    assert at.carry().good
    names = [decoded(of_signed(raw).data)[0] for raw in at.chain.sent]
    assert names == [calls.INVALIDATE, calls.INVALIDATE, calls.LOCKDOWN]
    assert {each[2] for each in at.chain.state.children.values()} == {5_000}


def test_what_changed_before_signing_is_left_alone(state: Path) -> None:
    """Gone by itself; changed under a difference; not served; with items."""
    tokens = [token(number) for number in range(1, 5)]
    plan = plan_of(*map(amount, tokens), goal=LimitTo("400 units"))
    at = rig(state, plan)
    gone, changed, unserved, hybrid = tokens
    at.chain.state.amounts[gone, SPENDER] = 0
    at.chain.state.amounts[changed, SPENDER] = 900
    at.chain.unread[unserved] = "endpoints differ"
    at.chain.with_items.add(hybrid)
    found = at.carry()
    assert found.transacted == ()
    assert [each.verdict for each in found.outcomes] == [
        Verdict.REVOKED,
        Verdict.NOT_MINED,
        Verdict.UNVERIFIED,
        Verdict.NOT_MINED,
    ]
    notes = [each.note for each in found.outcomes]
    assert "stands there already" in notes[0]
    assert "changed since the plan, from 1000 to 900" in notes[1]
    assert "endpoints differ" in notes[2]
    assert "refused before signing" in notes[3]
    assert at.key.unlocked == 0


def test_no_money_stops_the_rest(state: Path) -> None:
    """What is signed is looked after; nothing is signed behind it."""
    at = rig(state, revoking(3))
    at.chain.gate = lambda what: (
        setattr(at.chain, "money", 1) if what == "items" else None
    )
    found = at.carry()
    assert [each.verdict for each in found.outcomes] == [Verdict.NOT_MINED] * 3
    assert "not sent: a transaction before it" in found.outcomes[1].note
    assert {each.step for each in at.of(Event.SIGNED)} == {1}
    at.chain.money = 10**18
    at.chain.gate = lambda _what: None
    assert at.resume().good
    assert {n: {e.step for e in s} for n, s in signed_for(at.entries).items()} == {
        0: {1},
        1: {2},
        2: {3},
    }


def test_no_money_for_a_limit_stops_the_other_limits(state: Path) -> None:
    """The zeroings passed; of the limits only the first is signed."""
    at = rig(state, limiting(400, tokens=3))
    at.terms = replace(TERMS, patience=30)
    at.chain.gate = lambda what: (
        setattr(at.chain, "money", 1) if what == "spent" else None
    )
    at.carry()
    assert [each.step for each in at.of(Event.SIGNED)] == [1, 3, 5, 2]
    assert at.runs[0].open


def test_unclear_answers_are_no_answers(state: Path) -> None:
    """Lost on the way there or back: receipt and state decide."""
    at = rig(state, revoking(3))
    at.chain.replies.extend(["lost", "dropped", Answer.UNCLEAR])
    assert at.carry().good
    assert {n: {e.step for e in s} for n, s in signed_for(at.entries).items()} == {
        0: {1},
        1: {2},
        2: {3},
    }


def test_a_zeroing_that_failed_is_followed_by_nothing(state: Path) -> None:
    """Nothing has changed, so there is nothing to set."""
    at = rig(state, limiting(400))
    at.chain.failing.add(TOKEN)
    found = only(at.carry())
    assert found.verdict is Verdict.REVERTED
    assert [each.step for each in at.of(Event.SIGNED)] == [1]


def test_a_zeroing_that_lied_is_followed_by_nothing(state: Path) -> None:
    """It succeeded, and all is as it was."""
    at = rig(state, limiting(400))
    at.chain.lying.add(TOKEN)
    found = only(at.carry())
    assert found.verdict is Verdict.STILL_LIVE
    assert [each.step for each in at.of(Event.SIGNED)] == [1]


@pytest.mark.parametrize("what", ["spent", "receipts", "head"])
def test_what_is_not_served_before_a_limit_leaves_it_unset(
    state: Path, what: str
) -> None:
    """Nothing is granted then: that is the safe side."""
    at = rig(state, limiting(400))

    def once_final(asked: str) -> None:
        mined = at.of(Event.MINED)
        if mined and asked == what:
            raise UnservedError("nobody answers")

    at.chain.gate = once_final
    found = only(at.carry())
    assert [each.step for each in at.of(Event.SIGNED)] == [1]
    assert at.chain.state.amounts[TOKEN, SPENDER] == 0
    assert found.note


def test_a_forged_receipt_of_a_zeroing_sets_nothing(state: Path) -> None:
    """One endpoint claims it was mined long ago: what was spent since would be free.

    State says the zeroing is not there; once it is, the others tell where.
    """
    at = rig(state, limiting(400))
    at.terms = replace(TERMS, finality=120, patience=120)

    def forge(entry: Entry) -> None:
        if entry.what is Event.SENT and entry.step == 1:
            at.chain.on(1, lambda: at.chain.late.append((TOKEN, SPENDER, 900)))
            at.chain.floor = 10**12
            block = at.chain.newest.block
            made = at.of(Event.SIGNED)[0].transaction
            at.chain.forged[made] = replace(
                _RECEIPT, transaction=made, block=block.number, block_hash=block.hash
            )
            at.chain.on(3, lambda: setattr(at.chain, "floor", 0))

    at.on_entry = forge
    at.carry()
    taken = at.chain.state.taken[TOKEN, SPENDER]
    assert taken + at.chain.state.amounts[TOKEN, SPENDER] <= BEFORE
    assert [each.step for each in at.of(Event.SIGNED)] == [1]


def test_nothing_is_signed_for_an_endpoint_of_another_chain(state: Path) -> None:
    """It changed its mind in the middle: the head is refused, so the limit is too."""
    at = rig(state, limiting(400))
    at.terms = replace(TERMS, finality=60)
    at.chain.gate = lambda what: (
        _down("head")(what) if len(at.chain.sent) == 1 else None
    )
    found = only(at.carry())
    assert found.verdict is Verdict.UNVERIFIED
    assert len(at.of(Event.SIGNED)) == 1


_RECEIPT = Receipt(
    transaction="",
    block=0,
    block_hash="",
    index=0,
    succeeded=True,
    sender=OWNER,
    to=TOKEN,
    gas_used=1,
    paid=1,
)
