"""What is known of a row's spender, fact by fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from allowctl.codec.shown import plain, quoted
from allowctl.output.amounts import moment
from allowctl.output.explain_facts import LONGEST, REASON, Fact, listed
from allowctl.output.kept_row import AuthorityRow, ProxyRow, SeenRow, SpenderRow
from allowctl.output.money import since

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "contract": "a contract",
        "eoa": "an account with a key: no code, and it has sent transactions",
        "delegated-eoa": "an account with a key that runs another's code",
        "unused": "an address without code that has never sent anything",
        "gone": "an address whose code is gone",
        "unknown": "not known: nobody served it",
    }
)


def spender_facts(spender: SpenderRow) -> Iterator[Fact]:
    """Each fact of the spender, with where it is from."""
    yield "address", spender.address, ""
    if spender.label:
        by = plain(spender.label_source or "a list")
        yield "label", quoted(spender.label, LONGEST), f"list {by}"
    yield "is", _KINDS.get(spender.kind, spender.kind), ""
    if spender.delegate:
        yield "runs code of", spender.delegate, "EIP-7702"
    if spender.proxy is not None:
        yield from _proxy(spender.proxy)
    if spender.code_hash:
        yield "code hash", spender.code_hash, ""
    if spender.seen is not None:
        yield _before(spender.seen, spender.code_hash)
    yield from _origin(spender)
    for lack in spender.missing:
        name = plain(lack.fact.replace("_", " "), 15)
        yield name, f"not known: {plain(lack.reason, REASON)}", ""


def _before(seen: SeenRow, now: str | None) -> Fact:
    said = "the same" if seen.code_hash == now else seen.code_hash
    if seen.pinned:
        return "pinned hash", said, "allowctl.toml"
    return "hash before", said, f"block {seen.block}"


def _origin(spender: SpenderRow) -> Iterator[Fact]:
    created = spender.created
    if created is not None:
        bound = "in" if created.exact else "not after"
        when = "" if created.timestamp is None else f" of {moment(created.timestamp)}"
        source = "state of older blocks" if created.exact else "its first approval"
        yield "created", f"{bound} block {created.block}{when}", source
    if spender.verified is not None:
        said = "is published" if spender.verified else "is not there"
        yield "source", said, "Sourcify"
    for each in spender.listed:
        yield "listed", *listed(each)


def _proxy(proxy: ProxyRow) -> Iterator[Fact]:
    target = proxy.implementation or "nothing that could be read"
    for_ever = proxy.kind == "minimal" and proxy.authority_missing is None
    fixed = ", fixed for ever" if for_ever else ""
    yield "proxy", f"{proxy.kind}, runs {target}{fixed}", ""
    if proxy.beacon:
        yield "beacon", proxy.beacon, ""
    if proxy.authority is not None:
        yield "upgraded by", _authority(proxy.authority), "owner()"
    elif proxy.authority_missing is not None:
        reason = plain(proxy.authority_missing.reason, REASON)
        yield "upgraded by", f"not known: {reason}", ""


def _authority(authority: AuthorityRow) -> str:
    way = " -> ".join(authority.path)
    match authority.kind:
        case "safe":
            keys = f"{authority.threshold} of {authority.owners} keys"
            return f"{way}, a Safe by its code, {keys} by its storage"
        case "timelock":
            delay = since(int(authority.delay_seconds or 0))
            return f"{way}, a timelock by its own word, {delay}"
        case "nobody":
            return "nobody, by the contract's own word"
        case "eoa":
            return f"{way}, a key"
        case _:
            return f"{way}, a contract of which no more is known"
