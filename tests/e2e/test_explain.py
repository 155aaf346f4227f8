"""`allowctl explain` after a real scan: its lines take the approval back."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from allowctl.model.chain import Address
from tests.e2e.command import allowctl, scan
from tests.lab.artifacts import PERMIT2
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil, foundry_binary
from tests.output.schemas import validator

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("explain")]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """An owner who gave one right of each kind."""
    with Anvil() as anvil:
        world = World(anvil)
        token, items = world.token(), world.collection()
        one, two, _, _ = world.spenders
        world.approve(token, one, MAX)
        world.approve(token, PERMIT2, 50)
        world.permit2_approve(token, two, 20, anvil.now + 10**8)
        world.operator(items, one)
        item = world.mint_item(items)
        world.approve_item(items, item, two)
        yield world


@pytest.fixture(scope="module")
def kept(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a scan that was remembered."""
    home = tmp_path_factory.mktemp("home")
    assert scan(world.anvil.url, world.owner, home=home).code == 0
    return home


def live(world: World) -> Mapping[str, Address]:
    """What is left: fingerprints and their contracts."""
    found = scan(world.anvil.url, world.owner).scan["allowances"]
    return {row["fingerprint"]: row["contract"] for row in found}


def test_our_own_command_plans_each(world: World, kept: Path) -> None:
    """It is started as it stands, at the endpoint of the scan, and takes that row."""
    before = live(world)
    assert len(before) == 5
    for fingerprint, contract in before.items():
        told = allowctl("explain", fingerprint[:8], home=kept)
        (line,) = re.findall(r"^allowctl revoke .*$", told.out, re.MULTILINE)
        _, *arguments = shlex.split(line)
        done = allowctl(*arguments, "--rpc-url", world.anvil.url, "--json", home=kept)
        document = json.loads(done.out)
        validator("plan").validate(document)
        (plan,) = document["plans"]
        ((change,),) = [step["changes"] for step in plan["steps"]]

        assert done.code == 0
        assert change["fingerprint"] == fingerprint
        assert change["contract"] == contract
        assert int(change["after"]) == 0
    assert live(world) == before


def test_cast_takes_each_back(world: World, kept: Path) -> None:
    """The line is given to the real cast as it stands; then state says it is gone."""
    before = live(world)
    assert len(before) == 5
    for fingerprint in before:
        told = allowctl("explain", fingerprint[:8], home=kept)
        (line,) = re.findall(r"^cast send .*$", told.out, re.MULTILINE)
        _, *arguments = shlex.split(line)
        subprocess.run(
            (
                *(str(foundry_binary("cast")), *arguments),
                *("--rpc-url", world.anvil.url, "--unlocked"),
            ),
            check=True,
            capture_output=True,
            timeout=60,
        )
        left = live(world)

        assert told.code == 0
        assert fingerprint not in left

    assert live(world) == {}
