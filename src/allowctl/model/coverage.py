"""Which blocks a scan has sought, by whose word, and what nobody served."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from allowctl.model.chain import BlockRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A range that nobody could serve, and why."""

    blocks: BlockRange
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A range of which two endpoints tell different logs. Both were used."""

    blocks: BlockRange
    hosts: tuple[str, str]


class Checked(StrEnum):
    """By how many endpoints the logs were told."""

    UNCHECKED = "unchecked"
    """Each range by one endpoint alone."""
    SAMPLED = "sampled"
    """Some ranges by two that agree, or not (then there is a `Difference`)."""
    AGREED = "agreed"
    """Every range by two that agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which blocks were sought, and which of them nobody served."""

    blocks: BlockRange | None
    """None where no log was sought: named pairs are read from state alone."""
    gaps: tuple[Gap, ...] = ()
    differences: tuple[Difference, ...] = ()
    checked: Checked = Checked.UNCHECKED
    remembered: int = 0
    """Blocks whose logs an earlier run had read, and this one has not again."""
    canary: int | None = None
    """The oldest block of which every endpoint that was believed about old blocks
    has shown to keep logs; None where that could not be tried."""
    endpoints: tuple[str, ...] = ()
    """Hosts that answered."""
    state_by: tuple[str, ...] = ()
    """Those of them that the state was read at."""
    requests: int = 0
    """HTTP requests sent for the whole run on this chain so far."""
    items: int = 0
    """JSON-RPC requests in them."""
