"""codeless-spender."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import Kind
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Finding, NotEvaluated, Severity
from allowctl.model.missing import Lack
from allowctl.model.report import Record
from allowctl.risk.rules.codeless_spender import CodelessSpender
from allowctl.risk.rules.eoa_spender import EoaSpender
from tests import build
from tests.risk.facts import spender_records
from tests.risk.pages import as_json, example

RULE = CodelessSpender()
EVIDENCE = {
    SpenderKind.UNUSED: (
        "unused",
        90,
        (
            "the spender has neither code nor transactions at block 24000000: "
            "a key, or a contract to come"
        ),
    ),
    SpenderKind.GONE: (
        "gone",
        60,
        "the spender's code is gone at block 24000000: it may come back, as other code",
    ),
}


@pytest.mark.parametrize(("kind", "said"), EVIDENCE.items())
@pytest.mark.parametrize("approval", Kind)
def test_an_empty_place_is_found_whatever_it_may_take(
    kind: SpenderKind, said: tuple[str, int, str], approval: Kind
) -> None:
    """One that was never used weighs what a key weighs."""
    case, points, evidence = said
    record = build.record(
        build.allowance(kind=approval), spender=build.spender_facts(kind)
    )
    found = RULE.judge(record, build.context())

    assert found == RULE.card.finding(evidence, case=case)
    assert isinstance(found, Finding)
    assert found.points == points


def test_a_place_that_is_gone_is_less_severe_than_one_never_used() -> None:
    """No key is behind it, and few contracts can come back."""
    found = {
        kind: RULE.judge(
            build.record(spender=build.spender_facts(kind)), build.context()
        )
        for kind in EVIDENCE
    }

    gone, unused = found[SpenderKind.GONE], found[SpenderKind.UNUSED]
    assert isinstance(gone, Finding)
    assert isinstance(unused, Finding)
    assert (gone.severity, unused.severity) == (Severity.HIGH, Severity.CRITICAL)


def test_an_unused_address_weighs_what_a_key_weighs() -> None:
    """Drainers deploy there later: waiting must not pay."""
    assert RULE.card.cases["unused"] == EoaSpender.card.points


def test_a_contract_is_passed() -> None:
    """Its code says what it may do."""
    assert RULE.judge(build.record(), build.context()) is None


def test_a_spender_that_nobody_served_is_not_evaluated() -> None:
    """Unknown is neither a key nor a contract."""
    record = build.record(spender=build.spender_facts(SpenderKind.UNKNOWN))

    assert RULE.judge(record, build.context()) == NotEvaluated(
        rule="codeless-spender",
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


@pytest.mark.parametrize(
    ("number", "found"), [(1, False), (0x11, False), (0x100, False), (0x12, True)]
)
def test_precompiles_are_no_empty_places(number: int, *, found: bool) -> None:
    """The chain computes there: nothing will be deployed, and nobody has a key."""
    spender = build.address(number)
    record = build.record(
        build.allowance(spender=spender),
        spender=build.spender_facts(SpenderKind.UNUSED, address=spender),
    )

    assert isinstance(RULE.judge(record, build.context()), Finding) is found


@given(spender_records())
def test_it_is_found_exactly_for_its_kinds(record: Record) -> None:
    """Whatever else is known or said of the spender."""
    other = record.allowance.spender not in (
        record.allowance.candidate.owner,
        ZERO_ADDRESS,
    )
    found = RULE.judge(record, build.context())

    assert isinstance(found, Finding) is (other and record.spender.kind in EVIDENCE)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(spender=build.spender_facts(SpenderKind.UNUSED))

    assert example("codeless-spender") == as_json(RULE.judge(record, build.context()))
