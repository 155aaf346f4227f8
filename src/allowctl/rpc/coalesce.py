"""Questions that several ask at once, asked once and together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Coalesced(Generic[K, V]):
    """An asker of many keys at once, shared by tasks that run side by side.

    What is asked before the loop comes round goes out as one question. Whoever
    asks alone waits for nobody.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Sequence[V]]]) -> None:
        self._ask = ask
        self._keys: dict[K, None] = {}
        self._answer: asyncio.Task[dict[K, V]] | None = None

    async def __call__(self, keys: Sequence[K]) -> list[V]:
        """The value of each key, in order; what `ask` raises, everybody gets."""
        if not keys:
            return []
        self._keys.update(dict.fromkeys(keys))
        if self._answer is None:
            self._answer = asyncio.create_task(self._together())
        # One who gives up does not take the answer from the others.
        found = await asyncio.shield(self._answer)
        return [found[key] for key in keys]

    async def _together(self) -> dict[K, V]:
        await asyncio.sleep(0)
        keys, self._keys, self._answer = list(self._keys), {}, None
        return dict(zip(keys, await self._ask(keys), strict=True))
