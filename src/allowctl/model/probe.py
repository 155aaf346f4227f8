"""What a look at the endpoints of some chains has shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from allowctl.model.chain import Chain
from allowctl.model.endpoint import Limits


class Health(StrEnum):
    """Whether an endpoint is of use."""

    OK = "ok"
    LAGGING = "lagging"
    """Further behind the best of its chain than the chain takes to be final."""
    REFUSED = "refused"
    """It does not answer, or for another chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One endpoint, after one question."""

    host: str
    named: bool
    """Whether the user chose it, and no table of public ones."""
    health: Health
    reason: str | None = None
    """Why it is refused, or how far behind it is."""
    latency_ms: int | None = None
    head: int | None = None
    lag: int | None = None
    """Blocks behind the best endpoint of the chain."""
    learned: Limits | None = None
    """What earlier runs saw of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProbe:
    """All endpoints of a chain."""

    chain: Chain | None
    """None for those that do not say which chain they serve."""
    endpoints: tuple[Probed, ...]

    @property
    def head(self) -> int | None:
        """The highest block that any of them has."""
        heads = [each.head for each in self.endpoints if each.head is not None]
        return max(heads, default=None)

    @property
    def working(self) -> int:
        """How many of them are of use."""
        return sum(each.health is not Health.REFUSED for each in self.endpoints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """All chains of one look."""

    version: str
    created_at: int
    """Unix seconds."""
    chains: tuple[ChainProbe, ...]

    @property
    def working(self) -> bool:
        """Whether every chain that was asked for has an endpoint that is of use."""
        known = [each for each in self.chains if each.chain is not None]
        return bool(known) and all(each.working for each in known)
