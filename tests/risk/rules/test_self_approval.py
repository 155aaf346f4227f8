"""self-approval."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import Kind
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.model.finding import Finding
from allowctl.model.report import Record
from allowctl.risk.rules.self_approval import SelfApproval
from tests import build
from tests.risk.facts import spender_records
from tests.risk.pages import as_json, example

RULE = SelfApproval()


@pytest.mark.parametrize(
    ("spender", "evidence"),
    [
        (build.OWNER, "the spender is the owner itself"),
        (build.TOKEN, "the spender is the token's own contract"),
        (ZERO_ADDRESS, "the spender is the zero address"),
    ],
)
@pytest.mark.parametrize("kind", Kind)
def test_an_odd_spender_is_told(spender: Address, evidence: str, kind: Kind) -> None:
    """Without points: nobody else gains anything."""
    record = build.record(build.allowance(kind=kind, spender=spender))
    found = RULE.judge(record, build.context())

    assert found == RULE.card.finding(evidence)
    assert isinstance(found, Finding)
    assert found.points == 0


def test_permit2_is_not_the_token() -> None:
    """It holds the state of its children; they are another token's."""
    record = build.record(build.allowance(kind=Kind.PERMIT2, spender=build.PERMIT2))

    assert RULE.judge(record, build.context()) is None


@given(spender_records())
def test_it_is_found_exactly_for_these(record: Record) -> None:
    """It takes the addresses alone, so it is never without a fact."""
    candidate = record.allowance.candidate
    odd = record.allowance.spender in (candidate.owner, candidate.token, ZERO_ADDRESS)
    found = RULE.judge(record, build.context())

    assert found is None or isinstance(found, Finding)
    assert (found is not None) is odd


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(build.allowance(spender=build.OWNER))

    assert example("self-approval") == as_json(RULE.judge(record, build.context()))
