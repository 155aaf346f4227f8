"""All logs of many filters and ranges, from whatever endpoints there are.

What is sought is one queue, newest blocks first. Each endpoint takes from it
as much at once as it has shown to serve; what one refuses goes to another. What
nobody serves is a gap: never an empty answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from allowctl.model.chain import BlockRange, Log, LogFilter
from allowctl.model.coverage import Checked, Difference, Gap
from allowctl.rpc.pace import Sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A filter whose last topic position is the owners', and where it is sought."""

    wanted: LogFilter
    blocks: BlockRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The logs of one filter in one range, all of them by somebody's word."""

    wanted: LogFilter
    blocks: BlockRange
    logs: Sequence[Log]
    host: str
    key: str = ""
    """What the endpoint is remembered by."""
    disputed: bool = False
    """Whether two endpoints told different logs; then these are all of both."""


Sink = Callable[[Served], None]
"""Called with each range as soon as it is served. It must not take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A range of a filter that nobody served."""

    wanted: LogFilter
    gap: Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """How far a search is."""

    done: int
    total: int
    """Blocks, counted once for each owner."""
    logs: int
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of a search, apart from the logs."""

    missed: tuple[Missed, ...] = ()
    differences: tuple[Difference, ...] = ()
    checked: Checked = Checked.UNCHECKED
    canary: int | None = None
    """The oldest block of which every endpoint used has shown a log, if tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a search is done."""

    sink: Sink
    progress: Callable[[Tick], None]
    room: Callable[[], Awaitable[None]]
    """Awaited before a range is asked: until there is room for its logs."""
    again: Callable[[], bool] = lambda: False
    """Whether the next range is to be read at a second endpoint too."""
    canary: int | None = None
    """A block of the chain that is known to hold a log."""
    sleep: Sleep = asyncio.sleep


def merge(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The same gaps in order, neighbours with one reason as one."""
    merged: list[Gap] = []
    for gap in sorted(set(gaps), key=lambda each: (each.blocks, each.reason)):
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.reason == gap.reason
            and last.blocks.last + 1 >= gap.blocks.first
        ):
            end = max(last.blocks.last, gap.blocks.last)
            merged[-1] = replace(last, blocks=BlockRange(last.blocks.first, end))
        else:
            merged.append(gap)
    return tuple(merged)


def checked(
    agreed: int, total: int, compared: int, missed: Sequence[Missed]
) -> Checked:
    """By how many endpoints all was told, from the blocks compared and agreed on."""
    if not compared:
        return Checked.UNCHECKED
    whole = agreed >= total and not missed
    return Checked.AGREED if whole else Checked.SAMPLED
