"""new-contract-spender: code that nobody has had time to look at."""

from __future__ import annotations

from types import MappingProxyType

from allowctl.model.facts import Creation, SpenderKind
from allowctl.model.finding import Confidence, Finding, NotEvaluated, Severity
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.risk.keys import CODE_UNSERVED
from allowctl.risk.rule import Context, RuleCard
from allowctl.risk.wording import days


class NewContractSpender:
    """The spender is a contract of a few days."""

    card = RuleCard(
        id="new-contract-spender",
        title="spender is a new contract",
        severity=Severity.MEDIUM,
        confidence=Confidence.HIGH,
        points=40,
        cases=MappingProxyType({"new": 40, "recent": 20}),
    )

    def judge(self, record: Record, context: Context) -> Finding | NotEvaluated | None:
        """Found by the age of the contract at the scan's block.

        Not evaluated where only an approval dates it, and that is too young to tell.
        """
        match record.spender.kind:
            case SpenderKind.CONTRACT:
                created = record.spender.created
                if isinstance(created, Missing):
                    return self.card.unknown(created)
                return self._by_age(created, context)
            case SpenderKind.UNKNOWN:
                return self.card.unknown(CODE_UNSERVED)
            case (
                SpenderKind.EOA
                | SpenderKind.DELEGATED_EOA
                | SpenderKind.UNUSED
                | SpenderKind.GONE
            ):
                return None

    def _by_age(
        self, created: Creation, context: Context
    ) -> Finding | NotEvaluated | None:
        if created.timestamp is None:
            return self.card.unknown(
                Missing(Lack.FAILED, "nobody served the time of the spender's creation")
            )
        age = max(0, context.days_since(created.timestamp))
        weights = context.weights
        if age >= weights.recent_days:
            return None
        if not created.exact:
            return self.card.unknown(
                Missing(
                    Lack.UNAVAILABLE,
                    f"approved less than {weights.recent_days} days ago; when the "
                    "spender was made is not known without archive state",
                )
            )
        return self.card.finding(
            f"the spender was made in block {created.block}, "
            f"{days(age)} before block {context.as_of.number}",
            case="new" if age < weights.new_days else "recent",
        )
