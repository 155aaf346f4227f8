"""One row of allowctl.report/v1: an approval with every fact that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Item, LogRef
from allowctl.model.chain import Address
from allowctl.model.facts import (
    Authority,
    Creation,
    Proxy,
    Sender,
    SpenderFacts,
    TokenFacts,
)
from allowctl.model.lists import Listing
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import AuditedRecord, Record, Scan
from allowctl.model.value import Price, Unpriced, Worth
from allowctl.output.family import is_root
from allowctl.output.money import exact
from allowctl.standards import STANDARD_OF

Json = dict[str, object]
Inside = Mapping[Address, Sequence[tuple[int, AuditedRecord]]]

NOT_JUDGED: Json = {
    "inside": [],
    "level": "info",
    "points": 0,
    "expected_loss_usd": None,
    "spam": False,
    "failed": [],
    "not_evaluated": [],
    "findings": [],
}
"""What stands in the place of a judgement where no rule was asked."""


_SENT = {Sender.OWNER: True, Sender.OTHER: False, Sender.UNKNOWN: None}


def audited(each: AuditedRecord, scan: Scan, inside: Inside) -> Json:
    """A live or expired approval, with what the rules say of it.

    `inside`: what is granted inside the chain's own Permit2, as `family` has it.
    """
    loss = each.expected_loss
    root = is_root(each.record, scan)
    children = inside.get(each.record.token.address, ()) if root else ()
    return record(each.record, scan) | {
        "inside": [
            child.record.allowance.fingerprint(scan.chain.id) for _, child in children
        ],
        "level": str(each.level),
        "points": each.points,
        "expected_loss_usd": None if loss is None else exact(loss),
        "spam": each.spam,
        "failed": list(each.failed),
        "not_evaluated": [
            {"rule": lacking.rule, "lack": lacking.lack.value, "reason": lacking.reason}
            for lacking in each.lacking
        ],
        "findings": [
            {
                "rule": finding.rule,
                "case": finding.case,
                "severity": finding.severity.value,
                "confidence": finding.confidence.value,
                "points": finding.points,
                "evidence": finding.evidence,
            }
            for finding in each.findings
        ],
    }


def record(each: Record, scan: Scan) -> Json:
    """An approval that can be read, before any judgement."""
    allowance = each.allowance
    candidate = allowance.candidate
    grant = allowance.grant
    revocation = STANDARD_OF[candidate.kind].revoke(allowance)
    amount = grant.amount if isinstance(grant, Amount) else None
    return {
        "fingerprint": allowance.fingerprint(scan.chain.id),
        "kind": candidate.kind.value,
        "token": _token(each.token),
        "spender": _spender(each.spender),
        "contract": checksum(candidate.contract),
        "token_id": big(grant.token_id) if isinstance(grant, Item) else None,
        "amount": big(amount),
        "unlimited": each.unlimited,
        "expiration": grant.expiration if isinstance(grant, Amount) else None,
        "root_amount": big(grant.root_amount) if isinstance(grant, Amount) else None,
        "last_changed": where(candidate.last_changed),
        "first": where(candidate.first),
        "raised": _raised(each),
        "sent_by_owner": _SENT[each.sent],
        "claimed": big(candidate.claimed),
        "exposure": _exposure(each),
        "revocation": {
            "to": checksum(revocation.to),
            "data": "0x" + revocation.data.hex(),
        },
    }


def where(reference: LogRef | None) -> Json | None:
    """Where a log stands."""
    if reference is None:
        return None
    return {"block": reference.block, "transaction": reference.transaction}


def big(number: int | None) -> str | None:
    """An integer that may exceed 2^53."""
    return None if number is None else str(number)


def missing(fact: Missing) -> Json:
    """Why a fact is not there."""
    return {"lack": fact.lack.value, "reason": fact.reason}


def _token(token: TokenFacts) -> Json:
    return {
        "address": checksum(token.address),
        "symbol": token.symbol,
        "name": token.name,
        "decimals": token.decimals,
        "total_supply": big(token.total_supply),
        "answers_as": list(token.interfaces),
        "ambiguous": token.ambiguous,
        "known": token.known,
        "imitates": token.imitates,
        "reaches_further": token.reaches_further,
        "grants_strangers": token.grants_strangers,
        "listed": [_listing(each) for each in token.listed],
    }


def _spender(spender: SpenderFacts) -> Json:
    label, seen = spender.label, spender.seen
    facts = {
        "proxy": spender.proxy,
        "code_hash": spender.code_hash,
        "created": spender.created,
        "verified": spender.verified,
    }
    return {
        "address": checksum(spender.address),
        "kind": spender.kind.value,
        "label": None if label is None else label.text,
        "label_source": None if label is None else label.source,
        "delegate": _address(spender.delegate),
        "code_hash": _known(spender.code_hash),
        "proxy": _proxy(spender.proxy),
        "created": _created(spender.created),
        "verified": _known(spender.verified),
        "seen": None
        if seen is None
        else {
            "code_hash": seen.code_hash,
            "block": seen.block,
            "pinned": seen.pinned,
        },
        "listed": [_listing(each) for each in spender.listed],
        "missing": [
            {"fact": name} | missing(fact)
            for name, fact in facts.items()
            if isinstance(fact, Missing) and fact.lack is not Lack.NOT_ASKED
        ],
    }


def _proxy(proxy: Proxy | Missing | None) -> Json | None:
    if proxy is None or isinstance(proxy, Missing):
        return None
    authority = proxy.authority
    return {
        "kind": proxy.kind.value,
        "implementation": _address(proxy.implementation),
        "beacon": _address(proxy.beacon),
        "authority": _authority(authority)
        if isinstance(authority, Authority)
        else None,
        "authority_missing": missing(authority)
        if isinstance(authority, Missing)
        else None,
    }


def _authority(authority: Authority) -> Json:
    return {
        "kind": authority.kind.value,
        "path": [checksum(each) for each in authority.path],
        "threshold": authority.threshold,
        "owners": authority.owners,
        "delay_seconds": big(authority.delay),
    }


def _created(created: Creation | Missing) -> Json | None:
    if isinstance(created, Missing):
        return None
    return {
        "block": created.block,
        "exact": created.exact,
        "timestamp": created.timestamp,
    }


def _listing(listing: Listing) -> Json:
    return {
        "source": listing.source,
        "charge": listing.charge.value,
        "name": listing.name,
        "date": listing.date,
        "fetched_at": listing.fetched_at,
        "via": _address(listing.via),
    }


def _raised(each: Record) -> Json | None:
    place = where(each.allowance.candidate.raised)
    if place is None:
        return None
    at = each.raised_at
    return place | {"timestamp": at if isinstance(at, int) else None}


def _exposure(each: Record) -> Json:
    usd, price, unpriced = None, None, None
    match each.value:
        case Worth(usd=found, price=told):
            usd, price = exact(found), _price(told)
        case Unpriced() as reason:
            unpriced = reason.value
    return {
        "balance": big(each.token.balance),
        "effective": big(each.effective),
        "value_at_risk_usd": usd,
        "unpriced": unpriced,
        "price": price,
    }


def _price(price: Price) -> Json:
    return {
        "usd_per_unit": exact(price.usd_per_unit),
        "source": price.source.value,
        "at": price.at,
        "confidence": price.confidence.value,
        "note": price.note,
    }


def _known(fact: str | bool | Missing | None) -> str | bool | None:  # noqa: FBT001 - a fact is a value
    return None if isinstance(fact, Missing) else fact


def _address(address: Address | None) -> str | None:
    return None if address is None else checksum(address)
