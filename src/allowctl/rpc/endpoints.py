"""One endpoint of a chain as the scheduler sees it: what it takes, how it fares.

What is learned is kept between runs (`limits`), and forgotten after a day:
plans change.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from allowctl.model.chain import Block
from allowctl.model.endpoint import Limits
from allowctl.rpc.client import Rpc
from allowctl.rpc.floor import Floor
from allowctl.rpc.pace import Pace

LASTING = 24 * 3600
"""Seconds for which a lesson is believed."""
_LOOPBACK = re.compile(r"\A(localhost|127(\.\d+){3}|\[::1\])(?=:|\Z)")
_LADDER = (
    *(10_000_000, 1_000_000, 100_000, 50_000, 30_000, 10_000, 5_000, 3_000, 2_000),
    *(1_000, 800, 500, 200, 100, 50, 25, 10, 5, 2, 1),
)
"""Caps in blocks as they are seen in the wild (facts/scanning.md, section 2)."""
_ALL = 2**63
_TRIED = 2**64
_TOPICS = 1000
"""geth's own cap for each topic position."""
_CLEAN_BEFORE_GROWTH = 3
_QUICK = 2.0
"""Seconds within which a reply leaves room for more."""
_TIME_AND_AGAIN = 6
_FEW = 100
"""Logs in one reply: below any cap that is one of logs."""
_HOPELESS = 32
"""Units that it failed, one after the other, before it is asked for no more."""


class Node:
    """An endpoint, its limits as learned so far, and its health."""

    def __init__(
        self,
        rpc: Rpc,
        *,
        key: str = "",
        pace: Pace | None = None,
        limits: Limits | None = None,
        now: int = 0,
    ) -> None:
        known = limits or Limits()
        fresh = now - known.learned_at < LASTING
        self.rpc = rpc
        self.key = key
        self.pace = pace or Pace(8)
        self.head: Block | None = None
        self.span = known.span or _ALL
        """Blocks that it is asked for at once."""
        self.refused_span = known.refused_span if fresh else None
        """The least number of blocks that it refused as too many."""
        self.results = known.results
        """Logs in one reply at most; None where not learned."""
        self.topics = known.topics or _TOPICS
        """Alternatives in one topic position."""
        self.floor = known.floor if fresh else None
        """The oldest block of which it keeps logs; None where not learned."""
        self.proven = known.proven if fresh else None
        """The oldest block of which it has shown a log, or None."""
        self.settled = known.span is not None
        """Whether it has served a range: before, it is asked one at a time."""
        self.under_way = 0
        """Units that it is being asked for."""
        self.served = 0
        """Units that it served."""
        self.confirmed_at = -math.inf
        """When (time.monotonic) it last said again which chain it serves."""
        self.dropped: str | None = None
        """Why it is asked for nothing more."""
        self.mute: str | None = None
        """Why it is asked for no more logs."""
        self.doubted = False
        """Whether its floor is only that nothing older could be tried."""
        self.rate_refusals = 0
        """Since it last served a unit."""
        self.deadlines = 0
        """The same."""
        self.in_a_row = 0
        """Failures in passing, the same."""
        self.widest = 0
        """The most blocks that it served at once."""
        self._clean = 0
        self._wider: int | None = None
        """A span that is to be tried, or `_TRIED` while it is."""
        self._failures = 0
        self._too_many: Counter[int] = Counter()
        self._fullest = 0

    @property
    def _tried(self) -> bool:
        return bool(self.floor) or self.proven is not None

    @property
    def host(self) -> str:
        """Host and port."""
        return self.rpc.host

    @property
    def machine(self) -> str:
        """What tells it from another witness: all names of this machine are one."""
        return _LOOPBACK.sub("loopback", self.host)

    @property
    def usable(self) -> bool:
        """Whether it can be asked for logs at all."""
        return self.dropped is None and self.mute is None

    @property
    def free(self) -> bool:
        """Whether it can take one more unit now."""
        window = self.pace.window if self.settled else 1
        return self.usable and self.under_way < window

    def width(self, blocks: int) -> int:
        """How many of so many blocks to ask for next.

        More than was ever served is tried by one request at a time.
        """
        if self._wider is None or self._wider >= _TRIED or blocks <= self.span:
            return min(self.span, blocks)
        wider, self._wider = self._wider, _TRIED
        return min(wider, blocks)

    def refuse_span(self, asked: int, width: int | None) -> None:
        """It refused so many blocks, and may have said how many it takes."""
        self._wider = None
        told = width is not None and width < asked
        less = width if told and width else max(next_lower(asked), self._widest(asked))
        self.refused_span = min(asked, self.refused_span or asked)
        if told:
            self.refused_span = min(self.refused_span, less + 1)
            self.settled = True
        if asked == 1:
            self.mute = f"{self.host} refuses even a single block of logs"
        self._change_span(min(self.span, less))

    def ran_out_of_time(self, asked: int, width: int | None) -> None:
        """It did not finish so many blocks in time."""
        self._wider = None
        less = width if width is not None and width < asked else asked // 4
        self._change_span(min(self.span, max(1, less)))

    def refuse_results(self, asked: int, cap: int | None) -> None:
        """It refused a range for its logs, and may have said how many it gives.

        If it does so of as many blocks time and again, and never gives many logs, it
        means the blocks.
        """
        if cap is not None and cap > 0:
            self.results = min(cap, self.results or cap)
        self._too_many[asked] += 1
        often = self._too_many[asked] >= _TIME_AND_AGAIN
        if often and self._fullest < _FEW and asked > 1:
            self.refuse_span(asked, None)
            self._too_many.clear()

    def lags(self, number: int) -> None:
        """It does not have a block yet."""
        if self.head is not None and self.head.number >= number:
            self.head = replace(self.head, number=max(0, number - 1))

    def show(self, found: Floor) -> None:
        """Its canary has been tried."""
        self.floor = max(found.block, self.floor or 0)
        self.proven = found.proven

    def doubt(self, floor: int) -> None:
        """It has not shown that it keeps older logs: it is not believed about them.

        For now: it is no lesson.
        """
        self.floor, self.proven, self.doubted = floor, None, True

    def pruned(self, first: int) -> None:
        """It refused a range for its age, of which at least the first is too old."""
        self.floor = max(self.floor or 0, first + 1)

    def refuse_topics(self, asked: int, cap: int | None, needed: int) -> None:
        """It refused so many alternatives in a topic position.

        `needed` are those that one filter cannot do without.
        """
        less = cap if cap is not None and 0 < cap < asked else asked // 2
        self.topics = max(1, min(self.topics, less))
        if self.topics < needed or asked <= needed:
            self.mute = f"{self.host} takes too few topics in a filter"

    def clean(self, asked: int, *, seconds: float, logs: int) -> None:
        """It served so many blocks; after a few of them it is asked for more."""
        self.settled = True
        self.served += 1
        self._fullest = max(self._fullest, logs)
        self.rate_refusals = self.deadlines = self.in_a_row = 0
        self.widest = max(self.widest, asked)
        self._failures = 0
        roomy = seconds < _QUICK and logs * 2 < (self.results or 10_000)
        if asked > self.span:
            self._wider = None
            self._change_span(asked)
        if asked < self.span or not roomy:
            return
        self._clean += 1
        if self._clean >= _CLEAN_BEFORE_GROWTH and self._wider is None:
            self._clean = 0
            more = self.span * 2
            if self.refused_span is not None:
                more = min(more, (self.span + self.refused_span) // 2)
            if more > self.span + self.span // 10:
                self._wider = more

    def failed(self, reason: str) -> None:
        """It did not serve a unit, for good."""
        self._failures += 1
        if self._failures >= _HOPELESS:
            self.mute = reason

    def limits(self, now: int) -> Limits:
        """What is worth remembering."""
        return Limits(
            span=self.span if self.settled and self.span < _ALL else None,
            refused_span=self.refused_span,
            results=self.results,
            topics=self.topics if self.topics < _TOPICS else None,
            batch=self.rpc.batch,
            # What nothing was shown of is tried again.
            floor=None if self.doubted or not self._tried else self.floor,
            proven=self.proven,
            per_second=self.pace.per_second,
            by_hash=self.rpc.by_hash,
            learned_at=now,
        )

    def _widest(self, below: int) -> int:
        return self.widest if self.widest < below else 0

    def _change_span(self, span: int) -> None:
        if span != self.span:
            self.span = span
            self.pace.rebase()
        self._clean = 0
        if self._wider != _TRIED:
            self._wider = None


def next_lower(asked: int) -> int:
    """The next smaller usual cap: most caps are round, so few steps find them."""
    return next((each for each in _LADDER if each < asked), 1)


def oldest_shown(nodes: Iterable[Node]) -> int | None:
    """The oldest block of which each of them has shown a log; None if one has not."""
    shown = [node.proven for node in nodes]
    known = [each for each in shown if each is not None]
    return max(known) if known and len(known) == len(shown) else None
