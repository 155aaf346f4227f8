"""The block that a stretch of time begins with, found by a few blocks' times."""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.model.chain import Block
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.pool import Pool

_ROUNDS = 64
_NEAR = 32
"""How far beside a guess others are asked: this part of what is still possible."""
_EARLIER = 256
"""The part of the whole time that the block may be too early."""
_BLOCK_MS = 2_000
"""Milliseconds between blocks where nobody says: only the first guess is by it."""
_DAY = 86_400


async def first_block(pool: Pool, at: Block, seconds: int) -> int | Missing:
    """A block so early that all of the last `seconds` before `at` come after it.

    Too early by a small part of them; 0 where the chain is younger than that.
    FAILED where nobody tells the times of enough blocks.
    """
    since = at.timestamp - seconds
    aim = since - seconds // (2 * _EARLIER)
    low, high = 0, at
    blocks, ms = 1, max(1, pool.chain.block_ms or _BLOCK_MS)
    for _ in range(_ROUNDS):
        if high.number - low <= 1:
            return low
        guess = high.number - (high.timestamp - aim) * 1_000 * blocks // ms
        told = await _times(pool, points(low, high.number, guess))
        if not told:
            break
        early = [each for each in told if each.timestamp <= since]
        if early:
            low = early[-1].number
            if since - early[-1].timestamp <= seconds // _EARLIER:
                return low
        anchor = early[-1] if early else told[0]
        blocks = high.number - anchor.number
        ms = max(1, (high.timestamp - anchor.timestamp) * 1_000)
        late = (e for e in told if e.timestamp > since and e.number > low)
        high = next(late, high)
    days = seconds // _DAY
    return Missing(Lack.FAILED, f"nobody told which block was {days} days before")


def points(low: int, high: int, guess: int) -> list[int]:
    """Some of the blocks between two, in order: a guess, near it, and spread evenly.

    There is one at least if there is a block between them.
    """
    width = high - low
    near = max(1, width // _NEAR)
    wanted = {low + width * part // 4 for part in (1, 2, 3)}
    wanted |= {max(guess - near, low + 1), guess, guess + near}
    return sorted(number for number in wanted if low < number < high)


async def _times(pool: Pool, numbers: Sequence[int]) -> list[Block]:
    """Those of the blocks that anybody tells, in order."""
    found: dict[int, Block] = {}
    for node in pool.usable:
        left = [number for number in numbers if number not in found]
        if not left:
            break
        for block in await node.rpc.blocks(left):
            if isinstance(block, Block):
                found[block.number] = block
    return [found[number] for number in numbers if number in found]
