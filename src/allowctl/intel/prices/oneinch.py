"""Spot prices by 1inch's aggregator on the chain itself, where they mean something.

getRateToEth(token, wrappers) answers wei of the native coin for one smallest unit of
the token, times 1e18: an amount is worth amount * rate / 1e18 wei. It asks dozens of
exchanges, so it is asked alone, and only of a token whose pools have something to pay
with. It is meant to be read off chain only, as here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices import usd
from allowctl.intel.prices.board import Quoted
from allowctl.intel.prices.liquidity import liquidity
from allowctl.intel.prices.source import Query, Told
from allowctl.model.chain import Address, Answer, Call, Returned, Unserved
from allowctl.model.value import Price, PriceConfidence, PriceSource, Unpriced

GET_RATE_TO_ETH = bytes.fromhex("7de4fd10")
"""getRateToEth(address,bool)."""
REACH = Decimal(1)
"""How many times the other side of its pools a holding may claim to be worth. Nobody
can be paid more than all there is; so whoever lends a lie some liquidity can make it
look worth that much, and no more. Judgement."""
_NATIVE_DECIMALS = 18
_RATE_DECIMALS = 18


class OneInch:
    """The aggregator's rate, times Chainlink's price of the native coin."""

    by_feeds: ClassVar[bool] = True

    def __init__(self, min_liquidity: Decimal) -> None:
        self._min_liquidity = min_liquidity

    def serves(self, table: ChainFeeds) -> bool:
        """Where it stands, and the native coin has a feed."""
        return table.oneinch is not None and bool(table.native)

    async def prices(self, query: Query) -> Mapping[Address, Told]:
        """A price where the token has liquidity; THIN where it has too little.

        Without a price of the native coin (a stale feed, a sequencer that is down)
        nobody can tell: that is UNSERVED, and speaks against no token.
        """
        wanted = [address for address, each in query.tokens.items() if each.most]
        oracle, native = query.table.oneinch, query.board.price(query.table.native)
        if oracle is None or not wanted or not query.table.native:
            return {}
        if not isinstance(native, Quoted):
            return dict.fromkeys(wanted, Unpriced.UNSERVED)
        depth = await liquidity(query.state, query.table, query.board, wanted)
        asked = {
            address: behind
            for address, behind in depth.items()
            if isinstance(behind, Decimal) and behind >= self._min_liquidity
        }
        told: dict[Address, Told] = {
            address: behind if isinstance(behind, Unpriced) else Unpriced.THIN
            for address, behind in depth.items()
            if address not in asked
        }
        rates = await query.state.heavy(
            [Call(oracle, _question(address)) for address in asked]
        )
        for (address, behind), rate in zip(asked.items(), rates, strict=True):
            price = _price(query, rate, native, behind)
            if isinstance(price, Price):
                most = query.tokens[address].most
                claimed = usd.times(most, price.usd_per_unit)
                told[address] = price if claimed <= behind * REACH else Unpriced.BEYOND
            elif price is not None:
                told[address] = price
        return told


def _question(token: Address) -> bytes:
    return GET_RATE_TO_ETH + words.address(token) + words.uint(1)


def _price(
    query: Query, answer: Answer, native: Quoted, behind: Decimal
) -> Told | None:
    """None where the aggregator knows no rate."""
    if isinstance(answer, Unserved):
        return Unpriced.UNSERVED
    rate = _rate(answer)
    if rate == 0:
        return None
    coins = usd.scaled(rate, _RATE_DECIMALS + _NATIVE_DECIMALS)
    return Price(
        usd_per_unit=usd.times(coins, native.usd),
        source=PriceSource.ONEINCH,
        at=min(query.at.timestamp, native.at),
        confidence=PriceConfidence.MEDIUM,
        note=f"${behind:,.0f} on the other side of its pools",
    )


def _rate(answer: Answer) -> int:
    if not isinstance(answer, Returned):
        return 0
    try:
        return words.uint_at(answer.data, 0)
    except CodecError:
        return 0
