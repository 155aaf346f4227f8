"""stale-approval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.finding import Finding
from allowctl.model.missing import NOT_ASKED, Lack, Missing
from allowctl.model.weights import Weights
from allowctl.risk.rules.stale_approval import StaleApproval
from tests import build
from tests.risk.pages import as_json, example

RULE = StaleApproval()
DAY = 86_400
AGES = st.integers(0, 10 * 365 * DAY)


@pytest.mark.parametrize(
    ("age", "days"), [(180 * DAY, 180), (181 * DAY - 1, 180), (3_000 * DAY, 3_000)]
)
def test_what_was_raised_long_ago_is_stale(age: int, days: int) -> None:
    """In whole days; when it was last used is told to be unknown."""
    record = build.record(raised_at=build.NOW - age)

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        f"it was last raised {days} days before block 24000000; "
        "its last use is not known"
    )


@pytest.mark.parametrize("age", [180 * DAY - 1, 0, -DAY])
def test_what_was_raised_since_is_not(age: int) -> None:
    """Nor what claims to be of tomorrow."""
    record = build.record(raised_at=build.NOW - age)

    assert RULE.judge(record, build.context()) is None


@pytest.mark.parametrize(
    "missing",
    [
        NOT_ASKED,
        Missing(Lack.UNAVAILABLE, "no log names it"),
        Missing(Lack.FAILED, "nobody served block 1"),
    ],
)
def test_without_a_time_it_is_not_judged(missing: Missing) -> None:
    """For the reason that the time is missing for."""
    record = build.record(raised_at=missing)

    assert RULE.judge(record, build.context()) == RULE.card.unknown(missing)


@given(AGES, AGES, st.integers(1, 4_000))
def test_the_older_the_staler(one: int, other: int, stale_days: int) -> None:
    """Whatever the limit: what is older than something stale is stale."""
    context = build.context(weights=Weights(stale_days=stale_days))
    found = [
        isinstance(
            RULE.judge(build.record(raised_at=build.NOW - age), context), Finding
        )
        for age in sorted((one, other))
    ]

    assert found == sorted(found)
    assert found[0] is (min(one, other) >= stale_days * DAY)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(raised_at=build.NOW - 400 * DAY)

    assert example("stale-approval") == as_json(RULE.judge(record, build.context()))
