"""The report as CSV: one row for everything that has to be accounted for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Candidate, Item
from allowctl.model.chain import BlockRange
from allowctl.model.facts import Proxy, SpenderFacts
from allowctl.model.report import AuditedRecord, Record, Report, Scan, Unscanned
from allowctl.model.value import Unpriced, Value, Worth
from allowctl.output.money import exact
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
    "chain",
    "as_of_hash",
    "complete",
    "from_block",
    "to_block",
    "checked",
    "remembered",
    "canary",
    "endpoints",
    "state_by",
    "requests",
    "items",
    "spender_label",
    "raised_block",
    "raised_at",
    "value_at_risk_usd",
    "unpriced",
    "price_source",
    "expected_loss_usd",
    "spam",
    "failed",
    "implementation",
    "code_hash",
)

_REASON = 400

Row = dict[str, object]


def render(report: Report, *, show_dead: bool = False) -> str:
    """A header and the rows.

    `status` is live, dormant, expired, refused, unserved, gap, difference or dead;
    `scan` for the row that tells a scan's coverage. What was not scanned at all is a
    gap without a `to_block`.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for scan in report.scans:
        common: Row = {
            "chain_id": scan.chain.id,
            "chain": scan.chain.name,
            "owner": checksum(scan.owner),
            "as_of_block": scan.as_of.number,
            "as_of_hash": scan.as_of.hash,
        }
        for row in _rows(scan, show_dead=show_dead):
            writer.writerow(common | row)
    for each in report.unscanned:
        writer.writerow(_unscanned(each))
    return text.getvalue()


def _rows(scan: Scan, *, show_dead: bool) -> Iterator[Row]:
    yield _coverage(scan)
    for audited in scan.allowances:
        yield _record(audited.record, scan) | _judgement(audited)
    for record in scan.dormant:
        yield _record(record, scan) | {"status": "dormant"}
    for audited in scan.expired:
        judged = _record(audited.record, scan) | _judgement(audited)
        yield judged | {"status": "expired"}
    for status, fates in (("refused", scan.refused), ("unserved", scan.unserved)):
        for fate in fates:
            reason = cell(fate.reason, _REASON)
            yield _named(fate.candidate) | {"status": status, "reason": reason}
    for gap in scan.coverage.gaps:
        blocks = f"{gap.blocks.first}-{gap.blocks.last}"
        reason = f"{blocks}: {cell(gap.reason, _REASON)}"
        yield {"status": "gap", "reason": reason} | _ends(gap.blocks)
    for each in scan.coverage.differences:
        told = cell(f"{' and '.join(each.hosts)} tell different logs", _REASON)
        yield {"status": "difference", "reason": told} | _ends(each.blocks)
    if show_dead:
        for dead in (each for each in scan.dead if each.allowance is None):
            yield _named(dead.candidate) | {
                "status": "dead",
                "reason": dead.reason.value,
            }


def _coverage(scan: Scan) -> Row:
    coverage = scan.coverage
    return {
        "status": "scan",
        "complete": str(scan.complete).lower(),
        "checked": coverage.checked.value,
        "remembered": coverage.remembered,
        "canary": coverage.canary,
        "endpoints": " ".join(coverage.endpoints),
        "state_by": " ".join(coverage.state_by),
        "requests": coverage.requests,
        "items": coverage.items,
    } | _ends(coverage.blocks)


def _unscanned(each: Unscanned) -> Row:
    chain = each.chain
    return {
        "chain_id": None if chain is None else chain.id,
        "chain": None if chain is None else chain.name,
        "owner": None if each.owner is None else checksum(each.owner),
        "status": "gap",
        "reason": cell(each.reason, _REASON),
        "from_block": 0,
    }


def _ends(blocks: BlockRange | None) -> Row:
    if blocks is None:
        return {}
    return {"from_block": blocks.first, "to_block": blocks.last}


def _judgement(audited: AuditedRecord) -> Row:
    return {
        "status": "live",
        "level": str(audited.level),
        "points": audited.points,
        "rules": " ".join(finding.rule for finding in audited.findings),
        "expected_loss_usd": _usd(audited.expected_loss),
        "spam": str(audited.spam).lower(),
        "failed": " ".join(audited.failed),
    }


def _usd(amount: Decimal | None) -> str:
    return "" if amount is None else exact(amount)


def _worth(value: Value) -> Row:
    match value:
        case Worth(usd=usd, price=price):
            return {"value_at_risk_usd": exact(usd), "price_source": price.source.value}
        case Unpriced() as reason:
            return {"unpriced": reason.value}


def _facts(spender: SpenderFacts) -> Row:
    label, proxy, code = spender.label, spender.proxy, spender.code_hash
    target = proxy.implementation if isinstance(proxy, Proxy) else None
    return {
        "spender_label": "" if label is None else cell(label.text),
        "implementation": "" if target is None else checksum(target),
        "code_hash": code if isinstance(code, str) else "",
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
        "raised_at": record.raised_at if isinstance(record.raised_at, int) else None,
    }
    row |= _worth(record.value) | _facts(record.spender)
    match grant:
        case Amount(amount=amount, expiration=expiration):
            row |= {"amount": amount, "expiration": expiration}
        case Item(token_id=token_id):
            row |= {"token_id": token_id}
        case _:
            pass
    return row


def _named(candidate: Candidate) -> Row:
    where, raised = candidate.last_changed, candidate.raised
    return {
        "kind": candidate.kind.value,
        "token": checksum(candidate.token),
        "spender": checksum(candidate.spender),
        "contract": checksum(candidate.contract),
        "token_id": candidate.token_id,
        "last_changed_block": None if where is None else where.block,
        "last_changed_transaction": None if where is None else where.transaction,
        "raised_block": None if raised is None else raised.block,
    }
