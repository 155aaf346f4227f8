"""What a rule is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from allowctl.model.chain import Block, Chain
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.lists import Charge
from allowctl.model.missing import Missing
from allowctl.model.report import Record
from allowctl.model.weights import WEIGHTS, Weights

DAY = 86_400
"""Seconds."""


def _nothing() -> Mapping[Charge, Missing]:
    return MappingProxyType({})


def _no_cases() -> Mapping[str, int]:
    return MappingProxyType({})


def _no_severities() -> Mapping[str, Severity]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What holds for all allowances of a scan."""

    chain: Chain
    as_of: Block
    weights: Weights = WEIGHTS
    absent: Mapping[Charge, Missing] = field(default_factory=_nothing)
    """The charges that no list could be asked about, and why."""

    def days_since(self, timestamp: int) -> int:
        """Whole days from a time, in unix seconds, to the scan's block."""
        return (self.as_of.timestamp - timestamp) // DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """What a rule is called and how much it weighs. Its page is docs/rules/<id>.md."""

    id: str
    """Kebab-case, permanent, read after "allow"."""
    title: str
    severity: Severity
    confidence: Confidence
    points: int
    """0 to 100, added up to an allowance's level; the most of its cases."""
    cases: Mapping[str, int] = field(default_factory=_no_cases)
    """Points by case, where they weigh differently."""
    severities: Mapping[str, Severity] = field(default_factory=_no_severities)
    """By case, where it is not the rule's."""

    def finding(
        self,
        evidence: str,
        *,
        case: str | None = None,
        confidence: Confidence | None = None,
    ) -> Finding:
        """This rule's finding, with what was seen. KeyError if it has no such case."""
        return _shared(
            Finding(
                rule=self.id,
                severity=self.severities.get(case or "", self.severity),
                confidence=confidence or self.confidence,
                points=self.points if case is None else self.cases[case],
                evidence=evidence,
                case=case,
            )
        )

    def unknown(self, missing: Missing) -> NotEvaluated:
        """This rule, not evaluated for lack of a fact."""
        return NotEvaluated(rule=self.id, reason=missing.reason, lack=missing.lack)


@lru_cache(maxsize=4_096)
def _shared(finding: Finding) -> Finding:
    """The same finding: of thousands of rows many have equal ones."""
    return finding


class Rule(Protocol):
    """One hazard. Pure: a record and its context in, a finding out."""

    @property
    def card(self) -> RuleCard:
        """Name and weight."""

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """A finding, None where there is nothing, or what was missing to tell."""
