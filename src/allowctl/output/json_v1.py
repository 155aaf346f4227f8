"""allowctl.report/v1: the report for programs (docs/schema/).

Integers that may exceed 2^53 are decimal strings, addresses are checksummed,
times are unix seconds. Fields are only ever added. The text is pure ASCII:
a hostile symbol stays inside its escapes.
"""

from __future__ import annotations

import io

from allowctl.codec.words import checksum
from allowctl.model.approval import Candidate, Dead, NotServed, Refused
from allowctl.model.lists import ListStatus
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.output import row_v1 as row
from allowctl.output import safe
from allowctl.output.family import inside
from allowctl.output.row_v1 import Json

SCHEMA = "allowctl.report/v1"


def render(report: Report, *, show_dead: bool = False) -> str:
    """One JSON document with a newline at its end.

    Written scan by scan, into one buffer: of thousands, the plain values, or their
    texts beside the whole, would fill the memory.
    """
    frame = safe.document(_frame(report))
    before, mark, after = frame.partition('"scans": []')
    if not report.scans:
        return frame + "\n"
    text = io.StringIO()
    text.write(before + mark[:-1])
    for number, scan in enumerate(report.scans):
        document = safe.document(_scan(scan, show_dead=show_dead))
        comma = "," if number else ""
        text.write(f"{comma}\n    " + document.replace("\n", "\n    "))
    text.write(f"\n  ]{after}\n")
    return text.getvalue()


def _frame(report: Report) -> Json:
    """All but the scans, whose place it holds."""
    return {
        "schema": SCHEMA,
        "allowctl": report.version,
        "created_at": report.created_at,
        "complete": report.complete,
        "scans": [],
        "unscanned": [_unscanned(each) for each in report.unscanned],
        "lists": [_list(each) for each in report.lists],
    }


def _list(status: ListStatus) -> Json:
    missing = status.missing
    return {
        "id": status.id,
        "source": status.source,
        "charges": [charge.value for charge in status.charges],
        "fetched_at": status.fetched_at,
        "entries": status.entries,
        "missing": None if missing is None else row.missing(missing),
    }


def _scan(scan: Scan, *, show_dead: bool) -> Json:
    children = inside(scan)
    found: Json = {
        "chain_id": scan.chain.id,
        "chain": scan.chain.name,
        "owner": checksum(scan.owner),
        "owner_name": scan.owner_name,
        "as_of": {
            "number": scan.as_of.number,
            "hash": scan.as_of.hash,
            "timestamp": scan.as_of.timestamp,
        },
        "complete": scan.complete,
        "coverage": _coverage(scan),
        "candidates": scan.candidates,
        "allowances": [row.audited(each, scan, children) for each in scan.allowances],
        "unreadable": [
            *(_unreadable(each, "unserved") for each in scan.unserved),
            *(_unreadable(each, "refused") for each in scan.refused),
        ],
        "dormant": [row.record(each, scan) | row.NOT_JUDGED for each in scan.dormant],
        "expired": [row.audited(each, scan, children) for each in scan.expired],
        "dead": len(scan.dead),
        "dead_by_reason": dict(sorted(scan.dead_by_reason.items())),
        "blind_spots": list(scan.blind_spots),
        "not_evaluated": [
            {"rule": each.rule, "lack": each.lack.value, "reason": each.reason}
            for each in scan.not_evaluated
        ],
    }
    if show_dead:
        found["dead_rows"] = [_dead(each) for each in scan.dead]
    return found


def _unscanned(each: Unscanned) -> Json:
    """A gap of all blocks: where it would have ended, nobody said."""
    return {
        "chain_id": None if each.chain is None else each.chain.id,
        "chain": None if each.chain is None else each.chain.name,
        "owner": None if each.owner is None else checksum(each.owner),
        "from_block": 0,
        "to_block": None,
        "reason": each.reason,
    }


def _coverage(scan: Scan) -> Json:
    coverage = scan.coverage
    blocks = coverage.blocks
    return {
        "from_block": None if blocks is None else blocks.first,
        "to_block": None if blocks is None else blocks.last,
        "gaps": [
            {
                "from_block": gap.blocks.first,
                "to_block": gap.blocks.last,
                "reason": gap.reason,
            }
            for gap in coverage.gaps
        ],
        "differences": [
            {
                "from_block": each.blocks.first,
                "to_block": each.blocks.last,
                "hosts": list(each.hosts),
            }
            for each in coverage.differences
        ],
        "checked": coverage.checked.value,
        "remembered": coverage.remembered,
        "canary": coverage.canary,
        "endpoints": list(coverage.endpoints),
        "state_by": list(coverage.state_by),
        "requests": coverage.requests,
        "items": coverage.items,
    }


def _unreadable(fate: Refused | NotServed, sort: str) -> Json:
    return _named(fate.candidate) | {"sort": sort, "reason": fate.reason}


def _dead(dead: Dead) -> Json:
    return _named(dead.candidate) | {"reason": dead.reason.value}


def _named(candidate: Candidate) -> Json:
    return {
        "kind": candidate.kind.value,
        "token": checksum(candidate.token),
        "spender": checksum(candidate.spender),
        "contract": checksum(candidate.contract),
        "token_id": row.big(candidate.token_id),
        "last_changed": row.where(candidate.last_changed),
    }
