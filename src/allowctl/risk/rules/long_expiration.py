"""long-expiration: a Permit2 grant whose end is too far away to be one."""

from __future__ import annotations

from allowctl.codec.words import MAX_UINT48
from allowctl.model.approval import Amount
from allowctl.model.finding import Confidence, Finding, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import DAY, Context, RuleCard


class LongExpiration:
    """It works for more than a year, or for ever."""

    card = RuleCard(
        id="long-expiration",
        title="expires too late",
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH,
        points=40,
    )

    def judge(self, record: Record, context: Context) -> Finding | None:
        """Found for what has an expiration: other standards know none."""
        match record.allowance.grant:
            case Amount(expiration=int(expiration)):
                return self._by(expiration, context)
            case _:
                return None

    def _by(self, expiration: int, context: Context) -> Finding | None:
        left = expiration - context.as_of.timestamp
        if left <= context.weights.long_days * DAY:
            return None
        if expiration == MAX_UINT48:
            return self.card.finding("it works for ever: no later end can be given")
        return self.card.finding(
            f"it works for {left // DAY} days after block {context.as_of.number}"
        )
