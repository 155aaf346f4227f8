"""Prices of well-known tokens, by Chainlink's feeds on the chain itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices import usd
from allowctl.intel.prices.board import Quoted
from allowctl.intel.prices.source import Query, Told
from allowctl.model.chain import Address
from allowctl.model.value import Price, PriceConfidence, PriceSource, Unpriced


class Chainlink:
    """What the feeds of the bundled table say of the tokens in it."""

    by_feeds: ClassVar[bool] = True

    def serves(self, table: ChainFeeds) -> bool:
        """It is no source of a chain's tokens, only of those that the table names."""
        del table
        return False

    async def prices(self, query: Query) -> Mapping[Address, Told]:
        """The price of each token that has feeds, all of them fit for use."""
        found: dict[Address, Told] = {}
        for address in query.tokens:
            token = query.table.tokens.get(address)
            if token is None:
                continue
            match query.board.price(token.feeds):
                case Quoted(usd=whole, at=at):
                    found[address] = Price(
                        usd_per_unit=usd.scaled(whole, token.decimals),
                        source=PriceSource.CHAINLINK,
                        at=at,
                        confidence=PriceConfidence.HIGH,
                        note=", ".join(token.feeds),
                    )
                case Unpriced() as reason:
                    found[address] = reason
                case None:
                    pass
        return found
