"""The result of scans: every candidate accounted for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

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
from allowctl.model.facts import Sender, SpenderFacts, SpenderKind, TokenFacts
from allowctl.model.finding import Confidence, Finding, Level, NotEvaluated
from allowctl.model.lists import ListStatus
from allowctl.model.missing import NOT_ASKED, Lack, Missing
from allowctl.model.naming import NameCheck
from allowctl.model.value import Unpriced, Value, Worth

SPAM = "spam-token"
"""The rule that says so."""


def effective(allowance: Allowance, token: TokenFacts) -> int | None:
    """What can really move of a token now, in smallest units; None if unknown.

    For an operator it is the whole balance, for an item 1, for a Permit2 child never
    more than its root.
    """
    match allowance.grant:
        case Amount(amount=amount, root_amount=root):
            if token.balance is None:
                return None
            return min(token.balance, amount if root is None else min(amount, root))
        case Item():
            return 1
        case Everything():
            return token.balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An allowance with what is known of its token and its spender."""

    allowance: Allowance
    token: TokenFacts
    spender: SpenderFacts
    value: Value = Unpriced.NOT_ASKED
    """What can really move now, in USD."""
    raised_at: int | Missing = NOT_ASKED
    """Unix seconds of the last event that raised it; approvals have their age by it."""
    used_at: int | Missing | None = NOT_ASKED
    """Unix seconds of the newest transfer by which it may have been used; None where
    there was none in the time that was looked into (`Question.unused_for`)."""
    sent: Sender = Sender.UNKNOWN
    """Who sent the transaction that raised it."""
    plain_owner: bool | None = None
    """Whether the owner is a key without code at the scan's block, so that nothing is
    done in its name but what it signed; None where that is not known."""

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
    def usd(self) -> Decimal | None:
        """Its value at risk; None where that is unknown."""
        return self.value.usd if isinstance(self.value, Worth) else None

    @property
    def effective(self) -> int | None:
        """What can really move now, in smallest units; None if that is unknown."""
        return effective(self.allowance, self.token)

    @property
    def idle(self) -> bool:
        """Whether nothing can be taken by it now, whatever a unit is worth.

        A balance of 0 says nothing where more than the balance can be taken.
        """
        return self.effective == 0 and self.value is not Unpriced.FURTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRecord:
    """A record, and what the rules say of it."""

    record: Record
    findings: tuple[Finding, ...]
    points: int
    level: Level
    failed: tuple[str, ...] = ()
    """The rules that lacked a fact which nobody served: the level may be worse."""
    lacking: tuple[NotEvaluated, ...] = ()
    """The same with their reasons, and those that lacked what cannot be had here."""
    expected_loss: Decimal | None = None
    """Value at risk times the chance of the level, in USD; None where unknown."""

    @property
    def spam(self) -> bool:
        """Whether its token is taken for spam, by evidence and not by its looks."""
        return any(
            finding.rule == SPAM and finding.confidence is Confidence.HIGH
            for finding in self.findings
        )

    @property
    def risky(self) -> bool:
        """What is worth taking back unasked: high or worse, and no spam."""
        return self.level >= Level.HIGH and not self.spam


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One owner on one chain, true at one block."""

    chain: Chain
    owner: Address
    owner_name: str | None = None
    """The ENS name that was asked for, if one was."""
    as_of: Block
    settled: int = -1
    """The last block of it that is final; -1 for none."""
    coverage: Coverage
    allowances: tuple[AuditedRecord, ...]
    """Live, worst first."""
    dormant: tuple[Record, ...]
    expired: tuple[AuditedRecord, ...] = ()
    """Of the dead, those that only an expiration has ended."""
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
        doubtful = coverage.gaps or coverage.differences or self.unevaluated
        return not (doubtful or self.unserved or self.half_known)

    @property
    def unevaluated(self) -> tuple[NotEvaluated, ...]:
        """The rules that lacked a fact which was asked for and not served."""
        return tuple(each for each in self.not_evaluated if each.lack is Lack.FAILED)

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
    lists: tuple[ListStatus, ...] = ()
    """The lists from outside that were looked into, or should have been."""
    names: tuple[NameCheck, ...] = ()
    """The ENS names that wallets are said to have, where that was to be checked."""

    @property
    def complete(self) -> bool:
        """Whether all that was asked was scanned, and all scans are complete."""
        return not self.unscanned and all(scan.complete for scan in self.scans)

    @property
    def worst(self) -> Level | None:
        """The highest level of any live allowance, None where there is none.

        Spam counts for nothing: anyone can plant it, and it must not fail a check.
        """
        rows = [each for scan in self.scans for each in scan.allowances]
        return max((each.level for each in rows if not each.spam), default=None)
