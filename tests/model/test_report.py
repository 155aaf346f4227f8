"""Records and scans: what can move, and what is accounted for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import (
    Amount,
    Dead,
    DeadReason,
    Everything,
    Item,
    Kind,
    NotServed,
    Refused,
)
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Coverage, Gap
from allowctl.model.finding import Confidence, Finding, Level, Severity
from allowctl.model.report import SPAM, AuditedRecord, Record
from allowctl.model.value import Unpriced
from tests import build
from tests.strategies import records

GAPPY = Coverage(
    blocks=BlockRange(0, 9), gaps=(Gap(blocks=BlockRange(3, 4), reason="timeout"),)
)
REFUSED = Refused(candidate=build.candidate(), reason="reverts")
NOT_SERVED = NotServed(candidate=build.candidate(), reason="timeout")


@given(records())
def test_what_can_move_is_bounded(record: Record) -> None:
    """Never above the balance, the amount or the root; unknown stays unknown."""
    effective, balance = record.effective, record.token.balance
    match record.allowance.grant:
        case Item():
            assert effective == 1
        case Everything():
            assert effective == balance
        case Amount(amount=amount, root_amount=root):
            assert (effective is None) is (balance is None)
            if effective is not None and balance is not None:
                bounds = [balance, amount, *([] if root is None else [root])]
                assert effective == min(bounds)


@pytest.mark.parametrize(
    ("amount", "supply", "unlimited"),
    [
        (2**255, None, True),
        (2**255 - 1, None, False),
        (2**96 - 1, 10**27, True),
        (1_000, 1_000, True),
        (999, 1_000, False),
        (1_000, 0, False),
        (1_000, None, False),
    ],
)
def test_unlimited_is_the_maximum_or_the_total_supply(
    *, amount: int, supply: int | None, unlimited: bool
) -> None:
    """A supply of 0, or one that is not known, says nothing."""
    record = build.record(
        build.allowance(build.amount(amount)),
        token=build.token_facts(total_supply=supply),
    )

    assert record.unlimited is unlimited


@pytest.mark.parametrize(
    ("amount", "unlimited"), [(2**160 - 1, True), (2**160 - 2, False)]
)
def test_unlimited_in_permit2_is_its_own_maximum(
    *, amount: int, unlimited: bool
) -> None:
    """Permit2's amounts are uint160."""
    record = build.record(
        build.allowance(build.child(amount), kind=Kind.PERMIT2),
        token=build.token_facts(total_supply=None),
    )

    assert record.unlimited is unlimited


def test_an_operator_is_unlimited_and_an_item_is_not() -> None:
    """Everything, now and later, has no bound; one item is one item."""
    assert build.record(build.allowance(kind=Kind.OPERATOR)).unlimited
    assert not build.record(build.allowance(kind=Kind.ERC721)).unlimited


@given(records(), st.integers(0, 2**256 - 1))
def test_a_larger_amount_never_frees_of_unlimited(record: Record, more: int) -> None:
    """What is unlimited stays so when the amount grows."""
    match record.allowance.grant:
        case Amount(amount=amount) as grant:
            larger = replace(grant, amount=amount + more)
            allowance = replace(record.allowance, grant=larger)
            after = replace(record, allowance=allowance)
            assert after.unlimited or not record.unlimited


_fates = st.tuples(*(st.integers(0, 3) for _ in range(5)))


@given(_fates)
def test_every_candidate_is_in_exactly_one_fate(numbers: tuple[int, ...]) -> None:
    """Live + dormant + dead + refused + unserved = candidates."""
    live, dormant, dead, refused, unserved = numbers
    scan = build.scan(
        allowances=(build.audited(),) * live,
        dormant=(build.record(),) * dormant,
        dead=(Dead(candidate=build.candidate(), reason=DeadReason.ZERO),) * dead,
        refused=(REFUSED,) * refused,
        unserved=(NOT_SERVED,) * unserved,
    )

    assert scan.candidates == sum(numbers)


def test_a_scan_is_complete_when_all_was_served() -> None:
    """A gap or an unserved candidate is a hole; a refusal is an answer."""
    assert build.scan().complete
    assert build.scan(refused=(REFUSED,)).complete
    assert not build.scan(unserved=(NOT_SERVED,)).complete
    assert not build.scan(coverage=GAPPY).complete


def test_a_report_is_complete_when_all_its_scans_are() -> None:
    """One incomplete scan makes the report so."""
    assert build.scan_report().complete
    assert build.scan_report(build.scan(), build.scan()).complete
    assert not build.scan_report(build.scan(), build.scan(coverage=GAPPY)).complete


def test_the_dead_are_counted_by_reason() -> None:
    """In the words that a person reads."""
    reasons = (DeadReason.ZERO, DeadReason.EXPIRED, DeadReason.ZERO)
    scan = build.scan(
        dead=tuple(Dead(candidate=build.candidate(), reason=each) for each in reasons)
    )

    assert scan.dead_by_reason == {"zero": 2, "expired": 1}


def test_the_worst_level_is_that_of_any_live_row() -> None:
    """None where nothing is live: no level is better than a level of nothing."""
    high = replace(build.audited(), level=Level.HIGH)
    low = replace(build.audited(), level=Level.LOW)
    report = build.scan_report(
        build.scan(allowances=(low,)), build.scan(allowances=(high,))
    )

    assert report.worst is Level.HIGH
    assert build.scan_report(build.scan()).worst is None


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("spam", [False, True])
def test_risky_is_high_or_worse_and_no_spam(*, level: Level, spam: bool) -> None:
    """What `revoke --all-risky` takes back unasked."""
    finding = Finding(
        rule=SPAM,
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        points=0,
        evidence="seen",
    )
    row = AuditedRecord(
        record=build.record(),
        findings=(finding,) if spam else (),
        points=0,
        level=level,
    )

    assert row.risky is (level in {Level.HIGH, Level.CRITICAL} and not spam)


@pytest.mark.parametrize(
    ("balance", "value", "idle"),
    [
        (0, Unpriced.NO_PRICE, True),
        (0, Unpriced.FURTHER, False),
        (1, Unpriced.NO_PRICE, False),
        (None, Unpriced.NO_PRICE, False),
    ],
)
def test_idle_is_what_nothing_can_be_taken_by(
    *, balance: int | None, value: Unpriced, idle: bool
) -> None:
    """A balance of 0 says nothing of collateral, an unknown one nothing at all."""
    record = replace(
        build.record(token=build.token_facts(balance=balance)), value=value
    )

    assert record.idle is idle
