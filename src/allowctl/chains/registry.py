"""The chains by id and by every name people give them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cache
from importlib import resources

import tomli

from allowctl.errors import UsageError
from allowctl.model.chain import Address, Chain

LOCAL = 31337
"""The chain that development nodes make up on one's own machine."""
GROUPS = ("all", "mainnets", "testnets")
"""What --chain takes besides names and ids."""
_LONGEST_ID = 19
"""Digits of 2^63."""


@cache
def chains() -> tuple[Chain, ...]:
    """Every chain of the table, by id."""
    text = resources.files("allowctl.chains").joinpath("chains.toml").read_text("utf-8")
    found = []
    for row in tomli.loads(text)["chain"]:
        lists = {key: tuple(row.get(key, ())) for key in ("aliases", "endpoints")}
        addresses = {
            key: Address(row[key]) for key in ("multicall", "permit2") if key in row
        }
        found.append(Chain(**{**row, **lists, **addresses}))
    return tuple(sorted(found, key=lambda chain: chain.id))


def chain_by_id(chain_id: int, known: Sequence[Chain] | None = None) -> Chain:
    """A chain; one that the table lacks gets its number for a name."""
    table = chains() if known is None else known
    found = (chain for chain in table if chain.id == chain_id)
    return next(found, None) or Chain(id=chain_id, name=f"chain-{chain_id}")


def chain_by_name(text: str, known: Sequence[Chain] | None = None) -> Chain:
    """A chain by name, alias or EIP-155 id. UsageError names the nearest one."""
    table = chains() if known is None else known
    wanted = text.strip().lower()
    if wanted.isascii() and wanted.isdigit():
        return chain_by_id(_id(wanted), table)
    for chain in table:
        if wanted == chain.name or wanted in chain.aliases:
            return chain
    raise _unknown(text, table)


def select(
    texts: Sequence[str], known: Sequence[Chain] | None = None
) -> tuple[Chain, ...]:
    """The chains that --chain names, each once, in the order in which it names them.

    Each text holds names, aliases, ids and GROUPS with commas between. A group
    is in the order of the table and leaves out LOCAL, unless an endpoint of it is
    known. UsageError names the nearest name.
    """
    table = chains() if known is None else known
    found: dict[int, Chain] = {}
    for word in (each.strip().lower() for text in texts for each in text.split(",")):
        if word in GROUPS:
            found |= {each.id: each for each in _group(word, table)}
        elif word:
            chain = chain_by_name(word, table)
            found[chain.id] = chain
    return tuple(found.values())


def _group(word: str, table: Sequence[Chain]) -> list[Chain]:
    return [
        chain
        for chain in table
        if (chain.id != LOCAL or chain.endpoints)
        and (word == "all" or chain.testnet == (word == "testnets"))
    ]


def _id(digits: str) -> int:
    digits = digits.lstrip("0")
    if not digits or len(digits) > _LONGEST_ID or int(digits) >= 2**63:
        raise UsageError("a chain id is a positive number below 2^63")
    return int(digits)


def _unknown(text: str, table: Sequence[Chain]) -> UsageError:
    names = [name for chain in table for name in (chain.name, *chain.aliases)]
    near = difflib.get_close_matches(text[:40].strip().lower(), (*names, *GROUPS), n=1)
    return UsageError(
        "a URL is no chain" if "://" in text else f"unknown chain {text[:40]!a}",
        hint=f"did you mean {near[0]!r}?"
        if near
        else "give its EIP-155 id; names known: "
        + ", ".join(sorted(chain.name for chain in table)),
    )
