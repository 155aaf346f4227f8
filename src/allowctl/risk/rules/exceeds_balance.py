"""exceeds-balance: a limit above what there is to take."""

from __future__ import annotations

from allowctl.model.approval import Amount
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard
from allowctl.risk.wording import missing


class ExceedsBalance:
    """The amount is limited, but to more than the owner holds."""

    card = RuleCard(
        id="exceeds-balance",
        title="above the balance",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        points=5,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found for limited amounts: it reaches what is received later, too."""
        del context
        balance = record.token.balance
        match record.allowance.grant:
            case Amount(amount=amount) if not record.unlimited:
                if balance is None:
                    return self.card.unknown(missing(record.token, "balance"))
                if amount > balance:
                    return self.card.finding(
                        f"the amount, {amount}, is above the balance, {balance}"
                    )
        return None
