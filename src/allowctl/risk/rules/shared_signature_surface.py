"""shared-signature-surface: one signature, given anywhere, moves it."""

from __future__ import annotations

from allowctl.model.approval import Kind
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.lists import Charge
from allowctl.model.report import Record
from allowctl.risk import listed
from allowctl.risk.rule import Context, RuleCard


class SharedSignatureSurface:
    """The spender acts on signatures of the owner's that many pages ask for."""

    card = RuleCard(
        id="shared-signature-surface",
        title="open to signatures",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        points=20,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found but for the chain's own Permit2, which permit2-root speaks of."""
        allowance = record.allowance
        root = allowance.candidate.kind is Kind.ERC20
        if root and allowance.spender == context.chain.permit2:
            return None
        return listed.judge(
            self.card, Charge.SHARED_SIGNATURES, record.spender, context
        )
