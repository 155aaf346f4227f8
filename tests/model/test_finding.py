"""The words for how bad and how sure."""

from __future__ import annotations

from allowctl.model.finding import Confidence, Level, Severity


def test_levels_are_ordered_and_have_the_words_of_severities() -> None:
    """What is worse is greater, so that a threshold can be compared."""
    assert sorted(Level) == [
        Level.UNKNOWN,
        Level.INFO,
        Level.LOW,
        Level.MEDIUM,
        Level.HIGH,
        Level.CRITICAL,
    ]
    known = [level for level in Level if level is not Level.UNKNOWN]
    assert [str(level) for level in known] == [each.value for each in Severity]


def test_confidence_has_three_grades() -> None:
    """They stand in reports: none is renamed."""
    assert [each.value for each in Confidence] == ["low", "medium", "high"]
