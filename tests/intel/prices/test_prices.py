"""Sources one after another: the first price wins, and unknown stays unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices import DefiLlama, Holding, PriceBook, price_book
from allowctl.intel.prices.source import Query, Told
from allowctl.model.approval import Everything, Item, Kind
from allowctl.model.chain import Address, Unserved
from allowctl.model.sources import PriceMode
from allowctl.model.value import (
    Price,
    PriceConfidence,
    PriceSource,
    Unpriced,
    Value,
    Worth,
)
from allowctl.model.weights import Weights
from allowctl.net.http import HttpClient
from tests.build import MAINNET, allowance, amount, child, token_facts
from tests.fakes.server import Raw, ScriptedServer, always
from tests.intel.prices.market import (
    COIN,
    ETH_USD,
    ORACLE,
    TABLE,
    USDC,
    WETH,
    Market,
    holding,
    worth,
)

LOST = Unserved("not now")


def price(usd: int, source: PriceSource = PriceSource.ONEINCH) -> Price:
    return Price(
        usd_per_unit=Decimal(usd), source=source, at=1, confidence=PriceConfidence.LOW
    )


@dataclass(slots=True)
class Canned:
    """A source that says the same of each token, and notes what it was asked."""

    told: Mapping[Address, Told]
    there: bool = True
    asked: list[list[Address]] = field(default_factory=list)

    by_feeds: ClassVar[bool] = False

    def serves(self, table: ChainFeeds) -> bool:
        del table
        return self.there

    async def prices(self, query: Query) -> Mapping[Address, Told]:
        self.asked.append(list(query.tokens))
        return {each: self.told[each] for each in query.tokens if each in self.told}


def by(*sources: Canned, of: tuple[Holding, ...] = ()) -> list[Value]:
    book = PriceBook(sources, table=lambda _: TABLE)
    market = Market()
    return asyncio.run(book.values(market.state(), MAINNET, of or (holding(),)))


def test_the_first_price_wins() -> None:
    """Who comes later is asked only about what is left."""
    one, two = Canned({COIN: price(2)}), Canned({COIN: price(9), USDC: price(3)})
    three = Canned({})
    found = by(one, two, three, of=(holding(effective=5), holding(USDC, 5)))
    assert list(map(worth, found)) == [10, 15]
    assert (one.asked, two.asked, three.asked) == ([[COIN, USDC]], [[USDC]], [])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (None, None, Unpriced.NO_PRICE),
        (Unpriced.THIN, None, Unpriced.THIN),
        (None, Unpriced.THIN, Unpriced.THIN),
        (Unpriced.UNSERVED, Unpriced.THIN, Unpriced.UNSERVED),
        (Unpriced.THIN, Unpriced.UNSERVED, Unpriced.UNSERVED),
    ],
)
def test_reasons(
    first: Unpriced | None, second: Unpriced | None, expected: Unpriced
) -> None:
    """Who did not answer might have known it: that outweighs a thin price."""
    said = [{COIN: each} if each else {} for each in (first, second)]
    assert by(*map(Canned, said)) == [expected]


@pytest.mark.parametrize("reason", [Unpriced.THIN, Unpriced.UNSERVED])
def test_a_price_outweighs_every_reason(reason: Unpriced) -> None:
    """What one source does not tell, the next may."""
    found = by(Canned({COIN: reason}), Canned({COIN: price(1)}))
    assert found == [Worth(usd=Decimal(10**18), price=price(1))]


def test_no_source() -> None:
    """Where nobody can be asked, nobody was."""
    assert by(Canned({}, there=False)) == [Unpriced.NOT_ASKED]
    assert by() == [Unpriced.NOT_ASKED]


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (holding(effective=None), Unpriced.NO_BALANCE),
        (holding(further=True), Unpriced.FURTHER),
        (holding(effective=0, further=True), Unpriced.FURTHER),
        (holding(effective=None, further=True), Unpriced.FURTHER),
        (holding(fungible=False), Unpriced.ITEMS),
        (holding(effective=None, fungible=False), Unpriced.ITEMS),
    ],
)
def test_what_no_price_can_value(of: Holding, expected: Unpriced) -> None:
    """It is said, and no source is asked about it."""
    source = Canned({COIN: price(1)})
    assert by(source, of=(of,)) == [expected]
    assert source.asked == []


def test_nothing_to_take() -> None:
    """It is worth 0 USD where its price is at hand, else nobody was asked."""
    nothing = holding(effective=0)
    assert by(Canned({COIN: price(7)}), of=(nothing,)) == [
        Worth(usd=Decimal(0), price=price(7))
    ]
    assert by(Canned({}), of=(nothing,)) == [Unpriced.NOT_ASKED]


def test_rows_of_one_token() -> None:
    """It is asked for once, by the most that is reached of it."""
    source = Canned({COIN: price(2)})
    rows = (holding(effective=3), holding(effective=0), holding(effective=9))
    assert list(map(worth, by(source, of=rows))) == [6, 0, 18]
    assert source.asked == [[COIN]]


@given(st.integers(0, 2**256 - 1), st.integers(1, 2**128), st.integers(0, 60))
def test_a_value_is_amount_times_price(amount: int, units: int, digits: int) -> None:
    """To sixty digits, whatever context the caller has."""
    unit = replace(price(1), usd_per_unit=Decimal(units).scaleb(-digits))
    with localcontext(prec=5):
        (found,) = by(Canned({COIN: unit}), of=(holding(effective=amount),))
    exact = amount * Fraction(unit.usd_per_unit)
    assert abs(Fraction(worth(found)) - exact) <= exact / 10**58


def test_holdings_of_records() -> None:
    """Amounts are alike, items and operators are not; Permit2's root caps a child."""
    facts = token_facts(balance=500)
    few = allowance(child(400, root_amount=300), kind=Kind.PERMIT2)
    assert [
        Holding.of(each, facts)
        for each in (
            allowance(amount(200)),
            few,
            allowance(Item(token_id=1), kind=Kind.ERC721),
            allowance(Everything(), kind=Kind.OPERATOR),
        )
    ] == [
        Holding(token=facts, effective=200, fungible=True),
        Holding(token=facts, effective=300, fungible=True),
        Holding(token=facts, effective=1, fungible=False),
        Holding(token=facts, effective=500, fungible=False),
    ]


def test_a_whole_market() -> None:
    """Fixed, fed and spot prices, and what has none, in one go."""
    market = Market()
    market.pool(100 * 10**18)
    market.rate(10**15)
    mine, thin, spam = (Address("0x" + f"{n:040x}") for n in (0xA1, 0xA2, 0xA3))
    market.pool(10**18, token=thin, at=Address("0x" + "91" * 20))
    market.rate(10**30, thin)
    found = market.values(
        [
            holding(WETH, 10**18),
            holding(USDC, 5 * 10**6, decimals=6),
            holding(COIN, 10**18),
            holding(mine, 10**3, decimals=3),
            holding(thin),
            holding(spam),
        ],
        fixed={(MAINNET.id, mine): Decimal(4), (MAINNET.id, WETH): Decimal(1)},
    )
    assert list(map(worth, found[:4])) == [1, 5, 2, 4]
    assert [each.price.source for each in found if isinstance(each, Worth)] == [
        PriceSource.FIXED,
        PriceSource.CHAINLINK,
        PriceSource.ONEINCH,
        PriceSource.FIXED,
    ]
    assert found[4:] == [Unpriced.THIN, Unpriced.NO_PRICE]


def test_spam_cannot_top_the_table() -> None:
    """Any rate and any balance of a token with a puddle for a pool: no value."""
    market = Market()
    market.pool(10**18)
    market.rate(2**255)
    assert market.value(holding(effective=2**255)) is Unpriced.THIN


def test_less_liquidity_may_do() -> None:
    """The floor is a weight."""
    market = Market()
    market.pool(10**18)
    market.rate(10**15)
    low = Weights(min_liquidity=Decimal(2_000))
    assert list(map(worth, market.values([holding()], weights=low))) == [2]


def test_mode_none() -> None:
    """Only one's own prices hold, and nobody is asked for anything."""
    market = Market()
    rows = [holding(WETH), holding(COIN)]
    fixed = {(MAINNET.id, COIN): Decimal(3)}
    found = market.values(rows, mode=PriceMode.NONE, fixed=fixed)
    assert found[0] is Unpriced.NOT_ASKED
    assert worth(found[1]) == 3
    assert market.rpc.requests == 0


def test_a_chain_that_the_table_lacks() -> None:
    """Nobody is asked there; one's own prices hold."""
    market = Market(table=ChainFeeds())
    fixed = {(MAINNET.id, COIN): Decimal(3)}
    found = market.values([holding(WETH), holding(COIN)], fixed=fixed)
    assert found[0] is Unpriced.NOT_ASKED
    assert worth(found[1]) == 3
    assert market.rpc.requests == 0


def test_nothing_to_value() -> None:
    """Without a fungible holding nothing is read."""
    market = Market()
    assert market.values([]) == []
    assert market.value(holding(fungible=False)) is Unpriced.ITEMS
    assert market.rpc.requests == 0


def test_a_stale_feed_leaves_it_to_the_pools() -> None:
    """A known token whose feed says nothing has its spot price."""
    market = Market()
    market.feed(TABLE.feeds["USDC / USD"].address, 10**8, age=10**6)
    market.pool(100 * 10**18, token=USDC)
    market.rate(10**15 * 10**12 // 2, USDC)
    found = market.value(holding(USDC, 10**6, decimals=6))
    assert isinstance(found, Worth)
    assert found.usd == 1
    assert found.price.source is PriceSource.ONEINCH


def test_without_the_native_coins_price() -> None:
    """No price of ether, no spot price: the oracle is not asked."""
    market = Market()
    market.pool(100 * 10**18)
    market.rate(10**15)
    market.feed(ETH_USD, 2_000 * 10**8, age=10**6)
    assert market.value(holding()) is Unpriced.UNSERVED
    market.lose(ETH_USD, LOST)
    assert market.value(holding()) is Unpriced.UNSERVED
    assert ORACLE not in {call.to for call in market.rpc.called}


def test_nothing_to_take_asks_for_little() -> None:
    """Feeds are read beside the tokens themselves; no pool and no oracle is asked."""
    market = Market()
    market.rpc.multicall = market.rpc.overrides = market.rpc.creates = False
    market.value(holding(WETH, 0))
    asked = {call.to for call in market.rpc.called}
    assert ETH_USD in asked
    assert ORACLE not in asked
    assert not asked & {factory.address for factory in TABLE.factories}


def test_defillama_has_to_be_given() -> None:
    """The mode that asks it needs it."""
    with pytest.raises(ValueError, match="DefiLlama"):
        price_book(PriceMode.DEFILLAMA, fixed={})


@pytest.mark.parametrize("served", [True, False])
def test_defillama_comes_before_spot_prices(served: bool) -> None:  # noqa: FBT001 - a case
    """What it tells is followed; what it does not serve, the pools may still know."""
    market = Market()
    market.pool(100 * 10**18)
    market.rate(10**15)
    coin = f'{{"price": 5, "confidence": 1, "decimals": 18, "timestamp": {market.now}}}'
    body = f'{{"coins": {{"ethereum:{COIN}": {coin}}}}}'.encode()
    raw = Raw(body=body, status=200 if served else 503)
    poor = Address("0x" + "bb" * 20)

    async def run(url: str) -> list[Value]:
        async with HttpClient(deadline=5) as client:
            llama = DefiLlama(client, base=url)
            mode = PriceMode.DEFILLAMA
            book = price_book(mode, fixed={}, llama=llama, table=lambda _: TABLE)
            rows = [holding(WETH), holding(COIN), holding(poor)]
            return await book.values(market.state(), MAINNET, rows)

    with ScriptedServer(always(raw)) as server:
        found = asyncio.run(run(server.url))
        (asked,) = server.asked
    assert list(map(worth, found[:2])) == [2_000, 5 if served else 2]
    assert found[2] is (Unpriced.NO_PRICE if served else Unpriced.UNSERVED)
    assert WETH not in asked.path
