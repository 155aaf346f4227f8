"""Feeds price the tokens of the table, by the table's decimals, and no others."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from allowctl.intel.prices.chainlink import Chainlink
from allowctl.model.chain import Unserved
from allowctl.model.value import Price, PriceConfidence, PriceSource, Unpriced
from tests.intel.prices.market import (
    COIN,
    ETH_USD,
    TABLE,
    USDC,
    WETH,
    Market,
    holding,
    wanted,
)


def test_known_tokens() -> None:
    """The token's own word about its decimals is not asked for."""
    market = Market()
    market.feed(ETH_USD, 2_000 * 10**8, age=30)
    tokens = wanted(WETH, decimals=2) | wanted(USDC, decimals=None) | wanted(COIN)
    told = asyncio.run(Chainlink().prices(market.query(tokens)))
    assert told == {
        WETH: Price(
            usd_per_unit=Decimal(2_000).scaleb(-18),
            source=PriceSource.CHAINLINK,
            at=market.now - 30,
            confidence=PriceConfidence.HIGH,
            note="ETH / USD",
        ),
        USDC: Price(
            usd_per_unit=Decimal("0.000001"),
            source=PriceSource.CHAINLINK,
            at=market.now - 60,
            confidence=PriceConfidence.HIGH,
            note="USDC / USD",
        ),
    }


def test_what_feeds_do_not_say() -> None:
    """A stale feed says nothing; one that nobody served is UNSERVED."""
    market = Market()
    market.feed(ETH_USD, 2_000 * 10**8, age=10**6)
    query = market.query(wanted(WETH, most=0))
    assert asyncio.run(Chainlink().prices(query)) == {}
    market.lose(ETH_USD, Unserved("not now"))
    query = market.query(wanted(WETH))
    assert asyncio.run(Chainlink().prices(query)) == {WETH: Unpriced.UNSERVED}


def test_a_known_token_without_a_feed() -> None:
    """It is known, and not priced here."""
    known = replace(TABLE.tokens[WETH], feeds=())
    market = Market(table=replace(TABLE, tokens={**TABLE.tokens, WETH: known}))
    assert asyncio.run(Chainlink().prices(market.query(wanted(WETH)))) == {}


def test_only_what_the_table_names() -> None:
    """Of any other token it was not asked in vain: it could not have known it."""
    assert not Chainlink().serves(TABLE)
    market = Market(table=replace(TABLE, oneinch=None))
    assert market.value(holding()) is Unpriced.NOT_ASKED
