"""The logs of one block that are too many for one reply."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from allowctl.errors import OversizeError
from allowctl.model.chain import BlockRange, Log, LogFilter
from allowctl.rpc.client import RefusalError, RefusalKind, Rpc

SMALLER = {RefusalKind.RESULTS, RefusalKind.RANGE, RefusalKind.TIMEOUT}
"""Refusals that a question of fewer logs may not meet."""
_ROUND = 1000
_FIVE_HUNDRED = 500
_POWER = 256


async def one_block(rpc: Rpc, wanted: LogFilter, number: int) -> list[Log]:
    """Every matching log of a block: by fewer topics at once, else by its receipts.

    RefusalError if that does not help either, or if the two contradict each other.
    """
    halves = split(wanted)
    if halves is None:
        found = list(await rpc.receipts(wanted, number))
        if not found and await _has_any(rpc, wanted, number):
            raise RefusalError(
                f"{rpc.host} says a block has too many logs, and shows none of them",
                kind=RefusalKind.UNSUPPORTED,
            )
        return found
    parts = await asyncio.gather(*(_ask(rpc, half, number) for half in halves))
    return [log for part in parts for log in part]


async def _has_any(rpc: Rpc, wanted: LogFilter, number: int) -> bool:
    """Whether it still says that a block has logs: some, or too many of them.

    A refusal of the range or for its time says nothing about how many there are.
    """
    try:
        return bool(await rpc.logs(wanted, BlockRange(number, number)))
    except OversizeError:
        return True
    except RefusalError as refusal:
        if refusal.kind not in SMALLER:
            raise
        return refusal.kind is RefusalKind.RESULTS


async def _ask(rpc: Rpc, wanted: LogFilter, number: int) -> list[Log]:
    try:
        found = await rpc.logs(wanted, BlockRange(number, number))
    except OversizeError:
        return await one_block(rpc, wanted, number)
    except RefusalError as refusal:
        if refusal.kind not in SMALLER:
            raise
        return await one_block(rpc, wanted, number)
    if looks_cut(len(found), None):
        return await one_block(rpc, wanted, number)
    return list(found)


def split(wanted: LogFilter) -> tuple[LogFilter, LogFilter] | None:
    """The same in two, by the longest topic position; None if none has two."""
    position = max(
        range(len(wanted.topics)), key=lambda at: len(wanted.topics[at]), default=0
    )
    alternatives = wanted.topics[position] if wanted.topics else ()
    if len(alternatives) <= 1:
        return None
    middle = len(alternatives) // 2
    return (
        with_topics(wanted, position, alternatives[:middle]),
        with_topics(wanted, position, alternatives[middle:]),
    )


def with_topics(
    wanted: LogFilter, position: int, alternatives: tuple[str, ...]
) -> LogFilter:
    """The same filter with other alternatives in one position."""
    topics = list(wanted.topics)
    topics[position] = alternatives
    return replace(wanted, topics=tuple(topics))


def looks_cut(count: int, cap: int | None) -> bool:
    """Whether so many logs look like all that an endpoint gives, not all there are.

    A known cap, or a number that people choose for one. Where it is honest
    chance, the range is read twice and nothing else happens.
    """
    if cap is not None and count >= cap:
        return True
    round_number = count == _FIVE_HUNDRED or (count > 0 and count % _ROUND == 0)
    power = count >= _POWER and count & (count - 1) == 0
    return round_number or power
