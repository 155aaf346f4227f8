"""codeless-spender: an address at which anything may be deployed."""

from __future__ import annotations

from types import MappingProxyType

from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.report import Record
from allowctl.risk.keys import CODE_UNSERVED, harmless
from allowctl.risk.rule import Context, RuleCard

_BUILT_IN = frozenset({*range(1, 0x12), 0x100})
"""Addresses that the chain itself computes at, or will: without code, without a key,
and nothing there ever takes a token."""


class CodelessSpender:
    """Nothing stands at the spender's address, or nothing any more."""

    card = RuleCard(
        id="codeless-spender",
        title="nothing at the spender's address",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        points=90,
        cases=MappingProxyType({"unused": 90, "gone": 60}),
        severities=MappingProxyType({"gone": Severity.HIGH}),
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found for addresses never used, and for those of contracts that are gone.

        Not for precompiles: what is there asks no other contract.
        """
        if harmless(record) or int(record.spender.address, 16) in _BUILT_IN:
            return None
        at = f"at block {context.as_of.number}"
        match record.spender.kind:
            case SpenderKind.UNUSED:
                return self.card.finding(
                    f"the spender has neither code nor transactions {at}: "
                    "a key, or a contract to come",
                    case="unused",
                )
            case SpenderKind.GONE:
                return self.card.finding(
                    f"the spender's code is gone {at}: it may come back, as other code",
                    case="gone",
                )
            case SpenderKind.UNKNOWN:
                return self.card.unknown(CODE_UNSERVED)
            case SpenderKind.CONTRACT | SpenderKind.EOA | SpenderKind.DELEGATED_EOA:
                return None
