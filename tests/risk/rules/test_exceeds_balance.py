"""exceeds-balance."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import Amount
from allowctl.model.facts import TokenFacts
from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.risk.rules.exceeds_balance import ExceedsBalance
from tests import build
from tests.risk.pages import as_json, example
from tests.strategies import records

RULE = ExceedsBalance()


@pytest.mark.parametrize(
    ("amount", "evidence"),
    [
        (501, "the amount, 501, is above the balance, 500"),
        (500, None),
        (499, None),
    ],
)
def test_a_limit_above_the_balance_is_found(amount: int, evidence: str | None) -> None:
    """An amount that is just the balance is what a person would grant."""
    record = build.record(build.allowance(build.amount(amount)))
    found = RULE.judge(record, build.context())

    assert found == (None if evidence is None else RULE.card.finding(evidence))


@given(records())
def test_it_is_found_exactly_for_limited_amounts_above_the_balance(
    record: Record,
) -> None:
    """Unlimited ones are another rule's; without a balance it is not evaluated."""
    balance = record.token.balance
    found = RULE.judge(record, build.context())
    match record.allowance.grant:
        case Amount(amount=amount) if not record.unlimited:
            if balance is None:
                assert isinstance(found, NotEvaluated)
            else:
                assert isinstance(found, Finding) is (amount > balance)
        case _:
            assert found is None


@pytest.mark.parametrize(
    ("token", "missing"),
    [
        (
            build.token_facts(balance=None),
            Missing(Lack.UNAVAILABLE, "the token does not tell its balance"),
        ),
        (
            build.token_facts(balance=None, unserved=True),
            Missing(Lack.FAILED, "nobody served the token's balance"),
        ),
    ],
)
def test_without_a_balance_it_is_not_judged(
    token: TokenFacts, missing: Missing
) -> None:
    """A node's failure makes the audit incomplete, a silent contract does not."""
    record = build.record(token=token)

    assert RULE.judge(record, build.context()) == RULE.card.unknown(missing)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    found = RULE.judge(build.record(), build.context())

    assert example("exceeds-balance") == as_json(found)
