"""Where prices and lists come from, as the configuration says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from allowctl.model.chain import Address
from allowctl.model.lists import Charge
from allowctl.model.place import Place


class PriceMode(StrEnum):
    """Who is asked for prices, besides those that are fixed."""

    ONCHAIN = "onchain"
    """Oracles, through the endpoints that are asked anyway."""
    DEFILLAMA = "defillama"
    """DefiLlama too: a third party, which learns which tokens one holds."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPrice:
    """A price by the user's own word."""

    chain: str
    """Name, alias or id, as written."""
    token: Address
    usd: Decimal
    """Of one whole token, above 0."""
    place: str
    """File and key at which it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSettings:
    """`[prices]`."""

    mode: PriceMode | None = None
    """None where nothing says it."""
    fixed: tuple[FixedPrice, ...] = ()
    place: Place | None = field(default=None, compare=False)
    """Where the mode is written; None where nothing says it."""


class ListFormat(StrEnum):
    """The layouts of lists that can be read."""

    EXPLOITS = "approval-exploit-list"
    """RevokeCash/approval-exploit-list."""
    WHOIS = "whois"
    """RevokeCash/whois: one file for each spender."""
    ADDRESSES = "addresses"
    """A JSON array of addresses, or an object with them as keys or values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """`[[intel.list]]`: a list from outside."""

    id: str
    """Small letters, digits and -; a file's name in the cache."""
    format: ListFormat
    url: str
    """https:// (or http:// on loopback), file:// or the path of a file or folder."""
    charge: Charge | None = None
    """What it says of its addresses, where the format does not: ADDRESSES only."""
    chain: str | None = None
    """The one chain it speaks of, as written: ADDRESSES only; None for all."""
    place: Place | None = field(default=None, compare=False)
    """Where it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedCode:
    """`[[pin]]`: the code that a spender is expected to run."""

    chain: str
    spender: Address
    code_hash: str
    """keccak256 as 0x and 64 hex digits."""
    place: str
