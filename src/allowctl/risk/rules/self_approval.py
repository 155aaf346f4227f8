"""self-approval: a spender that is nobody else."""

from __future__ import annotations

from allowctl.model.chain import ZERO_ADDRESS
from allowctl.model.finding import Confidence, Finding, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard


class SelfApproval:
    """The spender is the owner, the token or the zero address: odd, no danger."""

    card = RuleCard(
        id="self-approval",
        title="spender is owner, token or nobody",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        points=0,
    )

    def judge(self, record: Record, context: Context) -> Finding | None:
        """Found to be told: such an approval mostly is a slip."""
        del context
        candidate = record.allowance.candidate
        match record.allowance.spender:
            case candidate.owner:
                return self.card.finding("the spender is the owner itself")
            case candidate.token:
                return self.card.finding("the spender is the token's own contract")
            case spender if spender == ZERO_ADDRESS:
                return self.card.finding("the spender is the zero address")
            case _:
                return None
