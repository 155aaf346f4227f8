"""The demo's prices as a configuration: it can be read, and no file is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from allowctl import demo
from allowctl.chains import places
from allowctl.chains.registry import chains
from allowctl.config.load import load
from allowctl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_it_says_what_the_story_says(tmp_path: Path, running: demo.RunningDemo) -> None:
    """Read as any configuration, it has the price of each token that has one."""
    written = demo.write_config(tmp_path, running.world)
    settings = load(explicit=written, cwd=tmp_path, home=tmp_path, environment={})
    found = places.fixed_prices(settings.prices.fixed, chains())
    assert {
        token: each.usd for token, each in found[running.world.chain_id].items()
    } == dict(running.world.prices)
    assert Decimal(2_400) in running.world.prices.values()


def test_an_earlier_one_is_replaced(tmp_path: Path, running: demo.RunningDemo) -> None:
    """Twice is once."""
    first = demo.write_config(tmp_path, running.world).read_text("utf-8")
    assert demo.write_config(tmp_path, running.world).read_text("utf-8") == first
    assert [path.name for path in tmp_path.iterdir()] == ["demo.toml"]


def test_nobody_s_file_is_lost(tmp_path: Path, running: demo.RunningDemo) -> None:
    """One of that name that is not the demo's stays as it is."""
    mine = tmp_path / "demo.toml"
    mine.write_text("[weights]\n", "utf-8")
    with pytest.raises(UsageError, match="stays as it is"):
        demo.write_config(tmp_path, running.world)
    assert mine.read_text("utf-8") == "[weights]\n"


def test_no_place_for_it(tmp_path: Path, running: demo.RunningDemo) -> None:
    """A folder that cannot be written is told by name."""
    with pytest.raises(OutputError, match="cannot be written"):
        demo.write_config(tmp_path / "nowhere", running.world)
