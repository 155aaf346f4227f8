"""eoa-spender: rights in the hand of whoever holds a key."""

from __future__ import annotations

from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard


class EoaSpender:
    """No contract's rules bind the spender: a key decides, or will."""

    card = RuleCard(
        id="eoa-spender",
        title="spender is no contract",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        points=90,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found for accounts with a key, delegated ones and unused ones among them."""
        if record.spender.address == record.allowance.candidate.owner:
            return None  # the owner's own key adds nothing to what it can do
        at = f"at block {context.as_of.number}"
        match record.spender.kind:
            case SpenderKind.EOA:
                return self.card.finding(f"the spender has no code {at}: it is a key")
            case SpenderKind.DELEGATED_EOA:
                return self.card.finding(
                    f"the spender is a key that runs another's code {at} (EIP-7702)"
                )
            case SpenderKind.UNUSED:
                return self.card.finding(
                    f"the spender has neither code nor transactions {at}: "
                    "a key, or a contract to come"
                )
            case SpenderKind.UNKNOWN:
                return self.card.unknown("nobody served the spender's code")
            case SpenderKind.CONTRACT:
                return None
