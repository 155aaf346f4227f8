"""`when` of a rule: every condition, and what is done with what nobody knows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from allowctl.model.approval import Allowance, Item, Kind
from allowctl.model.chain import Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.missing import NOT_ASKED
from allowctl.model.policy import Condition, Target
from allowctl.model.report import AuditedRecord
from allowctl.model.value import Unpriced
from allowctl.policy.conditions import Match, because, match
from tests import build
from tests.build import SPENDER, TOKEN, UNLIMITED, address, allowance, amount
from tests.policy.making_rows import DAY, finding, judged, raised, row

EOA = row(
    build.record(
        allowance(amount(UNLIMITED)),
        spender=build.spender_facts(SpenderKind.EOA),
        value=build.worth(12_000),
        raised_at=build.NOW - 30 * DAY,
    ),
    finding("eoa-spender"),
    finding("upgradeable-spender", case="eoa"),
    level=Level.MEDIUM,
)


def of(*targets: str) -> frozenset[Target]:
    """`ADDRESS`, or `CHAIN:ADDRESS`."""
    parts = [each.rpartition(":") for each in targets]
    return frozenset(
        Target(address=Address(last), chain=chain or None) for chain, _, last in parts
    )


@pytest.mark.parametrize(
    ("holds", "fails"),
    [
        ({"min_level": Level.MEDIUM}, {"min_level": Level.HIGH}),
        ({"max_level": Level.MEDIUM}, {"max_level": Level.LOW}),
        ({"rules": {"vanity-spender", "eoa-spender"}}, {"rules": {"vanity-spender"}}),
        ({"rules": {"upgradeable-spender"}}, {"rules": {"upgradeable-spender.safe"}}),
        ({"rules": {"upgradeable-spender.eoa"}}, {"rules": {"eoa-spender.eoa"}}),
        ({"spender_kinds": {SpenderKind.EOA}}, {"spender_kinds": {SpenderKind.GONE}}),
        ({"tokens": of(SPENDER, TOKEN)}, {"tokens": of(SPENDER)}),
        ({"tokens": of(f"1:{TOKEN}")}, {"tokens": of(f"10:{TOKEN}")}),
        ({"spenders": of(SPENDER)}, {"spenders": of(TOKEN)}),
        ({"spenders": of(f"1:{SPENDER}")}, {"spenders": of(f"10:{SPENDER}")}),
        ({"unlimited": True}, {"unlimited": False}),
        ({"min_amount": UNLIMITED}, {"min_amount": UNLIMITED + 1}),
        ({"min_value_usd": Decimal(12_000)}, {"min_value_usd": Decimal(12_001)}),
        ({"min_age": 30 * DAY}, {"min_age": 30 * DAY + 1}),
        ({"kinds": {Kind.ERC20, Kind.PERMIT2}}, {"kinds": {Kind.PERMIT2}}),
        ({"chains": {"1", "10"}}, {"chains": {"10"}}),
        ({"wallets": {"treasury", "ops"}}, {"wallets": {"ops"}}),
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_each_condition(holds: dict[str, Any], fails: dict[str, Any]) -> None:
    """Each holds for a row that is so, and for none that is not; all of them must."""
    good, bad = (_condition(each) for each in (holds, fails))

    assert match(good, judged(EOA)) == Match()
    assert match(bad, judged(EOA)) is None
    assert match(_condition({"min_amount": 1} | fails), judged(EOA)) is None


def _condition(parts: dict[str, Any]) -> Condition:
    whole: dict[str, Any] = {
        name: frozenset(part) if isinstance(part, set) else part
        for name, part in parts.items()
    }
    return Condition(**whole)


def test_nothing_said() -> None:
    """A condition that says nothing holds for everything."""
    assert match(Condition(), judged(EOA)) == Match()
    assert because(Condition(), judged(EOA)) == ""


@pytest.mark.parametrize("level", [Level.INFO, Level.CRITICAL])
def test_unknown_level(level: Level) -> None:
    """It is neither at least nor at most another."""
    unknown = judged(row(level=Level.UNKNOWN))

    assert match(Condition(min_level=level), unknown) is None
    assert match(Condition(max_level=level), unknown) is None


@pytest.mark.parametrize(
    ("grant", "least", "holds"),
    [
        (allowance(amount(5)), 5, True),
        (allowance(amount(5)), 6, False),
        (allowance(Item(token_id=9), kind=Kind.ERC721), 1, True),
        (allowance(Item(token_id=9), kind=Kind.ERC721), 2, False),
        (allowance(kind=Kind.OPERATOR), UNLIMITED, True),
    ],
)
def test_min_amount(grant: Allowance, least: int, *, holds: bool) -> None:
    """An item is one, an operator has more than any amount."""
    found = match(Condition(min_amount=least), judged(row(build.record(grant))))

    assert (found is not None) is holds


def test_unlimited_operator() -> None:
    """An operator is unlimited, an item is not."""
    operator = judged(row(build.record(allowance(kind=Kind.OPERATOR))))
    item = judged(row(build.record(allowance(kind=Kind.ERC721))))

    assert match(Condition(unlimited=True), operator)
    assert match(Condition(unlimited=False), item)


@pytest.mark.parametrize(
    ("of", "when", "found"),
    [
        (
            row(build.record(value=Unpriced.NO_PRICE)),
            Condition(min_value_usd=Decimal(1)),
            Match(value_known=False),
        ),
        (row(raised(NOT_ASKED)), Condition(min_age=1), Match(age_known=False)),
        (
            row(build.record(value=Unpriced.NO_PRICE)),
            Condition(min_value_usd=Decimal(1), kinds=frozenset({Kind.PERMIT2})),
            None,
        ),
        (
            row(
                build.record(
                    token=build.token_facts(balance=0), value=Unpriced.NO_PRICE
                )
            ),
            Condition(min_value_usd=Decimal(1)),
            None,
        ),
    ],
    ids=["value", "age", "something else fails", "nothing at risk"],
)
def test_unknown(of: AuditedRecord, when: Condition, found: Match | None) -> None:
    """What nobody knows is open, unless something that is known decides."""
    assert match(when, judged(of)) == found


def test_because() -> None:
    """What it speaks of is told as it is with this row."""
    when = Condition(
        min_level=Level.LOW,
        rules=frozenset({"eoa-spender", "upgradeable-spender.eoa", "vanity-spender"}),
        kinds=frozenset({Kind.ERC20}),
        spender_kinds=frozenset({SpenderKind.EOA}),
        tokens=of(TOKEN),
        spenders=of(SPENDER),
        unlimited=True,
        min_amount=5,
        min_value_usd=Decimal(9),
        min_age=DAY,
    )

    assert because(when, judged(EOA)) == (
        "its level is medium, eoa-spender and upgradeable-spender.eoa found something, "
        "its kind is erc20, its spender's kind is eoa, its token is named, "
        "its spender is named, it is unlimited, it is for 1.158e+77 smallest units, "
        "$12,000 at risk, raised 30 days ago"
    )


def test_because_of_what_is_unknown() -> None:
    """That nobody knows it is told, too."""
    when = Condition(
        unlimited=False, min_amount=0, min_value_usd=Decimal(9), min_age=DAY
    )
    record = build.record(
        allowance(kind=Kind.OPERATOR, token=address(1)), value=Unpriced.ITEMS
    )

    assert because(when, judged(row(record))) == (
        "it is not unlimited, it is for any number of smallest units, "
        "its value is unknown, when it was raised is not known"
    )
