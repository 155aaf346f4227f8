"""One's own price of a token: followed where its decimals are known."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from allowctl.intel.prices.fixed import Fixed
from allowctl.model.value import Price, PriceConfidence, PriceSource
from tests.build import MAINNET
from tests.intel.prices.market import COIN, TABLE, USDC, Market, wanted

PRICES = {(MAINNET.id, COIN): Decimal("1.25"), (MAINNET.id + 1, USDC): Decimal(9)}


def test_its_price() -> None:
    """USD of a whole token becomes that of a unit; another chain's token is another."""
    market = Market()
    query = market.query(wanted(decimals=6) | wanted(USDC, decimals=6))
    assert asyncio.run(Fixed(PRICES).prices(query)) == {
        COIN: Price(
            usd_per_unit=Decimal("0.00000125"),
            source=PriceSource.FIXED,
            at=market.now,
            confidence=PriceConfidence.HIGH,
            note="as configured",
        )
    }


def test_without_decimals() -> None:
    """It says nothing: a guess would be off by orders of magnitude."""
    query = Market().query(wanted(decimals=None))
    assert asyncio.run(Fixed(PRICES).prices(query)) == {}


def test_it_is_no_source_of_a_chain() -> None:
    """A token that it does not name was not looked for."""
    assert not Fixed(PRICES).serves(TABLE)
