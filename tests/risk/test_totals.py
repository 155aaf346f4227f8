"""The sum of all that is at risk: each token once, and what it lacks is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict, Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Amount, Everything, Grant, Item, Kind
from allowctl.model.chain import Address
from allowctl.model.finding import Confidence, Finding, Level, Severity
from allowctl.model.report import SPAM, AuditedRecord, Record
from allowctl.model.value import Price, PriceConfidence, PriceSource, Unpriced, Worth
from allowctl.risk.totals import Totals, totals
from tests import build
from tests.build import PERMIT2, address

TOKENS = tuple(address(0x70 + n) for n in range(3))


class Parts(TypedDict, total=False):
    """What of a row can be said."""

    kind: Kind
    token: int
    spender: int | Address
    balance: int | None
    unit: Decimal | Unpriced


def row(grant: Grant, **parts: Unpack[Parts]) -> AuditedRecord:
    """An allowance of a token that is worth $2 a unit, and of which there are 100."""
    token, spender = TOKENS[parts.get("token", 0)], parts.get("spender", 1)
    plain = build.record(
        build.allowance(
            grant,
            kind=parts.get("kind", Kind.ERC20),
            token=token,
            spender=address(spender) if isinstance(spender, int) else spender,
        ),
        token=build.token_facts(address=token, balance=parts.get("balance", 100)),
    )
    value = _value(plain, parts.get("unit", Decimal(2)))
    return audited(replace(plain, value=value))


def _value(record: Record, unit: Decimal | Unpriced) -> Worth | Unpriced:
    if isinstance(unit, Unpriced):
        return unit
    if record.effective is None:
        return Unpriced.NO_BALANCE
    price = Price(
        usd_per_unit=unit,
        source=PriceSource.CHAINLINK,
        at=1,
        confidence=PriceConfidence.HIGH,
    )
    return Worth(usd=record.effective * unit, price=price)


def audited(record: Record, *findings: Finding) -> AuditedRecord:
    return AuditedRecord(record=record, findings=findings, points=0, level=Level.INFO)


def spam(of: AuditedRecord, confidence: Confidence) -> AuditedRecord:
    finding = Finding(
        rule=SPAM,
        severity=Severity.INFO,
        confidence=confidence,
        points=0,
        evidence="looks like it",
    )
    return audited(of.record, finding)


def total(*rows: AuditedRecord) -> Totals:
    return totals([build.scan(allowances=rows)])


def amount(of: int) -> Amount:
    return build.amount(of)


def child(of: int, root: int) -> Amount:
    return build.child(of, root_amount=root)


def test_nothing() -> None:
    """No row, no sum, and it lacks none."""
    assert totals([]) == Totals()
    assert total() == Totals()
    assert Totals().unknown == 0


def test_spenders_share_a_balance() -> None:
    """Two of 60 units reach 100 of them, two of 30 reach 60."""
    assert total(row(amount(60)), row(amount(60), spender=2)).usd == 200
    assert total(row(amount(30)), row(amount(30), spender=2)).usd == 120


def test_tokens_add_up() -> None:
    """Each with its own balance, and owners and chains with theirs."""
    one, two = row(amount(60)), row(amount(60), token=1)
    assert total(one, two).usd == 240
    scans = [build.scan(allowances=(one,))] * 3
    assert totals(scans).usd == 360
    assert totals(scans).priced == 3


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(amount(90), spender=PERMIT2)], 180),
        ([row(child(40, 90), kind=Kind.PERMIT2)], 80),
        (
            [
                row(amount(50), spender=PERMIT2),
                row(child(40, 50), kind=Kind.PERMIT2),
                row(child(40, 50), kind=Kind.PERMIT2, spender=2),
            ],
            100,
        ),
        (
            [
                row(child(40, 50), kind=Kind.PERMIT2),
                row(child(40, 50), kind=Kind.PERMIT2, spender=2),
            ],
            100,
        ),
        (
            [
                row(amount(20)),
                row(amount(50), spender=PERMIT2),
                row(child(40, 50), kind=Kind.PERMIT2),
            ],
            140,
        ),
        (
            [
                row(build.child(40, root_amount=None), kind=Kind.PERMIT2),
                row(build.child(40, root_amount=None), kind=Kind.PERMIT2, spender=2),
            ],
            160,
        ),
    ],
    ids=[
        *("root", "child", "root and children", "children", "and another"),
        "root not known",
    ],
)
def test_permit2(rows: Sequence[AuditedRecord], expected: int) -> None:
    """Children add nothing to their root's row; without it they share the root."""
    assert total(*rows).usd == expected


def test_what_lacks_a_value() -> None:
    """Rows by their reason; what cannot be taken now lacks nothing."""
    rows = (
        row(amount(9), unit=Unpriced.THIN),
        row(amount(9), unit=Unpriced.NO_PRICE, token=1),
        row(amount(9), unit=Unpriced.NO_PRICE, token=1, spender=2),
        row(amount(9), unit=Unpriced.NOT_ASKED, token=2, balance=0),
        row(amount(9), unit=Unpriced.FURTHER, token=2, balance=0, spender=2),
        row(amount(9), balance=None, spender=3),
        row(Item(token_id=1), kind=Kind.ERC721, unit=Unpriced.ITEMS),
        row(Everything(), kind=Kind.OPERATOR, unit=Unpriced.ITEMS, balance=0),
    )
    found = total(*rows)
    assert found.lacking == {
        Unpriced.THIN: 1,
        Unpriced.NO_PRICE: 2,
        Unpriced.FURTHER: 1,
        Unpriced.NO_BALANCE: 1,
        Unpriced.ITEMS: 1,
    }
    assert found == Totals(lacking=found.lacking)
    assert found.unknown == 6


def test_lacks_of_several_scans() -> None:
    """They are added up by reason."""
    scan = build.scan(allowances=(row(amount(9), unit=Unpriced.THIN),))
    assert totals([scan, scan]).lacking == {Unpriced.THIN: 2}


def test_spam_is_apart() -> None:
    """Neither summed nor lacking; what only looks like it still counts."""
    rich, odd = row(amount(60)), row(amount(60), unit=Unpriced.NO_PRICE)
    rows = [spam(rich, Confidence.HIGH), spam(odd, Confidence.HIGH)]
    assert total(*rows) == Totals(spam=2)
    assert total(spam(rich, Confidence.LOW)) == Totals(usd=Decimal(120), priced=1)


UNITS: tuple[Decimal | Unpriced, ...] = (Decimal("0.01"), Decimal(3), Unpriced.THIN)


@st.composite
def consistent(draw: st.DrawFn) -> list[AuditedRecord]:
    """Rows of one owner as state can be: one balance, price and root for a token."""
    rows: list[AuditedRecord] = []
    for token in range(len(TOKENS)):
        balance = draw(st.integers(0, 10**20))
        unit = draw(st.sampled_from(UNITS))
        root = draw(st.integers(1, 10**21))
        for spender in range(draw(st.integers(0, 3))):
            grant = amount(draw(st.integers(1, 10**21)))
            rows.append(
                row(grant, token=token, spender=spender, balance=balance, unit=unit)
            )
        for spender in range(draw(st.integers(0, 3))):
            inside = child(draw(st.integers(1, 10**21)), root)
            rows.append(
                row(
                    inside,
                    kind=Kind.PERMIT2,
                    token=token,
                    spender=spender,
                    balance=balance,
                    unit=unit,
                )
            )
        if draw(st.booleans()):
            own = amount(root)
            rows.append(
                row(own, token=token, spender=PERMIT2, balance=balance, unit=unit)
            )
    return draw(st.permutations(rows))


@given(consistent())
def test_a_token_is_never_worth_more_than_its_balance(
    rows: list[AuditedRecord],
) -> None:
    """However many share it; and never less than what one of them reaches."""
    for token in TOKENS:
        own = [each for each in rows if each.record.token.address == token]
        values = [each.record.value for each in own]
        worths = [each for each in values if isinstance(each, Worth)]
        found = total(*own).usd
        assert found >= max((each.usd for each in worths), default=0)
        for worth, each in zip(worths, own, strict=False):
            balance = each.record.token.balance or 0
            assert found <= balance * worth.price.usd_per_unit


@given(consistent())
def test_a_row_more_is_never_less(rows: list[AuditedRecord]) -> None:
    """Neither in USD nor in rows; tokens do not touch one another."""
    for count in range(len(rows)):
        less, more = total(*rows[:count]), total(*rows[: count + 1])
        assert more.usd >= less.usd
        assert more.priced + more.unknown >= less.priced + less.unknown
    apart = [
        total(*(each for each in rows if each.record.token.address == token)).usd
        for token in TOKENS
    ]
    assert total(*rows).usd == sum(apart)


@given(consistent())
def test_order_does_not_matter(rows: list[AuditedRecord]) -> None:
    """The sum is the rows', not their order's."""
    assert total(*rows) == total(*reversed(rows))


def test_huge_numbers() -> None:
    """A uint256 of a token of no decimals is summed, and not refused."""
    huge = row(amount(2**256 - 1), balance=2**256 - 1, unit=Decimal(10**9))
    assert total(huge, row(amount(1), token=1)).usd > Decimal(10) ** 86
