"""What to do next, by what kept a report from being whole and what stands first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from allowctl.codec.words import checksum
from allowctl.model.approval import Kind
from allowctl.model.lists import ListStatus
from allowctl.model.missing import Lack
from allowctl.model.report import AuditedRecord, Report, Scan
from allowctl.output.columns import SHORT_ID, fingerprint
from allowctl.output.family import is_copy
from allowctl.output.view import View
from allowctl.risk.listed import RULES
from allowctl.risk.rank import ranked
from allowctl.standards import STANDARD_OF

_SOURCIFY = "unverified-spender"


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The row of a report that is to be fixed first."""

    number: int
    """Of its scan, from 1."""
    rank: int
    scan: Scan
    audited: AuditedRecord

    @property
    def digits(self) -> str:
        """What `allowctl explain` knows it by."""
        return fingerprint(self.audited.record, self.scan)[:SHORT_ID]


def first(scans: Sequence[Scan]) -> First | None:
    """The worst row of all scans, by the order that each has; None without a row."""
    worst = [
        First(number=number, rank=rank, scan=scan, audited=each)
        for number, scan in enumerate(scans, 1)
        for rank, each in list(_serious(scan))[:1]
    ]
    top = next(iter(ranked(each.audited for each in worst)), None)
    return next((each for each in worst if each.audited is top), None)


def _serious(scan: Scan) -> Iterator[tuple[int, AuditedRecord]]:
    return (
        (rank, each) for rank, each in enumerate(scan.allowances, 1) if not each.spam
    )


def alone(scan: Scan, view: View, lists: Iterable[ListStatus] = ()) -> Iterator[str]:
    """What to do about a scan that stands alone."""
    ask = "scan again with another --rpc-url: this is not the whole truth yet"
    yield from _whole([scan], lists, ask)
    found = first([scan])
    if found is not None:
        yield from _fix(found, f"#{found.rank}", view)
    if scan.dead and scan.coverage.blocks and not scan.allowances:
        yield "see what was once approved: --show-dead"


def together(report: Report, view: View) -> Iterator[str]:
    """What to do about several scans, or about what was not scanned."""
    ask = "see which endpoints answer: allowctl endpoints; name others with --rpc-url"
    if report.unscanned:
        yield ask
    whole = _whole(report.scans, report.lists, ask)
    yield from (each for each in whole if not (report.unscanned and each == ask))
    found = first(report.scans) if len(report.scans) > 1 else None
    if found is not None:
        name = f"#{found.rank} of scan {found.number}, the worst of all"
        yield from _fix(found, name, view)


def _whole(
    scans: Sequence[Scan], lists: Iterable[ListStatus], ask: str
) -> Iterator[str]:
    """What would make incomplete scans whole: each cause has a cure of its own."""
    lacking = {each.rule for scan in scans for each in scan.unevaluated}
    lost = any(
        each.missing is not None and each.missing.lack is Lack.FAILED for each in lists
    )
    if lost and lacking & RULES:
        yield "fetch the missing lists: allowctl intel update; or scan with --offline"
        lacking -= RULES
    if _SOURCIFY in lacking:
        yield "Sourcify did not answer: scan again later, or without --sourcify"
        lacking -= {_SOURCIFY}
    if lacking or not all(map(_served, scans)):
        yield ask


def _served(scan: Scan) -> bool:
    """Whether endpoints told all blocks, candidates, tokens and spenders alike."""
    holes = scan.coverage.gaps or scan.coverage.differences
    return not (holes or scan.unserved or scan.half_known)


def _fix(found: First, name: str, view: View) -> Iterator[str]:
    """How to see why a row stands first, and to take it back."""
    if view.kept:
        yield f"see why, and how to take {name} back: allowctl explain {found.digits}"
        return
    record, chain = found.audited.record, found.scan.chain
    allowance = record.allowance
    call = STANDARD_OF[allowance.candidate.kind].revoke(allowance)
    where = "Permit2 " if allowance.candidate.kind is Kind.PERMIT2 else ""
    if is_copy(record, found.scan):
        brake = ", if you know that copy of Permit2"
    else:
        brake = "" if where else f", if you know the token {checksum(call.to)}"
    owner = checksum(found.scan.owner)
    named = f"--chain {chain.id} --id {found.digits}"
    yield f"take back {name}{brake}; --keystore in the place of --dry-run sends it:"
    yield f"allowctl revoke {owner} {named} --dry-run"
    yield (
        f"with another tool: from the owner {owner} on {chain.name}, "
        f"send to {where}{checksum(call.to)}"
    )
    yield f"value 0, data 0x{call.data.hex()}"
    yield "the same for every row stands in --format json as revocation"
