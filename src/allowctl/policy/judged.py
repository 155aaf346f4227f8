"""An approval as it is judged, and what is found against it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from allowctl.model.approval import Amount, Candidate, Everything, Grant, Item
from allowctl.model.evaluation import Subject
from allowctl.model.place import Place
from allowctl.model.policy import Action
from allowctl.model.report import AuditedRecord, Record, Scan
from allowctl.model.settings import Wallet


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One check that an approval does not meet; whether that passes is not said."""

    check: str
    action: Action
    """DENY or WARN."""
    message: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A live approval, and whose it is."""

    scan: Scan
    wallets: tuple[Wallet, ...]
    """All that have this address on this chain, as the policy has them."""
    row: AuditedRecord

    @property
    def record(self) -> Record:
        """What is known of it."""
        return self.row.record

    @property
    def candidate(self) -> Candidate:
        """What names it."""
        return self.row.record.allowance.candidate

    @property
    def grant(self) -> Grant:
        """What it gives."""
        return self.row.record.allowance.grant

    @property
    def chain(self) -> str:
        """The chain's id as a settled policy has it."""
        return str(self.scan.chain.id)

    @property
    def names(self) -> tuple[str, ...]:
        """Of its wallets."""
        return tuple(each.name for each in self.wallets)

    @property
    def subject(self) -> Subject:
        """It, for a violation."""
        return Subject(wallet=first(self.wallets), scan=self.scan, row=self.row)

    @property
    def age(self) -> int | None:
        """Seconds from when it was last raised to the scan's block; None if unknown."""
        raised = self.record.raised_at
        return self.scan.as_of.timestamp - raised if isinstance(raised, int) else None

    @property
    def usd(self) -> Decimal | None:
        """Its value at risk: 0 where nothing can be taken; None if unknown."""
        if self.record.usd is None and self.record.idle:
            return Decimal(0)
        return self.record.usd


def reach(grant: Grant) -> int | None:
    """Smallest units that a grant is for; None for more than any number."""
    match grant:
        case Amount(amount=amount):
            return amount
        case Item():
            return 1
        case Everything():
            return None
        case _:
            assert_never(grant)


def first(wallets: tuple[Wallet, ...]) -> Wallet | None:
    """Under whose name something is told."""
    return wallets[0] if wallets else None
