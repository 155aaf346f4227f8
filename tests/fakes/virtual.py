"""An event loop whose time leaps to the next timer: minutes pass in no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class StuckError(AssertionError):
    """Everybody waits, and nothing will ever wake anybody."""


class _Leaping(selectors.SelectSelector):
    """Never waits: it only notes how long it would have."""

    def __init__(self, late: float) -> None:
        super().__init__()
        self.now = 0.0
        self._late = late

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise StuckError
        if timeout > 0:
            self.now += timeout + self._late
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Real asyncio in simulated time. Without any I/O: nothing else would come.

    `late`: seconds by which every timer is late.
    """

    def __init__(self, *, late: float = 0.0) -> None:
        self._leaping = _Leaping(late)
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def simulate(main: Coroutine[object, object, T], *, late: float = 0.0) -> T:
    """Run it in simulated time. StuckError if it would never end."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(late=late)) as runner:
        return runner.run(main)
