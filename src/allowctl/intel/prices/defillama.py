"""Prices by DefiLlama (coins.llama.fi): opted in, for it learns which tokens one holds.

It is told chain and address of each token that no other source has priced, and never
of an owner. Its prices are of the present: where a scan looks at an older block they
are not used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import ClassVar

import msgspec

from allowctl.errors import UnservedError
from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices import usd
from allowctl.intel.prices.source import Query, Told, Wanted
from allowctl.model.chain import Address
from allowctl.model.value import Price, PriceConfidence, PriceSource, Unpriced
from allowctl.net.http import HttpClient

BASE = "https://coins.llama.fi"
AT_ONCE = 80
"""Tokens in one request: its URL stays below what servers take."""
SURE = Decimal("0.9")
"""Below this confidence of its own a price is not used. Judgement."""
OLDEST = 86_400
"""Seconds that a price may lie away from the scan's block."""
_MAX_BODY = 2**20
_DEADLINE = 20.0
_SANE = (-40, 20)
"""Powers of ten of a whole token's price: beyond them it is none."""


class _Coin(msgspec.Struct):
    """Numbers are kept as they are written: a float would not be that number."""

    price: msgspec.Raw
    timestamp: int
    confidence: msgspec.Raw
    decimals: int | None = None


class _Reply(msgspec.Struct):
    coins: dict[str, msgspec.Raw]


class DefiLlama:
    """The aggregator's prices, where it is sure of them."""

    by_feeds: ClassVar[bool] = False

    def __init__(
        self,
        client: HttpClient,
        *,
        base: str = BASE,
        hidden: Collection[Address] = (),
    ) -> None:
        """`hidden` are addresses that it is never told, such as owners."""
        self._client = client
        self._hidden = hidden
        self._base = base

    def serves(self, table: ChainFeeds) -> bool:
        """Where its name of the chain is known."""
        return table.llama is not None

    async def prices(self, query: Query) -> Mapping[Address, Told]:
        """Its prices, and UNSERVED for all that were asked for in vain."""
        wanted = [
            address
            for address, each in query.tokens.items()
            if each.most and address not in self._hidden
        ]
        if query.table.llama is None:
            return {}
        parts = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
        asked = (self._some(query, query.table.llama, part) for part in parts)
        return {
            address: told
            for part in await asyncio.gather(*asked)
            for address, told in part.items()
        }

    async def _some(
        self, query: Query, slug: str, tokens: Sequence[Address]
    ) -> dict[Address, Told]:
        ids = {f"{slug}:{token}": token for token in tokens}
        coins = await self._coins(f"{self._base}/prices/current/{','.join(ids)}")
        if coins is None:
            return dict.fromkeys(tokens, Unpriced.UNSERVED)
        found: dict[Address, Told] = {}
        for name, raw in coins.items():
            token = ids.get(name.lower())
            if token is None:
                continue
            price = _price(raw, query.tokens[token], query.at.timestamp)
            if price is not None:
                found[token] = price
        return found

    async def _coins(self, url: str) -> Mapping[str, msgspec.Raw] | None:
        """The reply's coins, not looked into yet. None if there is no reply."""
        try:
            reply = await self._client.get(url, max_body=_MAX_BODY, deadline=_DEADLINE)
        except UnservedError:
            return None
        if reply.status != HTTPStatus.OK:
            return None
        try:
            return msgspec.json.decode(reply.body, type=_Reply).coins
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None


def _price(raw: msgspec.Raw, wanted: Wanted, now: int) -> Price | None:
    """A coin's price; None if it is none, unsure, old, or of another token's kind."""
    try:
        coin = msgspec.json.decode(raw, type=_Coin)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    whole, confidence = _decimal(coin.price), _decimal(coin.confidence)
    decimals = wanted.decimals if coin.decimals is None else coin.decimals
    if whole is None or confidence is None or decimals is None:
        return None
    low, high = _SANE
    fits = whole > 0 and low <= whole.adjusted() <= high
    sure = SURE <= confidence <= 1
    fresh = abs(now - coin.timestamp) <= OLDEST
    # One of them is wrong by orders of magnitude, and nobody says which.
    agreed = wanted.decimals in {None, decimals} and 0 <= decimals < 2**8
    if not (fits and sure and fresh and agreed):
        return None
    return Price(
        usd_per_unit=usd.scaled(whole, decimals),
        source=PriceSource.DEFILLAMA,
        at=coin.timestamp,
        confidence=PriceConfidence.MEDIUM,
        note=f"its confidence is {confidence}",
    )


def _decimal(raw: msgspec.Raw) -> Decimal | None:
    """A JSON number, to the digit."""
    try:
        number = Decimal(bytes(raw).decode("ascii"))
    except (InvalidOperation, UnicodeDecodeError):
        return None
    return number if number.is_finite() else None
