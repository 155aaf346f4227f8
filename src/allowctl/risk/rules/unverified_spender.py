"""unverified-spender: code that nobody can read."""

from __future__ import annotations

from types import MappingProxyType

from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.missing import Missing
from allowctl.model.report import Record
from allowctl.risk.keys import CODE_UNSERVED
from allowctl.risk.rule import Context, RuleCard


class UnverifiedSpender:
    """The spender's source is not published where it was looked for."""

    card = RuleCard(
        id="unverified-spender",
        title="no source on Sourcify",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        points=10,
        cases=MappingProxyType({"absent": 10}),
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found for contracts alone: what is absent here may be published elsewhere."""
        del context
        match record.spender.kind:
            case SpenderKind.CONTRACT | SpenderKind.UNKNOWN:
                return self._by_source(record)
            case (
                SpenderKind.EOA
                | SpenderKind.DELEGATED_EOA
                | SpenderKind.UNUSED
                | SpenderKind.GONE
            ):
                return None

    def _by_source(self, record: Record) -> Finding | NotEvaluated | None:
        match record.spender.verified:
            case Missing() as missing:
                return self.card.unknown(missing)
            case True:
                return None
            case False if record.spender.kind is SpenderKind.UNKNOWN:
                return self.card.unknown(CODE_UNSERVED)
            case False:
                return self.card.finding(
                    "the spender's source is not published on Sourcify; "
                    "it may be elsewhere",
                    case="absent",
                )
