"""How often a provider lets itself be asked."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.fakes.provider_profile import Rate, Refusal


class Limiter:
    """A bucket that holds a second's worth of requests, or a count per second."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._since = clock()
        self._left = rate.per_second

    def take(self) -> Refusal | None:
        """None if a request may pass, else what it is told."""
        rate, now = self._rate, self._clock()
        passed = now - self._since
        if not rate.windows:
            self._left = min(rate.per_second, self._left + passed * rate.per_second)
            self._since = now
            wait = (1 - self._left) / rate.per_second
        else:
            if passed >= 1:
                self._since, self._left = now - passed % 1, rate.per_second
            wait = 1 - (now - self._since)
        if self._left >= 1:
            self._left -= 1
            return None
        seconds = max(1, math.ceil(wait))
        return rate.refusal.filled(cap=int(rate.per_second), wait=seconds)
