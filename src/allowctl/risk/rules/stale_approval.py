"""stale-approval: a right that was given long ago and never taken back."""

from __future__ import annotations

from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.missing import Missing
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard


class StaleApproval:
    """It was raised for the last time half a year ago, or earlier."""

    card = RuleCard(
        id="stale-approval",
        title="stale approval",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        points=15,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found by the age of the grant: when it was last used is not known here."""
        if isinstance(record.raised_at, Missing):
            return self.card.unknown(record.raised_at)
        days = context.days_since(record.raised_at)
        if days < context.weights.stale_days:
            return None
        return self.card.finding(
            f"it was last raised {days} days before block {context.as_of.number}; "
            "its last use is not known"
        )
