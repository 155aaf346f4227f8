"""Chainlink's feeds: used where they are fresh and positive, else not at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.intel.feeds import HEARTBEAT, ChainFeeds, Feed
from allowctl.intel.prices.board import (
    DECIMALS,
    GRACE,
    LATEST_ROUND_DATA,
    SLACK,
    Quoted,
    Reading,
)
from allowctl.model.chain import Answer, Returned, Unserved
from allowctl.model.value import Unpriced
from tests.build import returned
from tests.fakes.rpc import EMPTY, FakeRpc
from tests.intel.prices.market import (
    ETH_USD,
    REVERTS,
    SEQUENCER,
    TABLE,
    USDC_USD,
    Market,
)

ETH = ("ETH / USD",)
LOST = Unserved("not now")


def on_layer_2() -> Market:
    return Market(table=replace(TABLE, sequencer=SEQUENCER))


def eth(market: Market) -> Reading:
    return market.board().price(ETH)


def test_selectors() -> None:
    """They are those of Chainlink's AggregatorV3Interface."""
    assert keccak(text="latestRoundData()")[:4] == LATEST_ROUND_DATA
    assert keccak(text="decimals()")[:4] == DECIMALS


@given(answer=st.integers(1, 2**255 - 1), decimals=st.integers(0, 36))
def test_a_price(answer: int, decimals: int) -> None:
    """It is the answer with its point in its place, to sixty digits."""
    market = Market()
    market.feed(ETH_USD, answer, decimals=decimals, age=9)
    found = eth(market)
    assert isinstance(found, Quoted)
    assert found.at == market.now - 9
    off = Fraction(found.usd) - Fraction(answer, 10**decimals)
    assert abs(off) <= Fraction(answer, 10 ** (decimals + 59))


@pytest.mark.parametrize("answer", [0, -1, -(2**255)])
def test_no_price(answer: int) -> None:
    """An answer that is not above 0 is none."""
    market = Market()
    market.feed(ETH_USD, answer)
    assert eth(market) is None


@pytest.mark.parametrize(
    ("age", "usable"),
    [
        (-1, False),
        (0, True),
        (HEARTBEAT + SLACK, True),
        (HEARTBEAT + SLACK + 1, False),
    ],
)
def test_staleness(age: int, usable: bool) -> None:  # noqa: FBT001 - a case
    """Not from the future, and no older than its heartbeat and some slack."""
    market = Market()
    market.feed(ETH_USD, 5, age=age)
    assert (eth(market) is not None) is usable


def test_a_heartbeat_of_its_own() -> None:
    """A feed that is renewed each hour is stale sooner."""
    feed = Feed(pair="ETH / USD", address=ETH_USD, heartbeat=3_600)
    market = Market(table=replace(TABLE, feeds={"ETH / USD": feed}))
    market.feed(ETH_USD, 5, age=3_600 + SLACK + 1)
    assert eth(market) is None
    market.feed(ETH_USD, 5, age=3_600 + SLACK)
    assert eth(market) is not None


def test_a_round_that_was_never_held() -> None:
    """Round 0, or one that was never updated, is none."""
    market = Market()
    market.rpc.contracts[ETH_USD].answers[LATEST_ROUND_DATA] = returned(
        0, 5, market.now, market.now, 0
    )
    assert eth(market) is None
    market.feed(ETH_USD, 5, age=market.now)
    assert eth(market) is None


@pytest.mark.parametrize(
    "answer",
    [
        EMPTY,
        REVERTS,
        returned(1),
        returned(1, 5, 9, 9, 1, 1),
        returned(2**80, 5, 9, 9, 1),
        Returned(bytes(159)),
    ],
    ids=["empty", "reverts", "short", "long", "wide round", "cut"],
)
def test_garbage(answer: Answer) -> None:
    """What is no round says nothing."""
    market = Market()
    market.rpc.contracts[ETH_USD].answers[LATEST_ROUND_DATA] = answer
    assert eth(market) is None


@pytest.mark.parametrize("answer", [EMPTY, REVERTS, returned(37), returned(2**200)])
def test_decimals_that_are_none(answer: Answer) -> None:
    """Without them an answer is no price."""
    market = Market()
    market.rpc.contracts[ETH_USD].answers[DECIMALS] = answer
    assert eth(market) is None


@pytest.mark.parametrize("selector", [LATEST_ROUND_DATA, DECIMALS])
def test_unserved(selector: bytes) -> None:
    """What nobody served is told apart from what says nothing; others are unharmed."""
    market = Market()
    market.rpc.contracts[ETH_USD].answers[selector] = LOST
    board = market.board()
    assert board.price(ETH) is Unpriced.UNSERVED
    assert board.price(("USDC / USD",)) == Quoted(usd=Decimal(1), at=market.now - 60)


def test_a_product() -> None:
    """A price through another: the older of their times, and all must be there."""
    market = Market()
    market.feed(USDC_USD, 15 * 10**17, decimals=18, age=500)
    board = market.board()
    both = ("USDC / USD", "ETH / USD")
    assert board.price(both) == Quoted(usd=Decimal(3_000), at=market.now - 500)
    assert board.price((*both, "XAU / USD")) is None
    assert board.price(()) is None
    market.rpc.contracts[USDC_USD].answers[LATEST_ROUND_DATA] = LOST
    assert market.board().price((*both, "XAU / USD")) is Unpriced.UNSERVED


@pytest.mark.parametrize(
    ("answer", "started", "usable"),
    [(0, GRACE, True), (0, GRACE - 1, False), (1, 2 * GRACE, False)],
)
def test_the_sequencer(
    answer: int,
    started: int,
    usable: bool,  # noqa: FBT001 - a case
) -> None:
    """Down, or up for less than an hour: no feed of that chain is used."""
    market = on_layer_2()
    market.feed(SEQUENCER, answer, started=started)
    assert (eth(market) is not None) is usable


def test_a_sequencer_that_never_started() -> None:
    """A status that was never set is no status."""
    market = on_layer_2()
    market.feed(SEQUENCER, 0, started=market.now)
    assert eth(market) is None


def test_a_sequencer_that_is_not_told() -> None:
    """Nobody served it: then no price was served. It reverts: then there is none."""
    market = on_layer_2()
    market.lose(SEQUENCER, LOST)
    assert eth(market) is Unpriced.UNSERVED
    market.lose(SEQUENCER, REVERTS)
    assert eth(market) is None


def test_only_what_is_asked_for() -> None:
    """Other feeds are left alone; for no feed at all nobody is asked."""
    market = Market(rpc=FakeRpc(multicall=False, overrides=False, creates=False))
    market.board("ETH / USD", "no such / pair")
    asked = {call.to for call in market.rpc.called}
    assert ETH_USD in asked
    assert USDC_USD not in asked
    quiet = Market(table=ChainFeeds())
    assert quiet.board("ETH / USD").price(ETH) is None
    assert quiet.rpc.requests == 0
