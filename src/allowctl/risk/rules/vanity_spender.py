"""vanity-spender: an address that was made to look like nothing much."""

from __future__ import annotations

from allowctl.model.chain import ZERO_ADDRESS
from allowctl.model.finding import Confidence, Finding, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard

_ENDS = "0000"
_BUNDLED = "bundled"
"""The source of a label that stands in the package's own table."""


class VanitySpender:
    """The address begins and ends with zeros, which takes work."""

    card = RuleCard(
        id="vanity-spender",
        title="zeros at both ends",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        points=60,
    )

    def judge(self, record: Record, context: Context) -> Finding | None:
        """Found unless it is well known: a list's name for it is no excuse."""
        del context
        address = record.allowance.spender
        label = record.spender.label
        digits = address.removeprefix("0x")
        if address == ZERO_ADDRESS or not (
            digits.startswith(_ENDS) and digits.endswith(_ENDS)
        ):
            return None
        if label is not None and label.source == _BUNDLED:
            return None
        return self.card.finding(
            "the spender's address begins with 0x0000 and ends with 0000: "
            "somebody tried many to get it"
        )
