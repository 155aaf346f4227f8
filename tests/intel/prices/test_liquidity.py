"""What can be paid out for a token: counted in known tokens, at known factories."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.intel.prices.liquidity import (
    BALANCE_OF,
    GET_PAIR,
    GET_POOL,
    liquidity,
)
from allowctl.model.chain import Address, Answer, Returned, Unserved
from allowctl.model.value import Unpriced
from tests.build import address, returned
from tests.fakes.rpc import EMPTY, FakeContract, FakeRpc
from tests.intel.prices.market import (
    COIN,
    ETH_USD,
    POOL,
    POOL_2,
    REVERTS,
    STALE,
    TABLE,
    USDC,
    V2,
    V3,
    WETH,
    Market,
)

LOST = Unserved("not now")


def behind(market: Market, *tokens: Address) -> dict[Address, Decimal | Unpriced]:
    board = market.board()
    asked = liquidity(market.state(), market.table, board, tokens or (COIN,))
    return asyncio.run(asked)


def test_selectors() -> None:
    """They are those of Uniswap's factories and of ERC-20."""
    for text, selector in (
        ("getPair(address,address)", GET_PAIR),
        ("getPool(address,address,uint24)", GET_POOL),
        ("balanceOf(address)", BALANCE_OF),
    ):
        assert keccak(text=text)[:4] == selector


def test_no_pool() -> None:
    """A token without any is left out: that is not 0 USD of liquidity."""
    assert behind(Market()) == {}


def test_an_empty_pool() -> None:
    """A pool with nothing to pay with is 0 USD of it."""
    market = Market()
    market.pool(0)
    assert behind(market) == {COIN: 0}


def test_all_pools_are_added_up() -> None:
    """Both kinds, every fee, every known token, each with its own decimals."""
    market = Market()
    market.pool(10 * 10**18)
    market.pool(5_000 * 10**6, quote=USDC, at=address(1))
    market.pool(1 * 10**18, fee=500, at=POOL_2)
    market.pool(7 * 10**6, quote=USDC, fee=3_000, at=address(2))
    market.pool(9 * 10**18, fee=9_999, at=address(3))
    assert behind(market) == {COIN: 20_000 + 5_000 + 2_000 + 7}


def test_each_token_has_its_own() -> None:
    """Several are asked for in as many questions as one."""
    market = Market()
    market.pool(10**18)
    market.pool(10**6, quote=USDC, token=STALE, at=POOL_2)
    assert behind(market, COIN, STALE, address(9)) == {COIN: 2_000, STALE: 1}


def test_a_known_token_without_a_price_counts_nothing() -> None:
    """What nobody prices does not stand behind a price."""
    market = Market()
    market.pool(10**18)
    market.pool(10**6, quote=USDC, at=POOL_2)
    market.feed(ETH_USD, -1)
    assert behind(market) == {COIN: 1}


def test_a_known_token_is_not_paired_with_itself() -> None:
    """Its pool with another known token counts what the other one is worth."""
    market = Market()
    market.pool(10**6, quote=USDC, token=WETH)
    market.pool(10**18, quote=WETH, token=WETH, at=POOL_2)
    assert behind(market, WETH) == {WETH: 1}


def test_only_known_contracts_are_believed() -> None:
    """Neither the unknown token nor a pool is asked anything at all."""
    market = Market(rpc=FakeRpc(multicall=False, overrides=False, creates=False))
    market.pool(10**18)
    for liar in (COIN, POOL):
        market.rpc.contracts[liar] = FakeContract(default=returned(2**255))
    assert behind(market) == {COIN: 2_000}
    asked = {call.to for call in market.rpc.called}
    assert {V2, V3, WETH} <= asked
    assert not asked & {COIN, POOL}


@pytest.mark.parametrize(
    "answer", [EMPTY, REVERTS, Returned(b"\x01"), returned(2**255)]
)
def test_a_factory_that_answers_garbage(answer: Answer) -> None:
    """It has no pool; the others' still count."""
    market = Market()
    market.pool(10**18, fee=500)
    market.lose(V2, answer)
    assert behind(market) == {COIN: 2_000}


@pytest.mark.parametrize("answer", [EMPTY, REVERTS, Returned(b"\x01")])
def test_a_balance_that_is_none(answer: Answer) -> None:
    """It pays nothing."""
    market = Market()
    market.pool(10**18)
    market.lose(WETH, answer)
    assert behind(market) == {COIN: 0}


@pytest.mark.parametrize("where", [V2, WETH])
def test_unserved(where: Address) -> None:
    """Nobody said which pools there are, or what one holds: no sum of the rest."""
    market = Market()
    market.pool(10**18)
    market.pool(10**6, quote=USDC, fee=500, at=POOL_2)
    market.lose(where, LOST)
    assert behind(market) == {COIN: Unpriced.UNSERVED}


def test_few_questions() -> None:
    """Feeds, pools, balances: three round trips for any number of tokens."""
    market = Market()
    tokens = [address(0xAA00 + n) for n in range(40)]
    for n, token in enumerate(tokens):
        market.pool(10**18, token=token, at=address(0xBB00 + n))
    state, board = market.state(), market.board()
    before = market.rpc.requests
    asyncio.run(liquidity(state, market.table, board, tokens))
    # The reader's first question of a state is whether its way works.
    assert market.rpc.requests - before <= 4


@given(st.lists(st.integers(0, 2**128), max_size=6))
def test_more_pools_are_never_less(balances: list[int]) -> None:
    """Each adds what it holds, and nothing is lost in the sum."""
    fees = tuple(range(1, len(balances) + 1))
    market = Market(
        table=replace(TABLE, factories=(replace(TABLE.factories[1], fees=fees),))
    )
    for fee, balance in zip(fees, balances, strict=True):
        market.pool(balance, fee=fee, at=address(0x9100 + fee))
    found = behind(market).get(COIN, Decimal(0))
    assert isinstance(found, Decimal)
    assert Fraction(found) == Fraction(2_000 * sum(balances), 10**18)
