"""delegated-eoa-spender."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import Kind
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.missing import Lack
from allowctl.model.report import Record
from allowctl.risk.rules.delegated_eoa_spender import DelegatedEoaSpender
from tests import build
from tests.risk.facts import spender_records
from tests.risk.pages import as_json, example

RULE = DelegatedEoaSpender()
DELEGATED = build.spender_facts(
    SpenderKind.DELEGATED_EOA, delegate=build.address(0xDE1)
)


@pytest.mark.parametrize("approval", Kind)
def test_a_delegated_key_is_found_whatever_it_may_take(approval: Kind) -> None:
    """The evidence names whose code it runs, as people compare addresses."""
    record = build.record(build.allowance(kind=approval), spender=DELEGATED)

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        "the spender is a key that runs 0x0000000000000000000000000000000000000dE1's "
        "code at block 24000000 (EIP-7702)"
    )


def test_an_unknown_delegate_is_no_excuse() -> None:
    """That it is delegated is enough."""
    record = build.record(spender=build.spender_facts(SpenderKind.DELEGATED_EOA))

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        "the spender is a key that runs another's code at block 24000000 (EIP-7702)"
    )


def test_a_good_delegate_is_no_excuse() -> None:
    """A verified one with a name weighs as much: the key is not bound by it."""
    good = build.spender_facts(
        SpenderKind.DELEGATED_EOA,
        label="Account of a known wallet",
        delegate=build.address(0xDE1),
        verified=True,
    )
    record = build.record(spender=good)

    assert RULE.judge(record, build.context()) == RULE.judge(
        build.record(spender=DELEGATED), build.context()
    )


def test_a_contract_is_passed() -> None:
    """Its code says what it may do."""
    assert RULE.judge(build.record(), build.context()) is None


def test_a_spender_that_nobody_served_is_not_evaluated() -> None:
    """Unknown is neither a key nor a contract."""
    record = build.record(spender=build.spender_facts(SpenderKind.UNKNOWN))

    assert RULE.judge(record, build.context()) == NotEvaluated(
        rule="delegated-eoa-spender",
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
        other and record.spender.kind is SpenderKind.DELEGATED_EOA
    )


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(spender=DELEGATED)

    assert example("delegated-eoa-spender") == as_json(
        RULE.judge(record, build.context())
    )
