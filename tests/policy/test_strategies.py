"""The laws are tried on what they are about: the strategies reach all of it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings

from allowctl.model.evaluation import CoverKind
from allowctl.model.policy import Action, Policy
from allowctl.model.report import Report
from allowctl.policy.baseline import Baseline, read, render
from allowctl.policy.checks import CHECKS
from allowctl.policy.evaluate import evaluate
from tests.policy.making import TODAY
from tests.policy.strategies import WALLETS, policies, reports


def test_the_strategies_reach_everything() -> None:
    """Every check, action, cover and outcome comes up, and none is all there is."""
    seen: Counter[str] = Counter()

    @settings(derandomize=True, max_examples=800, database=None)
    @given(reports(), policies())
    def look(report: Report, policy: Policy) -> None:
        bare = evaluate(report, policy, WALLETS, today=TODAY)
        known = read(render(bare).encode()) if bare.complete else Baseline()
        found = evaluate(report, policy, WALLETS, baseline=known, today=TODAY)
        for each in found.violations:
            check = "rule" if each.check.startswith("rule.") else each.check
            seen[check] += 1
            seen[each.action] += 1
            seen[each.cover.kind if each.cover else "uncovered"] += 1
        for each in bare.violations:
            for why in ("max_amount", "max_level", "other code", "expired on"):
                seen[why] += "does not apply" in each.message and why in each.message
        counts = found.counts
        seen["violating"] += counts.violating
        seen["warned"] += counts.warned
        seen["all covered"] += counts.covered
        seen["passed"] += counts.passed
        seen["spam"] += counts.spam
        seen["complete"] += found.complete
        seen["incomplete"] += not found.complete
        seen["forgiven"] += any(each.forgiven for each in found.open_ends)
        ends = [each.reason for each in found.open_ends]
        seen["cannot be held"] += any("cannot be held" in each for each in ends)
        seen["not read"] += any("was not read: no wallet" in each for each in ends)
        seen["violated"] += found.violated
        seen["not violated"] += not found.violated

    look()
    wanted = {
        *CHECKS,
        *CoverKind,
        "rule",
        Action.DENY,
        Action.WARN,
        "uncovered",
        "max_amount",
        "max_level",
        "other code",
        "expired on",
        "violating",
        "warned",
        "all covered",
        "passed",
        "spam",
        "complete",
        "incomplete",
        "forgiven",
        "violated",
        "not violated",
        "cannot be held",
        "not read",
    }

    assert {name for name in wanted if seen[name] < 5} == set()
