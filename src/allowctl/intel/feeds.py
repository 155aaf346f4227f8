"""The bundled table: well-known tokens, price feeds, factories of pools.

It is data with a source for each row (feeds.toml, made by tools/build_feeds.mjs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType

import msgspec
import tomli

from allowctl.model.chain import ZERO_ADDRESS, Address

HEARTBEAT = 86_400
"""Seconds within which a feed is renewed whatever happens, unless its row says else:
the longest that feeds of currencies commonly have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """A token that is what its symbol says."""

    address: Address
    symbol: str
    decimals: int
    feeds: tuple[str, ...] = ()
    """Pairs whose prices, multiplied, are that of one whole token in USD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One of Chainlink's price feeds."""

    pair: str
    """Such as "ETH / USD"; for people, and the name that tokens call it by."""
    address: Address
    heartbeat: int = HEARTBEAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Factory:
    """What makes the pools of one exchange, and knows them."""

    address: Address
    fees: tuple[int, ...] = ()
    """Of Uniswap v3's kind, the fees that its pools may take, in millionths; () for
    Uniswap v2's kind, where a pair of tokens has one pool."""


def _no_tokens() -> Mapping[Address, KnownToken]:
    return MappingProxyType({})


def _no_feeds() -> Mapping[str, Feed]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFeeds:
    """What the table has of one chain; a chain that it lacks has nothing."""

    tokens: Mapping[Address, KnownToken] = field(default_factory=_no_tokens)
    feeds: Mapping[str, Feed] = field(default_factory=_no_feeds)
    """By pair."""
    native: tuple[str, ...] = ()
    """The pairs that price the native coin, which has 18 decimals on every chain."""
    wrapped: Address = ZERO_ADDRESS
    """The native coin as a token."""
    quotes: tuple[Address, ...] = ()
    """The tokens that the other side of a pool is counted in."""
    sequencer: Address | None = None
    """The feed that says since when a layer 2's sequencer is up."""
    oneinch: Address | None = None
    """1inch's spot-price aggregator."""
    factories: tuple[Factory, ...] = ()
    llama: str | None = None
    """What DefiLlama calls the chain."""


_NOTHING = ChainFeeds()


def feeds_of(chain_id: int) -> ChainFeeds:
    """What the table has of a chain."""
    return _table().get(chain_id, _NOTHING)


def known_tokens(chain_id: int) -> Mapping[Address, KnownToken]:
    """A chain's well-known tokens by address. Several may share a symbol."""
    return feeds_of(chain_id).tokens


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every row has."""

    source: str
    """The file of an npm package, and the name in it; or a line of the facts."""


class _Placed(_Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    address: str


class _Named(_Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    slug: str


class _FeedRow(_Placed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pair: str
    heartbeat: int = HEARTBEAT


class _FactoryRow(_Placed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    fees: tuple[int, ...] = ()


class _TokenRow(_Placed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    symbol: str
    decimals: int
    feeds: tuple[str, ...] = ()


class _ChainRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: int
    llama: _Named | None = None
    native: tuple[str, ...] = ()
    wrapped: str = ZERO_ADDRESS
    quotes: tuple[str, ...] = ()
    sequencer: _Placed | None = None
    oneinch: _Placed | None = None
    factories: tuple[_FactoryRow, ...] = ()
    feeds: tuple[_FeedRow, ...] = ()
    tokens: tuple[_TokenRow, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    chain: tuple[_ChainRow, ...]


@cache
def _table() -> Mapping[int, ChainFeeds]:
    text = resources.files("allowctl.intel").joinpath("feeds.toml").read_text("utf-8")
    file = msgspec.convert(tomli.loads(text), type=_File)
    return {row.id: _chain(row) for row in file.chain}


def _chain(row: _ChainRow) -> ChainFeeds:
    tokens = (
        KnownToken(
            address=Address(each.address),
            symbol=each.symbol,
            decimals=each.decimals,
            feeds=each.feeds,
        )
        for each in row.tokens
    )
    feeds = (
        Feed(pair=each.pair, address=Address(each.address), heartbeat=each.heartbeat)
        for each in row.feeds
    )
    factories = (
        Factory(address=Address(each.address), fees=each.fees) for each in row.factories
    )
    return ChainFeeds(
        tokens=MappingProxyType({each.address: each for each in tokens}),
        feeds=MappingProxyType({each.pair: each for each in feeds}),
        native=row.native,
        wrapped=Address(row.wrapped),
        quotes=tuple(map(Address, row.quotes)),
        sequencer=_address(row.sequencer),
        oneinch=_address(row.oneinch),
        factories=tuple(factories),
        llama=None if row.llama is None else row.llama.slug,
    )


def _address(row: _Placed | None) -> Address | None:
    return None if row is None else Address(row.address)
