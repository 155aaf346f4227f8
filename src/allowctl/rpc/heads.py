"""Heads as endpoints tell them: which one to read at. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allowctl.errors import UsageError
from allowctl.model.chain import Block

_AHEAD = 120
"""Seconds by which a head may be dated after the clock."""
_BEHIND = 300
"""Seconds by which a head may be older than the newest and still be fresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The block that a report is true at, and up to where the chain is final."""

    block: Block
    final: Block | None
    """Blocks up to this one are not reorganised any more."""

    @property
    def settled(self) -> int:
        """The last block of the report that is final; -1 for none."""
        return -1 if self.final is None else min(self.final.number, self.block.number)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What one endpoint says of its chain's end."""

    host: str
    block: Block
    final: Block | None


def fresh(there: Sequence[Greeting], now: float) -> list[Greeting]:
    """Those neither dated ahead nor long behind the newest; at least one of any."""
    sound = [each for each in there if each.block.timestamp <= now + _AHEAD] or there
    newest = max(each.block.timestamp for each in sound)
    return [each for each in sound if each.block.timestamp >= newest - _BEHIND]


def middle(there: Sequence[Greeting], now: float) -> Greeting:
    """Whose head is pinned: the lower median of the fresh."""
    found = sorted(fresh(there, now), key=lambda each: each.block.number)
    return found[(len(found) - 1) // 2]


def check_blocks(from_block: int, to_block: int | None, head: int, host: str) -> None:
    """UsageError unless the blocks asked for are there, and are any."""
    if to_block is not None and to_block > head:
        raise UsageError(
            f"block {to_block} is not there yet: the head of {host} is {head}",
            hint="leave --to-block out to scan up to the head",
        )
    last = head if to_block is None else to_block
    if from_block > last:
        raise UsageError(
            f"--from-block {from_block} is above the last block asked for, {last}",
            hint="leave --from-block out to seek all logs",
        )
