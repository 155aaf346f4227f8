"""Prices on a real node: feeds and an oracle as they answer, pools as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices import Holding, price_book
from allowctl.model.chain import Address, Block
from allowctl.model.endpoint import Endpoint
from allowctl.model.sources import PriceMode
from allowctl.model.value import PriceSource, Unpriced, Value, Worth
from allowctl.net.http import HttpClient
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State
from tests.build import MAINNET, token_facts
from tests.lab.artifacts import MULTICALL3
from tests.lab.market import Exchange
from tests.nodes.anvil import Anvil

pytestmark = pytest.mark.node

ETHER = 10**18
RICH, POOR = 100 * ETHER, ETHER
"""Ether in a pool: $200,000, and $2,000."""


class Shop:
    """An exchange with ether at $2,000, and tokens of all sorts to be valued."""

    def __init__(self, anvil: Anvil) -> None:
        self.exchange = Exchange(anvil)
        self.weth = self.exchange.known("WETH")
        self.usdc = self.exchange.known("USDC")
        self.wbtc = self.exchange.known("WBTC")
        self.uni = self.exchange.known("UNI")
        self.link = self.exchange.known("LINK")
        self.reth = self.exchange.known("rETH")
        feed = self.exchange.feed
        feed("ETH / USD", 2_000 * 10**8)
        feed("USDC / USD", 99_990_000)
        feed("BTC / USD", 60_000 * 10**8)
        feed("RETH / ETH", 11 * 10**17, decimals=18)
        feed("UNI / USD", 7 * 10**8, age=10**6)
        feed("LINK / USD", -1)

    @property
    def head(self) -> Block:
        found = self.exchange.anvil.block()
        number, timestamp = (int(found[key], 16) for key in ("number", "timestamp"))
        return Block(number=number, hash=found["hash"], timestamp=timestamp)

    def values(
        self,
        *holdings: Holding,
        at: Block | None = None,
        table: ChainFeeds | None = None,
        fixed: Mapping[tuple[int, Address], Decimal] | None = None,
    ) -> list[Value]:
        """What they are worth, read through the program's own connections."""
        return asyncio.run(self._values(holdings, at, table, fixed or {}))

    async def _values(
        self,
        holdings: Sequence[Holding],
        at: Block | None,
        table: ChainFeeds | None,
        fixed: Mapping[tuple[int, Address], Decimal],
    ) -> list[Value]:
        chosen = table or self.exchange.table
        book = price_book(PriceMode.ONCHAIN, fixed=fixed, table=lambda _: chosen)
        async with HttpClient() as client:
            rpc = HttpRpc(client, Endpoint(self.exchange.anvil.url))
            reader = StateReader(rpc, at or self.head, MULTICALL3)
            return await book.values(State([reader]), MAINNET, holdings)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Anvil(history=True) as anvil:
        yield Shop(anvil)


def holding(token: Address, effective: int, decimals: int | None = 18) -> Holding:
    facts = token_facts(address=token, decimals=decimals, balance=effective)
    return Holding(token=facts, effective=effective, fungible=True)


def dollars(value: Value) -> Decimal:
    assert isinstance(value, Worth), value
    return value.usd


def source(value: Value) -> PriceSource:
    assert isinstance(value, Worth), value
    return value.price.source


def test_feeds(shop: Shop) -> None:
    """Tokens of 18, 6 and 8 decimals, and one through a feed in ether."""
    found = shop.values(
        holding(shop.weth, 3 * ETHER // 2),
        holding(shop.usdc, 1_000 * 10**6),
        holding(shop.wbtc, 10**7),
        holding(shop.reth, 2 * ETHER),
    )
    assert list(map(dollars, found)) == [3_000, Decimal("999.9"), 6_000, 4_400]
    assert {*map(source, found)} == {PriceSource.CHAINLINK}


def test_feeds_that_say_nothing(shop: Shop) -> None:
    """Stale, or below 0: no price, and the others are unharmed."""
    found = shop.values(
        holding(shop.uni, ETHER), holding(shop.link, ETHER), holding(shop.weth, ETHER)
    )
    assert found[:2] == [Unpriced.NO_PRICE] * 2
    assert dollars(found[2]) == 2_000


@pytest.mark.parametrize("decimals", [0, 6, 8, 18])
def test_spot_prices(shop: Shop, decimals: int) -> None:
    """A million tokens for 100 ether: $0.20 each, whatever their decimals."""
    token = shop.exchange.token(decimals)
    shop.exchange.market(token, 10**6 * 10**decimals, shop.weth, RICH)
    (found,) = shop.values(holding(token, 5 * 10**decimals, decimals))
    assert dollars(found) == 1
    assert source(found) is PriceSource.ONEINCH


def test_liquidity_of_both_kinds_of_pools(shop: Shop) -> None:
    """What one pool lacks another may have: ether and dollars, v2's and v3's."""
    token = shop.exchange.token(18)
    shop.exchange.market(token, 10**6 * ETHER, shop.weth, 10 * ETHER)
    (found,) = shop.values(holding(token, ETHER))
    assert found is Unpriced.THIN
    shop.exchange.pool(token, shop.usdc, 30_100 * 10**6, fee=3_000)
    (found,) = shop.values(holding(token, ETHER))
    assert dollars(found) == Decimal("0.02")


def _planted(shop: Shop) -> Address:
    """A token with a pool of its maker's own, and a rate that is a lie."""
    token = shop.exchange.token(18)
    shop.exchange.market(token, 1, shop.weth, POOR)
    shop.exchange.send(shop.exchange.oracle, "lie(address,uint256)", token, 10**40)
    return token


def _unknown_pool(shop: Shop) -> Address:
    """A token whose rate comes from a pool that no known factory made."""
    token = shop.exchange.token(18)
    pool = shop.exchange.token(18)
    shop.exchange.mint(token, pool, ETHER)
    shop.exchange.mint(shop.weth, pool, RICH)
    add = "add(address,address,address)"
    shop.exchange.send(shop.exchange.oracle, add, token, pool, shop.weth)
    return token


def _paired_with_spam(shop: Shop) -> Address:
    """A token with a deep pool against another of the same maker."""
    token, other = shop.exchange.token(18), shop.exchange.token(18)
    shop.exchange.pool(token, other, 10**30)
    shop.exchange.send(shop.exchange.oracle, "lie(address,uint256)", token, 10**40)
    return token


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_planted, Unpriced.THIN),
        (_unknown_pool, Unpriced.NO_PRICE),
        (_paired_with_spam, Unpriced.NO_PRICE),
    ],
)
def test_spam(shop: Shop, make: Callable[[Shop], Address], expected: Unpriced) -> None:
    """However much it claims to be worth, it has no value."""
    (found,) = shop.values(holding(make(shop), 10**30))
    assert found is expected


def test_a_lie_is_worth_no_more_than_its_pools(shop: Shop) -> None:
    """Who lends a lie real liquidity still cannot make it worth more than that."""
    token = shop.exchange.token(18)
    shop.exchange.market(token, 10**6 * ETHER, shop.weth, RICH)
    most, more = shop.values(holding(token, 10**6 * ETHER)) + shop.values(
        holding(token, 10**6 * ETHER + 10)
    )
    assert dollars(most) == 200_000
    assert more is Unpriced.BEYOND


def test_a_token_that_the_oracle_does_not_know(shop: Shop) -> None:
    """A deep pool, and no rate: it is unpriced."""
    token = shop.exchange.token(18)
    shop.exchange.pool(token, shop.weth, RICH)
    (found,) = shop.values(holding(token, ETHER))
    assert found is Unpriced.NO_PRICE


def test_nothing_to_take(shop: Shop) -> None:
    """0 USD where a feed prices it, and else nobody is asked."""
    found = shop.values(holding(shop.weth, 0), holding(shop.exchange.token(18), 0))
    assert dollars(found[0]) == 0
    assert found[1] is Unpriced.NOT_ASKED


def test_a_fixed_price_comes_first(shop: Shop) -> None:
    """One's own word outweighs a feed's."""
    fixed = {(MAINNET.id, shop.weth): Decimal(5)}
    (found,) = shop.values(holding(shop.weth, ETHER), fixed=fixed)
    assert dollars(found) == 5
    assert source(found) is PriceSource.FIXED


def test_prices_are_those_of_the_pinned_block(shop: Shop) -> None:
    """Whatever happens afterwards: feed, pool and rate are read where it stands."""
    token = shop.exchange.token(18)
    shop.exchange.market(token, 10**6 * ETHER, shop.weth, RICH)
    rows = (holding(shop.wbtc, 10**8), holding(token, 10**6 * ETHER))
    pinned = shop.head
    before = shop.values(*rows, at=pinned)
    shop.exchange.feed("BTC / USD", 50_000 * 10**8)
    pool = shop.exchange.read(
        shop.exchange.v2, "getPair(address,address)", token, shop.weth
    )
    shop.exchange.mint(shop.weth, Address("0x" + pool[-20:].hex()), RICH)
    assert shop.values(*rows, at=pinned) == before
    after = shop.values(*rows)
    assert list(map(dollars, before)) == [60_000, 200_000]
    assert list(map(dollars, after)) == [50_000, 400_000]
    shop.exchange.feed("BTC / USD", 60_000 * 10**8)


def test_a_sequencer_that_was_down(shop: Shop) -> None:
    """No feed of a layer 2 is used until its sequencer is up for an hour.

    Till then nobody can tell a price: that speaks against no token.
    """
    at = Address("0x" + "5e" * 20)
    table = replace(shop.exchange.table, sequencer=at)
    row = holding(shop.weth, ETHER)
    shop.exchange.feed_at(at, 0, decimals=0, age=3_700)
    assert dollars(shop.values(row, table=table)[0]) == 2_000
    shop.exchange.feed_at(at, 0, decimals=0, age=600)
    assert shop.values(row, table=table) == [Unpriced.UNSERVED]
    shop.exchange.feed_at(at, 1, decimals=0, age=3_700)
    assert shop.values(row, table=table) == [Unpriced.UNSERVED]


def test_the_oracle_in_company(shop: Shop) -> None:
    """Twenty questions of millions of gas each, asked apart, are all answered."""
    tokens = [shop.exchange.token(18) for _ in range(20)]
    for token in tokens:
        shop.exchange.market(token, 10**6 * ETHER, shop.weth, RICH)
    found = shop.values(*(holding(token, 5 * ETHER) for token in tokens))
    assert list(map(dollars, found)) == [1] * 20
