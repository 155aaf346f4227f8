"""How long people say something takes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec.durations import EXAMPLES, seconds

DAY = 86_400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3600s", 3_600),
        ("12h", 12 * 3_600),
        ("30d", 30 * DAY),
        ("12w", 84 * DAY),
        ("6m", 180 * DAY),
        ("1y", 365 * DAY),
        ("007d", 7 * DAY),
        (" 1Y ", 365 * DAY),
    ],
)
def test_durations(text: str, expected: int) -> None:
    """A number and a unit; a month has 30 days, a year 365."""
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "d", "30", "0d", "-1d", "1.5d", "1 d", "1d1h", "1min", "९d", "9" * 99, "1q"],
)
def test_no_durations(text: str) -> None:
    """All else is none, and so is nothing at all."""
    assert seconds(text) is None


@given(st.text())
def test_any_text_is_a_time_to_come_or_none(text: str) -> None:
    """Whatever somebody writes: never nothing, never the past."""
    found = seconds(text)

    assert found is None or found > 0


def test_the_examples_are_some() -> None:
    """What people are told to write is taken."""
    assert all(map(seconds, re.split(r", | or ", EXAMPLES)))
