"""What state says of an approval after all was sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from allowctl.model.approval import (
    Allowance,
    Amount,
    Dead,
    Dormant,
    Everything,
    Fate,
    Item,
    Live,
    NotServed,
    Refused,
)
from allowctl.model.chain import Block
from allowctl.model.outcome import Outcome, Transacted, Verdict
from allowctl.model.plan import Change

RESUME = "allowctl resume looks again"
_NO_RECEIPT = f"no receipt is known; {RESUME}"
_GONE = "another transaction has taken its nonce: plan it anew"
_ANEW = "the contract may not keep its word: scan again, and move what it can take"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What state said of an approval at a block."""

    fate: Fate
    at: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one approval when a run ends."""

    change: Change
    """The goal: what is to be left."""
    transacted: tuple[Transacted, ...] = ()
    """The signed transactions that were to change it, in their order."""
    steps: tuple[int, ...] = ()
    """The numbers of all steps that were to change it, signed or not."""
    unsent: str = ""
    """Why a step of it was not signed, if one was not."""
    mined: Reading | None = None
    """At the block of its last receipt."""
    final: Reading | None = None
    """At the head, once that receipt's block was final and still canonical."""
    cancelled: bool = True
    """Whether the signatures that were to be cancelled are."""
    gone: bool = False
    """Whether the nonce of what has no receipt is another transaction's for good."""

    @property
    def missing(self) -> bool:
        """Whether something of it was signed and has no receipt."""
        return any(each.receipt is None for each in self.transacted)

    @property
    def failed(self) -> bool:
        """Whether a transaction of it was mined and failed."""
        return any(
            each.receipt is not None and not each.receipt.succeeded
            for each in self.transacted
        )


def left(fate: Fate) -> int | None:
    """How much of it is granted: smallest units, or 1 for an item or an operator.

    None where state does not tell.
    """
    match fate:
        case Live(allowance=allowance) | Dormant(allowance=allowance):
            return granted(allowance)
        case Dead(allowance=Allowance() as allowance):
            return granted(allowance)
        case Dead():
            return 0
        case Refused() | NotServed():
            return None
        case _:
            assert_never(fate)


def granted(allowance: Allowance) -> int:
    """The same of an allowance as it was read."""
    match allowance.grant:
        case Amount(amount=amount):
            return amount
        case Item() | Everything():
            return 1
        case _:
            assert_never(allowance.grant)


def outcome(seen: Evidence) -> Outcome:
    """The verdict. Receipts are no proof: what was read decides."""
    verdict, note = _judged(seen)
    last = seen.final or seen.mined
    return Outcome(
        change=seen.change,
        verdict=verdict,
        left=None if last is None else left(last.fate),
        read_at=None if last is None else last.at,
        steps=seen.steps,
        note=note,
        whole=not (verdict.good and seen.transacted and seen.unsent),
    )


def _judged(seen: Evidence) -> tuple[Verdict, str]:
    if seen.final is None:
        return _not_final(seen)
    now = left(seen.final.fate)
    if now is None:
        return Verdict.UNVERIFIED, f"{_why(seen.final.fate)}; {RESUME}"
    if now > seen.change.after:
        return _too_much(seen)
    return _low_enough(seen, now)


def _low_enough(seen: Evidence, now: int) -> tuple[Verdict, str]:
    good = Verdict.REVOKED if now == 0 else Verdict.LOWERED
    doubt = _doubt(seen)
    if doubt:
        return Verdict.UNVERIFIED, doubt
    if not seen.cancelled:
        return Verdict.STILL_LIVE, "its signatures are not cancelled: plan them again"
    if seen.missing and not seen.unsent:
        if not seen.gone and now < seen.change.after:
            # It is under way, and may yet set what it was to leave.
            return Verdict.NOT_MINED, _NO_RECEIPT
        return good, "not by this run: its transaction is not mined"
    return good, seen.unsent


def _not_final(seen: Evidence) -> tuple[Verdict, str]:
    if not seen.transacted:
        return Verdict.NOT_MINED, seen.unsent or "it was not sent"
    if seen.missing:
        return Verdict.NOT_MINED, _GONE if seen.gone else _NO_RECEIPT
    if seen.failed:
        return Verdict.REVERTED, f"not final yet; {RESUME}"
    return Verdict.UNVERIFIED, f"mined, but not proven final; {RESUME}"


def _too_much(seen: Evidence) -> tuple[Verdict, str]:
    if not seen.transacted:
        return Verdict.NOT_MINED, seen.unsent or "it was not sent"
    if seen.missing:
        return Verdict.NOT_MINED, seen.unsent or (_GONE if seen.gone else _NO_RECEIPT)
    if seen.failed:
        return Verdict.REVERTED, "the transaction failed: nothing has changed"
    if seen.unsent:
        return Verdict.STILL_LIVE, seen.unsent
    return Verdict.STILL_LIVE, _ANEW


def _doubt(seen: Evidence) -> str:
    """Why what was read at the head is not believed all the same."""
    if seen.mined is None or seen.failed:
        return ""
    then = left(seen.mined.fate)
    # Nodes forget old state; the head's is what counts.
    if then is not None and then > seen.change.after:
        return "it was still granted at its receipt's block, and is not at the head"
    return ""


def _why(fate: Fate) -> str:
    match fate:
        case NotServed(reason=reason):
            return f"not read: {reason}"
        case Refused(reason=reason):
            return f"the contract does not tell: {reason}"
        case Live() | Dormant() | Dead():
            return ""
        case _:
            assert_never(fate)
