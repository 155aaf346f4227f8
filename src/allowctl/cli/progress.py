"""A line for each chain on stderr that moves, where a person is there to see it."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from allowctl.model.chain import Chain

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from allowctl.rpc.logs import Tick

_NAME = 16
_BAR = 12
_WITH_BLOCKS = 62
"""Columns beside the name from which there is room for the blocks."""
_WITH_BAR = 78
"""The same for a bar, too."""
_STEP = 0.5
_WINDOW = 20
"""Samples that rates are taken over, so many `_STEP` seconds apart."""
_DAY = 86_400
_MILLION = 1_000_000
_UNITS = ("", "k", "M", "G", "T", "P", "E")


class Watch:
    """Sees a run go on. This one tells nobody."""

    def expect(self, chains: int) -> None:
        """So many chains are going to be scanned."""

    def begin(self, chain: Chain, owners: int = 1) -> None:
        """A chain is being asked for so many owners."""

    def tick(self, chain: Chain, tick: Tick) -> None:
        """The search on a chain has come so far."""

    def end(self, chain: Chain) -> None:
        """A chain is done with."""


@contextmanager
def progress(*, quiet: bool) -> Iterator[Watch]:
    """What is told of the run while it runs; gone from the screen when it ends."""
    if quiet or sys.__stderr__ is None or not sys.stderr.isatty():
        yield Watch()
        return
    from rich.console import Console
    from rich.live import Live

    shown = Lines(clock=time.monotonic)
    with Live(
        shown, console=Console(stderr=True), refresh_per_second=4, transient=True
    ):
        yield shown


@dataclass(slots=True, kw_only=True)
class _Chain:
    """How far one chain is."""

    name: str
    owners: int = 1
    tick: Tick | None = None
    samples: deque[tuple[float, int, int]] = field(
        default_factory=lambda: deque(maxlen=_WINDOW)
    )
    """Moment, blocks done, requests sent."""


@dataclass(slots=True, kw_only=True)
class Lines(Watch):
    """One line for each chain that is being scanned, and how many are done."""

    clock: Callable[[], float]
    under_way: dict[int, _Chain] = field(default_factory=dict)
    expected: int = 0
    done: int = 0

    def expect(self, chains: int) -> None:
        """So many chains are going to be scanned."""
        self.expected = chains

    def begin(self, chain: Chain, owners: int = 1) -> None:
        """It gets a line."""
        self.under_way[chain.id] = _Chain(name=chain.name, owners=owners)

    def tick(self, chain: Chain, tick: Tick) -> None:
        """Remember it, and now and then a sample for the rates."""
        line = self.under_way[chain.id]
        line.tick = tick
        now = self.clock()
        if not line.samples or now - line.samples[-1][0] >= _STEP:
            line.samples.append((now, tick.done, tick.requests))

    def end(self, chain: Chain) -> None:
        """Its line goes."""
        self.under_way.pop(chain.id, None)
        self.done += 1

    def lines(self, width: int) -> Iterator[str]:
        """The text, no line of it wider than `width`."""
        chains = list(self.under_way.values())
        longest = max((len(each.name) for each in chains), default=0)
        for each in chains:
            yield _line(each, self.clock(), min(longest, _NAME), width)[:width]
        if self.expected > 1:
            yield f"{self.done} of {self.expected} chains done"[:width]

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        """One column is left free: a full line makes some terminals break it."""
        from rich.text import Text

        for line in self.lines(options.max_width - 1):
            yield Text(line, no_wrap=True, overflow="crop")


def _line(of: _Chain, now: float, name_width: int, width: int) -> str:
    name = f"{_cut(of.name):<{name_width}}"
    tick = of.tick
    if tick is None:
        return f"{name}  waiting for the first answer"
    total = max(tick.total, 1)
    parts = [name]
    if width - name_width >= _WITH_BAR:
        filled = _BAR * tick.done // total
        parts.append(f"[{'#' * filled}{'.' * (_BAR - filled)}]")
    if width - name_width >= _WITH_BLOCKS:
        done, every = (_short(each // of.owners) for each in (tick.done, tick.total))
        parts.append(f"{f'{done}/{every} blocks':>16}")
    blocks, requests = _rates(of, tick, now)
    parts += [
        f"{100 * tick.done // total:>3} %",
        f"{_count(tick.logs):>7} logs",
        f"{_count(round(requests)):>5} req/s",
    ]
    if tick.done >= tick.total:
        parts.append("state")
    else:
        parts.append(_duration((tick.total - tick.done) / blocks) if blocks else "?")
    return "  ".join(parts)


def _rates(of: _Chain, tick: Tick, now: float) -> tuple[float, float]:
    """Blocks and requests per second, lately."""
    if not of.samples:
        return 0.0, 0.0
    began, done, requests = of.samples[0]
    seconds = max(now - began, _STEP)
    return (tick.done - done) / seconds, (tick.requests - requests) / seconds


def _count(number: int) -> str:
    return f"{number:,}" if number < _MILLION else f"{number / _MILLION:,.1f}M"


def _short(number: int) -> str:
    """In at most four characters, rounded down: 1.2M, 24M."""
    power = (len(str(number)) - 1) // 3
    scale = 1000**power
    if not power or number >= 10 * scale:
        return f"{number // scale}{_UNITS[power]}"
    return f"{number // scale}.{number * 10 // scale % 10}{_UNITS[power]}"


def _cut(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 2] + ".."


def _duration(seconds: float) -> str:
    """What is left to wait, in a few characters."""
    if seconds >= _DAY:
        return f"{seconds / _DAY:,.0f} d"
    minutes, rest = divmod(int(seconds) + 1, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
