"""What `allowctl policy init` proposes: the entries that a scan makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from allowctl.codec.shown import plain
from allowctl.model.approval import Amount, Everything, Item, Kind
from allowctl.model.chain import Address
from allowctl.model.evaluation import Subject
from allowctl.model.finding import Level
from allowctl.model.missing import Missing
from allowctl.model.report import AuditedRecord, Record, Report, Scan
from allowctl.model.settings import Wallet
from allowctl.output import check_words, names, overview
from allowctl.output.amounts import granted
from allowctl.output.money import age, at_risk
from allowctl.output.policy_file_wallets import DraftWallet, asked, chain_key, named
from allowctl.output.reasons import level as level_word
from allowctl.output.reasons import reasons
from allowctl.risk.rule import DAY

_WHY = 120
_HELD = Level.HIGH
"""This level and worse are for a person to write down, and not for a program."""


class Sort(StrEnum):
    """What becomes of an approval."""

    PROPOSED = "proposed"
    HELD = "held"
    """Of level high or worse, or of a level that is not known."""
    SPAM = "spam"


MOST: Mapping[Sort, int] = {Sort.PROPOSED: 800, Sort.HELD: 100, Sort.SPAM: 20}
"""Entries of each sort: anybody can plant approvals, and a configuration file has
1 MiB at the most. The others are counted."""
MOST_REFUSED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEntry:
    """An `[[allow]]`, and what a person needs to know of it."""

    sort: Sort
    wallet: str
    chain: str
    kind: Kind
    contract: Address
    token: Address
    spender: Address
    max_amount: int | None
    """None for unlimited."""
    level: Level
    words: tuple[str, ...]
    """Sentences that are safe on a line."""
    more: int = 0
    """Items of the same collection that it covers besides the one in the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRefusal:
    """An `[[acknowledge]]`."""

    chain: str
    token: Address
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All of it."""

    created_at: int
    """Of the report, in unix seconds."""
    version: str
    chain_ids: tuple[int, ...]
    wallets: tuple[DraftWallet, ...]
    entries: tuple[DraftEntry, ...]
    """No more of a sort than `MOST`."""
    left_out: Mapping[Sort, int]
    """How many there are besides."""
    refused: tuple[DraftRefusal, ...]
    refused_left_out: int
    dormant: tuple[str, ...]
    """A sentence each."""
    complete: bool
    open_ends: tuple[str, ...]
    """Why it is not complete: sentences."""

    def count(self, sort: Sort) -> int:
        """Entries of a sort that are in it."""
        return sum(each.sort is sort for each in self.entries)


def draft(report: Report, wallets: Sequence[Wallet]) -> Draft:
    """The proposal. `wallets`: those that have a name already."""
    owners = named(report, wallets)
    entries, left_out = _bounded(
        each
        for scan in report.scans
        for each in _entries(scan, owners[scan.owner].name)
    )
    refused = list(dict.fromkeys(_refused(report.scans)))
    return Draft(
        created_at=report.created_at,
        version=report.version,
        chain_ids=tuple(dict.fromkeys(on.id for _, on, _ in asked(report))),
        wallets=tuple(owners.values()),
        entries=tuple(entries),
        left_out=left_out,
        refused=tuple(refused[:MOST_REFUSED]),
        refused_left_out=max(0, len(refused) - MOST_REFUSED),
        dormant=tuple(
            f"{owners[scan.owner].name} on {plain(scan.chain.name)}: {_dormant(each)}"
            for scan in report.scans
            for each in scan.dormant
        ),
        complete=report.complete,
        open_ends=(
            *overview.not_scanned(report),
            *(
                f"{owners[scan.owner].name} on {plain(scan.chain.name)}: {_lacks(scan)}"
                for scan in report.scans
                if not scan.complete
            ),
        ),
    )


def _bounded(
    entries: Iterable[DraftEntry],
) -> tuple[list[DraftEntry], dict[Sort, int]]:
    kept: list[DraftEntry] = []
    seen: Counter[Sort] = Counter()
    for each in entries:
        seen[each.sort] += 1
        if seen[each.sort] <= MOST[each.sort]:
            kept.append(each)
    return kept, {sort: max(0, seen[sort] - most) for sort, most in MOST.items()}


def _entries(scan: Scan, wallet: str) -> list[DraftEntry]:
    """Worst first. An entry cannot name items: those of one collection share it."""
    found: dict[object, DraftEntry] = {}
    for row in scan.allowances:
        each = _entry(row, scan, wallet)
        key = (each.sort, each.kind, each.contract, each.token, each.spender)
        above = found.get(key)
        if above is not None:
            level = max(above.level, each.level)
            each = replace(above, level=level, more=above.more + 1)
        found[key] = each
    return list(found.values())


def _entry(row: AuditedRecord, scan: Scan, wallet: str) -> DraftEntry:
    record = row.record
    candidate = record.allowance.candidate
    return DraftEntry(
        sort=_sort(row),
        wallet=wallet,
        chain=chain_key(scan.chain),
        kind=candidate.kind,
        contract=candidate.contract,
        token=candidate.token,
        spender=record.allowance.spender,
        max_amount=_amount(record),
        level=row.level,
        words=(
            check_words.what(Subject(row=row)),
            _judged(row, scan),
        ),
    )


def _judged(row: AuditedRecord, scan: Scan) -> str:
    record = row.record
    why = f"{level_word(row)}: {reasons(row, _WHY)}"
    return f"{why}; at risk: {at_risk(record)}; {_age(record, scan)}"


def _sort(row: AuditedRecord) -> Sort:
    if row.spam:
        return Sort.SPAM
    doubtful = row.level is Level.UNKNOWN or row.level >= _HELD
    return Sort.HELD if doubtful else Sort.PROPOSED


def _amount(record: Record) -> int | None:
    match record.allowance.grant:
        case Amount(amount=amount, maximum=maximum):
            return None if amount >= maximum else amount
        case Item():
            return 1
        case Everything():
            return None


def _age(record: Record, scan: Scan) -> str:
    raised = record.raised_at
    if isinstance(raised, Missing):
        return "its age is not known"
    return f"raised {age(max(0, scan.as_of.timestamp - raised) // DAY)} ago"


def _refused(scans: Iterable[Scan]) -> Iterator[DraftRefusal]:
    for scan in scans:
        reasons_ = {each.candidate.token: each.reason for each in scan.refused}
        for token, reason in reasons_.items():
            yield DraftRefusal(
                chain=chain_key(scan.chain),
                token=token,
                words=f"{names.short(token)} on {plain(scan.chain.name)} does not "
                f"answer: {plain(reason, _WHY)}",
            )


def _dormant(record: Record) -> str:
    allowance = record.allowance
    token = names.short(allowance.candidate.token)
    spender = names.short(allowance.spender)
    return f"{allowance.candidate.kind} {token} to {spender}: {granted(record)}"


def _lacks(scan: Scan) -> str:
    """What nobody served, counted."""
    coverage = scan.coverage
    counts = {
        "ranges of blocks": len(coverage.gaps),
        "ranges of which two endpoints tell different logs": len(coverage.differences),
        "approvals that nobody served": len(scan.unserved),
        "approvals of which a fact was not served": scan.half_known,
        "rules without a fact that was not served": len(scan.unevaluated),
    }
    return "; ".join(f"{what}: {count}" for what, count in counts.items() if count)
