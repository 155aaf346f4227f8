"""Leaving: signed once, written down, handed out, dearer where nodes ask for it."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec.signed import of_signed
from allowctl.errors import GuardError, JournalError, SignerError
from allowctl.model.chain import Address, Block
from allowctl.model.plan import Plan
from allowctl.revoke.dispatch import Dispatch, Known, recovered
from allowctl.revoke.guard import AmountRight
from allowctl.revoke.ports import Answer, Entry, Event, Signer
from allowctl.revoke.sendoff import Sendoff, Sent
from tests import build as make
from tests.build import NOW, SPENDER
from tests.revoke.making_chain import FakeChain
from tests.revoke.making_keys import OWNER, caught
from tests.revoke.making_plans import CAPS, COIN, FEES, GAS, GWEI, token
from tests.revoke.making_runs import (
    BEFORE,
    Entries,
    Key,
    chain_of,
    revoking,
    sendoff,
)

_REFUSALS = [each for each in Answer if each not in {Answer.TAKEN, Answer.KNOWN}]


class _Leaving:
    """A plan of some tokens, about to be sent."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan or revoking(2)
        self.chain: FakeChain = chain_of(self.plan)
        self.key, self.entries = Key(), Entries()
        self.off: Sendoff = sendoff(self.chain, self.plan, self.key, self.entries)

    def known(self, number: int = 1, spendable: int = COIN) -> Known:
        right = AmountRight(
            contract=token(number), spender=SPENDER, amount=BEFORE, items=False
        )
        at = Block(number=1, hash="0x" + "ab" * 32, timestamp=NOW)
        return Known(rights=(right,), read=(1,), at=at, spendable=spendable)

    def dispatch(self, number: int = 1) -> Dispatch:
        step = self.plan.steps[number - 1]
        return Dispatch(
            step=step, nonce=self.off.nonce, call=step.call, fees=self.plan.fees
        )

    def send(self, number: int = 1, known: Known | None = None) -> Sent:
        work = self.off.send(self.dispatch(number), known or self.known(number))
        return asyncio.run(work)

    @property
    def signed(self) -> list[Entry]:
        return self.entries.of(Event.SIGNED)


def test_it_is_written_down_before_anybody_is_told() -> None:
    """And what each endpoint said to it after that."""
    at = _Leaving()
    assert at.send() is Sent.UNDER_WAY
    signed, sent = at.entries.kept
    assert (signed.what, signed.step, signed.nonce) == (Event.SIGNED, 1, 0)
    assert signed.raw == "0x" + at.chain.sent[0].hex()
    assert signed.transaction == sent.transaction == at.chain.pool[0].name
    assert (sent.what, sent.text) == (Event.SENT, "one: taken, two: taken")
    assert recovered(at.chain.sent[0]) == OWNER


def test_nonces_follow_each_other_and_the_key_is_asked_for_once() -> None:
    """The first signature unlocks it; forgetting it is harmless when repeated."""
    at = _Leaving()
    assert at.key.unlocked == 0
    assert [at.send(1), at.send(2)] == [Sent.UNDER_WAY] * 2
    assert [each.nonce for each in at.signed] == [0, 1]
    assert at.key.unlocked == 1
    at.off.forget()
    at.off.forget()
    assert at.key.forgotten == 1


def test_what_the_guard_refuses_is_not_signed_and_takes_no_nonce() -> None:
    """The reason is kept; the next step has the nonce."""
    at = _Leaving()
    assert at.send(1, at.known(2)) is Sent.REFUSED
    assert at.key.signed == at.chain.sent == []
    assert at.entries.kept == []
    assert "not signed" in at.off.refused[1]
    assert at.send(2) is Sent.UNDER_WAY
    assert [each.nonce for each in at.signed] == [0]


def test_a_signer_of_another_account_signs_nothing() -> None:
    """The guard has it by name before, and by signature afterwards."""

    class _Other:
        @property
        def address(self) -> Address:
            return make.OWNER

        def sign(self, payload: bytes) -> bytes:
            raise AssertionError(payload)

        def forget(self) -> None:
            """Nothing."""

    at = _Leaving()
    at.off.unlock = _Other
    assert at.send() is Sent.REFUSED
    assert at.entries.kept == []


def test_a_signature_that_is_not_its_own_is_not_sent() -> None:
    """Even where the signer claims the right address."""
    at = _Leaving()
    key = Key()

    class _Broken:
        def __init__(self) -> None:
            self._real: Signer = key.unlock()

        @property
        def address(self) -> Address:
            return OWNER

        def sign(self, payload: bytes) -> bytes:
            raw = bytearray(self._real.sign(payload))
            raw[-1] ^= 1
            return bytes(raw)

        def forget(self) -> None:
            """Nothing."""

    at.off.unlock = _Broken
    assert at.send() is Sent.REFUSED
    assert at.entries.kept == []
    assert at.chain.sent == []
    with pytest.raises(GuardError, match="nobody's"):
        recovered(b"\x02no transaction")


@pytest.mark.parametrize("error", [SignerError("wrong"), JournalError("full")])
def test_without_key_or_journal_nothing_goes_out(error: Exception) -> None:
    """It is raised: what is done without them is not written, or not signed."""
    at = _Leaving()

    def fails(*_: object) -> Signer:
        raise error

    if isinstance(error, SignerError):
        at.off.unlock = fails
    else:
        vars(at.entries)["append"] = fails
    assert caught(at.send) is error
    assert at.chain.sent == []
    assert at.off.dispatched == {}
    assert at.off.nonce == 0


@pytest.mark.parametrize("answer", [Answer.UNDERPRICED, Answer.TOO_CHEAP])
def test_too_low_a_price_is_raised_at_once(answer: Answer) -> None:
    """Same nonce, both fees an eighth higher at least, each one written down."""
    at = _Leaving()
    at.chain.replies.extend([answer] * 3)
    assert at.send() is Sent.UNDER_WAY
    _prices_rise(at.signed, 4)
    assert len(at.chain.sent) == 4


def _prices_rise(signed: list[Entry], count: int) -> None:
    assert len(signed) == count
    assert len({(each.step, each.nonce) for each in signed}) == 1
    offers = [of_signed(bytes.fromhex(each.raw[2:])).fees for each in signed]
    for before, after in itertools.pairwise(offers):
        assert before.tip is not None
        assert after.tip is not None
        assert 8 * after.max_fee >= 9 * before.max_fee
        assert 8 * after.tip >= 9 * before.tip
        assert after.max_fee <= CAPS.fee_per_gas


def test_at_the_ceiling_it_is_stuck() -> None:
    """No node takes it, and it is not offered more than the cap."""
    caps = replace(CAPS, fee_per_gas=50 * GWEI)
    at = _Leaving(revoking(caps=caps))
    at.chain.least = 51 * GWEI
    assert at.send() is Sent.STUCK
    _prices_rise(at.signed, len(at.signed))
    newest = of_signed(bytes.fromhex(at.signed[-1].raw[2:])).fees
    assert newest.max_fee <= caps.fee_per_gas < newest.max_fee * 9 / 8
    assert at.off.dispatched[1].fees.max_fee == newest.max_fee
    assert [*at.off.dispatched[1].raws.values()] == at.chain.sent


def test_a_node_that_is_never_content_ends_it() -> None:
    """A dozen times and no more; and what was signed was handed out, too."""
    at = _Leaving()
    at.chain.replies.extend([Answer.UNDERPRICED] * 99)
    assert at.send() is Sent.STUCK
    _prices_rise(at.signed, 13)
    assert [*at.off.dispatched[1].raws.values()] == at.chain.sent


def test_what_a_run_may_cost_is_a_ceiling_too() -> None:
    """A bump above it is not signed."""
    at = _Leaving()
    at.chain.replies.extend([Answer.UNDERPRICED] * 9)
    most = GAS * FEES.max_fee * 9 // 8
    assert at.send(1, at.known(1, spendable=most)) is Sent.STUCK
    _prices_rise(at.signed, 2)


@pytest.mark.parametrize(
    "answer", [Answer.NO_MONEY, Answer.WRONG_CHAIN, Answer.NONCE_USED]
)
def test_what_nobody_will_ever_take_is_stuck(answer: Answer) -> None:
    """Signed once and not again: its receipt, or its nonce, decides later."""
    at = _Leaving()
    at.chain.replies.append(answer)
    assert at.send() is Sent.STUCK
    assert len(at.signed) == 1


@pytest.mark.parametrize("answer", [Answer.UNCLEAR, Answer.GAP, Answer.LIMITED])
def test_what_is_unclear_goes_on(answer: Answer) -> None:
    """When in doubt the receipt decides, not the text."""
    at = _Leaving()
    at.chain.replies.append(answer)
    assert at.send() is Sent.UNDER_WAY
    assert len(at.signed) == 1


def test_it_is_known_already_and_so_it_is_there() -> None:
    """The same bytes may go out any number of times."""
    at = _Leaving()
    at.chain.replies.append(Answer.KNOWN)
    assert at.send() is Sent.UNDER_WAY
    asyncio.run(at.off.post(at.off.dispatched[1]))
    posted = asyncio.run(at.off.post(at.off.dispatched[1]))
    assert {each.answer for each in posted} == {Answer.KNOWN}
    assert len(at.signed) == 1
    assert len(at.entries.of(Event.SENT)) == 3


@given(st.lists(st.sampled_from(_REFUSALS), max_size=16))
def test_whatever_nodes_answer_one_step_has_one_nonce(answers: list[Answer]) -> None:
    """Every signature is for it, written before it is sent, and none is cheaper."""
    at = _Leaving()
    at.chain.replies.extend(answers)
    at.send()
    _prices_rise(at.signed, len(at.signed))
    written = {each.raw for each in at.signed}
    assert {"0x" + raw.hex() for raw in at.chain.sent} <= written
    assert at.off.nonce == 1
    assert [*at.off.dispatched[1].raws] == [each.transaction for each in at.signed]


def test_what_others_may_cost_is_not_there_to_be_spent() -> None:
    """Each signed step counts at its newest price, whether it is mined or not."""
    plan = revoking(3)
    most = 3 * GAS * FEES.max_fee
    at = _Leaving(replace(plan, caps=replace(CAPS, per_run=most)))
    first, second = plan.steps[:2]
    assert at.off.spendable(first) == most
    at.chain.replies.append(Answer.UNDERPRICED)
    at.send()
    dearer = GAS * at.off.dispatched[1].fees.max_fee
    assert dearer > GAS * FEES.max_fee + GWEI
    assert at.off.spendable(second) == most - dearer
    assert at.off.spendable(first) == most
    at.off.dispatched[1].fees = replace(FEES, max_fee=10 * FEES.max_fee)
    assert at.off.spendable(second) == 0
