"""lying-token: a contract whose logs and state do not agree."""

from __future__ import annotations

from typing import assert_never

from allowctl.model.approval import Amount, Everything, Item, Kind
from allowctl.model.finding import Confidence, Finding, Severity
from allowctl.model.report import Record
from allowctl.risk.rule import Context, RuleCard

_SLACK = 1_000_000
"""An amount may be above its log's by one part in so many, and by `_UNITS`."""
_UNITS = 2
"""Tokens whose balances grow keep shares and tell amounts: the division rounds,
each time by less than a unit, or by what its fixed point cannot tell apart."""


class LyingToken:
    """More is granted than the newest log says, or than anybody can have granted."""

    card = RuleCard(
        id="lying-token",
        title="logs and state contradict",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        points=10,
    )

    def judge(self, record: Record, context: Context) -> Finding | None:
        """Found where state says more: less is what spending leaves, with no log.

        The chain's own Permit2 is trusted; what no log names contradicts none.
        """
        if record.token.grants_strangers:
            return self.card.finding(
                "the token tells of rights between addresses that nobody has a key to"
            )
        claimed = record.allowance.candidate.claimed
        if claimed is None or not _comparable(record, context):
            return None
        return self._compared(record, claimed)

    def _compared(self, record: Record, claimed: int) -> Finding | None:
        match record.allowance.grant:
            case Amount(amount=amount, maximum=maximum):
                if claimed >= maximum or amount <= _most(claimed):
                    return None
                return self.card.finding(
                    f"the newest log says {claimed}, state says {amount}"
                )
            case Item() | Everything():
                if claimed:
                    return None
                return self.card.finding(
                    "the newest log says that it was taken back, state says that "
                    "it stands"
                )
            case _ as never:
                assert_never(never)


def _comparable(record: Record, context: Context) -> bool:
    """Whether log and state speak of one thing, and by the token's word.

    A log of an ERC-404 may mean an amount or an item, and state knows both.
    """
    candidate = record.allowance.candidate
    match candidate.kind:
        case Kind.PERMIT2:
            return candidate.contract != context.chain.permit2
        case Kind.ERC20 | Kind.ERC721:
            return not record.token.ambiguous
        case Kind.OPERATOR:
            return True


def _most(claimed: int) -> int:
    """What state may say where a log says that; nothing is nothing, unrounded."""
    return claimed and claimed + claimed // _SLACK + _UNITS
