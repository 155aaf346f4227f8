"""What a policy says of a report: violations, warnings, and what covers them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from allowctl.model.approval import Refused
from allowctl.model.finding import Level
from allowctl.model.place import Place
from allowctl.model.policy import Action, Policy
from allowctl.model.report import AuditedRecord, Report, Scan
from allowctl.model.settings import Wallet


class CoverKind(StrEnum):
    """What lets an approval pass although a check is against it."""

    ALLOW = "allow"
    ACKNOWLEDGE = "acknowledge"
    BASELINE = "baseline"
    IGNORE = "ignore"
    """A rule whose action is ignore: it covers what `[policy]` says, no rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The entry that lets it pass."""

    kind: CoverKind
    place: Place
    reason: str
    """As written in the file, by whoever may write it: hostile."""
    owner: str | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a violation is of. Without a scan, it is of the policy's own entry."""

    wallet: Wallet | None = None
    """The first of the policy's that has this address on this chain."""
    scan: Scan | None = None
    row: AuditedRecord | None = None
    refused: Refused | None = None

    @property
    def level(self) -> Level | None:
        """Of its approval."""
        return None if self.row is None else self.row.level


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One check that is not met, or only under a warning, by one thing."""

    check: str
    """An id of policy/checks.py, or `rule.ID` for a `[[rule]]`."""
    action: Action
    """DENY or WARN."""
    message: str
    """One sentence in words of our own, without a full stop: no token's text."""
    place: Place
    """The line of the policy that caused it."""
    fingerprint: str
    """32 hex digits: the same as long as the approval and the check are."""
    subject: Subject
    cover: Cover | None = None
    """What lets it pass; None where nothing does."""
    outgrown: bool = False
    """Whether the baseline knew it, and what it is of has grown worse since; False
    where anything lets it pass."""

    @property
    def fails(self) -> bool:
        """Whether the check fails for it."""
        return self.action is Action.DENY and self.cover is None

    @property
    def warns(self) -> bool:
        """Whether it is told as a warning."""
        return self.action is Action.WARN and self.cover is None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnd:
    """What the evaluation could not see: why it is not complete."""

    reason: str
    """In words of our own, endpoints' reasons in them: hostile."""
    wallet: Wallet | None = None
    chain_id: int | None = None
    chain: str | None = None
    """The chain's name; None where nobody told which it is."""
    forgiven: bool = False
    """Whether the policy or the command line lets it pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many approvals were judged, and how they came out."""

    live: int = 0
    """Each is in exactly one of the following."""
    violating: int = 0
    warned: int = 0
    covered: int = 0
    """Something is against them, and all of that is covered."""
    passed: int = 0
    """Nothing is against them."""
    spam: int = 0
    """Of tokens taken for spam: not judged, and named by the check `spam`; unless a
    rule that names `spam-token` is against them, or something lets them pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A report under a policy."""

    report: Report
    policy: Policy
    wallets: tuple[Wallet, ...]
    """Those that were asked about."""
    today: date
    """In UTC: what expires is measured by it."""
    violations: tuple[Violation, ...]
    """All, warnings and covered ones too: failing ones first, the worst first."""
    open_ends: tuple[OpenEnd, ...]
    counts: Counts

    @property
    def failing(self) -> tuple[Violation, ...]:
        """Those that the check fails for."""
        return tuple(each for each in self.violations if each.fails)

    @property
    def warnings(self) -> tuple[Violation, ...]:
        """Those that are told and pass."""
        return tuple(each for each in self.violations if each.warns)

    @property
    def covered(self) -> tuple[Violation, ...]:
        """Those that an entry, a baseline or a rule lets pass."""
        return tuple(each for each in self.violations if each.cover is not None)

    @property
    def violated(self) -> bool:
        """Whether the policy is."""
        return bool(self.failing)

    @property
    def complete(self) -> bool:
        """Whether all was seen, or what was not is forgiven."""
        return all(each.forgiven for each in self.open_ends)
