"""The chains by id and by every name people give them."""

from __future__ import annotations

import difflib
from functools import cache
from importlib import resources

import tomli

from allowctl.errors import UsageError
from allowctl.model.chain import Address, Chain

_LONGEST_ID = 19
"""Digits of 2^63."""


@cache
def chains() -> tuple[Chain, ...]:
    """Every chain of the table, by id."""
    text = resources.files("allowctl.chains").joinpath("chains.toml").read_text("utf-8")
    found = []
    for row in tomli.loads(text)["chain"]:
        addresses = {
            key: Address(row[key]) for key in ("multicall", "permit2") if key in row
        }
        found.append(
            Chain(
                id=row["id"],
                name=row["name"],
                aliases=tuple(row.get("aliases", ())),
                native_symbol=row["native_symbol"],
                explorer=row.get("explorer"),
                **addresses,
            )
        )
    return tuple(sorted(found, key=lambda chain: chain.id))


def chain_by_id(chain_id: int) -> Chain:
    """A chain; one that the table lacks gets its number for a name."""
    known = (chain for chain in chains() if chain.id == chain_id)
    return next(known, None) or Chain(id=chain_id, name=f"chain-{chain_id}")


def chain_by_name(text: str) -> Chain:
    """A chain by name, alias or EIP-155 id. UsageError names the nearest one."""
    wanted = text.strip().lower()
    if wanted.isascii() and wanted.isdigit():
        digits = wanted.lstrip("0")
        if not digits or len(digits) > _LONGEST_ID or int(digits) >= 2**63:
            raise UsageError("a chain id is a positive number below 2^63")
        return chain_by_id(int(digits))
    names = {name: chain for chain in chains() for name in (chain.name, *chain.aliases)}
    if wanted in names:
        return names[wanted]
    near = difflib.get_close_matches(wanted, names, n=1)
    raise UsageError(
        "a URL is no chain" if "://" in text else f"unknown chain {text[:40]!a}",
        hint=f"did you mean {near[0]!r}?"
        if near
        else "give its EIP-155 id; names known: "
        + ", ".join(sorted(chain.name for chain in chains())),
    )
