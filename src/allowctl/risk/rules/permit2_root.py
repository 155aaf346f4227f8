"""permit2-root: the door that Permit2's own grants and signatures go through."""

from __future__ import annotations

from allowctl.model.approval import Kind
from allowctl.model.finding import Confidence, Finding, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard


class Permit2Root:
    """The token lets Permit2 move it: one signature is enough to take it."""

    card = RuleCard(
        id="permit2-root",
        title="open to Permit2 signatures",
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH,
        points=20,
    )

    def judge(self, record: Record, context: Context) -> Finding | None:
        """Found for ERC-20 allowances to the chain's canonical Permit2."""
        allowance = record.allowance
        if allowance.candidate.kind is not Kind.ERC20:
            return None
        if allowance.spender != context.chain.permit2:
            return None
        return self.card.finding(
            "the spender is Permit2: a signature of the owner's, which leaves no log, "
            "can move the token through it"
        )
