"""How many requests one endpoint is sent at once, and when the next may go out.

The window of requests under way doubles per clean window until a refusal or
twice the base latency, then grows by one and halves on a refusal (AIMD). Once
a rate is known they are sent evenly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from allowctl.rpc.rate import Rate

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]

_FIRST_WINDOW = 4
_TOO_SLOW = 2.0
"""Times the base latency beyond which more at once brings nothing."""
_SLACK = 0.02
"""Seconds by which a latency may exceed that all the same: a busy client's own."""
_LATENESS = 0.05
"""Seconds that a request may catch up: timers wake late."""
_REST = 0.35
_MOST_DOUBLINGS = 8
_LONGEST_REST = 30.0
_UNSERVED_REST = 5.0
"""The same while nothing was ever served: whether it will be is soon known."""


class Pace:
    """One endpoint's. The window is `first` wide and never more than `most`."""

    def __init__(
        self,
        most: int,
        *,
        first: int = _FIRST_WINDOW,
        per_second: float | None = None,
        sleep: Sleep = asyncio.sleep,
        clock: Clock | None = None,
    ) -> None:
        self._most = float(most)
        self._sleep = sleep
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._window = min(float(first), self._most)
        self._doubling = True
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._gate = asyncio.Lock()
        self._latencies: list[float] = []
        self._base: float | None = None
        self._rate = Rate(per_second)
        self._next_at = 0.0
        self._lesson_at: float | None = None
        self.in_vain = 0
        """Lessons since anything was served."""
        self.ever = False
        """Whether anything was ever served."""

    @property
    def per_second(self) -> float | None:
        """Requests per second that it takes, once it has refused more."""
        return self._rate.per_second

    @per_second.setter
    def per_second(self, known: float | None) -> None:
        self._rate = Rate(known)

    @property
    def now(self) -> float:
        """The clock by which it counts, in seconds."""
        return self._clock()

    @property
    def window(self) -> int:
        """Requests that may be under way at once."""
        return max(1, int(self._window))

    @property
    def resting(self) -> float:
        """Seconds until the next request may go out."""
        return max(0.0, self._next_at - self._clock())

    @property
    def longest(self) -> float:
        """Seconds that nobody rests longer than, whatever the endpoint asks for."""
        return _LONGEST_REST if self.ever else _UNSERVED_REST

    @asynccontextmanager
    async def slot(self, *, weight: int = 1) -> AsyncIterator[float]:
        """A place among the requests under way, and the moment it was had.

        First come, first served. `weight`: as how many requests it counts.
        """
        await self._enter()
        try:
            await self._turn(weight)
            yield self._clock()
        finally:
            self._leave()

    def served(self, sent_at: float, *, alike: bool, weight: int = 1) -> None:
        """A request was answered. `alike`: of the sort whose latency is compared."""
        now = self._clock()
        self.in_vain = 0
        self.ever = True
        self._rate.served(sent_at, now, weight)
        if alike:
            self._latencies.append(now - sent_at)
            if len(self._latencies) >= self.window:
                self._judge_window()

    def refused(self, sent_at: float, wait: float | None) -> None:
        """A request was refused for coming too soon; it may have said how much."""
        now = self._clock()
        if self._lesson_at is None or sent_at >= self._lesson_at:
            # Those sent before the last lesson teach nothing new.
            self._lesson_at = now
            self._rate.refused(now)
            self._window = max(1.0, self._window / 2)
            self._doubling = False
            self._latencies.clear()
            self._rest(_REST * 2.0 ** min(self.in_vain, _MOST_DOUBLINGS), wait)
            self.in_vain += 1
        elif wait is not None:
            self.pause(wait)

    def pause(self, seconds: float) -> None:
        """Send nothing for a while."""
        rest = min(seconds, self.longest)
        self._next_at = max(self._next_at, self._clock() + rest)

    def rebase(self) -> None:
        """The requests to come cost otherwise than those so far."""
        self._latencies.clear()
        self._base = None

    def _rest(self, own: float, asked: float | None) -> None:
        # What it asks for is believed once: some ask for nothing, again and again.
        if asked is None or self.in_vain:
            asked = max(own, asked or 0.0)
        self.pause(asked)

    def _judge_window(self) -> None:
        mean = sum(self._latencies) / len(self._latencies)
        self._latencies.clear()
        base = self._base = mean if self._base is None else min(self._base, mean)
        if mean > _TOO_SLOW * base + _SLACK:
            self._doubling = False
            return
        grown = self._window * 2 if self._doubling else self._window + 1
        self._window = min(grown, self._most)
        self._hand_on()

    async def _turn(self, weight: int) -> None:
        """Wait until the rate lets one more request out."""
        async with self._gate:
            while (rest := self.resting) > 0:
                await self._sleep(rest)
            rate = self._rate.per_second
            if rate is not None:
                due = max(self._next_at, self._clock() - _LATENESS)
                self._next_at = due + weight / rate

    async def _enter(self) -> None:
        if not self._waiting and self._under_way < self.window:
            self._under_way += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._hand_on()
            else:
                # It was given the place at the same moment.
                self._leave()
            raise

    def _leave(self) -> None:
        self._under_way -= 1
        self._hand_on()

    def _hand_on(self) -> None:
        """Give free places to those who wait longest."""
        while self._waiting and self._under_way < self.window:
            place = self._waiting.popleft()
            if not place.done():
                self._under_way += 1
                place.set_result(None)
