"""delegated-eoa-spender: a key that runs a contract's code, for as long as it likes."""

from __future__ import annotations

from allowctl.codec.words import checksum
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.report import Record
from allowctl.risk.keys import CODE_UNSERVED, harmless
from allowctl.risk.rule import Context, RuleCard


class DelegatedEoaSpender:
    """The spender has code, and a key that is bound by none of it (EIP-7702)."""

    card = RuleCard(
        id="delegated-eoa-spender",
        title="spender is a delegated account",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        points=90,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found whatever the code is: the key acts beside it, and can change it."""
        if harmless(record):
            return None
        match record.spender.kind:
            case SpenderKind.DELEGATED_EOA:
                delegate = record.spender.delegate
                whose = "another's" if delegate is None else checksum(delegate) + "'s"
                return self.card.finding(
                    f"the spender is a key that runs {whose} code "
                    f"at block {context.as_of.number} (EIP-7702)"
                )
            case SpenderKind.UNKNOWN:
                return self.card.unknown(CODE_UNSERVED)
            case (
                SpenderKind.CONTRACT
                | SpenderKind.EOA
                | SpenderKind.UNUSED
                | SpenderKind.GONE
            ):
                return None
