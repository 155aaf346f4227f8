"""`[[rule]]`: deny before warn before ignore, in any order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from allowctl.model.evaluation import CoverKind, Evaluation
from allowctl.model.finding import Level
from allowctl.model.missing import NOT_ASKED
from allowctl.model.policy import Action, OnUnpriced, PolicyRule
from allowctl.model.report import AuditedRecord
from allowctl.model.value import Unpriced
from tests import build
from tests.policy.making import allow
from tests.policy.making_rows import (
    DAY,
    evaluated,
    finding,
    limits,
    only,
    raised,
    row,
    rule,
)

BAD = row(level=Level.CRITICAL)
DENY = rule("deny-it")
WARN = rule("warn-of-it", Action.WARN)
IGNORE = rule("ignore-it", Action.IGNORE, min_level=Level.INFO)


def under(
    *rules: PolicyRule, of: AuditedRecord = BAD, unpriced: OnUnpriced | None = None
) -> Evaluation:
    return evaluated(replace(limits(unpriced=unpriced), rules=rules), of)


def acts(of: Evaluation) -> dict[str, tuple[Action, CoverKind | None]]:
    return {
        each.check: (each.action, each.cover.kind if each.cover else None)
        for each in of.violations
    }


def test_each_says_its_own() -> None:
    """What a rule denies is against it, beside what `[policy]` says."""
    assert acts(under(DENY, WARN)) == {
        "rule.deny-it": (Action.DENY, None),
        "rule.warn-of-it": (Action.WARN, None),
        "fail-on": (Action.DENY, None),
    }


def test_message() -> None:
    """It names the rule and what of the row it speaks of, at the rule's line."""
    denied = only(under(rule("no-lows", min_level=Level.LOW), of=row()))
    warned = only(under(WARN, of=row()))

    assert denied.message == "the rule no-lows denies it: its level is low"
    assert warned.message == "the rule warn-of-it warns of it"
    assert denied.place == rule("no-lows").place


def test_ignore() -> None:
    """It covers what `[policy]` says; what that was is still told."""
    found = only(under(IGNORE))

    assert (found.check, found.fails) == ("fail-on", False)
    assert found.cover is not None
    assert found.cover.kind is CoverKind.IGNORE
    assert (found.cover.place, found.cover.reason) == (IGNORE.place, "because")
    assert under(IGNORE).counts.covered == 1


@pytest.mark.parametrize("rules", [*permutations((DENY, WARN, IGNORE))])
def test_the_stronger_one_decides(rules: tuple[PolicyRule, ...]) -> None:
    """Where a rule denies or warns, none ignores."""
    found = acts(under(*rules))

    assert found["fail-on"] == (Action.DENY, None)


def test_which_one_ignores() -> None:
    """Of several it is the first by its id."""
    other = rule("a-quiet-one", Action.IGNORE, min_level=Level.INFO)
    covers = {only(under(*each)).cover for each in permutations((IGNORE, other), 2)}

    assert [each and each.place for each in covers] == [other.place]


@pytest.mark.parametrize(
    ("on", "deny", "warn"),
    [
        (OnUnpriced.IGNORE, None, None),
        (OnUnpriced.WARN, Action.WARN, Action.WARN),
        (OnUnpriced.FAIL, Action.DENY, Action.WARN),
    ],
)
def test_unknown_value(
    on: OnUnpriced, deny: Action | None, warn: Action | None
) -> None:
    """`unpriced` decides for rules that deny or warn; none ignores for it."""
    unknown = row(build.record(value=Unpriced.NO_PRICE), level=Level.CRITICAL)
    actions = {
        action: acts(
            under(
                rule("dear", action, min_value_usd=Decimal(1)),
                of=unknown,
                unpriced=on,
            )
        )
        for action in Action
    }

    assert actions[Action.DENY].get("rule.dear", (None,))[0] is deny
    assert actions[Action.WARN].get("rule.dear", (None,))[0] is warn
    assert actions[Action.IGNORE]["fail-on"] == (Action.DENY, None)


def test_unknown_value_is_told() -> None:
    """Whoever reads it learns why."""
    unknown = row(build.record(value=Unpriced.NO_PRICE))
    found = under(rule("dear", min_value_usd=Decimal(1)), of=unknown)

    assert [each.message for each in found.violations if "dear" in each.check] == [
        "the rule dear warns of it: its value is unknown"
    ]


def test_unknown_age() -> None:
    """It is old enough to be denied, and not to be ignored."""
    ageless = replace(row(raised(NOT_ASKED)), level=Level.CRITICAL)
    found = {
        action: acts(under(rule("old", action, min_age=DAY), of=ageless))
        for action in Action
    }

    assert found[Action.DENY]["rule.old"] == (Action.DENY, None)
    assert found[Action.WARN]["rule.old"] == (Action.WARN, None)
    assert found[Action.IGNORE] == {"fail-on": (Action.DENY, None)}


def test_allow_covers_rules_ignore_does_not() -> None:
    """An entry covers all that is against a row."""
    policy = replace(limits(), rules=(DENY, WARN), allows=(allow(),))
    found = evaluated(policy, BAD)

    assert {each.cover and each.cover.kind for each in found.violations} == {
        CoverKind.ALLOW
    }


@pytest.mark.parametrize(
    ("names", "checks"),
    [
        ({"spam-token"}, ["rule.spam"]),
        ({"eoa-spender", "spam-token.case"}, ["spam"]),
        ({"eoa-spender"}, ["spam"]),
    ],
)
def test_spam(names: set[str], checks: list[str]) -> None:
    """Only rules that name it have anything against it; else that it is one is told."""
    planted = row(None, finding("spam-token"), level=Level.CRITICAL)
    found = under(rule("spam", rules=frozenset(names)), DENY, of=planted)

    assert [each.check for each in found.violations] == checks
    assert found.counts.spam == (checks == ["spam"])
    assert found.counts.violating == (checks != ["spam"])
