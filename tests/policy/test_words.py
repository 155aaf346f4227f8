"""Numbers in words: never rounded to what they are not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.finding import Level
from allowctl.policy.words import (
    ago,
    dollars,
    duration,
    has_cents,
    listed,
    moment,
    several,
    units,
    up_to,
    were,
)

DAY = 86_400


@pytest.mark.parametrize(
    ("timestamp", "text"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (253_402_300_799, "9999-12-31 23:59:59 UTC"),
        (253_402_300_800, "second 253,402,300,800"),
        (10**77, "second 1.000e+77"),
    ],
)
def test_moment(timestamp: int, text: str) -> None:
    """As a date, as long as there are any."""
    assert moment(timestamp) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 days"),
        (1, "1 second"),
        (90, "90 seconds"),
        (120, "2 minutes"),
        (36 * 3_600, "36 hours"),
        (DAY, "1 day"),
        (365 * DAY, "365 days"),
    ],
)
def test_duration(seconds: int, text: str) -> None:
    """In the largest unit that says it exactly."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "limit", "text"),
    [
        (412 * DAY + 5, 180 * DAY, "412 days ago"),
        (180 * DAY, 180 * DAY, "180 days ago"),
        (180 * DAY + 1, 180 * DAY, "more than 180 days ago"),
        (181 * DAY, 180 * DAY, "181 days ago"),
        (40 * 3_600, 36 * 3_600, "40 hours ago"),
        (5, 0, "more than 0 days ago"),
        (-5, DAY, "0 days ago"),
    ],
)
def test_ago(seconds: int, limit: int, text: str) -> None:
    """In the limit's unit, and beyond it where it is beyond it."""
    assert ago(seconds, limit) == text


@given(st.decimals(0, 10**30, places=3), st.decimals(0, 10**30, places=2))
def test_what_is_above_looks_so(usd: Decimal, cap: Decimal) -> None:
    """A sum that is above a limit is never shown as the limit or below."""
    cents = has_cents(cap)
    shown, limit = dollars(usd, cents=cents), dollars(cap, cents=cents)

    if cap < usd < 10**15:
        assert _number(shown) > _number(limit)
    assert _number(shown) >= usd


def _number(text: str) -> Decimal:
    return Decimal(text.removeprefix("$").replace(",", ""))


def test_the_rest() -> None:
    """Counts, lists, amounts, levels."""
    assert [several(1, "row"), several(2_000, "row")] == ["1 row", "2,000 rows"]
    assert [were(1, "row"), were(0, "row")] == ["1 row was", "0 rows were"]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert [units(500_000), units(2**256 - 1)] == ["500,000", "1.158e+77"]
    assert up_to(Level.CRITICAL) == "critical"
    assert up_to(Level.INFO) == "info and worse"
