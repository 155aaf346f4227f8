"""Chainlink's feeds of one chain at one block, read once for all who need them.

A feed (AggregatorV3Interface) answers latestRoundData(): round, answer, two times,
round again; the answer has decimals() digits after the point. It is not used where
it is not above 0, was not renewed within its heartbeat, is from the future, or where
the layer 2's sequencer is down or has just come up: then it may be any old price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.intel.feeds import ChainFeeds, Feed
from allowctl.intel.prices import usd
from allowctl.model.chain import Answer, Call, Returned, Unserved
from allowctl.model.value import Unpriced
from allowctl.rpc.state import State

LATEST_ROUND_DATA = bytes.fromhex("feaf968c")
DECIMALS = bytes.fromhex("313ce567")
SLACK = 3_600
"""Seconds beyond its heartbeat that a feed may take to be renewed: blocks are full at
times. Judgement."""
GRACE = 3_600
"""Seconds after a sequencer is up again before feeds are believed: Chainlink's own
advice for its uptime feeds."""
_ROUND_WORDS = 5
_MOST_DECIMALS = 36
"""Above what any feed has: 8 for dollars, 18 for ether."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A price in USD out of feeds."""

    usd: Decimal
    """Of one whole token; above 0."""
    at: int
    """Unix seconds at which the oldest of its feeds was renewed."""


Reading = Quoted | Unpriced | None
"""None: the feed gives no price that may be used; UNSERVED: nobody could be asked."""


class Board:
    """Prices by pair. Without any pair nothing is read."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings = readings

    @classmethod
    async def read(cls, state: State, table: ChainFeeds, pairs: Iterable[str]) -> Board:
        """The feeds of these pairs, in one question. Pairs without a feed are None."""
        feeds = [table.feeds[pair] for pair in sorted({*pairs} & {*table.feeds})]
        if not feeds:
            return cls({})
        calls = [
            Call(feed.address, asked)
            for feed in feeds
            for asked in (LATEST_ROUND_DATA, DECIMALS)
        ]
        if table.sequencer is not None:
            calls.append(Call(table.sequencer, LATEST_ROUND_DATA))
        # Where no feed is, none is the answer: it is not asked for again.
        answers = await state.read(calls, impatient=calls)
        now = state.at.timestamp
        if table.sequencer is not None and not _is_up(answers[-1], now):
            unserved = isinstance(answers[-1], Unserved)
            none = Unpriced.UNSERVED if unserved else None
            return cls({feed.pair: none for feed in feeds})
        return cls(
            {
                feed.pair: _reading(feed, answers[2 * i], answers[2 * i + 1], now)
                for i, feed in enumerate(feeds)
            }
        )

    def price(self, pairs: Sequence[str]) -> Reading:
        """The product of the pairs' prices; None for no pair."""
        readings = [self._readings.get(pair) for pair in pairs]
        quoted = [each for each in readings if isinstance(each, Quoted)]
        if not readings or len(quoted) < len(readings):
            return Unpriced.UNSERVED if Unpriced.UNSERVED in readings else None
        return Quoted(
            usd=usd.times(*(each.usd for each in quoted)),
            at=min(each.at for each in quoted),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What latestRoundData() answers."""

    answer: int
    started_at: int
    updated_at: int


def _round(answer: Answer) -> _Round | None:
    """A round that has been held. None if it is none."""
    if not isinstance(answer, Returned):
        return None
    if len(answer.data) != _ROUND_WORDS * words.WORD:
        return None
    try:
        number = words.uint_at(answer.data, 0, 80)
        # A negative answer is a number of more than 255 bits.
        found = _Round(
            answer=words.uint_at(answer.data, 1, 255),
            started_at=words.uint_at(answer.data, 2),
            updated_at=words.uint_at(answer.data, 3),
        )
    except CodecError:
        return None
    return found if number and found.updated_at else None


def _is_up(answer: Answer, now: int) -> bool:
    """Whether a sequencer is up, and has been for a while."""
    held = _round(answer)
    return held is not None and held.answer == 0 and 0 < held.started_at <= now - GRACE


def _reading(feed: Feed, latest: Answer, decimals: Answer, now: int) -> Reading:
    if isinstance(latest, Unserved) or isinstance(decimals, Unserved):
        return Unpriced.UNSERVED
    held = _round(latest)
    digits = _digits(decimals)
    if held is None or digits is None or held.answer == 0:
        return None
    if not now - feed.heartbeat - SLACK <= held.updated_at <= now:
        return None
    return Quoted(usd=usd.scaled(held.answer, digits), at=held.updated_at)


def _digits(answer: Answer) -> int | None:
    if not isinstance(answer, Returned):
        return None
    try:
        digits = words.uint_at(answer.data, 0, 8)
    except CodecError:
        return None
    return digits if digits <= _MOST_DECIMALS else None
