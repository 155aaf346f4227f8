"""What a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from allowctl.model.chain import Block, Chain
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.report import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What holds for all allowances of a scan."""

    chain: Chain
    as_of: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """What a rule is called and how much it weighs. Its page is docs/rules/<id>.md."""

    id: str
    """Kebab-case, permanent, read after "allow"."""
    title: str
    severity: Severity
    confidence: Confidence
    points: int
    """0 to 100, added up to an allowance's level."""

    def finding(self, evidence: str) -> Finding:
        """This rule's finding, with what was seen."""
        return Finding(
            rule=self.id,
            severity=self.severity,
            confidence=self.confidence,
            points=self.points,
            evidence=evidence,
        )

    def unknown(self, reason: str) -> NotEvaluated:
        """This rule, not evaluated for lack of a fact."""
        return NotEvaluated(rule=self.id, reason=reason)


class Rule(Protocol):
    """One hazard. Pure: a record and its context in, a finding out."""

    @property
    def card(self) -> RuleCard:
        """Name and weight."""

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """A finding, None where there is nothing, or what was missing to tell."""
