"""What a search finds, on its way into the cache: in few, whole transactions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from allowctl.model.chain import Address, BlockRange, Log
from allowctl.rpc.logs import Served
from allowctl.store.values import Piece

if TYPE_CHECKING:
    from allowctl.store.cache import Cache

_EVERY = 0.5
_EVERY_MANY = 4.0
"""Seconds between two transactions: what a killed process loses at most. Of many
owners each is a row, so it is done less often."""
_MANY = 100
_MOST = 20_000
"""Logs held back until they are written, before nothing more is asked for."""


class Keeper:
    """Puts what is served and final into the cache, and holds the rest.

    A range's logs and its coverage are committed together. What two endpoints
    dispute is not remembered: it is held, as the tail above finality is.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        chain_id: int,
        version: str,
        settled: int,
        owners: Mapping[str, Address],
    ) -> None:
        self.held: dict[Address, list[Log]] = {}
        """By owner: logs that are not in the cache."""
        self._cache = cache
        self._chain_id = chain_id
        self._version = version
        self._settled = settled
        self._owners = owners
        self._every = _EVERY if len(owners) < _MANY else _EVERY_MANY
        self._waiting: list[Piece] = []
        self._logs = 0
        self._writing: asyncio.Task[None] | None = None
        self._written_at = time.monotonic()

    def take(self, served: Served) -> None:
        """Keep a range: a sink, that only files and has others write."""
        position = len(served.wanted.topics) - 1
        owners = tuple(self._owners[each] for each in served.wanted.topics[position])
        logs = [(self._owners[log.topics[position]], log) for log in served.logs]
        last = min(served.blocks.last, self._settled)
        if served.disputed or last < served.blocks.first:
            self._hold(logs)
            return
        final = tuple(each for each in logs if each[1].block <= last)
        if len(final) < len(logs):
            self._hold([each for each in logs if each[1].block > last])
        blocks = BlockRange(served.blocks.first, last)
        self._waiting.append(Piece(owners=owners, blocks=blocks, logs=final))
        self._logs += len(final)
        if self._writing is None and time.monotonic() - self._written_at > self._every:
            self._writing = asyncio.create_task(self._write())
            # What fails is tried again by `flush`, which says so.
            self._writing.add_done_callback(
                lambda task: task.cancelled() or task.exception()
            )

    async def room(self) -> None:
        """Wait until not too many logs wait to be written."""
        while self._logs > _MOST:
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits. CacheError if that fails."""
        while self._waiting or self._writing is not None:
            if self._writing is None:
                self._writing = asyncio.create_task(self._write())
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        pieces, self._waiting = self._waiting, []
        count, self._logs = self._logs, 0
        try:
            await asyncio.to_thread(
                self._cache.commit, self._chain_id, self._version, _joined(pieces)
            )
        except BaseException:
            self._waiting += pieces
            self._logs += count
            raise
        finally:
            self._written_at = time.monotonic()
            self._writing = None

    def _hold(self, logs: list[tuple[Address, Log]]) -> None:
        for owner, log in logs:
            self.held.setdefault(owner, []).append(log)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The same with neighbours of the same owners as one."""
    joined: list[Piece] = []
    ordered = sorted(pieces, key=lambda each: (each.owners, each.blocks))
    for owners, group in groupby(ordered, key=lambda each: each.owners):
        run: list[Piece] = []
        for piece in group:
            if run and run[-1].blocks.last + 1 != piece.blocks.first:
                joined.append(_one(owners, run))
                run = []
            run.append(piece)
        joined.append(_one(owners, run))
    return joined


def _one(owners: tuple[Address, ...], run: list[Piece]) -> Piece:
    blocks = BlockRange(run[0].blocks.first, run[-1].blocks.last)
    return Piece(
        owners=owners,
        blocks=blocks,
        logs=tuple(log for piece in run for log in piece.logs),
    )
