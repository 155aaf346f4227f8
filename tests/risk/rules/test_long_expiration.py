"""long-expiration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Allowance, Kind
from allowctl.model.finding import Finding
from allowctl.model.report import Record
from allowctl.model.weights import Weights
from allowctl.risk.rules.long_expiration import LongExpiration
from tests import build
from tests.risk.pages import as_json, example
from tests.strategies import allowances, uints

RULE = LongExpiration()
DAY = 86_400
YEAR = 365 * DAY
EVER = 2**48 - 1


def child(expiration: int) -> Record:
    grant = build.child(expiration=expiration)
    return build.record(build.allowance(grant, kind=Kind.PERMIT2))


@pytest.mark.parametrize(
    ("expiration", "evidence"),
    [
        (build.NOW + YEAR + 1, "it works for 365 days after block 24000000"),
        (build.NOW + 2 * YEAR, "it works for 730 days after block 24000000"),
        (EVER, "it works for ever: no later end can be given"),
    ],
)
def test_an_end_too_far_away_is_found(expiration: int, evidence: str) -> None:
    """More than a year; the largest uint48 is no end at all."""
    assert RULE.judge(child(expiration), build.context()) == RULE.card.finding(evidence)


@pytest.mark.parametrize(
    "expiration", [build.NOW + YEAR, build.NOW + 1, build.NOW, build.NOW - YEAR, 0]
)
def test_an_end_in_sight_is_passed(expiration: int) -> None:
    """A year is not more than a year; what is past is past."""
    assert RULE.judge(child(expiration), build.context()) is None


@given(allowances().filter(lambda each: each.candidate.kind is not Kind.PERMIT2))
def test_other_standards_know_no_end(of: Allowance) -> None:
    """They all work for ever: no reason to point at one of them."""
    record = build.record(of)

    assert RULE.judge(record, build.context()) is None


@given(uints(48), uints(48), st.integers(1, 4_000))
def test_the_later_the_longer(one: int, other: int, long_days: int) -> None:
    """Whatever the limit: what ends after something long is long."""
    context = build.context(weights=Weights(long_days=long_days))
    ends = sorted((one, other))
    found = [isinstance(RULE.judge(child(end), context), Finding) for end in ends]

    assert found == sorted(found)
    assert found[0] is (ends[0] - build.NOW > long_days * DAY)


def test_what_has_an_end_can_always_be_judged() -> None:
    """The expiration is part of the grant: no fact can be missing."""
    unknown = build.token_facts(balance=None, total_supply=None, unserved=True)
    grant = build.child(expiration=EVER, root_amount=None)
    of = build.allowance(grant, kind=Kind.PERMIT2)

    assert isinstance(
        RULE.judge(build.record(of, token=unknown), build.context()), Finding
    )


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    found = RULE.judge(child(build.NOW + 2 * YEAR), build.context())

    assert example("long-expiration") == as_json(found)
