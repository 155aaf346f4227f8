"""blocklisted-spender: the address of a scam."""

from __future__ import annotations

from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.lists import Charge
from allowctl.model.report import Record
from allowctl.risk import listed
from allowctl.risk.rule import Context, RuleCard


class BlocklistedSpender:
    """A list of scams has the spender."""

    card = RuleCard(
        id="blocklisted-spender",
        title="spender is on a scam list",
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        points=100,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found by a list's word alone, whatever stands at the address."""
        return listed.judge(self.card, Charge.BLOCKED, record.spender, context)
