"""The `[[rule]]`s and one approval: deny before warn before ignore."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from allowctl.model.evaluation import Cover, CoverKind
from allowctl.model.policy import Action, OnUnpriced, PolicyRule
from allowctl.model.report import SPAM
from allowctl.policy.checks import RULE_PREFIX
from allowctl.policy.conditions import Match, because, match
from allowctl.policy.judged import Fault, Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What all rules say of an approval."""

    faults: tuple[Fault, ...] = ()
    """Of each rule that denies it or warns."""
    ignored: Cover | None = None
    """Where none does and one ignores it: that covers what `[policy]` says."""


def ruling(of: Judged, rules: Iterable[PolicyRule], unpriced: OnUnpriced) -> Ruling:
    """What the rules say; their order never matters."""
    faults: list[Fault] = []
    ignoring: list[PolicyRule] = []
    for rule in rules:
        found = match(rule.when, of)
        if found is None:
            continue
        if rule.action is not Action.IGNORE:
            faults += _faults(rule, of, found, unpriced)
        elif found.certain:  # what nobody knows excuses nothing
            ignoring.append(rule)
    if faults or not ignoring:
        return Ruling(faults=tuple(faults))
    named = min(ignoring, key=lambda rule: (rule.id, rule.place))
    return Ruling(ignored=_cover(named))


def naming_spam(rules: Sequence[PolicyRule]) -> tuple[PolicyRule, ...]:
    """The rules that spam is judged by: those that ask for it by name."""
    return tuple(
        rule
        for rule in rules
        if any(name.partition(".")[0] == SPAM for name in rule.when.rules)
    )


def _faults(
    rule: PolicyRule, of: Judged, found: Match, unpriced: OnUnpriced
) -> list[Fault]:
    """At most one. A value that is unknown counts as the policy wants it to."""
    action = rule.action
    if not found.value_known:
        match unpriced:
            case OnUnpriced.IGNORE:
                return []
            case OnUnpriced.WARN:
                action = Action.WARN
            case OnUnpriced.FAIL:
                pass
            case _:
                assert_never(unpriced)
    verb = "denies it" if action is Action.DENY else "warns of it"
    why = because(rule.when, of)
    said = f"the rule {rule.id} {verb}" + (f": {why}" if why else "")
    check = RULE_PREFIX + rule.id
    return [Fault(check=check, action=action, message=said, place=rule.place)]


def _cover(rule: PolicyRule) -> Cover:
    return Cover(kind=CoverKind.IGNORE, place=rule.place, reason=rule.reason)
