"""A configuration's weights: what they make of a finding, and whether they fit."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from allowctl.errors import ConfigError
from allowctl.model.finding import Finding
from allowctl.model.settings import Settings
from allowctl.model.weights import Weights
from allowctl.risk.rule import Rule, RuleCard
from allowctl.risk.rules import RULES


def weighed(finding: Finding, weights: Weights) -> Finding:
    """The finding with the points that the weights give it, if they give it any.

    Those of its case come before those of its rule.
    """
    points = weights.points.get(finding.rule, finding.points)
    if finding.case is not None:
        points = weights.points.get(f"{finding.rule}.{finding.case}", points)
    return finding if points == finding.points else replace(finding, points=points)


def most(card: RuleCard, weights: Weights) -> int:
    """The points that a rule can add at most, by these weights."""
    own = weights.points.get(card.id)
    cases = card.cases or {"": card.points}
    return max(
        weights.points.get(f"{card.id}.{case}", points if own is None else own)
        for case, points in cases.items()
    )


def names(rules: Sequence[Rule] = RULES) -> frozenset[str]:
    """What points can be given to: each rule's id, and each `rule-id.case`."""
    cards = [rule.card for rule in rules]
    cases = (f"{card.id}.{case}" for card in cards for case in card.cases)
    return frozenset((*(card.id for card in cards), *cases))


def unknown_rules(
    said: Collection[str], known: Collection[str]
) -> Mapping[str, str | None]:
    """Those of some names that there are not.

    Each with the nearest one there is, None if none is near.
    """
    found: dict[str, str | None] = {}
    for name in sorted(set(said) - set(known)):
        near = difflib.get_close_matches(name[:80], sorted(known), n=1)
        found[name] = near[0] if near else None
    return found


def check(settings: Settings, rules: Sequence[Rule] = RULES) -> None:
    """ConfigError for a rule, or a rule's case, that a file names and is not there."""
    known = names(rules)
    for name, near in unknown_rules(settings.weights.points, known).items():
        place = settings.weight_places.get(f"points.{name}", "weights.points")
        raise _unknown(place, near)
    for rule in settings.policy.rules:
        for near in unknown_rules(rule.when.rules, known).values():
            raise _unknown(f"{rule.place}.when.rules", near)


def _unknown(place: str, near: str | None) -> ConfigError:
    return ConfigError(
        f"{place}: no rule, and no rule's case, is called so",
        hint=f"did you mean {near}?" if near else "docs/risk.md lists them",
    )
