"""`[weights]` of all files."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allowctl.errors import ConfigError
from allowctl.model.finding import Level
from allowctl.model.weights import WEIGHTS
from tests.config.place import Place

EVERY = """
[weights]
points = { eoa-spender = 95, "upgradeable-spender.eoa" = 50 }
new_days = 0
recent_days = 7
stale_days = 90
long_days = 30
min_liquidity_usd = "1000.50"
[weights.chance]
critical = 1
high = 0.1
medium = "0.05"
low = 1e-3
info = 0
"""


def test_without_weights_there_are_allowctls_own(place: Place) -> None:
    """An empty table says nothing, either."""
    place.user("[weights]\n[weights.chance]\n[weights.points]\n")
    found = place.load()

    assert found.weights == WEIGHTS
    assert found.weight_places == {}
    assert found.judged == ()


def test_every_weight_is_read(place: Place) -> None:
    """As it is written: a tenth is a tenth."""
    file = place.user(EVERY)
    found = place.load()
    weights = found.weights

    assert weights.points == {"eoa-spender": 95, "upgradeable-spender.eoa": 50}
    assert weights.chances == {
        Level.CRITICAL: Decimal(1),
        Level.HIGH: Decimal("0.1"),
        Level.MEDIUM: Decimal("0.05"),
        Level.UNKNOWN: Decimal("0.05"),
        Level.LOW: Decimal("0.001"),
        Level.INFO: Decimal(0),
    }
    assert (weights.new_days, weights.recent_days) == (0, 7)
    assert (weights.stale_days, weights.long_days) == (90, 30)
    assert weights.min_liquidity == Decimal("1000.50")
    # Also in the same order each time.
    assert [*found.weight_places] == [
        *(key for key in sorted(found.weight_places) if key.startswith("points.")),
        *(key for key in sorted(found.weight_places) if key.startswith("chance.")),
        *(key for key in sorted(found.weight_places) if "." not in key),
    ]
    assert found.weight_places == {
        "points.eoa-spender": f"{file}:3: weights.points.eoa-spender",
        "points.upgradeable-spender.eoa": f"{file}:3: "
        "weights.points.'upgradeable-spender.eoa'",
        **{
            f"chance.{level}": f"{file}:{line}: weights.chance.{level}"
            for line, level in enumerate(reversed(_LEVELS), 10)
        },
        **{
            key: f"{file}:{line}: weights.{key}"
            for line, key in enumerate(
                (
                    "new_days",
                    "recent_days",
                    "stale_days",
                    "long_days",
                    "min_liquidity_usd",
                ),
                4,
            )
        },
    }


def test_a_case_needs_no_quotes(place: Place) -> None:
    """TOML takes its point for a table; both forms can stand side by side."""
    place.user(
        "[weights.points]\n"
        'upgradeable-spender.eoa = 50\n"upgradeable-spender.safe" = 9\n'
        'codeless-spender = 70\n"codeless-spender.gone" = 10'
    )

    assert place.load().weights.points == {
        "upgradeable-spender.eoa": 50,
        "upgradeable-spender.safe": 9,
        "codeless-spender": 70,
        "codeless-spender.gone": 10,
    }


def test_the_first_file_is_followed_key_by_key(place: Place) -> None:
    """Also within points and chances; each place is that of what is followed."""
    user = place.user(
        "[weights]\nnew_days = 5\nstale_days = 50\n"
        "points = { a-rule = 1, b-rule = 2 }\nchance = { high = 0.5, low = 0.05 }"
    )
    project = place.project(
        "[weights]\nstale_days = 60\n"
        "points = { b-rule = 3, c-rule = 4 }\nchance = { high = 0.6 }"
    )
    found = place.load()

    assert found.weights == replace(
        WEIGHTS,
        new_days=5,
        stale_days=60,
        points={"a-rule": 1, "b-rule": 3, "c-rule": 4},
        chances={
            **WEIGHTS.chances,
            Level.HIGH: Decimal("0.6"),
            Level.LOW: Decimal("0.05"),
        },
    )
    assert {key: text.split(": ")[0] for key, text in found.weight_places.items()} == {
        "new_days": f"{user}:2",
        "stale_days": f"{project}:2",
        "points.a-rule": f"{user}:4",
        "points.b-rule": f"{project}:3",
        "points.c-rule": f"{project}:3",
        "chance.high": f"{project}:4",
        "chance.low": f"{user}:5",
    }


_LEVELS = ("info", "low", "medium", "high", "critical")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    *[
        st.dictionaries(
            st.sampled_from(_LEVELS), st.decimals(0, 1, places=2), max_size=3
        )
    ]
    * 2
)
def test_chances_never_fall_as_levels_rise(
    place: Place, above: dict[str, Decimal], below: dict[str, Decimal]
) -> None:
    """Of whichever files they come together, or it is an error that names a file."""
    text = "[weights.chance]\n"
    place.project(text + "\n".join(f"{key} = {value}" for key, value in above.items()))
    place.user(text + "\n".join(f"{key} = {value}" for key, value in below.items()))
    merged = {str(level): chance for level, chance in WEIGHTS.chances.items()}
    merged |= {**below, **above}
    rising = all(merged[low] <= merged[high] for low, high in pairwise(_LEVELS))
    if not rising:
        with pytest.raises(ConfigError, match=r"/allowctl\.toml:\d: weights\.chance\."):
            place.load()
        return
    found = place.load().weights.chances

    assert [found[Level[each.upper()]] for each in _LEVELS] == [
        merged[each] for each in _LEVELS
    ]
    assert found[Level.UNKNOWN] == found[Level.MEDIUM]
