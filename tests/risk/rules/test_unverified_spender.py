"""unverified-spender."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Finding, NotEvaluated
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.risk.rules.unverified_spender import UnverifiedSpender
from tests import build
from tests.risk.facts import spender_records
from tests.risk.pages import as_json, example

RULE = UnverifiedSpender()
ABSENT = build.record(spender=build.spender_facts(verified=False))


def test_a_contract_without_a_source_is_found() -> None:
    """With little weight and low confidence: it may be published elsewhere."""
    found = RULE.judge(ABSENT, build.context())

    assert found == RULE.card.finding(
        "the spender's source is not published on Sourcify; it may be elsewhere",
        case="absent",
    )
    assert isinstance(found, Finding)
    assert (found.points, found.confidence) == (10, Confidence.LOW)


def test_a_published_source_is_passed() -> None:
    """It is there to be read."""
    record = build.record(spender=build.spender_facts(verified=True))

    assert RULE.judge(record, build.context()) is None


def test_it_is_asked_only_on_demand() -> None:
    """Without --sourcify nobody learns of the spender, and the audit is whole."""
    assert RULE.judge(build.record(), build.context()) == NotEvaluated(
        rule="unverified-spender", reason="not asked for", lack=Lack.NOT_ASKED
    )


@pytest.mark.parametrize("lack", Lack)
@pytest.mark.parametrize("kind", [SpenderKind.CONTRACT, SpenderKind.UNKNOWN])
def test_an_unknown_source_is_not_evaluated(lack: Lack, kind: SpenderKind) -> None:
    """For the reason for which it is not known."""
    spender = build.spender_facts(kind, verified=Missing(lack, "slow down"))

    assert RULE.judge(build.record(spender=spender), build.context()) == NotEvaluated(
        rule="unverified-spender", reason="slow down", lack=lack
    )


def test_what_may_be_no_contract_is_not_evaluated() -> None:
    """A key has no source, so its absence says nothing."""
    spender = build.spender_facts(SpenderKind.UNKNOWN, verified=False)

    assert RULE.judge(build.record(spender=spender), build.context()) == NotEvaluated(
        rule="unverified-spender",
        reason="nobody served the spender's code",
        lack=Lack.FAILED,
    )


@given(spender_records())
def test_it_is_found_exactly_for_contracts_without_a_source(record: Record) -> None:
    """A key and an empty place have rules of their own."""
    contract = record.spender.kind is SpenderKind.CONTRACT
    found = RULE.judge(record, build.context())

    assert isinstance(found, Finding) is (contract and record.spender.verified is False)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    assert example("unverified-spender") == as_json(RULE.judge(ABSENT, build.context()))
