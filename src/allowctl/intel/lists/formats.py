"""The layouts of lists: files in, entries out, and nothing of a list is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec

from allowctl.errors import CodecError
from allowctl.intel.lists import accounts
from allowctl.intel.lists.tree import ALONE, CASE, INDEX, SPENDER, Files
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Label, Listing
from allowctl.model.sources import ListFormat, ListSource

MOST = 200_000
"""Addresses of a list."""
LONGEST = 120
"""Characters that are kept of a name."""

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_FIXED = " (since fixed, it says)"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FACTORS = {
    "exploit": Charge.EXPLOITED,
    "blocklist": Charge.BLOCKED,
    "deprecated": Charge.DEPRECATED,
    "phishing_risk": Charge.SHARED_SIGNATURES,
}
"""whois' risk factors that are a list's word. The others (eoa, proxy, …) are read
from the chain here."""

_ChainId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Decoded = TypeVar("_Decoded")


class _Place(msgspec.Struct, frozen=True, rename="camel"):
    chain_id: _ChainId
    address: str


class _Case(msgspec.Struct, frozen=True):
    """exploits/<slug>.json."""

    name: str
    addresses: list[_Place]
    date: str = ""
    fixed: bool = False


class _Factor(msgspec.Struct, frozen=True):
    type: str
    data: object = None


class _Spender(msgspec.Struct, frozen=True, rename="camel"):
    """spenders/<chain id>/<address>.json."""

    name: str | None = None
    label: str | None = None
    risk_factors: list[_Factor] | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What one place of a list says."""

    chain_id: int | None
    """Where the account itself does not say it."""
    account: str
    label: str = ""
    hits: tuple[tuple[Charge, str, str | None], ...] = ()
    """Charge, name of the case, its date."""


def entries(
    source: ListSource, files: Files, *, chain_id: int | None, fetched_at: int
) -> tuple[Entry, ...]:
    """All that a list says, each address of a chain once.

    `chain_id` is the one that `source.chain` means. CodecError, with what is wrong
    as the rest of a sentence, unless the whole list is as its format has it: what
    lacks a part would look as if there were nothing against the addresses in it.
    """
    match source.format:
        case ListFormat.EXPLOITS:
            said = _exploits(files)
        case ListFormat.WHOIS:
            said = _spenders(files)
        case ListFormat.ADDRESSES:
            said = _addresses(files, chain_id, source.charge)
    merged: dict[tuple[int | None, Address], Entry] = {}
    for each in said:
        key = accounts.parse(each.account, each.chain_id)
        if key is None:
            continue
        blank = Entry(chain_id=key[0], address=key[1])
        merged[key] = _with(merged.get(key, blank), each, source.id, fetched_at)
        if len(merged) > MOST:
            raise CodecError(f"holds more than {MOST:,} addresses")
    if not merged:
        raise CodecError("holds no address")
    return tuple(each for each in merged.values() if each.label or each.listings)


def _with(entry: Entry, said: _Said, source: str, fetched_at: int) -> Entry:
    label = entry.label
    if label is None and said.label:
        label = Label(text=said.label[:LONGEST], source=source)
    listings = (
        Listing(
            source=source,
            charge=charge,
            name=name[:LONGEST],
            date=date,
            fetched_at=fetched_at,
        )
        for charge, name, date in said.hits
    )
    return Entry(
        chain_id=entry.chain_id,
        address=entry.address,
        label=label,
        listings=tuple(dict.fromkeys((*entry.listings, *listings))),
    )


def _exploits(files: Files) -> Iterator[_Said]:
    cases = {found["slug"]: path for path, found in _matches(files, CASE)}
    indices = [path for path, _ in _matches(files, INDEX)]
    if len(indices) != 1:
        raise CodecError("has no index.json, or more than one")
    for slug in _decoded(files, indices[0], list[str]):
        if slug not in cases:
            raise CodecError(f"lacks exploits/{slug[:60]!a}, which its index names")
    for path in cases.values():
        case = _decoded(files, path, _Case)
        name = _line(case.name)
        if case.fixed:
            name = name[: LONGEST - len(_FIXED)] + _FIXED
        date = case.date if _DATE.fullmatch(case.date) else None
        for place in case.addresses:
            hit = Charge.EXPLOITED, name, date
            yield _Said(place.chain_id, place.address, hits=(hit,))


def _spenders(files: Files) -> Iterator[_Said]:
    for path, found in _matches(files, SPENDER):
        spender = _decoded(files, path, _Spender)
        chain_id = int(found["chain"])
        if not _ADDRESS.fullmatch(found["name"]) or not 0 < chain_id < 2**63:
            raise CodecError(f"holds {path[-60:]!a}, which names no address")
        label = _line(spender.label or spender.name or "")
        hits = tuple(
            (
                _FACTORS[factor.type.lower()],
                _line(factor.data) if isinstance(factor.data, str) else label,
                None,
            )
            for factor in spender.risk_factors or ()
            if factor.type.lower() in _FACTORS
        )
        yield _Said(chain_id, found["name"], label, hits)


def _addresses(
    files: Files, chain_id: int | None, charge: Charge | None
) -> Iterator[_Said]:
    def said(account: str, name: str) -> _Said:
        hits = () if charge is None else ((charge, _line(name), None),)
        return _Said(chain_id, account, "" if hits else _line(name), hits)

    if ALONE not in files:
        raise CodecError("is no file of JSON")
    if files[ALONE].lstrip().startswith(b"["):
        yield from (said(each, "") for each in _decoded(files, ALONE, list[str]))
        return
    for key, value in _decoded(files, ALONE, dict[str, object]).items():
        if _is_account(key, value):
            yield said(key, value if isinstance(value, str) else "")
            continue
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, str):
                raise CodecError(f"has no address at {key[:60]!a}")
            yield said(each, key)


def _is_account(key: str, value: object) -> bool:
    """Whether a key is one, not the name of those in its value.

    A name may look like base58, and a transaction's hash be one; what begins as an
    address is none. CodecError where key and value are addresses.
    """
    values = value if isinstance(value, list) else [value]
    meant = any(isinstance(each, str) and accounts.is_meant(each) for each in values)
    if accounts.is_foreign(key):
        return not meant and not isinstance(value, list)
    if meant and accounts.is_meant(key):
        raise CodecError(f"has an address for the name of {key[:60]!a}")
    return accounts.is_meant(key)


def _matches(
    files: Files, pattern: re.Pattern[str]
) -> Iterator[tuple[str, re.Match[str]]]:
    if ALONE in files:
        raise CodecError("is one file, neither an archive nor a folder")
    for path in files:
        if found := pattern.fullmatch(path):
            yield path, found


def _decoded(files: Files, path: str, form: type[_Decoded]) -> _Decoded:
    decode: Callable[[bytes], _Decoded] = msgspec.json.Decoder(form).decode
    where = f"in {path[-60:]!a}: " if path else ""
    try:
        found = decode(files[path])
        if not isinstance(found, list):
            _refuse_twice(files[path], where)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, msgspec.ValidationError) else "no JSON"
        raise CodecError(f"is not as its format has it: {where}{what}") from None
    return found


def _refuse_twice(body: bytes, where: str) -> None:
    """CodecError for an object with a key twice: msgspec keeps only the last."""

    def once(pairs: Sequence[tuple[str, object]]) -> None:
        seen = set()
        for key, _ in pairs:
            if key in seen:
                raise CodecError(
                    f"is not as its format has it: {where}{key[:60]!a} stands twice"
                )
            seen.add(key)

    # Numbers stay text: of thousands of digits they are none for Python.
    json.loads(body.decode(), object_pairs_hook=once, parse_int=str, parse_float=str)


def _line(text: str) -> str:
    return " ".join(text.split())
