"""spender-code-changed: not what was approved, or not what it was last time."""

from __future__ import annotations

from allowctl.model.facts import Seen, SpenderKind
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.missing import Missing
from allowctl.model.report import Record
from allowctl.risk.keys import CODE_UNSERVED
from allowctl.risk.rule import Context, RuleCard


class SpenderCodeChanged:
    """What runs behind the spender is not what ran there before."""

    card = RuleCard(
        id="spender-code-changed",
        title="spender runs other code",
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH,
        points=35,
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found by the hash of the code that really runs, an implementation's too."""
        spender = record.spender
        if spender.seen is None:
            return None
        now = spender.code_hash
        if now is None and spender.kind is SpenderKind.UNKNOWN:
            return self.card.unknown(CODE_UNSERVED)
        if isinstance(now, Missing):
            return self.card.unknown(now)
        if now is not None and now.lower() == spender.seen.code_hash.lower():
            return None
        return self.card.finding(
            f"the spender runs {'no code' if now is None else f'code {now.lower()}'} "
            f"at block {context.as_of.number}; {_before(spender.seen)}"
        )


def _before(seen: Seen) -> str:
    code = seen.code_hash.lower()
    return (
        f"pinned is {code}" if seen.pinned else f"at block {seen.block} it ran {code}"
    )
