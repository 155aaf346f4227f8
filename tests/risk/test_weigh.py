"""What a configuration's weights make of a finding, and whether they fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import ConfigError
from allowctl.model.finding import Confidence, Finding, Severity
from allowctl.model.settings import Settings
from allowctl.model.weights import WEIGHTS, Weights
from allowctl.risk.rule import RuleCard
from allowctl.risk.rules import RULES
from allowctl.risk.weigh import check, most, names, unknown_rules, weighed

CARD = RuleCard(
    id="old-rule",
    title="old",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    points=40,
    cases={"new": 40, "recent": 20},
)


def finding(case: str | None) -> Finding:
    return CARD.finding("seen", case=case)


@pytest.mark.parametrize(
    ("said", "case", "points"),
    [
        ({}, "recent", 20),
        ({"old-rule": 7}, "recent", 7),
        ({"old-rule": 7}, None, 7),
        ({"old-rule": 7, "old-rule.recent": 9}, "recent", 9),
        ({"old-rule": 7, "old-rule.recent": 9}, "new", 7),
        ({"old-rule.recent": 9}, "new", 40),
        ({"old-rule.recent": 0}, "recent", 0),
        ({"other-rule": 9}, "new", 40),
        ({"old-rule.None": 9}, None, 40),
    ],
)
def test_points_of_a_case_come_before_those_of_its_rule(
    said: dict[str, int], case: str | None, points: int
) -> None:
    """And all of them before the rule's own; nothing else of a finding changes."""
    found = weighed(finding(case), Weights(points=said))

    assert found.points == points
    assert found == Finding(
        rule="old-rule",
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH,
        points=points,
        evidence="seen",
        case=case,
    )


@given(
    st.dictionaries(
        st.sampled_from(("old-rule", "old-rule.new", "old-rule.recent", "x")),
        st.integers(0, 100),
    )
)
def test_no_case_adds_more_than_the_most(said: dict[str, int]) -> None:
    """And one of them adds as much."""
    weights = Weights(points=said)
    found = [weighed(finding(case), weights).points for case in CARD.cases]

    assert most(CARD, weights) == max(found)


def test_every_rule_and_every_case_can_be_given_points() -> None:
    """By the names that the audit's findings have."""
    known = names()

    assert {rule.card.id for rule in RULES} <= known
    for rule in RULES:
        assert {f"{rule.card.id}.{case}" for case in rule.card.cases} <= known


def test_what_is_no_rule_is_told_with_the_nearest_one() -> None:
    """A slip of the pen would else change nothing, and nobody would know."""
    known = {"old-rule", "old-rule.new", "vanity"}
    weights = Weights(points={"old-rule": 1, "old-rul.new": 2, "zzzz": 3})

    assert unknown_rules(weights.points, known) == {
        "old-rul.new": "old-rule.new",
        "zzzz": None,
    }
    assert unknown_rules(WEIGHTS.points, known) == {}


def test_the_place_of_what_is_no_rule_is_named() -> None:
    """File and key, as the configuration tells them."""
    settings = Settings(
        weights=Weights(points={"eoa-spnder": 5}),
        weight_places={"points.eoa-spnder": "FILE: weights.points.eoa-spnder"},
    )
    with pytest.raises(ConfigError) as refused:
        check(settings)

    assert refused.value.message == (
        "FILE: weights.points.eoa-spnder: no rule, and no rule's case, is called so"
    )
    assert refused.value.hint == "did you mean eoa-spender?"


def test_weights_of_rules_that_there_are_fit() -> None:
    """Those of a file without any, too."""
    check(Settings())
    check(Settings(weights=Weights(points={"eoa-spender": 5})))
