"""The sentences of a whole report: what its scans have in common, and their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from allowctl.codec.shown import plain
from allowctl.codec.words import checksum
from allowctl.model.chain import Address
from allowctl.model.lists import ListStatus
from allowctl.model.missing import Missing
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.output import worth
from allowctl.output.account import owner_name
from allowctl.output.amounts import granted
from allowctl.output.money import since
from allowctl.output.names import short
from allowctl.output.steps import first

_OWNERS = 8
"""Owners up to which each is named, whether there is anything to tell or not."""
_REASON = 160


def shared(report: Report) -> tuple[str, ...]:
    """The blind spots that all of several scans have, in their order."""
    seen = Counter(
        spot for scan in report.scans for spot in dict.fromkeys(scan.blind_spots)
    )
    return tuple(spot for spot, count in seen.items() if count == len(report.scans))


def not_scanned(report: Report) -> list[str]:
    """Each chain, and owner, that was asked for and of which nothing is known."""
    return [
        f"{_where(each)}: {plain(each.reason, _REASON)}" for each in report.unscanned
    ]


def lists(report: Report) -> list[str]:
    """Each list from outside: what it holds, how old it is, or why it is not there."""
    return [_list(each, report.created_at) for each in report.lists]


def _list(status: ListStatus, now: int) -> str:
    name = plain(status.id)
    if status.fetched_at is None:
        return f"{name} {_why(status.missing) if status.missing else 'is not there'}"
    addresses = "1 address" if status.entries == 1 else f"{status.entries:,} addresses"
    text = f"{name}, {addresses}, {since(now - status.fetched_at)} old"
    if status.missing is not None:
        return f"{text}; it {_why(status.missing)}"
    return text


def _why(missing: Missing) -> str:
    return plain(missing.reason, _REASON)


def totals(report: Report) -> Iterator[str]:
    """All scans in a line each, by owner; owners with nothing to tell are counted."""
    by_owner: dict[Address, list[Scan]] = {}
    for scan in report.scans:
        by_owner.setdefault(scan.owner, []).append(scan)
    chains = {scan.chain.id for scan in report.scans}
    live = sum(len(scan.allowances) for scan in report.scans)
    worst = "" if report.worst is None else f", the worst {report.worst}"
    yield (
        f"{_count(len(by_owner), 'owner')} on {_count(len(chains), 'chain')}: "
        f"{live:,} live{worst}"
    )
    yield from _first(report)
    yield from worth.in_all(report.scans)
    quiet = 0
    for owner, scans in by_owner.items():
        telling = any(each.allowances or not each.complete for each in scans)
        if not telling and len(by_owner) > _OWNERS:
            quiet += 1
            continue
        yield f"  {checksum(owner)}{owner_name(scans[0])}"
        width = max(len(each.chain.name) for each in scans)
        for each in scans:
            yield f"    {each.chain.name:<{width}}  {_in_short(each)}"
    if quiet:
        yield f"  and {_count(quiet, 'owner')} with nothing live on any of the chains"


def _first(report: Report) -> Iterator[str]:
    """The one row that stands above those of all scans."""
    found = first(report.scans)
    if found is not None:
        record = found.audited.record
        yield (
            f"first of all: #{found.rank} of scan {found.number}, {found.digits}, "
            f"{found.audited.level}, {granted(record)} "
            f"to {short(record.allowance.spender)}"
        )


def _in_short(scan: Scan) -> str:
    serious = [each.level for each in scan.allowances if not each.spam]
    live = f"{len(scan.allowances):,} live" if scan.allowances else "nothing live"
    parts = [f"{live}, the worst {max(serious)}" if serious else live]
    if len(serious) < len(scan.allowances):
        parts.append(f"{len(scan.allowances) - len(serious):,} suspected spam")
    if scan.refused:
        parts.append(f"{len(scan.refused):,} refused")
    if not scan.complete:
        parts.append("INCOMPLETE")
    return ", ".join(parts)


def _where(each: Unscanned) -> str:
    chain = "a chain" if each.chain is None else f"{each.chain.name} ({each.chain.id})"
    return chain if each.owner is None else f"{checksum(each.owner)} on {chain}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
