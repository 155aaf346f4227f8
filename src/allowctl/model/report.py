"""The result of scans: every candidate accounted for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from allowctl.model.approval import (
    Allowance,
    Amount,
    Dead,
    Everything,
    Item,
    NotServed,
    Refused,
)
from allowctl.model.chain import Address, Block, Chain
from allowctl.model.coverage import Coverage
from allowctl.model.facts import SpenderFacts, SpenderKind, TokenFacts
from allowctl.model.finding import Finding, Level, NotEvaluated


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An allowance with what is known of its token and its spender."""

    allowance: Allowance
    token: TokenFacts
    spender: SpenderFacts

    @property
    def unlimited(self) -> bool:
        """At or above the standard's maximum, or the total supply if that is known."""
        match self.allowance.grant:
            case Amount(amount=amount, maximum=maximum):
                return amount >= maximum or 0 < (self.token.total_supply or 0) <= amount
            case Everything():
                return True
            case Item():
                return False

    @property
    def half_known(self) -> bool:
        """Whether nobody served a fact that its level stands on."""
        return self.token.unserved or self.spender.kind is SpenderKind.UNKNOWN

    @property
    def effective(self) -> int | None:
        """What can really move now, in smallest units; None if that is unknown.

        For an operator it is the whole balance, for an item 1, for a Permit2
        child never more than its root.
        """
        balance = self.token.balance
        match self.allowance.grant:
            case Amount(amount=amount, root_amount=root):
                if balance is None:
                    return None
                return min(balance, amount if root is None else min(amount, root))
            case Item():
                return 1
            case Everything():
                return balance


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRecord:
    """A record, and what the rules say of it."""

    record: Record
    findings: tuple[Finding, ...]
    points: int
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One owner on one chain, true at one block."""

    chain: Chain
    owner: Address
    owner_name: str | None = None
    """The ENS name that was asked for, if one was."""
    as_of: Block
    coverage: Coverage
    allowances: tuple[AuditedRecord, ...]
    """Live, worst first."""
    dormant: tuple[Record, ...]
    dead: tuple[Dead, ...]
    refused: tuple[Refused, ...]
    unserved: tuple[NotServed, ...]
    restricted: bool = False
    """Whether less was asked for than there is: kinds, blocks, or pairs."""
    blind_spots: tuple[str, ...]
    not_evaluated: tuple[NotEvaluated, ...]

    @property
    def complete(self) -> bool:
        """Whether every range, candidate and fact that levels stand on was served."""
        coverage = self.coverage
        doubtful = coverage.gaps or coverage.differences
        return not (doubtful or self.unserved or self.half_known)

    @property
    def half_known(self) -> int:
        """Live rows whose token or spender nobody served: their level may be worse."""
        return sum(each.record.half_known for each in self.allowances)

    @property
    def candidates(self) -> int:
        """How many approvals were named: each is in exactly one of the fates."""
        return sum(
            map(
                len,
                (
                    self.allowances,
                    self.dormant,
                    self.dead,
                    self.refused,
                    self.unserved,
                ),
            )
        )

    @property
    def dead_by_reason(self) -> Counter[str]:
        """How many are dead of what."""
        return Counter(str(dead.reason) for dead in self.dead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscanned:
    """What was asked and not scanned at all: one gap of all its blocks."""

    reason: str
    chain: Chain | None = None
    """None where an endpoint would not even say which chain it serves."""
    owner: Address | None = None
    """None for every owner that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All scans of one run."""

    version: str
    created_at: int
    """Unix seconds."""
    scans: tuple[Scan, ...]
    unscanned: tuple[Unscanned, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all that was asked was scanned, and all scans are complete."""
        return not self.unscanned and all(scan.complete for scan in self.scans)

    @property
    def worst(self) -> Level | None:
        """The highest level of any live allowance, None where there is none."""
        return max(
            (each.level for scan in self.scans for each in scan.allowances),
            default=None,
        )
