"""Spot prices: what one unit is worth, and when such a price means nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices import usd
from allowctl.intel.prices.oneinch import GET_RATE_TO_ETH, REACH, OneInch
from allowctl.intel.prices.source import Told, Wanted
from allowctl.model.chain import Address, Answer, Returned, Unserved
from allowctl.model.value import Price, PriceConfidence, PriceSource, Unpriced
from tests.build import address
from tests.fakes.rpc import EMPTY, FakeRpc
from tests.intel.prices.market import (
    COIN,
    ETH_USD,
    ORACLE,
    REVERTS,
    TABLE,
    V2,
    Market,
    price_of,
    wanted,
)

FLOOR = Decimal(50_000)
LOST = Unserved("not now")


def ask(market: Market, tokens: Mapping[Address, Wanted]) -> Mapping[Address, Told]:
    return asyncio.run(OneInch(FLOOR).prices(market.query(tokens)))


def liquid(ether: int = 100) -> Market:
    """COIN has a pool with so much ether, and a rate of a thousandth of ether."""
    market = Market()
    market.pool(ether * 10**18)
    market.rate(10**15)
    return market


def questions(market: Market) -> int:
    """How often the oracle was asked."""
    return sum(call.to == ORACLE for call in market.rpc.called)


def test_selector() -> None:
    """It is that of IOffchainOracle."""
    assert keccak(text="getRateToEth(address,bool)")[:4] == GET_RATE_TO_ETH


@pytest.mark.parametrize("decimals", [0, 6, 18])
def test_the_rate_is_per_smallest_unit(decimals: int) -> None:
    """A whole token of 0.001 ether is worth $2, whatever its decimals."""
    market = liquid()
    market.rate(10**15 * 10**18 // 10**decimals)
    tokens = wanted(most=10**decimals, decimals=decimals)
    price = price_of(ask(market, tokens)[COIN])
    assert usd.times(10**decimals, price.usd_per_unit) == 2
    assert price == Price(
        usd_per_unit=Decimal(2).scaleb(-decimals),
        source=PriceSource.ONEINCH,
        at=market.now - 60,
        confidence=PriceConfidence.MEDIUM,
        note="$200,000 on the other side of its pools",
    )


@given(rate=st.integers(1, 2**128), ether=st.integers(1, 10**9))
def test_amount_times_rate(rate: int, ether: int) -> None:
    """A price is exactly rate * ether's price / 1e36: amount * rate / 1e18 wei."""
    market = liquid(10**18)
    market.rate(rate)
    market.feed(ETH_USD, ether * 10**8)
    price = price_of(ask(market, wanted(most=1))[COIN])
    assert Fraction(price.usd_per_unit) == Fraction(rate * ether, 10**36)


@pytest.mark.parametrize(("ether", "thin"), [(24, True), (25, False)])
def test_too_little_liquidity(ether: int, thin: bool) -> None:  # noqa: FBT001 - a case
    """Below the floor it is thin, and the oracle is not even asked."""
    market = liquid(ether)
    told = ask(market, wanted())[COIN]
    assert (told is Unpriced.THIN) is thin
    assert questions(market) == (0 if thin else 1)


def test_no_pool() -> None:
    """Nothing is said of a token without one, whatever the oracle would say."""
    market = Market()
    market.rate(10**15)
    assert ask(market, wanted()) == {}
    assert questions(market) == 0


@pytest.mark.parametrize(("more", "beyond"), [(0, False), (1, True)])
def test_worth_more_than_there_is(more: int, beyond: bool) -> None:  # noqa: FBT001 - a case
    """A holding that claims more than its pools can pay has no value."""
    market = liquid()
    least = Decimal(200_000) * REACH / Decimal("0.000000000000000002")
    told = ask(market, wanted(most=int(least) + more))[COIN]
    assert (told is Unpriced.BEYOND) is beyond


@given(rate=st.integers(0, 2**256 - 1), most=st.integers(1, 2**256 - 1))
def test_a_lie_is_bounded(rate: int, most: int) -> None:
    """Whatever rate and balance say: never worth more than the pools hold."""
    market = liquid()
    market.rate(rate)
    told = ask(market, wanted(most=most)).get(COIN)
    if isinstance(told, Price):
        assert usd.times(most, told.usd_per_unit) <= 200_000 * REACH


def test_nothing_to_take() -> None:
    """What nobody can take is not asked about."""
    market = liquid()
    assert ask(market, wanted(most=0)) == {}
    assert questions(market) == 0


@pytest.mark.parametrize("answer", [0, REVERTS, EMPTY, Returned(b"\x01")])
def test_no_rate(answer: int | Answer) -> None:
    """An oracle that knows none says nothing of the token."""
    market = liquid()
    market.rate(answer)
    assert ask(market, wanted()) == {}


def test_not_served() -> None:
    """A rate that no node would work out is not served, and no rate of 0."""
    market = liquid()
    market.rate(LOST)
    assert ask(market, wanted()) == {COIN: Unpriced.UNSERVED}


def test_pools_not_served() -> None:
    """The same, where nobody says what the pools are."""
    market = liquid()
    market.lose(V2, LOST)
    assert ask(market, wanted()) == {COIN: Unpriced.UNSERVED}


def test_without_a_price_of_the_native_coin() -> None:
    """A rate in ether is no price: nobody is asked, and nothing is known of any."""
    market = liquid()
    market.feed(ETH_USD, 2_000 * 10**8, age=10**6)
    assert ask(market, wanted()) == {COIN: Unpriced.UNSERVED}
    market.lose(ETH_USD, LOST)
    assert ask(market, wanted()) == {COIN: Unpriced.UNSERVED}
    assert questions(market) == 0


def test_where_it_stands() -> None:
    """It serves where the table has it, and a feed of the native coin."""
    oracle = OneInch(FLOOR)
    assert oracle.serves(TABLE)
    assert not oracle.serves(replace(TABLE, oneinch=None))
    assert not oracle.serves(replace(TABLE, native=()))
    assert not oracle.serves(ChainFeeds())
    market = liquid()
    market.table = replace(TABLE, oneinch=None)
    assert ask(market, wanted()) == {}


def test_each_question_goes_alone() -> None:
    """The oracle is in no aggregate, and has all the gas that a node gives."""
    market = liquid()
    tokens: dict[Address, Wanted] = {}
    for n in range(12):
        token = address(0xAA00 + n)
        market.pool(100 * 10**18, token=token, at=address(0xBB00 + n))
        market.rate(10**15 * (n + 1), token)
        tokens |= wanted(token)
    told = ask(market, tokens)
    assert [price_of(told[token]).usd_per_unit for token in tokens] == [
        Decimal(2 * (n + 1)).scaleb(-18) for n in range(12)
    ]
    assert questions(market) == 12
    gas = zip(market.rpc.called, market.rpc.gas_given, strict=True)
    assert {given for call, given in gas if call.to == ORACLE} == {None}


def test_a_node_that_works_out_none() -> None:
    """After a few in vain the rest is not asked of it."""
    market = Market(rpc=FakeRpc())
    tokens: dict[Address, Wanted] = {}
    for n in range(30):
        token = address(0xAA00 + n)
        market.pool(100 * 10**18, token=token, at=address(0xBB00 + n))
        market.rate(LOST, token)
        tokens |= wanted(token)
    assert ask(market, tokens) == dict.fromkeys(tokens, Unpriced.UNSERVED)
    assert questions(market) == 8
