"""Waiting: receipts, replacements, reorganisations, finality, all in virtual time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from allowctl.codec.signed import of_signed
from allowctl.errors import UnservedError
from allowctl.model.chain import Chain
from allowctl.model.outcome import Receipt
from allowctl.model.plan import Plan
from allowctl.revoke.dispatch import Dispatch
from allowctl.revoke.follow import Follower, Terms
from allowctl.revoke.ports import Answer, Event
from tests.build import SPENDER
from tests.revoke.making_chain import BASE_FEE, FIRST, FakeChain
from tests.revoke.making_keys import NOBODY
from tests.revoke.making_plans import CAPS, GWEI
from tests.revoke.making_runs import (
    TERMS,
    TOKEN,
    Entries,
    Key,
    Told,
    chain_of,
    execution,
    revoking,
)


class _Followed:
    """Steps that were just sent, and who waits for them."""

    def __init__(self, plan: Plan | None = None, terms: Terms = TERMS) -> None:
        self.plan = plan or revoking(1)
        self.chain: FakeChain = chain_of(self.plan)
        self.entries = Entries()
        self.work = execution(self.chain, self.plan, Key(), self.entries)
        self.told = Told()
        self.work.sendoff.tell = self.told
        self.follower = Follower(
            plan=self.plan,
            outbox=self.chain,
            sendoff=self.work.sendoff,
            terms=terms,
            sleep=self.chain.sleep,
            replace=self.work._replace,
        )

    def send(self) -> None:
        asyncio.run(self.work._first(self.plan.steps))  # noqa: SLF001 - the first half

    def mined(self) -> None:
        asyncio.run(self.follower.mined())

    def final(self) -> None:
        asyncio.run(self.follower.final())

    def dispatch(self, number: int = 1) -> Dispatch:
        return self.work.sendoff.dispatched[number]

    @property
    def waited(self) -> float:
        return self.chain.now - 1_000

    def what(self) -> list[Event]:
        return [each.what for each in self.entries.kept if each.what is not Event.SENT]


def _down(what: str, times: int = 10**6) -> Callable[[str], None]:
    """A gate through which one question does not get."""
    left = [times]

    def gate(asked: str) -> None:
        if asked == what and left[0]:
            left[0] -= 1
            raise UnservedError("nobody answers")

    return gate


def test_a_receipt_ends_the_waiting() -> None:
    """It is written down and told, and it is final four blocks later."""
    at = _Followed(revoking(2))
    at.send()
    at.mined()
    assert at.what() == [Event.SIGNED] * 2 + [Event.MINED] * 2
    mined = at.entries.of(Event.MINED)[0]
    receipt = at.dispatch().receipt
    assert receipt is not None
    assert (mined.block, mined.block_hash) == (receipt.block, receipt.block_hash)
    assert at.told.lines[-1] == f"mined 2 in {FIRST + 1}"
    assert at.follower.settled == set()
    at.final()
    assert at.follower.settled == {1, 2}
    assert at.chain.is_final(receipt)
    assert sum("waiting until it is final" in line for line in at.told.lines) == 1


@pytest.mark.parametrize("confirmations", [0, 1, 2, 7])
def test_so_many_confirmations_are_waited_for(confirmations: int) -> None:
    """The receipt's own block is the first; no less than one is ever enough."""
    terms = replace(TERMS, confirmations=confirmations)
    at = _Followed(terms=terms)
    at.send()
    at.mined()
    at.final()
    receipt = at.dispatch().receipt
    assert receipt is not None
    newest = at.chain.newest.block.number
    assert newest - receipt.block + 1 == max(1, confirmations)
    assert at.follower.settled == {1}


def test_what_is_stuck_is_replaced_at_a_higher_price() -> None:
    """The same nonce, both fees an eighth higher, one after the other, until mined."""
    at = _Followed()
    at.send()
    at.chain.floor = 27 * GWEI
    at.mined()
    raws = [*at.dispatch().raws.values()]
    offers = [of_signed(raw) for raw in raws]
    assert {each.nonce for each in offers} == {0}
    assert len(offers) == 4
    for before, after in itertools.pairwise(offers):
        assert 8 * after.fees.max_fee >= 9 * before.fees.max_fee
        assert 8 * (after.fees.tip or 0) >= 9 * (before.fees.tip or 0)
    assert at.dispatch().receipt is not None
    assert at.chain.sent == raws
    assert at.waited >= 3 * TERMS.stuck


def test_at_the_ceiling_it_is_sent_again_unchanged() -> None:
    """Nodes forget; above the cap nothing is signed. Then patience ends it."""
    caps = replace(CAPS, fee_per_gas=21 * GWEI)
    at = _Followed(revoking(1, caps=caps))
    at.send()
    at.chain.floor = 50 * GWEI
    at.chain.on(5, at.chain.pool.clear)
    at.mined()
    assert len(at.dispatch().raws) == 1
    assert 10 < len(at.chain.sent) <= 1 + TERMS.patience / TERMS.stuck
    assert {*at.chain.sent} == {at.dispatch().newest}
    assert at.chain.pool[0].name == next(iter(at.dispatch().raws))
    assert at.waited > TERMS.patience
    assert at.follower.notes == ["some transactions were not mined in time"]
    assert at.what() == [Event.SIGNED]


def test_the_one_that_was_replaced_still_counts() -> None:
    """A miner may take the first after all: its receipt is the step's."""
    at = _Followed()
    at.send()
    first = at.chain.pool[0]
    at.chain.floor = 10**12

    def revive() -> None:
        assert at.chain.pool[0] != first
        at.chain.pool[0] = first
        at.chain.floor = 0

    at.chain.on(5, revive)
    at.mined()
    receipt = at.dispatch().receipt
    assert receipt is not None
    assert receipt.transaction == first.name
    assert len(at.dispatch().raws) > 1


def test_only_the_one_that_holds_up_the_others_is_replaced() -> None:
    """The rest goes with it as soon as it passes."""
    at = _Followed(revoking(3))
    at.send()
    at.chain.floor = 21 * GWEI
    at.chain.on(4, lambda: setattr(at.chain, "floor", BASE_FEE))
    at.mined()
    assert len(at.dispatch(1).raws) == 2
    assert len(at.dispatch(2).raws) == len(at.dispatch(3).raws) == 1
    assert all(at.dispatch(number).receipt for number in (1, 2, 3))


def test_what_came_true_by_itself_is_not_signed_anew() -> None:
    """The spender took all: there is nothing that may be lowered any more."""
    at = _Followed()
    at.send()
    at.chain.floor = 10**12
    at.chain.spends.append((TOKEN, SPENDER, 10**6))
    at.mined()
    assert len(at.dispatch().raws) == 1
    assert len(at.chain.sent) > 2


def test_a_dropped_transaction_gets_there_in_the_end() -> None:
    """Its first reply was lost, and so was it."""
    at = _Followed()
    at.chain.replies.append("dropped")
    at.send()
    assert at.chain.pool == {}
    at.mined()
    assert at.dispatch().receipt is not None


def test_a_block_that_is_gone_takes_its_receipts_along() -> None:
    """LOST is written and told; it is under way once more, and mined again."""
    at = _Followed()
    at.send()
    at.chain.on(3, lambda: at.chain.reorganise(2))
    at.mined()
    first = at.dispatch().receipt
    at.final()
    again = at.dispatch().receipt
    assert first is not None
    assert again is not None
    assert again.transaction == first.transaction
    assert again.block_hash != first.block_hash
    assert at.what() == [Event.SIGNED, Event.MINED, Event.LOST, Event.MINED]
    (lost,) = at.entries.of(Event.LOST)
    assert (lost.transaction, lost.block_hash) == (first.transaction, first.block_hash)
    assert any(line.startswith("lost 1") for line in at.told.lines)
    assert at.chain.is_final(again)


def test_what_a_reorganisation_forgets_is_sent_again() -> None:
    """No pool has it any more: once it is stuck it goes out anew."""
    at = _Followed()
    at.send()
    at.chain.on(3, lambda: at.chain.reorganise(2, forget=True))
    at.mined()
    at.final()
    receipt = at.dispatch().receipt
    assert receipt is not None
    assert at.chain.is_final(receipt)
    assert at.follower.settled == {1}
    assert {each.nonce for each in at.entries.of(Event.SIGNED)} == {0}


def test_a_nonce_that_another_has_taken_is_given_up() -> None:
    """Nothing is signed anew; it is final when theirs is."""
    at = _Followed()
    at.send()
    at.chain.foreign(0)
    at.mined()
    assert at.dispatch().lost
    assert at.chain.state.nonce == 1
    assert [*at.what()] == [Event.SIGNED, Event.LOST]
    (lost,) = at.entries.of(Event.LOST)
    assert (lost.step, lost.nonce) == (1, 0)
    assert at.follower.notes == ["nonce 0 is used, and no receipt of ours is known"]
    assert at.follower.settled == set()
    at.final()
    assert at.follower.settled == {1}
    assert len(at.chain.sent) == 1


def test_a_nonce_that_is_free_again_is_ours_again() -> None:
    """What had taken it is gone with its block."""
    at = _Followed()
    at.send()
    ours = at.chain.pool[0]
    at.chain.foreign(0)
    at.mined()
    assert at.dispatch().lost
    at.chain.reorganise(9)
    at.chain.pool[0] = ours
    at.final()
    assert not at.dispatch().lost
    receipt = at.dispatch().receipt
    assert receipt is not None
    assert receipt.transaction == ours.name
    assert at.follower.settled == {1}


def test_a_nonce_that_is_free_again_is_used_again() -> None:
    """No pool has ours any more: it goes out anew, and nothing is concluded."""
    at = _Followed()
    at.chain.replies.append("dropped")
    at.send()
    at.chain.foreign(0)
    at.mined()
    assert at.dispatch().lost
    at.chain.reorganise(9, forget=True)
    at.final()
    assert not at.dispatch().lost
    assert at.dispatch().receipt is not None
    assert at.follower.settled == {1}
    assert {each.nonce for each in at.entries.of(Event.SIGNED)} == {0}


def test_what_was_mined_once_is_given_time_to_be_mined_again() -> None:
    """Its block is gone: it is in the pools, and not stuck from the first moment."""
    at = _Followed()
    at.send()
    at.mined()

    def undo() -> None:
        at.chain.reorganise(4)
        at.chain.floor = 10**12

    at.chain.on(5, undo)
    at.chain.on(6, lambda: setattr(at.chain, "floor", 0))
    at.final()
    assert at.what() == [Event.SIGNED, Event.MINED, Event.LOST, Event.MINED]
    assert len(at.chain.sent) == 1


def test_who_answers_nothing_any_more_is_not_waited_for() -> None:
    """Long before patience ends: the run is to be resumed."""
    at = _Followed(terms=replace(TERMS, silence=100))
    at.send()
    at.chain.gate = _down("receipts")
    at.mined()
    assert 100 < at.waited < TERMS.patience
    assert at.follower.notes == ["receipts were not served any more"]


def test_a_receipt_that_is_not_served_is_not_a_lost_nonce() -> None:
    """It was ours that took it: that must be seen, not concluded from silence."""
    at = _Followed()
    at.send()
    at.chain.gate = _down("receipts", 30)
    at.mined()
    assert at.waited > TERMS.stuck
    assert not at.dispatch().lost
    assert at.dispatch().receipt is not None
    assert at.entries.of(Event.LOST) == []
    assert at.follower.notes == []


def _foreign_receipt(at: _Followed, **parts: object) -> Receipt:
    (name,) = at.dispatch().raws
    block = at.chain.newest.block
    plain = Receipt(
        transaction=name,
        block=block.number,
        block_hash=block.hash,
        index=0,
        succeeded=True,
        sender=at.plan.owner,
        to=TOKEN,
        gas_used=1,
        paid=1,
    )
    return replace(plain, **parts)  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    "parts",
    [{"sender": NOBODY}, {"to": NOBODY}, {"to": None}, {"transaction": "0x00"}],
    ids=str,
)
def test_a_receipt_of_another_transaction_counts_for_nothing(
    parts: dict[str, object],
) -> None:
    """Whatever endpoint tells it under our hash."""
    at = _Followed(terms=replace(TERMS, patience=60, stuck=1_000))
    at.send()
    (name,) = at.dispatch().raws
    at.chain.floor = 10**12
    at.chain.forged[name] = _foreign_receipt(at, **parts)
    at.mined()
    assert at.dispatch().receipt is None
    assert Event.MINED not in at.what()


def test_a_lie_about_one_hash_does_not_hide_the_receipt_of_the_next() -> None:
    """The replacement was mined, while a liar tells of the one before."""
    at = _Followed()
    at.send()
    (name,) = at.dispatch().raws
    at.chain.forged[name] = _foreign_receipt(at, to=NOBODY)
    at.chain.floor = 21 * GWEI
    at.mined()
    receipt = at.dispatch().receipt
    assert receipt is not None
    assert receipt.transaction == [*at.dispatch().raws][1]


def test_without_finality_served_nothing_is_settled() -> None:
    """Said in a note; the run is to be looked at again."""
    at = _Followed()
    at.send()
    at.mined()
    at.chain.gate = _down("head")
    at.final()
    assert at.follower.settled == set()
    assert at.follower.notes == ["finality was not served: nobody answers"]


@pytest.mark.parametrize("what", ["receipts", "nonces"])
def test_what_is_deep_and_not_confirmed_is_not_settled(what: str) -> None:
    """Somebody has to tell of it once more when it is final."""
    at = _Followed(terms=replace(TERMS, finality=120))
    at.send()
    if what == "nonces":
        at.chain.foreign(0)
    at.mined()
    at.chain.gate = _down(what)
    at.final()
    assert at.follower.settled == set()
    assert "did not become final in time" in at.follower.notes[-1]


def test_finality_is_not_waited_for_for_ever() -> None:
    """What is final by then is settled, the rest is not."""
    at = _Followed(terms=replace(TERMS, finality=30))
    at.send()
    at.mined()
    at.final()
    assert at.follower.settled == set()
    assert at.follower.notes == ["some transactions did not become final in time"]


def test_nothing_under_way_waits_for_nothing() -> None:
    """And asks nobody."""
    at = _Followed()
    work: list[Callable[[], Awaitable[None]]] = [at.follower.mined, at.follower.final]
    for each in work:
        asyncio.run(each())  # type: ignore[arg-type] # it is a coroutine
    assert at.chain.heard == []
    assert at.waited == 0


def test_no_money_is_waited_for_and_paid_later() -> None:
    """Someone sends it some: then what was signed is mined, under its own nonce."""
    at = _Followed(revoking(2))
    at.chain.money = 0
    at.send()
    assert at.work.unsent == {2: "not sent: a transaction before it was not taken"}
    at.chain.on(8, lambda: setattr(at.chain, "money", 10**18))
    at.mined()
    assert at.dispatch().receipt is not None
    assert {each.nonce for each in at.entries.of(Event.SIGNED)} == {0}
    assert Answer.NO_MONEY in at.told.lines[0]


@pytest.mark.parametrize(
    ("block_ms", "poll", "stuck"),
    [
        (None, 4, 72),
        (12_000, 4, 72),
        (250, 0.5, 30),
        (2_000, 2 / 3, 30),
        (60_000, 4, 360),
    ],
)
def test_usual_terms_suit_the_chain(
    block_ms: int | None, poll: float, stuck: float
) -> None:
    """A look every third of a block, six blocks to be stuck, within bounds."""
    found = Terms.usual(Chain(id=1, name="any", block_ms=block_ms), 3)
    assert (found.poll, found.stuck, found.confirmations) == (poll, stuck, 3)
