"""Calls made one by one: what an aggregate left open, at a bounded price."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from allowctl.model.chain import (
    BURNS,
    Address,
    Answer,
    Block,
    Call,
    Reverted,
    Unserved,
)
from allowctl.rpc.client import Rpc

ALONE_GAS = 10_000_000
"""Gas of one call: a hundred times what a token's read takes, a few milliseconds of
a node's time for a burner, and less than a block holds, so that no node refuses it."""
PROBATION = 16
"""Calls of one contract that are made before the rest of them."""
_FLOODS = "answers megabytes"
_COSTLY = frozenset({Reverted(BURNS), Reverted(_FLOODS)})
HEAVY_AT_ONCE = 8
"""Calls of millions of gas that a node is given at the same time."""
_FIRST = 100
"""Calls made before the rest of them: if none is served, none will be."""


async def read_alone(rpc: Rpc, calls: Sequence[Call], at: Block) -> dict[Call, Answer]:
    """The answer of each call.

    A contract that has burnt its gas, or flooded the line, in each of its first
    calls is not asked further: its logs are planted for cents, and each of them
    costs seconds.
    """
    seen: Counter[Address] = Counter()
    first: list[Call] = []
    later: list[Call] = []
    for call in calls:
        seen[call.to] += 1
        (first if seen[call.to] <= PROBATION else later).append(call)
    answers = await _served(rpc, first, at)
    said: dict[Address, set[Answer]] = {}
    for call, answer in answers.items():
        said.setdefault(call.to, set()).add(answer)
    rest: list[Call] = []
    for call in later:
        if said[call.to] <= _COSTLY:
            burns = Reverted(BURNS) in said[call.to]
            reason = BURNS if burns else _FLOODS
            why = f"{reason}, as {PROBATION} other calls of it did"
            answers[call] = Reverted(why)
        else:
            rest.append(call)
    return answers | await _served(rpc, rest, at)


async def _served(rpc: Rpc, calls: Sequence[Call], at: Block) -> dict[Call, Answer]:
    if not calls:
        return {}
    first, rest = calls[:_FIRST], calls[_FIRST:]
    found = await rpc.calls(first, at, gas=ALONE_GAS)
    if rest and all(isinstance(answer, Unserved) for answer in found):
        found = [*found, *(found[-1] for _ in rest)]
    elif rest:
        found = [*found, *await rpc.calls(rest, at, gas=ALONE_GAS)]
    return dict(zip(calls, found, strict=True))


async def read_heavy(rpc: Rpc, calls: Sequence[Call], at: Block) -> list[Answer]:
    """The answer of each call, made with as much gas as the node allows.

    A few at a time, and never in one body, where the slowest would hold up all. If
    none of the first is served, none will be: a node may cap gas or time far below.
    """
    found: list[Answer] = []
    for start in range(0, len(calls), HEAVY_AT_ONCE):
        some = calls[start : start + HEAVY_AT_ONCE]
        if found and all(isinstance(each, Unserved) for each in found):
            found += found[:1] * len(some)
        else:
            found += await asyncio.gather(*(rpc.call(call, at) for call in some))
    return found
