"""All logs of a block range, whatever range the endpoint takes at once.

A range that is refused is asked again in smaller ones. What is refused down to
a single block is a gap: never an empty answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from allowctl.errors import DeadlineError, OversizeError, UnservedError
from allowctl.model.chain import BlockRange, Gap, Log, LogFilter
from allowctl.rpc.client import RefusalError, RefusalKind, Rpc

_PATIENCE = 4
"""Deadlines missed in a row before the rest is given up."""
_HOPELESS = 32
"""Units given up in a row before the rest is: asking for every single block of a
chain would never end."""

Progress = Callable[[int, int], None]
"""Called with blocks done and blocks in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLogs:
    """What a range holds, as far as it was served."""

    logs: tuple[Log, ...]
    gaps: tuple[Gap, ...]


async def fetch(
    rpc: Rpc,
    wanted: LogFilter,
    blocks: BlockRange,
    *,
    concurrency: int,
    progress: Progress,
) -> FoundLogs:
    """Every log of a range, newest range first, and the ranges not served."""
    search = _Search(rpc, wanted, blocks, progress)
    await search.run(concurrency)
    return FoundLogs(logs=tuple(search.logs), gaps=merge(search.gaps))


def merge(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The same gaps in order, neighbours with one reason as one."""
    merged: list[Gap] = []
    for gap in sorted(gaps, key=lambda each: each.blocks):
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.reason == gap.reason
            and last.blocks.last + 1 == gap.blocks.first
        ):
            whole = BlockRange(last.blocks.first, gap.blocks.last)
            merged[-1] = Gap(blocks=whole, reason=gap.reason)
        else:
            merged.append(gap)
    return tuple(merged)


class _Search:
    """The ranges still to be asked, and what was learned from asking.

    Until the first range is served, one request is under way at a time: that
    a range is too wide has to be learned only once.
    """

    def __init__(
        self, rpc: Rpc, wanted: LogFilter, blocks: BlockRange, progress: Progress
    ) -> None:
        self.logs: list[Log] = []
        self.gaps: list[Gap] = []
        self._rpc = rpc
        self._wanted = wanted
        self._progress = progress
        self._todo = deque([blocks])
        self._blocks = len(blocks)
        self._done = 0
        self._span = len(blocks)
        self._settled = False
        self._deadlines = 0
        self._failures = 0

    async def run(self, concurrency: int) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while self._todo or running:
                while self._todo and len(running) < (
                    concurrency if self._settled else 1
                ):
                    running.add(asyncio.create_task(self._serve(self._next())))
                finished, running = await asyncio.wait(
                    running, return_when=asyncio.FIRST_COMPLETED
                )
                for task in finished:
                    task.result()
        finally:
            for task in running:
                task.cancel()

    def _next(self) -> BlockRange:
        """The newest blocks not asked for yet, as many as are served at once."""
        unit = self._todo.popleft()
        if len(unit) <= self._span:
            return unit
        border = unit.last - self._span
        self._todo.appendleft(BlockRange(unit.first, border))
        return BlockRange(border + 1, unit.last)

    async def _serve(self, unit: BlockRange) -> None:
        try:
            logs = await self._rpc.logs(self._wanted, unit)
        except OversizeError as error:
            self._split(unit, error)
        except DeadlineError as error:
            self._missed(unit, error)
        except RefusalError as refusal:
            self._refused(unit, refusal)
        except UnservedError as error:
            self._give_up(unit, error)
        else:
            self._settled = True
            self._deadlines = 0
            self._failures = 0
            self.logs.extend(logs)
            self._finish(unit)

    def _refused(self, unit: BlockRange, refusal: RefusalError) -> None:
        match refusal.kind:
            case RefusalKind.RANGE if len(unit) > 1:
                self._span = min(self._span, len(unit) // 2)
                self._todo.appendleft(unit)
            case RefusalKind.RESULTS:
                self._split(unit, refusal)
            case RefusalKind.FATAL | RefusalKind.UNSUPPORTED if not self._settled:
                # Later it may be one bad reply among good ones.
                self._give_up(unit, refusal)
                self._give_up_rest(refusal)
            case _:
                self._give_up(unit, refusal)

    def _split(self, unit: BlockRange, error: UnservedError) -> None:
        """Halves of this unit alone: only here is there too much."""
        if len(unit) == 1:
            self._give_up(unit, error)
            return
        older, newer = unit.halves()
        self._todo.extendleft((older, newer))

    def _missed(self, unit: BlockRange, error: DeadlineError) -> None:
        self._deadlines += 1
        if self._deadlines >= _PATIENCE or len(unit) == 1:
            self._give_up(unit, error)
            self._give_up_rest(error)
            return
        self._span = min(self._span, max(1, len(unit) // 4))
        self._todo.appendleft(unit)

    def _give_up(self, unit: BlockRange, error: UnservedError) -> None:
        self._leave(unit, error)
        self._failures += 1
        if self._failures >= _HOPELESS:
            self._give_up_rest(error)

    def _give_up_rest(self, error: UnservedError) -> None:
        while self._todo:
            self._leave(self._todo.popleft(), error)

    def _leave(self, unit: BlockRange, error: UnservedError) -> None:
        self.gaps.append(Gap(blocks=unit, reason=error.message))
        self._finish(unit)

    def _finish(self, unit: BlockRange) -> None:
        self._done += len(unit)
        self._progress(self._done, self._blocks)
