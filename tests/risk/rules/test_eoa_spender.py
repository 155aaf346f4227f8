"""eoa-spender."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import Kind
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.missing import Lack
from allowctl.model.report import Record
from allowctl.risk.rules.eoa_spender import EoaSpender
from tests import build
from tests.risk.facts import spender_records
from tests.risk.pages import as_json, example

RULE = EoaSpender()


@pytest.mark.parametrize("approval", Kind)
def test_a_key_is_found_whatever_it_may_take(approval: Kind) -> None:
    """No code at the scan's block, and it has sent transactions."""
    record = build.record(
        build.allowance(kind=approval), spender=build.spender_facts(SpenderKind.EOA)
    )

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        "the spender has no code at block 24000000: it is a key"
    )


def test_a_contract_is_passed() -> None:
    """Its code says what it may do."""
    assert RULE.judge(build.record(), build.context()) is None


def test_a_spender_that_nobody_served_is_not_evaluated() -> None:
    """Unknown is neither a key nor a contract."""
    record = build.record(spender=build.spender_facts(SpenderKind.UNKNOWN))

    assert RULE.judge(record, build.context()) == NotEvaluated(
        rule="eoa-spender",
        reason="nobody served the spender's code",
        lack=Lack.FAILED,
    )


@pytest.mark.parametrize("address", [build.OWNER, ZERO_ADDRESS])
@pytest.mark.parametrize("kind", SpenderKind)
def test_the_owner_and_nobody_gain_nothing(address: Address, kind: SpenderKind) -> None:
    """The one can do it anyway; the other has no key, and never will have code."""
    record = build.record(
        build.allowance(spender=address),
        spender=build.spender_facts(kind, address=address),
    )

    assert RULE.judge(record, build.context()) is None


@given(spender_records())
def test_it_is_found_exactly_for_its_kinds(record: Record) -> None:
    """Whatever else is known or said of the spender."""
    other = record.allowance.spender not in (
        record.allowance.candidate.owner,
        ZERO_ADDRESS,
    )
    found = RULE.judge(record, build.context())

    assert isinstance(found, Finding) is (
        other and record.spender.kind is SpenderKind.EOA
    )


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(spender=build.spender_facts(SpenderKind.EOA))

    assert example("eoa-spender") == as_json(RULE.judge(record, build.context()))
