"""What allowances are worth in USD: several sources of prices, one after another.

Order: what allowctl.toml fixes; Chainlink's feeds, for tokens of the bundled table;
DefiLlama, if opted in; 1inch's spot prices that have liquidity behind them. The first
that has a price is followed; every figure keeps its source, time and confidence, and
what nobody knows stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from allowctl.intel.feeds import ChainFeeds, feeds_of
from allowctl.intel.prices import usd
from allowctl.intel.prices.board import Board, Quoted
from allowctl.intel.prices.chainlink import Chainlink
from allowctl.intel.prices.defillama import DefiLlama
from allowctl.intel.prices.fixed import Fixed, FixedPrices
from allowctl.intel.prices.oneinch import OneInch
from allowctl.intel.prices.source import Holding, Query, Source, Told, Wanted
from allowctl.model.chain import Address, Chain
from allowctl.model.sources import PriceMode
from allowctl.model.value import Price, Unpriced, Value, Worth
from allowctl.model.weights import WEIGHTS, Weights
from allowctl.rpc.state import State

__all__ = ["DefiLlama", "FixedPrices", "Holding", "PriceBook", "price_book"]

_BY_WEIGHT = (Unpriced.UNSERVED, Unpriced.BEYOND, Unpriced.THIN)
"""Of several reasons for no price, the one that is told: who did not answer might
have known it."""


class PriceBook:
    """Sources of prices in their order, and the table that they look into."""

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        table: Callable[[int], ChainFeeds] = feeds_of,
    ) -> None:
        self._sources = tuple(sources)
        self._table = table

    async def board(
        self, state: State, chain: Chain, tokens: Collection[Address]
    ) -> Board:
        """The feeds that the prices of these tokens may need, read together.

        They can be read beside what the tokens say of themselves.
        """
        table = self._table(chain.id)
        reading = tokens and any(source.by_feeds for source in self._sources)
        return await Board.read(state, table, _pairs(table, tokens) if reading else ())

    async def native(self, state: State, chain: Chain) -> Decimal | None:
        """USD of one whole native coin; None where no feed that may be asked knows."""
        table = self._table(chain.id)
        if not table.native or not any(source.by_feeds for source in self._sources):
            return None
        board = await Board.read(state, table, table.native)
        price = board.price(table.native)
        return price.usd if isinstance(price, Quoted) else None

    async def values(
        self,
        state: State,
        chain: Chain,
        holdings: Sequence[Holding],
        board: Board | None = None,
    ) -> list[Value]:
        """What each holding is worth at the state's block, in order.

        Nothing to take is worth 0 USD only where its price is known: of what is not
        asked for, a balance of 0 tells nothing. A `board` of the same tokens need
        not be read again.
        """
        table = self._table(chain.id)
        wanted = _wanted(table, holdings)
        told: Mapping[Address, Told] = {}
        if wanted:
            board = board or await self.board(state, chain, wanted)
            told = await self._told(
                Query(chain=chain, state=state, table=table, board=board, tokens=wanted)
            )
        served = any(source.serves(table) for source in self._sources)
        unknown = Unpriced.NO_PRICE if served else Unpriced.NOT_ASKED
        return [_value(each, told, unknown) for each in holdings]

    async def _told(self, query: Query) -> Mapping[Address, Told]:
        """What the first source that knows it says of each token."""
        prices: dict[Address, Told] = {}
        reasons: dict[Address, Told] = {}
        for source in self._sources:
            left = {a: each for a, each in query.tokens.items() if a not in prices}
            if not left:
                break
            found = await source.prices(replace(query, tokens=left))
            for address, told in found.items():
                match told:
                    case Price():
                        prices[address] = told
                    case Unpriced():
                        first = reasons.get(address, told)
                        reasons[address] = min(first, told, key=_BY_WEIGHT.index)
                    case _:
                        assert_never(told)
        return reasons | prices


def price_book(
    mode: PriceMode,
    *,
    fixed: FixedPrices,
    llama: DefiLlama | None = None,
    weights: Weights = WEIGHTS,
    table: Callable[[int], ChainFeeds] = feeds_of,
) -> PriceBook:
    """The sources of a mode, in their order. ValueError if DefiLlama is missing."""
    sources: list[Source] = [Fixed(fixed)]
    if mode is not PriceMode.NONE:
        sources.append(Chainlink())
        if mode is PriceMode.DEFILLAMA:
            if llama is None:
                raise ValueError("DefiLlama is to be asked, and is not given")
            sources.append(llama)
        sources.append(OneInch(weights.min_liquidity))
    return PriceBook(sources, table=table)


def _wanted(table: ChainFeeds, holdings: Sequence[Holding]) -> dict[Address, Wanted]:
    """The tokens whose price would give any of the holdings a value."""
    found: dict[Address, Wanted] = {}
    for each in holdings:
        token = each.token
        if each.effective is None or not each.fungible or token.reaches_further:
            continue
        before = found.get(token.address)
        most = max(each.effective, before.most if before else 0)
        known = table.tokens.get(token.address)
        decimals = token.decimals if known is None else known.decimals
        found[token.address] = Wanted(token=token, most=most, decimals=decimals)
    return found


def _pairs(table: ChainFeeds, tokens: Collection[Address]) -> set[str]:
    """The feeds that may be needed: read together, in one round trip.

    Those of spot prices too, of a known token as well: its own feed may be stale.
    """
    known = [table.tokens.get(address) for address in tokens]
    pairs = {pair for token in known if token for pair in token.feeds}
    if table.oneinch is None:
        return pairs
    quotes = {pair for each in table.quotes for pair in table.tokens[each].feeds}
    return pairs | quotes | {*table.native}


def _value(holding: Holding, told: Mapping[Address, Told], unknown: Unpriced) -> Value:
    if not holding.fungible:
        return Unpriced.ITEMS
    if holding.token.reaches_further:
        return Unpriced.FURTHER
    if holding.effective is None:
        return Unpriced.NO_BALANCE
    price = told.get(holding.token.address)
    match price:
        case Price():
            worth = usd.times(holding.effective, price.usd_per_unit)
            return Worth(usd=worth, price=price)
        case Unpriced():
            return price
        case None:
            return unknown if holding.effective else Unpriced.NOT_ASKED
        case _:
            assert_never(price)
