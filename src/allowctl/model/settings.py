"""What the configuration says, after all of its files are read and merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from allowctl.model.chain import Address
from allowctl.model.endpoint import Endpoint
from allowctl.model.place import Place
from allowctl.model.policy import Policy
from allowctl.model.sources import ListSource, PinnedCode, PriceSettings
from allowctl.model.weights import WEIGHTS, Weights


class Origin(StrEnum):
    """Who said something: what commands that sign may believe depends on it."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    EXPLICIT = "explicit"
    """The file named by --config."""
    PROJECT = "project"
    """A file that was found because of where one stands: untrusted."""
    USER = "user"

    @property
    def trusted(self) -> bool:
        """Whether the user chose it, and did not merely stand where it lies."""
        return self is not Origin.PROJECT


class ConfiguredUrl(str):
    """A URL that may hold a key: scheme and host are all that its repr shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{Endpoint(str(self))}>"


class ListUrl(str):
    """Where a list comes from: of an address on the web, its repr shows the host."""

    __slots__ = ()

    def __repr__(self) -> str:
        if self.lower().startswith(("http://", "https://")):
            return f"<{Endpoint(str(self))}>"
        return super().__repr__()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredEndpoint:
    """An endpoint, and who named it."""

    endpoint: Endpoint
    origin: Origin
    place: Place | None = field(default=None, compare=False)
    """Where it is written."""


def _no_key_places() -> Mapping[str, Place]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainOverride:
    """What `[chains.NAME]` says of a chain; None and () where it says nothing."""

    sources: tuple[str, ...]
    """The files that speak of this name, as they are shown; the first is followed."""
    place: Place | None = field(default=None, compare=False)
    """Where the first of them speaks of it."""
    places: Mapping[str, Place] = field(default_factory=_no_key_places, compare=False)
    """Where each key is written that is followed, by its name."""
    id: int | None = None
    rpc: tuple[ConfiguredEndpoint, ...] = ()
    explorer: str | None = None
    multicall: Address | None = None
    permit2: Address | None = None
    finality: int | None = None
    block_ms: int | None = None
    native_symbol: str | None = None
    aliases: tuple[str, ...] = ()

    def over(self, other: ChainOverride) -> ChainOverride:
        """Both together; key by key this one comes first."""
        said = {
            each.name: value
            for each in fields(self)
            if (value := getattr(self, each.name)) not in (None, ())
        }
        said["sources"] = self.sources + other.sources
        # An empty list says nothing, wherever it is written.
        here = {key: each for key, each in self.places.items() if key in said}
        said["places"] = MappingProxyType({**other.places, **here})
        return replace(other, **said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """An owner that has a name."""

    name: str
    address: Address
    chains: tuple[str, ...] = ()
    """The chains it is asked on, as written (name, alias or id); () for all."""
    places: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """File and key at which each of them is written."""
    origin: Origin
    ens: str | None = None
    """A name that must lead to the address, as written."""
    place: Place = field(default=Place(file=""), compare=False)
    """Where the wallet is written."""


def _nothing() -> Mapping[str, ChainOverride]:
    return MappingProxyType({})


def _no_policy() -> Policy:
    return Policy(file="")


def _no_places() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All files as one. Without any file: nothing but empty values."""

    chains: Mapping[str, ChainOverride] = field(default_factory=_nothing)
    """By the name in `[chains.NAME]`; of two for one chain the later comes first."""
    trusted_chains: Mapping[str, ChainOverride] = field(default_factory=_nothing)
    """The same without what an untrusted file says: for commands that sign."""
    wallets: tuple[Wallet, ...] = ()
    policy: Policy = field(default_factory=_no_policy)
    """Of the first file alone: no other adds to it or takes from it."""
    policy_wallets: tuple[Wallet, ...] = ()
    """The wallets of the same file, as it has them."""
    weights: Weights = WEIGHTS
    weight_places: Mapping[str, str] = field(default_factory=_no_places)
    """File and key at which a weight is written: `points.RULE`, `chance.LEVEL`, …"""
    prices: PriceSettings = field(default_factory=PriceSettings)
    lists: tuple[ListSource, ...] = ()
    """Only trusted files have any. Each id once: the first file's is followed."""
    builtin_lists: bool = True
    """Whether the lists that allowctl knows of itself are looked into as well."""
    builtin_place: Place | None = field(default=None, compare=False)
    """Where that is written; None where nothing says it."""
    pins: tuple[PinnedCode, ...] = ()
    """As written; those of an untrusted file stand last (chains/places.py)."""
    judged: tuple[str, ...] = ()
    """What an untrusted file says on risk, and is followed in: of "weights",
    "prices" and "pinned code"."""
    sources: tuple[Path, ...] = ()
    """The files that were read; where two say the same, the first is followed."""
    project: Path | None = None
    """The one of them that was found because of where one stands: untrusted."""


def wallets_named(settings: Settings) -> Mapping[str, Wallet]:
    """The wallets by name."""
    return MappingProxyType({each.name: each for each in settings.wallets})
