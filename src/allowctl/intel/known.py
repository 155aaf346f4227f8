"""The bundled table of well-known spenders. Each row names where it is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import tomli

from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Label, Listing

BUNDLED = "bundled"
"""What the table is called where lists are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSpender:
    """One contract, on one chain or at the same address on several."""

    address: Address
    label: str
    chains: frozenset[int]
    """EIP-155 ids; empty for every chain."""
    charges: tuple[Charge, ...] = ()
    source: str
    """A file of an npm package."""


@cache
def spenders() -> Mapping[Address, tuple[KnownSpender, ...]]:
    """All of them, by address."""
    text = (
        resources.files("allowctl.intel").joinpath("spenders.toml").read_text("utf-8")
    )
    found: dict[Address, tuple[KnownSpender, ...]] = {}
    for row in tomli.loads(text)["spender"]:
        spender = KnownSpender(
            address=Address(row["address"]),
            label=row["label"],
            chains=frozenset(row.get("chains", ())),
            charges=tuple(map(Charge, row.get("flags", ()))),
            source=row["source"],
        )
        found[spender.address] = (*found.get(spender.address, ()), spender)
    return found


def entry(chain_id: int, address: Address) -> Entry | None:
    """What the table says of an address on a chain."""
    for each in spenders().get(address, ()):
        if not each.chains or chain_id in each.chains:
            return Entry(
                chain_id=chain_id,
                address=address,
                label=Label(text=each.label, source=BUNDLED),
                listings=tuple(
                    Listing(source=BUNDLED, charge=charge, name=each.label)
                    for charge in each.charges
                ),
            )
    return None
