"""unlimited-amount."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import Amount, Kind
from allowctl.model.facts import TokenFacts
from allowctl.model.finding import Finding
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.risk.rules.unlimited_amount import UnlimitedAmount
from tests import build
from tests.risk.pages import as_json, example
from tests.strategies import records

RULE = UnlimitedAmount()


@pytest.mark.parametrize(
    ("amount", "evidence"),
    [
        (2**256 - 1, "the amount is the standard's maximum"),
        (2**255, "the amount is the standard's maximum"),
        (10**15, f"the amount, {10**15}, is at least the total supply, {10**15}"),
        (10**15 - 1, None),
    ],
)
def test_an_amount_without_a_bound_is_found(amount: int, evidence: str | None) -> None:
    """The standard's maximum, or all there is of the token."""
    record = build.record(build.allowance(build.amount(amount)))
    found = RULE.judge(record, build.context())

    assert found == (None if evidence is None else RULE.card.finding(evidence))


def test_permit2_has_its_own_maximum() -> None:
    """The largest uint160."""
    record = build.record(build.allowance(build.child(2**160 - 1), kind=Kind.PERMIT2))

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        "the amount is the standard's maximum"
    )


@pytest.mark.parametrize(
    ("token", "missing"),
    [
        (
            build.token_facts(total_supply=None),
            Missing(Lack.UNAVAILABLE, "the token does not tell its total supply"),
        ),
        (
            build.token_facts(total_supply=None, unserved=True),
            Missing(Lack.FAILED, "nobody served the token's total supply"),
        ),
    ],
)
def test_without_a_supply_a_limited_amount_is_not_judged(
    token: TokenFacts, missing: Missing
) -> None:
    """What it takes to tell is missing: said, not taken for a bound."""
    record = build.record(
        build.allowance(build.amount(2**96 - 1)),
        token=token,
    )

    assert RULE.judge(record, build.context()) == RULE.card.unknown(missing)


def test_without_a_supply_the_standard_s_maximum_is_still_one() -> None:
    """It takes nothing else to tell."""
    record = build.record(
        build.allowance(build.amount(build.UNLIMITED)),
        token=build.token_facts(total_supply=None, unserved=True),
    )

    assert isinstance(RULE.judge(record, build.context()), Finding)


def test_a_supply_of_nothing_bounds_nothing() -> None:
    """Every amount is at least 0: that makes none of them unlimited."""
    record = build.record(
        build.allowance(build.amount(1)), token=build.token_facts(total_supply=0)
    )

    assert RULE.judge(record, build.context()) is None


@given(records())
def test_it_is_found_exactly_for_unlimited_amounts(record: Record) -> None:
    """Operators have a rule of their own, and an item has a bound."""
    amount = isinstance(record.allowance.grant, Amount)
    found = isinstance(RULE.judge(record, build.context()), Finding)

    assert found is (amount and record.unlimited)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(build.allowance(build.amount(build.UNLIMITED)))

    assert example("unlimited-amount") == as_json(RULE.judge(record, build.context()))
