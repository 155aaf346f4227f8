"""Which approvals of a scan are to be taken back or lowered.

Filters narrow each other. What could be taken and is not, and what could not be
judged by a filter, is counted in notes: nothing is left in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from allowctl.errors import UnservedError, UsageError
from allowctl.model.approval import Allowance, Candidate, Everything, Kind
from allowctl.model.chain import Address
from allowctl.model.finding import Level
from allowctl.model.report import AuditedRecord, Record, Scan

Row = Record | AuditedRecord
"""A dormant approval is not judged."""

_ID = re.compile(r"(?:0x)?([0-9a-f]{6,32})")
_LISTED = 8
_SHOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was asked for. An approval is taken if it passes all that is given."""

    all_risky: bool = False
    """Only what is high or worse."""
    everything: bool = False
    """All that is live, and dormant ones, too."""
    tokens: frozenset[Address] = frozenset()
    """Empty for any; the same holds for the next three."""
    spenders: frozenset[Address] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    fingerprints: tuple[str, ...] = ()
    """Their first 6 digits or more. They find what is dormant, expired or spam, too."""
    min_level: Level | None = None
    older_than: int | None = None
    """Seconds since the last event that raised it."""
    include_spam: bool = False
    named: frozenset[str] | None = None
    """Fingerprints of the rows of a report, in full; None where there is no report."""

    @property
    def given(self) -> bool:
        """Whether it says at all what is to be taken."""
        return (
            self.all_risky
            or self.everything
            or self.by_level
            or self.by_name
            or self.older_than is not None
            or any((self.tokens, self.spenders, self.kinds))
        )

    @property
    def by_level(self) -> bool:
        """Whether only what is judged can pass."""
        return self.all_risky or self.min_level is not None

    @property
    def by_name(self) -> bool:
        """Whether single approvals are named."""
        return bool(self.fingerprints) or self.named is not None


class _Status(Enum):
    LIVE = auto()
    DORMANT = auto()
    EXPIRED = auto()
    REFUSED = auto()
    UNSERVED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An approval of a scan, and whether it can be taken."""

    status: _Status
    fingerprint: str
    candidate: Candidate
    spender: Address
    row: Row | None = None


class _Left(Enum):
    """Why an approval is not taken; each but the first has a note."""

    OTHER = ""
    REFUSED = "refused by the contract"
    UNSERVED = "not served"
    DORMANT = "dormant: --all or --id takes those"
    UNJUDGED = "dormant, which has no level: taken only where no level is asked for"
    DOUBTFUL = "below the level that is asked for, but a fact was not served"
    SPAM = "of spam tokens: --include-spam or --id takes those"
    AGELESS = "of unknown age"


def resolved(
    selection: Selection, scans: Sequence[Scan], unread: Sequence[str] = ()
) -> Selection:
    """The same with every id in full.

    `unread`: why more was not read than these scans have. UsageError if nothing is
    given, and for an id that is malformed, or begins no fingerprint of all these
    scans, or those of several approvals; UnservedError for one that may be among
    what was not read.
    """
    _must_be_given(selection)
    known = sorted(fingerprints(scans))
    ids = (_only(text, known, unread) for text in selection.fingerprints)
    return replace(selection, fingerprints=tuple(dict.fromkeys(ids)))


def fingerprints(scans: Sequence[Scan]) -> frozenset[str]:
    """Of all approvals that these scans have, also of what could not be read."""
    return frozenset(each.fingerprint for scan in scans for each in _entries(scan))


def selected(
    scan: Scan, selection: Selection, now: int
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """What is to be taken, in the scan's order, and notes on what is not.

    `now` in unix seconds. Ids may be beginnings: whether each is one approval's is
    for `resolved` to say. UsageError if nothing is given.
    """
    _must_be_given(selection)
    rows: list[Row] = []
    left: Counter[_Left] = Counter()
    for entry in _entries(scan):
        taken = _judged(entry, selection, now)
        if isinstance(taken, _Left):
            left[taken] += 1
        else:
            rows.append(taken)
    notes = (_note(why, left[why]) for why in _Left if why.value and left[why])
    return tuple(rows), tuple(notes)


def _judged(entry: _Entry, selection: Selection, now: int) -> Row | _Left:
    """The row, if it is taken; else the first reason why it is not."""
    if not _mentioned(entry, selection):
        return _Left.OTHER
    if entry.row is None:
        refused = entry.status is _Status.REFUSED
        return _Left.REFUSED if refused else _Left.UNSERVED
    return _why_not(entry.status, entry.row, selection, now) or entry.row


def _why_not(status: _Status, row: Row, selection: Selection, now: int) -> _Left | None:
    asked, age, least = selection, _age(row, now), selection.older_than
    too_young = age is not None and least is not None and age < least
    spam = isinstance(row, AuditedRecord) and row.spam
    reasons = (
        (_Left.OTHER, too_young),
        (_Left.OTHER, status is _Status.EXPIRED and not asked.by_name),
        (_unjudged(row), asked.by_level and not _bad_enough(row, asked)),
        (
            _Left.DORMANT,
            status is _Status.DORMANT and not (asked.everything or asked.by_name),
        ),
        (_Left.SPAM, spam and not (asked.include_spam or asked.fingerprints)),
        (_Left.AGELESS, age is None and least is not None),
    )
    return next((why for why, holds in reasons if holds), None)


def _mentioned(entry: _Entry, selection: Selection) -> bool:
    candidate, name = entry.candidate, entry.fingerprint
    wanted = selection.fingerprints
    return (
        (not selection.tokens or candidate.token in selection.tokens)
        and (not selection.spenders or entry.spender in selection.spenders)
        and (not selection.kinds or candidate.kind in selection.kinds)
        and (not wanted or any(name.startswith(digits(each)) for each in wanted))
        and (selection.named is None or name in selection.named)
    )


def _bad_enough(row: Row, selection: Selection) -> bool:
    if isinstance(row, Record):
        return False
    # Spam is never risky; whether it is wanted all the same is asked later.
    risky = row.risky or (row.spam and row.level >= Level.HIGH)
    least = selection.min_level
    enough = least is None or row.level >= least
    return enough and (risky or not selection.all_risky)


def _unjudged(row: Row) -> _Left:
    if isinstance(row, Record):
        return _Left.UNJUDGED
    half_known = bool(row.failed) or row.level is Level.UNKNOWN
    return _Left.DOUBTFUL if half_known else _Left.OTHER


def _age(row: Row, now: int) -> int | None:
    raised_at = record_of(row).raised_at
    return now - raised_at if isinstance(raised_at, int) else None


def record_of(row: Row) -> Record:
    """The record of a row, judged or not."""
    return row.record if isinstance(row, AuditedRecord) else row


def _entries(scan: Scan) -> Iterator[_Entry]:
    for status, rows in (
        (_Status.LIVE, scan.allowances),
        (_Status.DORMANT, scan.dormant),
        (_Status.EXPIRED, scan.expired),
    ):
        for row in rows:
            allowance = record_of(row).allowance
            yield _Entry(
                status=status,
                fingerprint=allowance.fingerprint(scan.chain.id),
                candidate=allowance.candidate,
                spender=allowance.spender,
                row=row,
            )
    refused = [(_Status.REFUSED, each.candidate) for each in scan.refused]
    unserved = [(_Status.UNSERVED, each.candidate) for each in scan.unserved]
    for status, named in (*refused, *unserved):
        # What is granted is no part of a fingerprint.
        guess = Allowance(candidate=named, spender=named.spender, grant=Everything())
        yield _Entry(
            status=status,
            fingerprint=guess.fingerprint(scan.chain.id),
            candidate=named,
            spender=named.spender,
        )


def _must_be_given(selection: Selection) -> None:
    if not selection.given:
        raise UsageError(
            "nothing says what to take back",
            hint="--all-risky, --all, --id, --token, --spender, --kind, --min-level, "
            "--older-than or --from-report says it",
        )


def digits(text: str) -> str:
    """An id's digits. UsageError if it is none."""
    found = _ID.fullmatch(text.lower())
    if found is None:
        raise UsageError(
            f"{text[:_SHOWN]!a} is not 6 to 32 digits of an approval's fingerprint",
            hint="the table of `allowctl scan` shows them as ids",
        )
    return found[1]


def _only(text: str, known: Sequence[str], unread: Sequence[str]) -> str:
    prefix = digits(text)
    found = [name for name in known if name.startswith(prefix)]
    if not found and unread:
        raise UnservedError(
            f"no approval that could be read has the id {prefix}: {unread[0]}",
            hint="try again, or give another --rpc-url",
        )
    if not found:
        raise UsageError(
            f"no approval that was found has the id {prefix}",
            hint="the table of `allowctl scan` shows them; --chain says where to look",
        )
    if len(found) > 1:
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise UsageError(
            f"the id {prefix} is the beginning of several: "
            f"{', '.join(found[:_LISTED])}{more}",
            hint="give more digits of the one that is meant",
        )
    return found[0]


def _note(why: _Left, count: int) -> str:
    return f"{count} approval{'s' if count > 1 else ''} not taken: {why.value}"
