"""What is to be left of an approval: nothing, an amount, or what the owner holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import assert_never

from allowctl.errors import UsageError
from allowctl.model.report import Record
from allowctl.standards.base import CannotLower

_AMOUNT = re.compile(r"([0-9]{1,78})(?:\.([0-9]{1,78}))?")
_SMALLEST = re.compile(r"([0-9]{1,78})\s*(?:wei|units?)")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Revoke:
    """Nothing."""


@dataclass(frozen=True, slots=True)
class LimitTo:
    """An amount: `100.5` in a token's own units, or `1000 units` in its smallest.

    UsageError if the text is neither.
    """

    text: str

    def __post_init__(self) -> None:
        if not (_AMOUNT.fullmatch(self.text) or _SMALLEST.fullmatch(self.text)):
            raise UsageError(
                f"{self.text[:_SHOWN]!a} is not an amount",
                hint="write 100.5 in the token's own units, "
                "or '1000000 units' in its smallest ones",
            )

    @property
    def nothing(self) -> bool:
        """Whether it is 0, in whatever units."""
        return not re.search(r"[1-9]", self.text)

    def amount(self, decimals: int | None) -> int | CannotLower:
        """Smallest units of a token; exact, or a reason why there are none."""
        if self.nothing:
            return 0
        smallest = _SMALLEST.fullmatch(self.text)
        if smallest:
            return int(smallest[1])
        if decimals is None:
            return CannotLower(
                "the token does not tell its decimals: give the limit as '… units'"
            )
        whole, _, behind = self.text.partition(".")
        behind = behind.rstrip("0")
        more = len(behind)
        if more > decimals:
            return CannotLower(
                f"the limit has more decimals ({more}) than the token ({decimals})"
            )
        return int(whole + behind.ljust(decimals, "0"))


@dataclass(frozen=True, slots=True)
class LimitToBalance:
    """As much as the owner holds at the scan's block."""


Goal = Revoke | LimitTo | LimitToBalance


def wanted(goal: Goal, record: Record) -> int | CannotLower:
    """What is to be left of an amount, in smallest units; it may be more than now."""
    match goal:
        case Revoke():
            return 0
        case LimitTo():
            return goal.amount(record.token.decimals)
        case LimitToBalance():
            balance = record.token.balance
            if balance is None:
                return CannotLower("the owner's balance is not known")
            return balance
        case _:
            assert_never(goal)


def takes_all(goal: Goal) -> bool:
    """Whether nothing is to be left, whatever it is of."""
    return isinstance(goal, Revoke) or (isinstance(goal, LimitTo) and goal.nothing)
