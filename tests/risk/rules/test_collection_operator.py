"""collection-operator."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import Kind
from allowctl.model.finding import Finding
from allowctl.model.report import Record
from allowctl.risk.rules.collection_operator import CollectionOperator
from tests import build
from tests.risk.pages import as_json, example
from tests.strategies import records

RULE = CollectionOperator()


@pytest.mark.parametrize(
    ("held", "evidence"),
    [
        (3, "all tokens of the collection, 3 at the moment, and all received later"),
        (0, "all tokens of the collection, 0 at the moment, and all received later"),
        (None, "all tokens of the collection, and all received later"),
    ],
)
def test_an_operator_is_found_whatever_is_held(held: int | None, evidence: str) -> None:
    """An empty wallet's operator takes what comes later."""
    record = build.record(
        build.allowance(kind=Kind.OPERATOR), token=build.token_facts(balance=held)
    )

    assert RULE.judge(record, build.context()) == RULE.card.finding(evidence)


@given(records())
def test_only_operators_are_found(record: Record) -> None:
    """Amounts and items have bounds."""
    operator = record.allowance.candidate.kind is Kind.OPERATOR
    found = isinstance(RULE.judge(record, build.context()), Finding)

    assert found is operator


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(
        build.allowance(kind=Kind.OPERATOR), token=build.token_facts(balance=3)
    )

    assert example("collection-operator") == as_json(
        RULE.judge(record, build.context())
    )
