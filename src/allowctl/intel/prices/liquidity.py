"""What stands behind a spot price: the other side of a token's pools, in USD.

A price that a pool names is worth no more than what one can be paid with there. So
pools are asked for at factories that are known, and only what they hold of tokens
that are known and priced by feeds is counted, by those tokens' own word: neither the
unknown token nor a pool is believed in anything.

What it cannot see: in a pool of Uniswap v3's kind the same balance may lie at prices
nobody trades at, or be fees; and whoever owns both the token and the pool's liquidity
may take it out again in the next block. It is a bound against cheap lies, no proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.intel.feeds import ChainFeeds, Factory
from allowctl.intel.prices import usd
from allowctl.intel.prices.board import Board, Quoted
from allowctl.model.chain import (
    ZERO_ADDRESS,
    Address,
    Answer,
    Call,
    Returned,
    Unserved,
)
from allowctl.model.value import Unpriced
from allowctl.rpc.state import State

GET_PAIR = bytes.fromhex("e6a43905")
"""getPair(address,address) of Uniswap v2's factories."""
GET_POOL = bytes.fromhex("1698ee82")
"""getPool(address,address,uint24) of Uniswap v3's factories."""
BALANCE_OF = bytes.fromhex("70a08231")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """An unknown token against a known one, at one factory."""

    token: Address
    quote: Address
    call: Call


async def liquidity(
    state: State, table: ChainFeeds, board: Board, tokens: Sequence[Address]
) -> dict[Address, Decimal | Unpriced]:
    """USD on the other side of each token's pools; without a pool it is left out.

    UNSERVED where nobody said which pools there are, or what one holds.
    """
    prices = {
        quote: each
        for quote in table.quotes
        if isinstance(each := board.price(table.tokens[quote].feeds), Quoted)
    }
    pairs = [
        pair
        for token in tokens
        for quote in prices
        if quote != token
        for pair in _pairs(table.factories, token, quote)
    ]
    calls = [pair.call for pair in pairs]
    answers = await state.read(calls, impatient=calls)
    found: dict[Address, Decimal | Unpriced] = {}
    pools: list[tuple[_Pair, Address]] = []
    for pair, answer in zip(pairs, answers, strict=True):
        if isinstance(answer, Unserved):
            found[pair.token] = Unpriced.UNSERVED
        elif (pool := _pool(answer)) is not None:
            pools.append((pair, pool))
    held = await state.read(
        [Call(pair.quote, BALANCE_OF + words.address(pool)) for pair, pool in pools]
    )
    for (pair, _), answer in zip(pools, held, strict=True):
        so_far = found.get(pair.token, Decimal(0))
        if isinstance(answer, Unserved):
            found[pair.token] = Unpriced.UNSERVED
        elif isinstance(so_far, Decimal):
            decimals = table.tokens[pair.quote].decimals
            whole = usd.scaled(_balance(answer), decimals)
            worth = usd.times(whole, prices[pair.quote].usd)
            found[pair.token] = usd.plus(so_far, worth)
    return found


def _pairs(
    factories: Sequence[Factory], token: Address, quote: Address
) -> Iterator[_Pair]:
    both = words.address(token) + words.address(quote)
    for factory in factories:
        asked = [GET_POOL + both + words.uint(fee) for fee in factory.fees]
        for data in asked or [GET_PAIR + both]:
            yield _Pair(token=token, quote=quote, call=Call(factory.address, data))


def _pool(answer: Answer) -> Address | None:
    if not isinstance(answer, Returned):
        return None
    try:
        pool = words.address_at(answer.data, 0)
    except CodecError:
        return None
    return None if pool == ZERO_ADDRESS else pool


def _balance(answer: Answer) -> int:
    if not isinstance(answer, Returned):
        return 0
    try:
        return words.uint_at(answer.data, 0)
    except CodecError:
        return 0
