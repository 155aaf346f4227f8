"""Coroutines run without waiting: when all wait for a time, it is that time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Where the loop would wait for a time, it is told that the time has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        if not ready:
            self.skipped += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._hurried = _Selector()
        super().__init__(self._hurried)

    def time(self) -> float:
        """Seconds, those that nobody waited for among them."""
        return super().time() + self._hurried.skipped


def hurried(work: Coroutine[Any, Any, T]) -> T:
    """What it comes to; `loop.time()` runs ahead of the clock on the wall."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
