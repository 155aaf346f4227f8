"""The canary: from which block on an endpoint really keeps logs.

Nodes that have pruned old logs may answer "none" and no error. So blocks are
sampled whose logsBloom is not empty: asked for their logs, an endpoint must have
some. Where it has none, the border is sought by bisection.
"""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.errors import UnservedError
from allowctl.model.chain import LogFilter, Unserved
from allowctl.rpc.client import RefusalError, RefusalKind, Rpc

OLD = 256
"""Blocks below the head from which on a block is old: any node keeps the newer."""
_SAMPLES = 16
_NEAR = 8
_RECENT = 64
"""Blocks below the head among which one with logs is sought, to compare with."""
_FINE = 128
"""Blocks between what is kept and what is not at which the search ends."""
_ROUNDS = 32
_KEEPS_NONE = {RefusalKind.PRUNED, RefusalKind.UNSUPPORTED, RefusalKind.FATAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What the canary says of one endpoint."""

    block: int
    """The oldest block from which on its answers are believed."""
    proven: int | None
    """The oldest block of which it has shown a log; None if nothing could be tried."""


async def find_floor(rpc: Rpc, head: int, canary: int | None) -> Floor:
    """The oldest block from which on the endpoint keeps logs, 0 if all of them.

    `canary` is a block known to hold one: it proves nothing of older ones, so
    others are sampled all the same. UnservedError if it cannot be told.
    """
    sampled = await _sample(rpc, _spread(head))
    if canary is not None and canary <= head:
        known = _Sampled(canary, missing=False)
        sampled = sorted({*sampled, known}, key=lambda each: each.number)
    if not sampled or await _shows(rpc, sampled[0]):
        return Floor(block=0, proven=sampled[0].number if sampled else None)
    return await _lost(rpc, sampled, head)


async def shows(rpc: Rpc, canary: int) -> bool:
    """Whether the endpoint tells a log of a block that is known to hold one."""
    return await _keeps(rpc, canary)


async def _lost(rpc: Rpc, sampled: list[_Sampled], head: int) -> Floor:
    """The floor of an endpoint that has not the oldest logs that were sampled."""
    if sampled[-1].number < head - OLD:
        sampled += await _sample(rpc, list(range(max(0, head - _RECENT), head + 1)))
    newest = sampled[-1]
    if newest is not sampled[0] and await _shows(rpc, newest):
        return await _border(rpc, sampled)
    if newest.number < head - OLD:
        # There is nothing newer to compare with: it is not believed so far back.
        return Floor(block=newest.number + 1, proven=None)
    if newest.missing or await _hides(rpc, newest.number):
        return Floor(block=head + 1, proven=None)
    # Even the newest has none: its blooms must mean something else.
    return Floor(block=0, proven=None)


@dataclass(frozen=True, slots=True)
class _Sampled:
    number: int
    missing: bool
    """The endpoint does not even have the block."""


async def _border(rpc: Rpc, sampled: list[_Sampled]) -> Floor:
    low, high = 0, len(sampled) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if await _shows(rpc, sampled[middle]):
            high = middle
        else:
            low = middle
    lost, kept = sampled[low].number, sampled[high].number
    for _ in range(_ROUNDS):
        if kept - lost <= _FINE:
            break
        middle = (lost + kept) // 2
        near = await _between(rpc, lost, middle, kept)
        if not near:
            break
        if await _shows(rpc, near[0]):
            kept = near[0].number
        else:
            lost = near[0].number
    return Floor(block=kept, proven=kept)


async def _between(rpc: Rpc, lost: int, middle: int, kept: int) -> list[_Sampled]:
    """Blocks with logs about the middle: a few far apart, else many side by side."""
    step = max(1, (kept - middle) // _NEAR)
    spread = [middle + step * index for index in range(_NEAR)]
    together = [middle + index for index in range(_RECENT)]
    for numbers in (spread, together):
        inside = [number for number in numbers if lost < number < kept]
        near = await _sample(rpc, inside)
        if near:
            return near
    return []


def _spread(head: int) -> list[int]:
    """Blocks that lie the denser the older they are: old logs are lost first.

    And some of the newest, which nobody has lost.
    """
    older = {head >> step for step in range(_SAMPLES)}
    newest = {head - 2**step for step in range(_NEAR)}
    return sorted(each for each in older | newest if each >= 0)


async def _sample(rpc: Rpc, numbers: list[int]) -> list[_Sampled]:
    """Those of the blocks that hold logs, or that the endpoint does not have."""
    blooms = await rpc.blooms(numbers)
    return [
        _Sampled(number, isinstance(bloom, Unserved))
        for number, bloom in zip(numbers, blooms, strict=True)
        if bloom is True or (isinstance(bloom, Unserved) and bloom.expired)
    ]


async def _shows(rpc: Rpc, sampled: _Sampled) -> bool:
    return not sampled.missing and await _keeps(rpc, sampled.number)


async def _keeps(rpc: Rpc, number: int) -> bool:
    try:
        return await rpc.holds_logs(number)
    except RefusalError as refusal:
        if refusal.kind in _KEEPS_NONE:
            return False
        if refusal.kind is RefusalKind.RESULTS:
            return True
        raise


async def _hides(rpc: Rpc, number: int) -> bool:
    """Whether it will not tell logs that its own receipts of the block have.

    One that shows no receipts either has not shown that there are none.
    """
    try:
        return bool(await rpc.receipts(LogFilter(topics=()), number))
    except UnservedError:
        return True
