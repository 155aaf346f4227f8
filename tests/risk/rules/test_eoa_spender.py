"""eoa-spender."""

from __future__ import annotations

import pytest

from allowctl.model.approval import Kind
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import NotEvaluated
from allowctl.risk.rules.eoa_spender import EoaSpender
from tests import build
from tests.risk.pages import as_json, example

RULE = EoaSpender()


EVIDENCE = {
    SpenderKind.EOA: "the spender has no code at block 24000000: it is a key",
    SpenderKind.DELEGATED_EOA: (
        "the spender is a key that runs another's code at block 24000000 (EIP-7702)"
    ),
    SpenderKind.UNUSED: (
        "the spender has neither code nor transactions at block 24000000: "
        "a key, or a contract to come"
    ),
}


@pytest.mark.parametrize(("kind", "evidence"), EVIDENCE.items())
@pytest.mark.parametrize("approval", Kind)
def test_a_key_is_found_whatever_it_may_take(
    kind: SpenderKind, evidence: str, approval: Kind
) -> None:
    """An account with a key, one that is delegated, one that was never used."""
    record = build.record(
        build.allowance(kind=approval), spender=build.spender_facts(kind)
    )

    assert RULE.judge(record, build.context()) == RULE.card.finding(evidence)


def test_a_contract_is_passed() -> None:
    """Its code says what it may do."""
    assert RULE.judge(build.record(), build.context()) is None


def test_a_spender_that_nobody_served_is_not_evaluated() -> None:
    """Unknown is neither a key nor a contract."""
    record = build.record(spender=build.spender_facts(SpenderKind.UNKNOWN))

    assert RULE.judge(record, build.context()) == NotEvaluated(
        rule="eoa-spender", reason="nobody served the spender's code"
    )


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(spender=build.spender_facts(SpenderKind.EOA))

    assert example("eoa-spender") == as_json(RULE.judge(record, build.context()))


def test_the_owner_itself_gains_nothing() -> None:
    """An approval of oneself is odd, and no danger."""
    of = build.allowance(spender=build.OWNER)
    record = build.record(
        of, spender=build.spender_facts(address=build.OWNER, kind=SpenderKind.EOA)
    )

    assert EoaSpender().judge(record, build.context()) is None
