"""`[weights]` of all files as one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from allowctl.config.layer import Layer
from allowctl.errors import ConfigError
from allowctl.model.finding import Level
from allowctl.model.weights import WEIGHTS, Weights

if TYPE_CHECKING:
    from allowctl.config.schema import WeightsTable

_LEVELS = (Level.INFO, Level.LOW, Level.MEDIUM, Level.HIGH, Level.CRITICAL)
_DAYS = ("new_days", "recent_days", "stale_days", "long_days")
_DEFAULTS = "docs/risk.md has the values that hold where no file says any"


def weights(files: Sequence[Layer]) -> tuple[Weights, Mapping[str, str]]:
    """The weights, and the place of each one that a file says.

    Key by key the first file is followed. ConfigError if the chance of a level is
    below that of a lower one, or what is new would be older than what is recent.
    """
    points: dict[str, int] = {}
    chances: dict[Level, Decimal] = {}
    days: dict[str, int] = {}
    liquidity = WEIGHTS.min_liquidity
    places: dict[str, str] = {}
    for file in reversed(files):
        table = file.document.weights
        points |= table.points
        for name in table.chance.model_fields_set:
            chances[Level[name.upper()]] = getattr(table.chance, name)
        for name in _DAYS:
            if name in table.model_fields_set:
                days[name] = getattr(table, name)
        if table.min_liquidity_usd is not None:
            liquidity = table.min_liquidity_usd
        places |= {".".join(key): file.place("weights", *key) for key in _said(table)}
    chances = {**WEIGHTS.chances, **chances}
    chances[Level.UNKNOWN] = chances[Level.MEDIUM]
    found = replace(
        WEIGHTS,
        points=MappingProxyType(points),
        chances=MappingProxyType(chances),
        min_liquidity=liquidity,
        **days,
    )
    _check(found, places)
    return found, MappingProxyType(places)


def _said(table: WeightsTable) -> Iterator[tuple[str, ...]]:
    """The keys that stand in a file, each with the tables that it stands in.

    Always in the same order: pydantic knows them as a set.
    """
    yield from (("points", name) for name in sorted(table.points))
    yield from (("chance", name) for name in sorted(table.chance.model_fields_set))
    said = table.model_fields_set - {"points", "chance"}
    yield from ((name,) for name in sorted(said))


def _check(found: Weights, places: Mapping[str, str]) -> None:
    for low, high in pairwise(_LEVELS):
        if found.chances[low] > found.chances[high]:
            place = places.get(f"chance.{high}")
            raise ConfigError(
                f"{place} is below that of {low}"
                if place
                else f"{places[f'chance.{low}']} is above that of {high}",
                hint=f"a higher level has no lower chance; {_DEFAULTS}",
            )
    if found.new_days > found.recent_days:
        place = places.get("new_days")
        raise ConfigError(
            f"{place} is above recent_days"
            if place
            else f"{places['recent_days']} is below new_days",
            hint=f"what is new is recent, too; {_DEFAULTS}",
        )
