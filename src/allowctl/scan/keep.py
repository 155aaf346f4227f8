"""What a search finds, on its way into the cache: in few, whole transactions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
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


Vouch = Callable[[Collection[str], float], Awaitable[set[str]]]
"""Which of some endpoints may be remembered, given the moment (time.monotonic) at
which the last of it was served: asked before each transaction."""


class Keeper:
    """Puts what is served and final into the cache, and holds the rest.

    A range's logs and its coverage are committed together. What two endpoints
    dispute is not remembered: it is held, as the tail above finality is, and as is
    the word of an endpoint that is not vouched for when it is written. `learned` is
    called in the writing thread, after each transaction.
    """

    def __init__(  # noqa: PLR0913 - what a row of coverage is made of, all by name
        self,
        cache: Cache,
        *,
        chain_id: int,
        version: str,
        settled: int,
        owners: Mapping[str, Address],
        vouch: Vouch,
        learned: Callable[[], None] = lambda: None,
    ) -> None:
        self.disputed = False
        """Whether two endpoints told different logs of any range."""
        self._held: dict[Address, list[Log]] = {}
        """What is for this run alone."""
        self._cache = cache
        self._chain_id = chain_id
        self._version = version
        self._settled = settled
        self._owners = owners
        self._vouch = vouch
        self._learned = learned
        self._every = _EVERY if len(owners) < _MANY else _EVERY_MANY
        self._waiting: dict[str, list[Piece]] = {}
        """By the endpoint whose word it is."""
        self._leaving: dict[str, list[Piece]] = {}
        """What is being written: it may be neither here nor there."""
        self._logs = 0
        self._writing: asyncio.Task[None] | None = None
        self._written_at = self._taken_at = time.monotonic()

    @property
    def waits(self) -> int:
        """How many logs are not written yet."""
        return self._logs

    def of(self, owner: Address) -> list[Log]:
        """The logs of an owner that are not in the cache, or not yet.

        Twice where they are on their way, never nowhere.
        """
        on_their_way = [
            log
            for some in (self._waiting, self._leaving)
            for pieces in some.values()
            for piece in pieces
            for whose, log in piece.logs
            if whose == owner
        ]
        return self._held.get(owner, []) + on_their_way

    def distrust(self) -> None:
        """Write nothing of what waits: this run alone may use it."""
        self._vouch = _nobody

    def take(self, served: Served) -> None:
        """Keep a range: a sink, that only files and has others write."""
        position = len(served.wanted.topics) - 1
        owners = tuple(self._owners[each] for each in served.wanted.topics[position])
        logs = [(self._owners[log.topics[position]], log) for log in served.logs]
        last = min(served.blocks.last, self._settled)
        self.disputed = self.disputed or served.disputed
        if served.disputed or last < served.blocks.first:
            self._hold(logs)
            return
        final = tuple(each for each in logs if each[1].block <= last)
        if len(final) < len(logs):
            self._hold([each for each in logs if each[1].block > last])
        blocks = BlockRange(served.blocks.first, last)
        piece = Piece(owners=owners, blocks=blocks, logs=final)
        self._waiting.setdefault(served.key, []).append(piece)
        self._taken_at = time.monotonic()
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
        waiting, self._waiting = self._waiting, {}
        self._leaving = waiting
        count, self._logs = self._logs, 0
        try:
            sound = await self._vouch(waiting.keys(), self._taken_at)
            for key in waiting.keys() - sound:
                for piece in waiting[key]:
                    self._hold(list(piece.logs))
            await asyncio.to_thread(
                self._commit, {key: waiting[key] for key in waiting.keys() & sound}
            )
        except BaseException:
            # Committing twice changes nothing.
            for key, pieces in waiting.items():
                self._waiting.setdefault(key, []).extend(pieces)
            self._logs += count
            raise
        finally:
            self._leaving = {}
            self._written_at = time.monotonic()
            self._writing = None

    def _commit(self, waiting: Mapping[str, list[Piece]]) -> None:
        for key, pieces in waiting.items():
            version = told_by(self._version, key)
            self._cache.commit(self._chain_id, version, _joined(pieces))
        self._learned()

    def _hold(self, logs: list[tuple[Address, Log]]) -> None:
        for owner, log in logs:
            self._held.setdefault(owner, []).append(log)


async def _nobody(_keys: Collection[str], _since: float) -> set[str]:
    return set()


def told_by(version: str, key: str) -> str:
    """What coverage is remembered under: a filter, and the endpoint whose word it is.

    Another endpoint's silence proves nothing to whoever asks this one.
    """
    return f"{version}/{key[:16]}" if key else version


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
