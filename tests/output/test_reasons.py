"""Why a row stands where it does: the heaviest first, each with its points."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.finding import Level
from allowctl.model.report import Record
from allowctl.output.reasons import level, reasons
from allowctl.risk.audit import audit
from allowctl.risk.rules import TITLES
from tests import build
from tests.output import anything, wallet

ALL = (
    "spender was exploited (+100), spender runs other code (+35), "
    "unlimited amount (+20), stale approval (+15), spender can be changed (+15)"
)
FIVE = audit(wallet.records(), build.context()).records[0]


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (20, "spender was explo..."),
        (30, "spender was exploited, 4 more"),
        (36, "spender was exploited (+100), 4 more"),
        (66, "spender was exploited (+100), 4 more"),
        (
            67,
            "spender was exploited (+100), spender runs other code (+35), 3 more",
        ),
        (500, ALL),
    ],
)
def test_as_many_as_there_is_room_for(room: int, said: str) -> None:
    """The others are counted."""
    assert reasons(FIVE, room) == said


@given(anything.records(), st.integers(6, 300))
def test_reasons_fit(record: Record, room: int) -> None:
    """They begin with the heaviest, and none is left out without a count."""
    (audited,) = audit([record], build.context()).records
    said = reasons(audited, room)

    assert len(said) <= room
    assert said
    if audited.findings and room > 60:
        first = audited.findings[0]
        assert said.startswith(f"{TITLES[first.rule]} (+{first.points})")
        shown = said.count("(+")
        rest = len(audited.findings) - shown
        assert (f", {rest} more" in said) is bool(rest)


def test_nothing_found_is_worth_what_was_asked() -> None:
    """Rules that could not be evaluated are counted where nothing else is said."""
    nothing = replace(FIVE, findings=(), points=0, level=Level.INFO)

    assert reasons(nothing, 80) == "nothing found"
    one = replace(nothing, failed=("a",), level=Level.UNKNOWN)
    assert reasons(one, 80) == "nothing found, 1 rule not evaluated"
    two = replace(nothing, failed=("a", "b"), level=Level.UNKNOWN)
    assert reasons(two, 80) == "nothing found, 2 rules not evaluated"


@pytest.mark.parametrize(
    ("known", "failed", "shown"),
    [
        (Level.HIGH, (), "high"),
        (Level.HIGH, ("a",), "high?"),
        (Level.UNKNOWN, ("a",), "unknown"),
    ],
)
def test_a_level_that_may_be_worse(
    known: Level, failed: tuple[str, ...], shown: str
) -> None:
    """Has a mark; one that is unknown says it itself."""
    assert level(replace(FIVE, level=known, failed=failed)) == shown
