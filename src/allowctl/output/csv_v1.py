"""The report as CSV: one row for everything that has to be accounted for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Candidate, Item
from allowctl.model.report import AuditedRecord, Record, Report, Scan
from allowctl.output.safe import cell

COLUMNS = (
    "chain_id",
    "owner",
    "as_of_block",
    "status",
    "level",
    "points",
    "kind",
    "token",
    "symbol",
    "decimals",
    "spender",
    "spender_kind",
    "contract",
    "token_id",
    "amount",
    "unlimited",
    "expiration",
    "balance",
    "effective",
    "last_changed_block",
    "last_changed_transaction",
    "rules",
    "reason",
    "fingerprint",
)

_REASON = 400

Row = dict[str, object]


def render(report: Report, *, show_dead: bool = False) -> str:
    """A header and the rows; `status` is live, dormant, refused, unserved, gap or dead.

    A gap's `reason` begins with its blocks.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for scan in report.scans:
        common: Row = {
            "chain_id": scan.chain.id,
            "owner": checksum(scan.owner),
            "as_of_block": scan.as_of.number,
        }
        for row in _rows(scan, show_dead=show_dead):
            writer.writerow(common | row)
    return text.getvalue()


def _rows(scan: Scan, *, show_dead: bool) -> Iterator[Row]:
    for audited in scan.allowances:
        yield _record(audited.record, scan) | _judgement(audited)
    for record in scan.dormant:
        yield _record(record, scan) | {"status": "dormant"}
    for status, fates in (("refused", scan.refused), ("unserved", scan.unserved)):
        for fate in fates:
            reason = cell(fate.reason, _REASON)
            yield _named(fate.candidate) | {"status": status, "reason": reason}
    for gap in scan.coverage.gaps:
        blocks = f"{gap.blocks.first}-{gap.blocks.last}"
        yield {"status": "gap", "reason": f"{blocks}: {cell(gap.reason, _REASON)}"}
    if show_dead:
        for dead in scan.dead:
            yield _named(dead.candidate) | {
                "status": "dead",
                "reason": dead.reason.value,
            }


def _judgement(audited: AuditedRecord) -> Row:
    return {
        "status": "live",
        "level": str(audited.level),
        "points": audited.points,
        "rules": " ".join(finding.rule for finding in audited.findings),
    }


def _record(record: Record, scan: Scan) -> Row:
    allowance = record.allowance
    grant = allowance.grant
    row = _named(allowance.candidate) | {
        "symbol": cell(record.token.symbol or ""),
        "decimals": record.token.decimals,
        "spender": checksum(allowance.spender),
        "spender_kind": record.spender.kind.value,
        "unlimited": str(record.unlimited).lower(),
        "balance": record.token.balance,
        "effective": record.effective,
        "fingerprint": allowance.fingerprint(scan.chain.id),
    }
    match grant:
        case Amount(amount=amount, expiration=expiration):
            row |= {"amount": amount, "expiration": expiration}
        case Item(token_id=token_id):
            row |= {"token_id": token_id}
        case _:
            pass
    return row


def _named(candidate: Candidate) -> Row:
    where = candidate.last_changed
    return {
        "kind": candidate.kind.value,
        "token": checksum(candidate.token),
        "spender": checksum(candidate.spender),
        "contract": checksum(candidate.contract),
        "token_id": candidate.token_id,
        "last_changed_block": None if where is None else where.block,
        "last_changed_transaction": None if where is None else where.transaction,
    }
