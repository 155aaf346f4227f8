"""How many requests in a second one endpoint takes, learned from its refusals.

Free until the first refusal; then what was served in the second before. From
there it climbs until it is refused, which makes a ceiling, and stays just below:
a trial from time to time shows whether the ceiling is still there. A refusal
that is no trial's shows that a burst was taken for a rate; what was served since
the last one is nearer to the truth. No I/O; seconds of any clock.
"""

from __future__ import annotations

from collections import deque

_STEP = 1.03
_PART = 0.35
"""Of the way to the ceiling, where that is the larger step."""
_SETTLING = 1.0
"""Seconds from one step up to the next."""
_CLOSE = 0.97
"""How near the rate comes to the ceiling, trials apart."""
_PATIENCE = 20.0
"""Seconds before a trial; twice as many after each that failed."""
_MOST_PATIENCE = 600.0
_LARGEST_LEAP = 1.5
_SOON = 3.0
"""Seconds within which one refusal belongs to the other."""
_FURTHEST_BACK = (0.9, 0.8, 0.75, 0.6, 0.5)
"""At most so far at once, the more refusals came soon after another."""
_USED = 0.8
"""Part of the rate below which nothing says that it is too low."""
_LEAST = 0.05


class Rate:
    """One endpoint's. `per_second` is None where nothing was refused."""

    def __init__(self, per_second: float | None = None) -> None:
        self.per_second = per_second
        self._ceiling = None if per_second is None else per_second / _CLOSE
        """What is refused when it is sent evenly."""
        self._lately: deque[float] = deque()
        """When requests were served in the last second."""
        self._served = 0
        """Requests served since the last lesson."""
        self._lesson_at: float | None = None
        self._changed_at: float | None = None
        self._soon = 0
        """Lessons, each soon after another."""
        self._soon_served = 0
        """Requests served since the first of them."""
        self._soon_since = 0.0
        self._patience = _PATIENCE
        self._trial = False
        """Whether it is being tried if the ceiling is still there."""
        self._leap = 1 / _CLOSE

    def served(self, sent_at: float, now: float, count: int = 1) -> None:
        """Requests were answered."""
        self._lately.extend([now] * count)
        if self._lesson_at is not None and sent_at < self._lesson_at:
            if self._ceiling is None and self.per_second is not None:
                # The burst that the rate was learned from is not over.
                self.per_second += count
            return
        self._served += count
        self._forget(now)
        if self.per_second is not None:
            self._climb(now, self.per_second)

    def refused(self, now: float) -> None:
        """A request was refused for coming too soon.

        Where nothing was served since the last lesson it is only still closed.
        """
        if self._lesson_at is not None and not self._served:
            return
        self._forget(now)
        if self.per_second is None:
            self.per_second = max(1.0, float(len(self._lately)))
        elif self._trial:
            self._give_up_trial(now, self.per_second)
        else:
            self._lower(now, self.per_second)
        self._lesson_at = self._changed_at = now
        self._served = 0

    def _give_up_trial(self, now: float, rate: float) -> None:
        self._trial = False
        held = rate / self._leap
        self._ceiling = held / _CLOSE
        self._patience = min(self._patience * 2, _MOST_PATIENCE)
        self._soon = 0
        self._soon_served = 0
        self._soon_since = now
        self.per_second = held

    def _lower(self, now: float, rate: float) -> None:
        last = now if self._lesson_at is None else self._lesson_at
        if now - last < _SOON:
            self._soon += 1
            self._soon_served += self._served
        else:
            self._soon = 0
            self._soon_served = self._served
            self._soon_since = last
        passed = now - self._soon_since
        truth = self._soon_served / passed if passed >= 1 else rate
        furthest = _FURTHEST_BACK[min(self._soon, len(_FURTHEST_BACK) - 1)]
        self._ceiling = rate * _CLOSE
        less = min(rate * _FURTHEST_BACK[0], max(truth, rate * furthest))
        self.per_second = max(less, _LEAST)

    def _climb(self, now: float, rate: float) -> None:
        if self._changed_at is None:
            self._changed_at = now
        passed = now - self._changed_at
        if passed < _SETTLING or len(self._lately) < int(rate * _USED):
            return
        if self._ceiling is None:
            self.per_second = rate * _STEP
        elif rate < (close := self._ceiling * _CLOSE):
            more = max(rate * _STEP, rate + (close - rate) * _PART)
            self.per_second = min(close, more)
        elif passed >= self._patience:
            self._try_higher(rate)
        else:
            return
        self._changed_at = now

    def _try_higher(self, rate: float) -> None:
        if self._trial:
            # The last one held: the ceiling is gone, and may be far up by now.
            self._patience = _PATIENCE
            self._leap = min(1 + 2 * (self._leap - 1), _LARGEST_LEAP)
        else:
            self._leap = 1 / _CLOSE
        self._trial = True
        self.per_second = rate * self._leap
        self._ceiling = self.per_second / _CLOSE

    def _forget(self, now: float) -> None:
        while self._lately and self._lately[0] < now - 1:
            self._lately.popleft()
