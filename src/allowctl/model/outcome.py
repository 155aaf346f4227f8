"""What became of a plan: transactions that were mined, approvals as state has them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from allowctl.model.chain import Address, Block
from allowctl.model.plan import Change, LeftOut, Plan


class Verdict(StrEnum):
    """What state says of an approval after all was sent."""

    REVOKED = "revoked"
    """Nothing is left, read back at its receipt's block and again once final."""
    LOWERED = "lowered"
    """No more is left than was planned, read back the same way."""
    STILL_LIVE = "still live"
    """More is left than was planned, though the transaction passed."""
    REVERTED = "reverted"
    """The transaction failed: nothing has changed."""
    NOT_MINED = "not mined"
    """No receipt is known, or none was ever sent for."""
    UNVERIFIED = "unverified"
    """What is left could not be read, or endpoints differ, or it is not final."""

    @property
    def good(self) -> bool:
        """Whether it is what was asked for."""
        return self in {Verdict.REVOKED, Verdict.LOWERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an endpoint says became of a transaction. It is no proof."""

    transaction: str
    """Its hash."""
    block: int
    block_hash: str
    index: int
    """Its position in the block."""
    succeeded: bool
    sender: Address
    to: Address | None
    gas_used: int
    paid: int
    """Wei: gas times its effective price, and the fee for its data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transacted:
    """One step that was signed."""

    number: int
    """The step's."""
    nonce: int
    hashes: tuple[str, ...]
    """Of everything that was signed for this nonce; the last is the newest."""
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One approval after all."""

    change: Change
    verdict: Verdict
    left: int | None = None
    """Smallest units, or 1 for an item or an operator; None where not read."""
    read_at: Block | None = None
    """Where that was read."""
    steps: tuple[int, ...] = ()
    """The numbers of the steps that were to change it."""
    note: str = ""
    """Why, and what to do next, in words of our own."""
    whole: bool = True
    """Whether all that was planned for it was done: not where nothing is left and the
    limit was not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one plan."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    """One for each approval that the plan was to change, in its order."""
    transacted: tuple[Transacted, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person has to know besides, in words of our own."""

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was not tried."""
        return self.plan.left_out

    @property
    def good(self) -> bool:
        """Whether all that was selected is taken back or lowered, and proven so."""
        return not self.left_out and all(
            each.verdict.good and each.whole for each in self.outcomes
        )

    @property
    def paid(self) -> int:
        """Wei, as the receipts have it."""
        return sum(each.receipt.paid for each in self.transacted if each.receipt)
