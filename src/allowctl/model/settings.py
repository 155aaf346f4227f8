"""What the configuration says, after all of its files are read and merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from allowctl.model.chain import Address
from allowctl.model.endpoint import Endpoint
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainOverride:
    """What `[chains.NAME]` says of a chain; None and () where it says nothing."""

    sources: tuple[str, ...]
    """The files that speak of this name, as they are shown; the first is followed."""
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
        return replace(other, **{**said, "sources": self.sources + other.sources})


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


def _nothing() -> Mapping[str, ChainOverride]:
    return MappingProxyType({})


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
    weights: Weights = WEIGHTS
    weight_places: Mapping[str, str] = field(default_factory=_no_places)
    """File and key at which a weight is written: `points.RULE`, `chance.LEVEL`, …"""
    prices: PriceSettings = field(default_factory=PriceSettings)
    lists: tuple[ListSource, ...] = ()
    """Only trusted files have any. Each id once: the first file's is followed."""
    builtin_lists: bool = True
    """Whether the lists that allowctl knows of itself are looked into as well."""
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
