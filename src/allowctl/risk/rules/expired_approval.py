"""expired-approval: a Permit2 grant that only time has ended."""

from __future__ import annotations

from allowctl.model.approval import Amount
from allowctl.model.finding import Confidence, Finding, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard
from allowctl.risk.wording import days


class ExpiredApproval:
    """Its amount is still there, and cannot be used any more."""

    card = RuleCard(
        id="expired-approval",
        title="expired, not taken back",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        points=0,
    )

    def judge(self, record: Record, context: Context) -> Finding | None:
        """Found where an amount has outlived its expiration, by the block's time."""
        match record.allowance.grant:
            case Amount(expiration=int(expiration)) as grant:
                at = context.as_of
                if not grant.amount or expiration >= at.timestamp:
                    return None
                ago = days(context.days_since(expiration))
                awaits = _awaits(grant.root_amount, grant.maximum)
                return self.card.finding(
                    f"it expired {ago} before block {at.number}, "
                    f"with {grant.amount} left; {awaits}"
                )
            case _:
                return None


def _awaits(root: int | None, maximum: int) -> str:
    """What a new signature of the owner's would reach: the root bounds it."""
    if root is None:
        return "what the token lets Permit2 move is not known"
    if root == 0:
        return "the token lets Permit2 move nothing"
    most = "any amount" if root >= maximum else str(root)
    return f"one signature gives it a new end, and the token lets Permit2 move {most}"
