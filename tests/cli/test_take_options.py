"""What the options of revoking take, and what they refuse."""

from __future__ import annotations

import pytest

from allowctl.cli.take_options import UrgencyName, duration
from allowctl.errors import UsageError
from allowctl.revoke.fees import Urgency

DAY = 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3600s", 3_600),
        ("12h", 12 * 3_600),
        ("30d", 30 * DAY),
        ("12w", 84 * DAY),
        ("6m", 180 * DAY),
        (" 1Y ", 365 * DAY),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    """A number and a unit; a month has 30 days, a year 365."""
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "d", "30", "0d", "-1d", "1.5d", "1 d", "1d1h", "1min", "९d", "9" * 99]
)
def test_no_durations(text: str) -> None:
    """All else is refused with examples of what is taken, on one line."""
    with pytest.raises(UsageError, match="is no duration") as caught:
        duration(text)
    assert len(caught.value.message) < 80
    assert "30d" in (caught.value.hint or "")


def test_urgencies_are_the_program_s() -> None:
    """--urgency takes each that there is."""
    assert [each.value for each in UrgencyName] == [each.value for each in Urgency]
