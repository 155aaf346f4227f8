"""Trying every endpoint of a search out before it is believed about old blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from allowctl.errors import UnservedError
from allowctl.rpc.endpoints import Node
from allowctl.rpc.floor import OLD, find_floor, shows
from allowctl.rpc.pace import Sleep

_TRIES = 2
_PAUSE = 1.0
_OTHERS = 5.0
"""Seconds in which the others may show an event that this one must know, too."""


class Canary:
    """The trials of one search, side by side.

    What one endpoint has shown, one that could show nothing has to. One that
    cannot be tried is not believed: its silence would be all there is.
    """

    def __init__(
        self, nodes: Sequence[Node], head: int, known: int | None, sleep: Sleep
    ) -> None:
        self.known = known
        """A block that is known to hold a log: the oldest that was shown."""
        self.old = head - OLD
        """Blocks below this one are old."""
        self._nodes = nodes
        self._head = head
        self._sleep = sleep
        self._samplings: dict[int, asyncio.Task[None]] = {}
        self._verdicts: dict[int, asyncio.Task[None]] = {}

    def begin(self) -> None:
        """Start the trials, if nobody has."""
        if self._samplings:
            return
        for node in self._nodes:
            if node.usable:
                self._samplings[id(node)] = asyncio.create_task(self._sample(node))
        for node in self._nodes:
            if node.usable:
                self._verdicts[id(node)] = asyncio.create_task(self._judge(node))

    def judged(self, node: Node) -> bool:
        """Whether its floor is settled."""
        verdict = self._verdicts.get(id(node))
        return verdict is None or verdict.done()

    async def verdict(self, node: Node) -> None:
        """Wait until its floor is settled."""
        await self._verdicts[id(node)]

    def cancel(self) -> None:
        """Let nothing of it go on."""
        for task in (*self._samplings.values(), *self._verdicts.values()):
            task.cancel()

    async def _sample(self, node: Node) -> None:
        for attempt in range(_TRIES):
            if node.floor is not None:
                break
            try:
                node.show(await find_floor(node.rpc, self._head, self.known))
            except UnservedError:
                if attempt + 1 < _TRIES:
                    await self._sleep(_PAUSE)
        if node.floor is None:
            node.doubt(max(0, self.old))
        if node.proven is not None:
            self.known = min(
                node.proven, node.proven if self.known is None else self.known
            )

    async def _judge(self, node: Node) -> None:
        await self._samplings[id(node)]
        if node.floor or node.proven is not None:
            return
        others = [task for key, task in self._samplings.items() if key != id(node)]
        if others:
            await asyncio.wait(others, timeout=_OTHERS)
        if self.known is None:
            return
        try:
            shown = await shows(node.rpc, self.known)
        except UnservedError:
            shown = False
        if shown:
            node.proven = self.known
        else:
            node.doubt(self._head + 1)
            node.mute = (
                f"{node.host} does not tell a log of block {self.known} "
                "that another endpoint has shown"
            )
