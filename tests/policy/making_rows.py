"""One row under one policy: what tests of single checks are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict, Unpack

from allowctl.model.approval import Kind
from allowctl.model.evaluation import Evaluation, Violation
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Finding, Level, Severity
from allowctl.model.missing import Missing
from allowctl.model.place import Place
from allowctl.model.policy import (
    Action,
    AllowEntry,
    Condition,
    Limits,
    OnRefused,
    OnUnpriced,
    Policy,
    PolicyRule,
    Target,
)
from allowctl.model.report import AuditedRecord, Record
from allowctl.policy.evaluate import evaluate
from allowctl.policy.judged import Judged
from tests import build
from tests.build import NOW
from tests.policy.making import FILE, TODAY, place, wallet

DAY = 86_400


class LimitParts(TypedDict, total=False):
    """What of `[policy]` can be said."""

    fail_on: Level
    fail_on_incomplete: bool
    refused: OnRefused
    max_value_at_risk_usd: Decimal | None
    max_total_value_at_risk_usd: Decimal | None
    unpriced: OnUnpriced | None
    max_age: int | None
    max_unused: int | None
    allow_unlimited: bool
    allowed_kinds: frozenset[Kind] | None
    denied_kinds: frozenset[Kind]
    places: Mapping[str, Place]


class When(TypedDict, total=False):
    """What a rule's condition can say."""

    min_level: Level | None
    max_level: Level | None
    rules: frozenset[str]
    spender_kinds: frozenset[SpenderKind]
    tokens: frozenset[Target]
    spenders: frozenset[Target]
    min_amount: int | None
    unlimited: bool | None
    min_value_usd: Decimal | None
    min_age: int | None
    kinds: frozenset[Kind]
    chains: frozenset[str]
    wallets: frozenset[str]


def row(
    of: Record | None = None,
    *findings: Finding,
    level: Level = Level.LOW,
    used_at: int | Missing | None = None,
) -> AuditedRecord:
    """A quiet row: raised today, never used, worth $1."""
    quiet = of or build.record(value=build.worth(1), raised_at=NOW)
    return AuditedRecord(
        record=replace(quiet, used_at=used_at),
        findings=findings,
        points=0,
        level=level,
    )


def finding(
    rule: str, confidence: Confidence = Confidence.HIGH, case: str | None = None
) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.INFO,
        confidence=confidence,
        points=0,
        evidence="seen",
        case=case,
    )


def raised(days: int | Missing) -> Record:
    """Raised so many days ago."""
    at = days if isinstance(days, Missing) else NOW - days * DAY
    return build.record(value=build.worth(1), raised_at=at)


def judged(of: AuditedRecord | None = None) -> Judged:
    return Judged(scan=build.scan(), wallets=(wallet(),), row=of or row())


def limits(**parts: Unpack[LimitParts]) -> Policy:
    """A policy that fails on critical, and on what is said."""
    plain = Limits(fail_on=Level.CRITICAL)
    return Policy(file=FILE, limits=replace(plain, **parts))


def rule(
    name: str = "no-eoa", action: Action = Action.DENY, **when: Unpack[When]
) -> PolicyRule:
    return PolicyRule(
        place=place(20, f"rule.{name}"),
        id=name,
        action=action,
        when=replace(Condition(), **when),
        reason="because",
    )


def evaluated(
    policy: Policy, *rows: AuditedRecord, allows: tuple[AllowEntry, ...] = ()
) -> Evaluation:
    """The rows of the treasury on mainnet, wholly scanned."""
    report = build.scan_report(build.scan(allowances=rows))
    allowing = replace(policy, allows=allows or policy.allows)
    return evaluate(report, allowing, [wallet()], today=TODAY)


def said(policy: Policy, of: AuditedRecord) -> list[tuple[str, str]]:
    """Each check that a row does not meet, and in which words."""
    return [(each.check, each.message) for each in evaluated(policy, of).violations]


def only(of: Evaluation) -> Violation:
    (one,) = of.violations
    return one
