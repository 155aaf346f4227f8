"""docs/risk.md says what the code does: its tables are the real ones."""

from __future__ import annotations

import re
from decimal import Decimal

from allowctl.model.finding import Level
from allowctl.model.weights import WEIGHTS
from allowctl.risk.audit import level_of
from allowctl.risk.rules import RULES
from tests.markdown import rows, text_of

PAGE = text_of("docs/risk.md")
THRESHOLDS = {
    "new_days": WEIGHTS.new_days,
    "recent_days": WEIGHTS.recent_days,
    "stale_days": WEIGHTS.stale_days,
    "long_days": WEIGHTS.long_days,
    "min_liquidity_usd": WEIGHTS.min_liquidity,
}


def table(heading: str) -> list[list[str]]:
    """The rows of a section's table, without its head."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return rows(section)[1:]


def test_every_weight_is_documented() -> None:
    """Each rule's points once, or those of its cases, and why there are so many."""
    expected = {
        f"{card.id}.{case}" if case else card.id: (card.id, points)
        for card in (rule.card for rule in RULES)
        for case, points in (card.cases or {"": card.points}).items()
    }
    found = {}
    for name, points, reason in table("Points"):
        link = re.fullmatch(r"\[`([a-z0-9.-]+)`\]\(rules/([a-z0-9-]+)\.md\)", name)
        assert link is not None, name
        assert reason
        assert link[1] not in found
        found[link[1]] = (link[2], int(points))

    assert found == expected


def test_every_level_is_documented() -> None:
    """With the sums of points it stands for, and the chance of a loss."""
    found = {name: (points, Decimal(each)) for name, points, each in table("Levels")}
    sums = {}
    for name, (points, _) in found.items():
        first, _, last = points.partition(" to ")
        sums[name] = {*range(int(first), int(last or first) + 1)}

    assert {name: chance for name, (_, chance) in found.items()} == {
        str(level): chance for level, chance in WEIGHTS.chances.items()
    }
    assert sums == {
        str(level): {each for each in range(101) if level_of(each) is level} or {0}
        for level in Level
    }


def test_every_threshold_is_documented() -> None:
    """By the key that changes it."""
    found = {
        name.strip("`"): Decimal(default) for name, default, _ in table("Thresholds")
    }

    assert found == THRESHOLDS
