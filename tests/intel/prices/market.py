"""A small market on a fake node: feeds, pools, an oracle, and what stands in them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from allowctl.codec import words
from allowctl.intel.feeds import ChainFeeds, Factory, Feed, KnownToken
from allowctl.intel.prices import Holding, price_book
from allowctl.intel.prices.board import Board
from allowctl.intel.prices.source import Query, Wanted
from allowctl.model.chain import Address, Answer, Chain, Reverted
from allowctl.model.sources import PriceMode
from allowctl.model.value import Price, Unpriced, Value, Worth
from allowctl.model.weights import WEIGHTS, Weights
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State
from tests.build import MAINNET, address, returned, token_facts
from tests.fakes.rpc import MULTICALL, FakeContract, FakeRpc

WETH, USDC, STALE = address(0xE7), address(0x0C), address(0x57)
ETH_USD, USDC_USD = address(0xFE1), address(0xFE2)
V2, V3 = address(0xFAC2), address(0xFAC3)
ORACLE = address(0x1111)
SEQUENCER = address(0x5E0)
COIN = address(0xC01)
"""A token that no table knows."""
POOL, POOL_2 = address(0x9001), address(0x9002)

TABLE = ChainFeeds(
    tokens={
        WETH: KnownToken(
            address=WETH, symbol="WETH", decimals=18, feeds=("ETH / USD",)
        ),
        USDC: KnownToken(
            address=USDC, symbol="USDC", decimals=6, feeds=("USDC / USD",)
        ),
    },
    feeds={
        "ETH / USD": Feed(pair="ETH / USD", address=ETH_USD),
        "USDC / USD": Feed(pair="USDC / USD", address=USDC_USD),
    },
    native=("ETH / USD",),
    wrapped=WETH,
    quotes=(WETH, USDC),
    oneinch=ORACLE,
    factories=(Factory(address=V2), Factory(address=V3, fees=(500, 3_000))),
    llama="ethereum",
)


@dataclass(slots=True, kw_only=True)
class Market:
    """Ether at $2,000 and a dollar at $1; nothing else is there yet."""

    rpc: FakeRpc = field(default_factory=FakeRpc)
    table: ChainFeeds = TABLE
    chain: Chain = MAINNET

    def __post_init__(self) -> None:
        self.feed(ETH_USD, 2_000 * 10**8)
        self.feed(USDC_USD, 10**8)
        zero = FakeContract(default=returned(0))
        for contract in (V2, V3, ORACLE, WETH, USDC):
            self.rpc.contracts[contract] = replace(zero, answers={})

    @property
    def now(self) -> int:
        """The block's time."""
        return self.rpc.block_at(self.rpc.newest).timestamp

    def feed(
        self,
        at: Address,
        answer: int,
        *,
        decimals: int = 8,
        age: int = 60,
        started: int | None = None,
    ) -> None:
        """A feed renewed so many seconds ago."""
        times = (self.now - (age if started is None else started), self.now - age)
        answers: dict[bytes, Answer] = {
            bytes.fromhex("feaf968c"): returned(7, answer % 2**256, *times, 7),
            bytes.fromhex("313ce567"): returned(decimals),
        }
        self.rpc.contracts[at] = FakeContract(answers=answers)

    def pool(
        self,
        balance: int,
        *,
        quote: Address = WETH,
        at: Address = POOL,
        token: Address = COIN,
        fee: int | None = None,
    ) -> None:
        """A pool that holds so much of a known token, of v3's kind if it has a fee."""
        both = words.address(token) + words.address(quote)
        if fee is None:
            factory, data = V2, bytes.fromhex("e6a43905") + both
        else:
            factory = V3
            data = bytes.fromhex("1698ee82") + both + words.uint(fee)
        self.rpc.contracts[factory].answers[data] = returned(at)
        held = bytes.fromhex("70a08231") + words.address(at)
        self.rpc.contracts[quote].answers[held] = returned(balance)

    def rate(self, rate: int | Answer, token: Address = COIN) -> None:
        """What the oracle answers about a token, with its wrappers looked through."""
        asked = bytes.fromhex("7de4fd10") + words.address(token) + words.uint(1)
        answer = returned(rate) if isinstance(rate, int) else rate
        self.rpc.contracts[ORACLE].answers[asked] = answer

    def lose(self, at: Address, answer: Answer) -> None:
        """From now on a contract gives one answer to everything."""
        self.rpc.contracts[at] = FakeContract(default=answer)

    def state(self) -> State:
        """Reads at the head."""
        at = self.rpc.block_at(self.rpc.newest)
        return State([StateReader(self.rpc, at, MULTICALL)])

    def board(self, *pairs: str) -> Board:
        """The feeds of these pairs, or of all."""
        asked = Board.read(self.state(), self.table, pairs or self.table.feeds)
        return asyncio.run(asked)

    def query(self, tokens: Mapping[Address, Wanted]) -> Query:
        """What a source is asked about tokens."""
        return Query(
            chain=self.chain,
            state=self.state(),
            table=self.table,
            board=self.board(),
            tokens=tokens,
        )

    def values(
        self,
        holdings: Sequence[Holding],
        *,
        mode: PriceMode = PriceMode.ONCHAIN,
        fixed: Mapping[tuple[int, Address], Decimal] | None = None,
        weights: Weights = WEIGHTS,
    ) -> list[Value]:
        """What holdings are worth here."""
        book = price_book(
            mode, fixed=fixed or {}, weights=weights, table=lambda _: self.table
        )
        return asyncio.run(book.values(self.state(), self.chain, holdings))

    def value(self, of: Holding) -> Value:
        """What one holding is worth here."""
        (found,) = self.values([of])
        return found


def holding(
    token: Address = COIN,
    effective: int | None = 10**18,
    *,
    decimals: int | None = 18,
    fungible: bool = True,
    further: bool = False,
) -> Holding:
    """So many smallest units of a token."""
    facts = token_facts(
        address=token,
        decimals=decimals,
        balance=effective,
        reaches_further=further,
    )
    return Holding(token=facts, effective=effective, fungible=fungible)


def wanted(
    token: Address = COIN, most: int = 10**18, *, decimals: int | None = 18
) -> dict[Address, Wanted]:
    """One token whose price is wanted."""
    facts = token_facts(address=token, decimals=decimals, balance=most)
    return {token: Wanted(token=facts, most=most, decimals=decimals)}


def worth(value: Value) -> Decimal:
    """Its USD; it must have a value."""
    assert isinstance(value, Worth), value
    return value.usd


def price_of(told: Price | Unpriced | None) -> Price:
    """It must be a price."""
    assert isinstance(told, Price), told
    return told


REVERTS = Reverted("reverts")
