"""eoa-spender: rights in the hand of whoever holds a key."""

from __future__ import annotations

from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.report import Record
from allowctl.risk.keys import CODE_UNSERVED, harmless
from allowctl.risk.rule import Context, RuleCard


class EoaSpender:
    """No contract's rules bind the spender: a key decides."""

    card = RuleCard(
        id="eoa-spender",
        title="spender is no contract",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        points=90,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found for plain accounts: delegated and unused ones have their own rules."""
        if harmless(record):
            return None
        match record.spender.kind:
            case SpenderKind.EOA:
                at = f"at block {context.as_of.number}"
                return self.card.finding(f"the spender has no code {at}: it is a key")
            case SpenderKind.UNKNOWN:
                return self.card.unknown(CODE_UNSERVED)
            case (
                SpenderKind.CONTRACT
                | SpenderKind.DELEGATED_EOA
                | SpenderKind.UNUSED
                | SpenderKind.GONE
            ):
                return None
