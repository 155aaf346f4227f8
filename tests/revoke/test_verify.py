"""Verdicts: what was read decides, and a receipt alone decides nothing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import (
    Dead,
    DeadReason,
    Dormant,
    Everything,
    Fate,
    Item,
    Live,
    NotServed,
    Refused,
)
from allowctl.model.chain import Block
from allowctl.model.outcome import Receipt, Transacted, Verdict
from allowctl.model.plan import Change
from allowctl.revoke.verify import Evidence, Reading, granted, left, outcome
from tests import build as make

_BEFORE = 1_000
_MINED_AT, _HEAD = make.block(200), make.block(300)
_ALLOWANCE = make.allowance(make.amount(_BEFORE))
_CANDIDATE = _ALLOWANCE.candidate


def _change(after: int = 0) -> Change:
    return Change(allowance=_ALLOWANCE, fingerprint="f" * 32, after=after)


def _live(amount: int) -> Fate:
    if amount == 0:
        return Dead(candidate=_CANDIDATE, reason=DeadReason.ZERO)
    return Live(allowance=replace(_ALLOWANCE, grant=make.amount(amount)))


_NOT_SERVED = NotServed(candidate=_CANDIDATE, reason="endpoints differ")
_REFUSED = Refused(candidate=_CANDIDATE, reason="reverts")


def _read(what: int | Fate | None, at: Block) -> Reading | None:
    if what is None:
        return None
    return Reading(fate=_live(what) if isinstance(what, int) else what, at=at)


def _sent(*became: bool | None) -> tuple[Transacted, ...]:
    """Signed transactions: passed, failed, or without a receipt."""
    return tuple(
        Transacted(
            number=number,
            nonce=number,
            hashes=(f"0x{number:064x}",),
            receipt=None if passed is None else _receipt(number, succeeded=passed),
        )
        for number, passed in enumerate(became, 1)
    )


def _receipt(number: int, *, succeeded: bool) -> Receipt:
    return Receipt(
        transaction=f"0x{number:064x}",
        block=_MINED_AT.number,
        block_hash=_MINED_AT.hash,
        index=0,
        succeeded=succeeded,
        sender=make.OWNER,
        to=make.TOKEN,
        gas_used=40_000,
        paid=1,
    )


@dataclass(frozen=True)
class _Case:
    """A row of the table."""

    expected: Verdict
    sent: tuple[bool | None, ...] = ()
    mined: int | Fate | None = None
    final: int | Fate | None = None
    after: int = 0
    unsent: str = ""
    cancelled: bool = True
    gone: bool = False
    note: str = ""

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            change=_change(self.after),
            transacted=_sent(*self.sent),
            steps=(1, 2),
            unsent=self.unsent,
            mined=_read(self.mined, _MINED_AT),
            final=_read(self.final, _HEAD),
            cancelled=self.cancelled,
            gone=self.gone,
        )


_OK, _FAILED, _NONE = (True,), (False,), (None,)
_ZEROED, _SET, _SET_NONE = (True,), (True, True), (True, None)
_WHY = "it was not what it should be"

_TABLE = [
    # A transaction that passed, and state that shows it.
    _Case(Verdict.REVOKED, _OK, 0, 0),
    _Case(Verdict.REVOKED, _OK, None, 0),
    _Case(Verdict.REVOKED, _OK, _NOT_SERVED, 0),
    _Case(Verdict.REVOKED, _OK, _REFUSED, 0),
    _Case(Verdict.LOWERED, _SET, 400, 400, after=400),
    _Case(Verdict.LOWERED, _SET, 400, 300, after=400),
    _Case(Verdict.REVOKED, _SET, 400, 0, after=400),
    _Case(Verdict.LOWERED, _OK, 1, 1, after=1),
    # The same, and it cannot be believed.
    _Case(Verdict.UNVERIFIED, _OK, 1_000, 0, note="at its receipt's block"),
    _Case(Verdict.UNVERIFIED, _SET, 401, 400, after=400, note="receipt's block"),
    _Case(Verdict.UNVERIFIED, _OK, 0, _NOT_SERVED, note="endpoints differ"),
    _Case(Verdict.UNVERIFIED, _OK, 0, _REFUSED, note="reverts"),
    _Case(Verdict.UNVERIFIED, _OK, 0, None, note="not proven final"),
    _Case(Verdict.UNVERIFIED, _OK, None, None, note="not proven final"),
    _Case(Verdict.STILL_LIVE, _OK, 0, 0, cancelled=False, note="signatures"),
    # It passed, and state does not show it: liars, and whoever approves again.
    _Case(Verdict.STILL_LIVE, _OK, 0, 1, note="may not keep its word"),
    _Case(Verdict.STILL_LIVE, _OK, 1_000, 1_000, note="may not keep its word"),
    _Case(Verdict.STILL_LIVE, _SET, 400, 401, after=400),
    _Case(Verdict.STILL_LIVE, _ZEROED, 0, 500, 400, unsent=_WHY, note=_WHY),
    # It failed.
    _Case(Verdict.REVERTED, _FAILED, 1_000, 1_000, note="nothing has changed"),
    _Case(Verdict.REVERTED, _FAILED, 1_000, None, note="not final yet"),
    _Case(Verdict.NOT_MINED, (False, None), 1_000, 1_000, note="resume"),
    _Case(Verdict.UNVERIFIED, _FAILED, 1_000, _NOT_SERVED),
    _Case(Verdict.REVOKED, _FAILED, 1_000, 0),
    # It has no receipt.
    _Case(Verdict.NOT_MINED, _NONE, None, 1_000, note="resume"),
    _Case(Verdict.NOT_MINED, _NONE, None, None, note="resume"),
    _Case(Verdict.NOT_MINED, _NONE, None, 1_000, gone=True, note="another transact"),
    _Case(Verdict.NOT_MINED, _NONE, None, None, gone=True, note="another transact"),
    _Case(Verdict.NOT_MINED, _NONE, None, 1_000, unsent=_WHY, note=_WHY),
    _Case(Verdict.UNVERIFIED, _NONE, None, _NOT_SERVED),
    _Case(Verdict.UNVERIFIED, _NONE, None, _REFUSED),
    _Case(Verdict.REVOKED, _NONE, None, 0, note="not by this run"),
    # A limit that is under way may yet be set.
    _Case(Verdict.NOT_MINED, _SET_NONE, 0, 0, after=400, note="resume"),
    _Case(Verdict.NOT_MINED, _SET_NONE, 1, 1, after=400, note="resume"),
    _Case(Verdict.LOWERED, _SET_NONE, 0, 400, after=400, note="not by this run"),
    _Case(Verdict.REVOKED, _SET_NONE, 0, 0, 400, gone=True, note="not by this run"),
    # Nothing was signed.
    _Case(Verdict.NOT_MINED, (), None, 1_000, note="not sent"),
    _Case(Verdict.NOT_MINED, (), None, 1_000, unsent=_WHY, note=_WHY),
    _Case(Verdict.NOT_MINED, (), None, None, unsent=_WHY, note=_WHY),
    _Case(Verdict.NOT_MINED, (), None, None, note="not sent"),
    _Case(Verdict.UNVERIFIED, (), None, _REFUSED),
    _Case(Verdict.REVOKED, (), None, 0, unsent=_WHY, note=_WHY),
    _Case(Verdict.STILL_LIVE, (), None, 0, unsent=_WHY, cancelled=False),
    # Zeroed, and no limit after it: nothing is left, and the note says why.
    _Case(Verdict.REVOKED, _ZEROED, 0, 0, after=400, unsent=_WHY, note=_WHY),
]


@pytest.mark.parametrize("case", _TABLE, ids=str)
def test_what_is_known_gives_this_verdict(case: _Case) -> None:
    """Each row, and what the person is told."""
    found = outcome(case.evidence)
    assert found.verdict is case.expected
    assert case.note in found.note
    assert found.verdict.good or found.note, "a bad verdict says what to do"


_READINGS: list[int | Fate | None] = [None, 0, 400, 999, _NOT_SERVED, _REFUSED]
_SENT = [
    (),
    *itertools.product((True, False, None)),
    *itertools.product((True, False, None), repeat=2),
]


@pytest.mark.parametrize("after", [0, 400])
def test_a_good_verdict_is_always_shown_by_the_last_reading(after: int) -> None:
    """In every combination there is: final, low enough, cancelled, not contradicted."""
    for sent, mined, final, unsent, cancelled, gone in itertools.product(
        _SENT, _READINGS, _READINGS, ("", _WHY), (True, False), (True, False)
    ):
        case = _Case(
            Verdict.REVOKED, sent, mined, final, after, unsent, cancelled, gone
        )
        found = outcome(case.evidence)
        if not found.verdict.good:
            assert found.note
            assert found.whole
            continue
        assert found.whole == (not (sent and unsent))
        assert isinstance(final, int)
        assert found.left == final <= after
        assert found.read_at == _HEAD
        assert cancelled
        assert (found.verdict is Verdict.REVOKED) == (final == 0)
        passed = sent and False not in sent and mined is not None
        if passed and isinstance(mined, int):
            assert mined <= after
        if None in sent and not gone and not unsent:
            assert final == after, "what is under way can change nothing any more"


@given(
    now=st.integers(0, 2**256 - 1),
    after=st.integers(0, _BEFORE - 1),
    succeeded=st.booleans(),
)
def test_more_than_was_planned_is_never_good(
    now: int, after: int, *, succeeded: bool
) -> None:
    """Whatever the amount, and whatever the receipt says."""
    seen = _Case(Verdict.REVOKED, (succeeded,), None, now, after).evidence
    assert outcome(seen).verdict.good == (now <= after)
    assert outcome(seen).left == now


def test_the_reading_that_is_shown_is_the_last_there_is() -> None:
    """At the receipt's block where the head's was not read."""
    seen = _Case(Verdict.UNVERIFIED, _OK, 7, None).evidence
    assert (outcome(seen).left, outcome(seen).read_at) == (7, _MINED_AT)
    nothing = _Case(Verdict.NOT_MINED).evidence
    assert (outcome(nothing).left, outcome(nothing).read_at) == (None, None)
    assert outcome(nothing).steps == (1, 2)
    unread = _Case(Verdict.UNVERIFIED, _OK, 7, _REFUSED).evidence
    assert (outcome(unread).left, outcome(unread).read_at) == (None, _HEAD)


def test_what_is_asleep_or_expired_is_still_granted() -> None:
    """Approving the root wakes the one; a new date would wake the other."""
    child = make.allowance(make.child(5))
    dead = Dead(candidate=child.candidate, reason=DeadReason.EXPIRED, allowance=child)
    assert left(Live(allowance=child)) == left(Dormant(allowance=child)) == 5
    assert left(dead) == 5
    assert left(Dead(candidate=child.candidate, reason=DeadReason.NO_CODE)) == 0
    assert left(_REFUSED) is left(_NOT_SERVED) is None


@pytest.mark.parametrize("grant", [Item(token_id=0), Everything()])
def test_what_is_no_amount_counts_for_one(grant: Item | Everything) -> None:
    """Of an item or an operator there is one, or none."""
    assert granted(replace(_ALLOWANCE, grant=grant)) == 1
