"""deprecated-spender: its own makers have left it."""

from __future__ import annotations

from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.lists import Charge
from allowctl.model.report import Record
from allowctl.risk import listed
from allowctl.risk.rule import Context, RuleCard


class DeprecatedSpender:
    """Nobody watches the spender any more, and nothing new needs it."""

    card = RuleCard(
        id="deprecated-spender",
        title="spender was given up",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        points=80,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found by the word of a list, or of the table in the package."""
        return listed.judge(self.card, Charge.DEPRECATED, record.spender, context)
