"""Prices by the user's own word: `[prices.fixed]` in allowctl.toml."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices import usd
from allowctl.intel.prices.source import Query, Told
from allowctl.model.chain import Address
from allowctl.model.value import Price, PriceConfidence, PriceSource

FixedPrices = Mapping[tuple[int, Address], Decimal]
"""USD of one whole token, above 0, by chain id and token."""


class Fixed:
    """Believed as it stands, before every other source.

    A token whose decimals nobody knows has none of them: what one unit is worth
    would be a guess of many orders of magnitude.
    """

    by_feeds: ClassVar[bool] = False

    def __init__(self, prices: FixedPrices) -> None:
        self._prices = prices

    def serves(self, table: ChainFeeds) -> bool:
        """It is no source of a chain's tokens, only of those that it names."""
        del table
        return False

    async def prices(self, query: Query) -> Mapping[Address, Told]:
        """Its price of each token that it names."""
        return {
            address: Price(
                usd_per_unit=usd.scaled(price, wanted.decimals),
                source=PriceSource.FIXED,
                at=query.at.timestamp,
                confidence=PriceConfidence.HIGH,
                note="as configured",
            )
            for address, wanted in query.tokens.items()
            if (price := self._prices.get((query.chain.id, address))) is not None
            and wanted.decimals is not None
        }
