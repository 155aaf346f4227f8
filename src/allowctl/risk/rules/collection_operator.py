"""collection-operator: every NFT of a collection, now and later."""

from __future__ import annotations

from allowctl.model.approval import Everything
from allowctl.model.finding import Confidence, Finding, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard


class CollectionOperator:
    """The spender may move everything the owner has in a contract."""

    card = RuleCard(
        id="collection-operator",
        title="operator over a collection",
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH,
        points=20,
    )

    def judge(self, record: Record, context: Context) -> Finding | None:
        """Found for every operator, whatever the owner holds at the moment."""
        del context
        match record.allowance.grant:
            case Everything():
                held = record.token.balance
                now = "" if held is None else f", {held} at the moment"
                return self.card.finding(
                    f"all tokens of the collection{now}, and all received later"
                )
            case _:
                return None
