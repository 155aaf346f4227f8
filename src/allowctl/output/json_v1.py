"""allowctl.report/v1: the report for programs (docs/schema/).

Integers that may exceed 2^53 are decimal strings, addresses are checksummed,
times are unix seconds. Fields are only ever added. The text is pure ASCII:
a hostile symbol stays inside its escapes.
"""

from __future__ import annotations

import json

from allowctl.codec.words import checksum
from allowctl.model.approval import (
    Amount,
    Candidate,
    Dead,
    Item,
    LogRef,
    NotServed,
    Refused,
)
from allowctl.model.report import AuditedRecord, Record, Report, Scan, Unscanned
from allowctl.standards import STANDARD_OF

SCHEMA = "allowctl.report/v1"

Json = dict[str, object]


def render(report: Report, *, show_dead: bool = False) -> str:
    """One JSON document with a newline at its end.

    Written scan by scan: of thousands, the plain values would fill the memory.
    """
    frame = _text(_frame(report))
    before, mark, after = frame.partition('"scans": []')
    if not report.scans:
        return frame + "\n"
    scans = ",\n".join(
        "    " + _text(_scan(scan, show_dead=show_dead)).replace("\n", "\n    ")
        for scan in report.scans
    )
    return f"{before}{mark[:-1]}\n{scans}\n  ]{after}\n"


def _text(value: Json) -> str:
    return json.dumps(value, indent=2)


def _frame(report: Report) -> Json:
    """All but the scans, whose place it holds."""
    return {
        "schema": SCHEMA,
        "allowctl": report.version,
        "created_at": report.created_at,
        "complete": report.complete,
        "scans": [],
        "unscanned": [_unscanned(each) for each in report.unscanned],
    }


def _scan(scan: Scan, *, show_dead: bool) -> Json:
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
        "allowances": [_audited(each, scan) for each in scan.allowances],
        "unreadable": [
            *(_unreadable(each, "unserved") for each in scan.unserved),
            *(_unreadable(each, "refused") for each in scan.refused),
        ],
        "dormant": [
            _record(each, scan) | {"level": "info", "points": 0, "findings": []}
            for each in scan.dormant
        ],
        "dead": len(scan.dead),
        "dead_by_reason": dict(sorted(scan.dead_by_reason.items())),
        "blind_spots": list(scan.blind_spots),
        "not_evaluated": [
            {"rule": each.rule, "reason": each.reason} for each in scan.not_evaluated
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


def _audited(audited: AuditedRecord, scan: Scan) -> Json:
    return _record(audited.record, scan) | {
        "level": str(audited.level),
        "points": audited.points,
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "confidence": finding.confidence.value,
                "points": finding.points,
                "evidence": finding.evidence,
            }
            for finding in audited.findings
        ],
    }


def _record(record: Record, scan: Scan) -> Json:
    allowance = record.allowance
    candidate = allowance.candidate
    grant = allowance.grant
    revocation = STANDARD_OF[candidate.kind].revoke(allowance)
    amount = grant.amount if isinstance(grant, Amount) else None
    return {
        "fingerprint": allowance.fingerprint(scan.chain.id),
        "kind": candidate.kind.value,
        "token": {
            "address": checksum(candidate.token),
            "symbol": record.token.symbol,
            "name": record.token.name,
            "decimals": record.token.decimals,
            "total_supply": _big(record.token.total_supply),
            "answers_as": list(record.token.interfaces),
            "ambiguous": record.token.ambiguous,
        },
        "spender": {
            "address": checksum(allowance.spender),
            "kind": record.spender.kind.value,
            "label": record.spender.label,
        },
        "contract": checksum(candidate.contract),
        "token_id": _big(grant.token_id) if isinstance(grant, Item) else None,
        "amount": _big(amount),
        "unlimited": record.unlimited,
        "expiration": grant.expiration if isinstance(grant, Amount) else None,
        "root_amount": _big(grant.root_amount) if isinstance(grant, Amount) else None,
        "last_changed": _where(candidate.last_changed),
        "exposure": {
            "balance": _big(record.token.balance),
            "effective": _big(record.effective),
            "value_at_risk_usd": None,
        },
        "revocation": {
            "to": checksum(revocation.to),
            "data": "0x" + revocation.data.hex(),
        },
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
        "token_id": _big(candidate.token_id),
        "last_changed": _where(candidate.last_changed),
    }


def _where(where: LogRef | None) -> Json | None:
    if where is None:
        return None
    return {"block": where.block, "transaction": where.transaction}


def _big(number: int | None) -> str | None:
    return None if number is None else str(number)
