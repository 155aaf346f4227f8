"""unlimited-amount: an allowance without a bound that means anything."""

from __future__ import annotations

from allowctl.model.approval import Amount
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard
from allowctl.risk.wording import missing


class UnlimitedAmount:
    """The amount is the standard's maximum, or all there is of the token."""

    card = RuleCard(
        id="unlimited-amount",
        title="unlimited amount",
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH,
        points=20,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found for amounts alone: an operator has a rule of its own.

        Below the standard's maximum it takes the total supply to tell; a supply of 0
        bounds nothing, and is no reason to call an amount unlimited.
        """
        del context
        match record.allowance.grant:
            case Amount(amount=amount, maximum=maximum) if record.unlimited:
                if amount >= maximum:
                    return self.card.finding("the amount is the standard's maximum")
                supply = record.token.total_supply
                return self.card.finding(
                    f"the amount, {amount}, is at least the total supply, {supply}"
                )
            case Amount() if record.token.total_supply is None:
                return self.card.unknown(missing(record.token, "total supply"))
            case _:
                return None
