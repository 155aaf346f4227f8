"""What lists from outside say of addresses, and how old they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from allowctl.model.chain import Address
from allowctl.model.missing import Missing


class Charge(StrEnum):
    """What a list can have against an address."""

    EXPLOITED = "exploited"
    """Approvals to it were drained in a hack."""
    BLOCKED = "blocked"
    """It belongs to a scam: a drainer, a phisher, a sweeper."""
    DEPRECATED = "deprecated"
    """Its own makers have given it up."""
    SHARED_SIGNATURES = "shared-signatures"
    """A signature of the owner's alone lets others move what it may move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list's word against an address."""

    source: str
    """The list's id."""
    charge: Charge
    name: str = ""
    """What the list calls the case: a stranger's text, made safe where shown."""
    date: str | None = None
    """Of the case, as YYYY-MM-DD."""
    fetched_at: int | None = None
    """Unix seconds at which the list was fetched; None for what is bundled."""
    via: Address | None = None
    """The address that it is against, where that is code which the spender runs: an
    implementation, a delegate (EIP-7702)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What somebody calls an address."""

    text: str
    """A stranger's text, made safe where it is shown."""
    source: str
    """The list's id, "bundled" for the table in the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All that lists say of one address on one chain."""

    chain_id: int | None
    """None for every chain: an address with a key is the same on all."""
    address: Address
    label: Label | None = None
    listings: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStatus:
    """One configured list, as this run could use it."""

    id: str
    source: str
    """Host, or path of a local file, from which it comes."""
    charges: tuple[Charge, ...] = ()
    """What it can have against an address; () for labels alone."""
    fetched_at: int | None = None
    """Unix seconds; None where it was never had."""
    entries: int = 0
    missing: Missing | None = None
    """Why it could not be used, or not be renewed; None where all is well."""

    @property
    def usable(self) -> bool:
        """Whether there is one to look into, however old."""
        return self.fetched_at is not None
