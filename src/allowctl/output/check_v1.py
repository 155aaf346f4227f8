"""allowctl.check/v1: what a policy says of its wallets, for programs (docs/schema/).

Integers that may exceed 2^53 are decimal strings, addresses are checksummed, times
are unix seconds, files are told from the root of their repository. Fields are only
ever added. The text is pure ASCII: hostile text stays inside its escapes.
"""

from __future__ import annotations

from decimal import Decimal

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Candidate
from allowctl.model.evaluation import Cover, Evaluation, OpenEnd, Subject, Violation
from allowctl.model.missing import Missing
from allowctl.model.naming import NameCheck
from allowctl.model.place import Place
from allowctl.model.policy import Policy
from allowctl.model.report import AuditedRecord, Scan
from allowctl.model.settings import Wallet
from allowctl.model.value import Unpriced
from allowctl.output import located, safe
from allowctl.output.check_scans import name
from allowctl.output.check_words import approval, candidate, logical, spender
from allowctl.output.money import exact
from allowctl.output.row_v1 import Json, big
from allowctl.risk.totals import totals

SCHEMA = "allowctl.check/v1"


def render(evaluation: Evaluation, root: str) -> str:
    """One JSON document with a newline at its end.

    `root`: the folder from which files are told of.
    """
    document = frame(evaluation, root) | {
        "violations": [violation(each, root) for each in evaluation.violations],
        "open_ends": [open_end(each) for each in evaluation.open_ends],
    }
    return safe.document(document) + "\n"


def frame(evaluation: Evaluation, root: str) -> Json:
    """All of it but the violations and what was not seen."""
    report = evaluation.report
    return {
        "schema": SCHEMA,
        "allowctl": report.version,
        "created_at": report.created_at,
        "today": evaluation.today.isoformat(),
        "complete": evaluation.complete,
        "violated": evaluation.violated,
        "counts": _counts(evaluation),
        "policy": _policy(evaluation.policy, root),
        "wallets": [_wallet(each, root) for each in evaluation.wallets],
        "scans": [_scan(each, evaluation) for each in report.scans],
        "names": [_name(each) for each in report.names],
    }


def violation(of: Violation, root: str) -> Json:
    """One check that is not met by one thing, covered or not."""
    cover = of.cover
    return {
        "check": of.check,
        "action": of.action.value,
        "fails": of.fails,
        "message": of.message,
        "place": _place(of.place, root),
        "fingerprint": of.fingerprint,
        **_subject(of.subject),
        "cover": None if cover is None else _cover(cover, root),
    }


def open_end(of: OpenEnd) -> Json:
    """What could not be seen."""
    return {
        "wallet": None if of.wallet is None else of.wallet.name,
        "chain_id": of.chain_id,
        "chain": of.chain,
        "reason": of.reason,
        "forgiven": of.forgiven,
    }


def _subject(of: Subject) -> Json:
    """What it is of; null where it is of less than an approval."""
    named, taker, scan = candidate(of), spender(of), of.scan
    return {
        "wallet": None if of.wallet is None else of.wallet.name,
        "chain_id": None if scan is None else scan.chain.id,
        "chain": None if scan is None else scan.chain.name,
        "owner": _owner(of),
        "approval": approval(of),
        "location": logical(of) or None,
        "kind": None if named is None else named.kind.value,
        "contract": None if named is None else checksum(named.contract),
        "token": None if named is None else checksum(named.token),
        "token_id": _token_id(named),
        "spender": None if taker is None else checksum(taker),
        "refused": None if of.refused is None else of.refused.reason,
        **(_NOTHING if of.row is None else _row(of.row)),
    }


_NOTHING: Json = dict.fromkeys(
    (
        "symbol",
        "decimals",
        "spender_kind",
        "spender_label",
        "amount",
        "unlimited",
        "expiration",
        "raised_at",
        "used_at",
        "level",
        "value_at_risk_usd",
        "unpriced",
    )
) | {"rules": []}


def _row(row: AuditedRecord) -> Json:
    """What was found of a live approval."""
    record = row.record
    grant, value, label = record.allowance.grant, record.value, record.spender.label
    return {
        "symbol": record.token.symbol,
        "decimals": record.token.decimals,
        "spender_kind": record.spender.kind.value,
        "spender_label": None if label is None else label.text,
        "amount": big(grant.amount) if isinstance(grant, Amount) else None,
        "unlimited": record.unlimited,
        "expiration": grant.expiration if isinstance(grant, Amount) else None,
        "raised_at": _time(record.raised_at),
        "used_at": _time(record.used_at),
        "level": str(row.level),
        "value_at_risk_usd": _usd(record.usd),
        "unpriced": value.value if isinstance(value, Unpriced) else None,
        "rules": [
            each.rule if each.case is None else f"{each.rule}.{each.case}"
            for each in row.findings
        ],
    }


def _owner(of: Subject) -> str | None:
    if of.scan is not None:
        return checksum(of.scan.owner)
    return None if of.wallet is None else checksum(of.wallet.address)


def _token_id(named: Candidate | None) -> str | None:
    return None if named is None else big(named.token_id)


def _time(moment: int | Missing | None) -> int | None:
    return moment if isinstance(moment, int) else None


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else exact(amount)


def _place(of: Place, root: str) -> Json:
    """An option of the command line stands in no file: its name is the key.

    A default stands in no line: it is not written.
    """
    if located.is_option(of):
        return {"file": None, "line": None, "key": of.key or of.file}
    file = located.inside(of.file, root)
    return {
        "file": file or None,
        "line": of.line or None if file else None,
        "key": of.key,
    }


def _cover(of: Cover, root: str) -> Json:
    return {
        "kind": of.kind.value,
        "place": _place(of.place, root),
        "reason": of.reason,
        "owner": of.owner,
        "expires": None if of.expires is None else of.expires.isoformat(),
    }


def _counts(evaluation: Evaluation) -> Json:
    counts = evaluation.counts
    return {
        "live": counts.live,
        "violating": counts.violating,
        "warned": counts.warned,
        "covered": counts.covered,
        "passed": counts.passed,
        "spam": counts.spam,
        "failing_checks": len(evaluation.failing),
        "warning_checks": len(evaluation.warnings),
        "covered_checks": len(evaluation.covered),
        "not_seen": len(evaluation.open_ends),
        "forgiven": sum(each.forgiven for each in evaluation.open_ends),
    }


def _policy(policy: Policy, root: str) -> Json:
    """What holds: what nobody said, as it is by default."""
    of = policy.limits
    allowed = of.allowed_kinds
    return {
        "file": located.inside(policy.file, root) or None,
        "fail_on": str(of.fail_on),
        "fail_on_incomplete": of.fail_on_incomplete,
        "refused": of.refused.value,
        "max_value_at_risk_usd": _usd(of.max_value_at_risk_usd),
        "max_total_value_at_risk_usd": _usd(of.max_total_value_at_risk_usd),
        "unpriced": policy.unpriced.value,
        "max_age": of.max_age,
        "max_unused": of.max_unused,
        "allow_unlimited": of.allow_unlimited,
        "allowed_kinds": None if allowed is None else sorted(allowed),
        "denied_kinds": sorted(of.denied_kinds),
        "rules": [each.id for each in policy.rules],
        "allows": len(policy.allows),
        "acknowledged": len(policy.acknowledged),
        "probes": len(policy.probes),
        "baseline": None
        if policy.baseline is None
        else located.inside(str(policy.baseline.path), root),
    }


def _wallet(of: Wallet, root: str) -> Json:
    return {
        "name": of.name,
        "address": checksum(of.address),
        "chains": list(of.chains),
        "ens": of.ens,
        "place": _place(of.place, root),
    }


def _scan(scan: Scan, evaluation: Evaluation) -> Json:
    """One owner on one chain: what the counts are of."""
    summed = totals([scan])
    return {
        "wallet": name(scan, evaluation),
        "chain_id": scan.chain.id,
        "chain": scan.chain.name,
        "owner": checksum(scan.owner),
        "as_of": {
            "number": scan.as_of.number,
            "hash": scan.as_of.hash,
            "timestamp": scan.as_of.timestamp,
        },
        "complete": scan.complete,
        "counts": {
            "candidates": scan.candidates,
            "live": len(scan.allowances),
            "dormant": len(scan.dormant),
            "dead": len(scan.dead),
            "refused": len(scan.refused),
            "unserved": len(scan.unserved),
        },
        "value_at_risk_usd": exact(summed.usd) if summed.priced else None,
        "value_unknown": summed.unknown,
        "blind_spots": list(scan.blind_spots),
    }


def _name(of: NameCheck) -> Json:
    found = of.found
    missing = found.reason if isinstance(found, Missing) else None
    address = None if found is None or isinstance(found, Missing) else checksum(found)
    return {
        "wallet": of.claim.wallet,
        "name": of.claim.name,
        "address": checksum(of.claim.address),
        "found": address,
        "holds": of.holds,
        "missing": missing,
    }
