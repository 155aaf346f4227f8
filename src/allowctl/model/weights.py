"""What weighs how much: judgement, in one table that a configuration may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from allowctl.model.finding import Level


def _chances() -> Mapping[Level, Decimal]:
    return MappingProxyType(
        {
            Level.CRITICAL: Decimal("0.75"),
            Level.HIGH: Decimal("0.35"),
            Level.MEDIUM: Decimal("0.10"),
            Level.LOW: Decimal("0.02"),
            Level.INFO: Decimal("0.005"),
            Level.UNKNOWN: Decimal("0.10"),
        }
    )


def _nothing() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Points, chances and thresholds. The defaults are documented in docs/risk.md."""

    points: Mapping[str, int] = field(default_factory=_nothing)
    """0 to 100, by rule id or by `rule-id.case`, instead of the rule's own."""
    chances: Mapping[Level, Decimal] = field(default_factory=_chances)
    """How likely a loss is taken to be, 0 to 1; never less for a higher level."""
    new_days: int = 3
    """A contract younger than this is new,"""
    recent_days: int = 30
    """and one younger than this recent."""
    stale_days: int = 180
    """An approval that was last raised so long ago is stale."""
    long_days: int = 365
    """A Permit2 expiration further away than this is long."""
    min_liquidity: Decimal = Decimal(50_000)
    """USD on the other side of a token's pools, below which a spot price is thin."""


WEIGHTS = Weights()
