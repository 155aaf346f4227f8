"""Clients that never rest, an endpoint that limits their rate, and simulated time."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass, field
from typing import Protocol

from allowctl.rpc.pace import Pace
from tests.fakes.virtual import simulate

LATENCY = 0.05
"""Seconds from sending to the reply."""


class Limiter(Protocol):
    """Lets so many requests in per second."""

    def take(self, now: float) -> float | None:
        """None if one may pass, else the seconds until one may."""


class Anything:
    """No limit."""

    def take(self, now: float) -> float | None:
        del now
        return None


@dataclass(slots=True)
class Bucket:
    """A token bucket that holds a second's worth."""

    per_second: float
    left: float = math.inf
    at: float = 0.0

    def take(self, now: float) -> float | None:
        fresh = (now - self.at) * self.per_second
        self.left = min(self.per_second, self.left + fresh)
        self.at = now
        if self.left < 1:
            return (1 - self.left) / self.per_second
        self.left -= 1
        return None


@dataclass(slots=True)
class Window:
    """A count that starts anew each second; the first one lasts `phase`."""

    per_second: float
    phase: float = 1.0
    second: int = -1
    count: int = 0

    def take(self, now: float) -> float | None:
        shifted = now + 1 - self.phase
        if math.floor(shifted) != self.second:
            self.second, self.count = math.floor(shifted), 0
        if self.count >= self.per_second:
            return self.second + 1 - shifted
        self.count += 1
        return None


@dataclass(slots=True)
class Traffic:
    """When requests were served and refused, and how many were under way."""

    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    under_way: int = 0
    most: int = 0

    def refused_share(self, *, after: float) -> float:
        refused = sum(at > after for at in self.refused)
        return refused / (refused + sum(at > after for at in self.served))


def drive(  # noqa: PLR0913 - the parts of one simulation, all by name
    pace: Pace,
    limiter: Limiter,
    *,
    seconds: float,
    clients: int = 64,
    told: bool = False,
    seed: int = 0,
) -> Traffic:
    """What so many clients make of it, each with its next request at once.

    `told`: refusals come with a Retry-After, which is in whole seconds.
    """
    seen = Traffic()
    jitter = random.Random(seed)  # noqa: S311 - no secret hangs on it

    async def client() -> None:
        loop = asyncio.get_running_loop()
        while True:
            async with pace.slot() as sent_at:
                seen.under_way += 1
                seen.most = max(seen.most, seen.under_way)
                await asyncio.sleep(LATENCY * jitter.uniform(0.4, 0.6))
                wait = limiter.take(loop.time())
                await asyncio.sleep(LATENCY * jitter.uniform(0.4, 0.6))
                seen.under_way -= 1
                if wait is None:
                    seen.served.append(loop.time())
                    pace.served(sent_at, alike=True)
                else:
                    seen.refused.append(loop.time())
                    pace.refused(sent_at, max(1, math.ceil(wait)) if told else None)

    async def run() -> None:
        tasks = [asyncio.create_task(client()) for _ in range(clients)]
        _, left = await asyncio.wait(tasks, timeout=seconds)
        for task in left:
            task.cancel()
        await asyncio.wait(left)

    # Timers are a little late, as they are.
    simulate(run(), late=0.0005)
    return seen
