"""What is remembered never outlives the blocks that it was read in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from allowctl.model.chain import Address
from tests.e2e.books import differences, expected, told
from tests.e2e.command import Done, scan
from tests.fakes.scripted_proxy import ScriptedProxy
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("reorg")]

EPOCH = 4
"""Slots: blocks twice as far below the head are final."""
ONE, TWO = Address("0x" + "51" * 20), Address("0x" + "52" * 20)


@pytest.fixture
def world() -> Iterator[World]:
    """An owner with a grant in a block that is final."""
    with Anvil(slots_in_an_epoch=EPOCH) as anvil:
        world = World(anvil)
        world.approve(world.token(), ONE, 5)
        world.idle(40)
        yield world


def seen(world: World, home: Path, *options: str | int) -> Done:
    return scan(world.anvil.url, world.owner, "--show-dead", *options, home=home)


def spenders(done: Done) -> set[str]:
    return {row["spender"]["address"].lower() for row in done.scan["allowances"]}


@pytest.mark.parametrize(
    ("after", "instead"),
    [(0, 1), (3, 4), (3, 1), (30, 31), (30, 60), (30, 0)],
    ids=["head", "tail", "shorter", "final", "final and longer", "final and back"],
)
def test_vanished_approval_vanishes(
    world: World, tmp_path: Path, after: int, instead: int
) -> None:
    """Blocks go, others come: what was approved in the old ones is in no report.

    Not even as dead; also where the node had called them final.
    """
    kept = expected(world)
    snapshot = world.anvil.snapshot()
    world.approve(world.token(), TWO, MAX)
    world.idle(after)
    before = seen(world, tmp_path)
    assert (before.code, spenders(before)) == (0, {ONE, TWO})

    world.anvil.revert(snapshot)
    world.idle(instead)
    done = seen(world, tmp_path)

    assert done.code == 0
    assert differences(told(done.scan), kept) == []
    assert done.scan["as_of"]["hash"] == world.anvil.block()["hash"]
    assert done.scan["coverage"]["to_block"] == world.anvil.head


def test_revocation_in_a_vanished_block_is_none(world: World, tmp_path: Path) -> None:
    """A grant that was dead in the old blocks and is live in the new ones is live."""
    token = world.token()
    world.approve(token, TWO, 7)
    snapshot = world.anvil.snapshot()
    world.approve(token, TWO, 0)
    world.idle(20)
    before = seen(world, tmp_path)
    assert spenders(before) == {ONE}

    world.anvil.revert(snapshot)
    world.idle(1)
    done = seen(world, tmp_path)
    assert spenders(done) == {ONE, TWO}
    changed = {
        row["spender"]["address"].lower(): row["last_changed"]["block"]
        for row in done.scan["allowances"]
    }
    assert changed[TWO] < world.anvil.head


def test_node_that_began_anew(world: World, tmp_path: Path) -> None:
    """The same chain id on another chain: nothing of the first is told of it."""
    assert spenders(seen(world, tmp_path)) == {ONE}
    with Anvil(slots_in_an_epoch=EPOCH) as anvil:
        other = World(anvil)
        other.approve(other.token(), TWO, 9)
        other.idle(30)
        done = seen(other, tmp_path)
        assert (done.code, done.document["complete"]) == (0, True)
        assert done.scan["coverage"]["remembered"] == 0
        assert differences(told(done.scan), expected(other)) == []
        # And back again: the file knows the second chain now, not the first.
        again = seen(world, tmp_path)
        assert differences(told(again.scan), expected(world)) == []


def test_growing_chain_is_read_once(world: World, tmp_path: Path) -> None:
    """Each next scan asks only for the new blocks, and misses nothing in them."""
    token = world.token()
    with ScriptedProxy(world.anvil.url) as proxy:
        scan(proxy.url, world.owner, home=tmp_path)
        proxy.max_blocks = 30
        for amount in (5, 0, 9):
            world.approve(token, TWO, amount)
            world.idle(15)
            done = scan(proxy.url, world.owner, "--show-dead", home=tmp_path)
            assert proxy.refusals == 0, "what is new fits into one request"
            coverage = done.scan["coverage"]
            assert done.code == 0
            assert differences(told(done.scan), expected(world)) == []
            assert coverage["from_block"] == 0
            assert coverage["remembered"] == coverage["to_block"] - 2 * EPOCH - 15


def test_another_endpoint_is_asked_for_all(world: World, tmp_path: Path) -> None:
    """What one told is not another's word: whoever names another wants that one's."""
    token = world.token()
    world.approve(token, TWO, 5)
    world.idle(80)
    seen(world, tmp_path)
    with ScriptedProxy(world.anvil.url) as proxy:
        first = scan(proxy.url, world.owner, "--show-dead", home=tmp_path)
        again = scan(proxy.url, world.owner, "--show-dead", home=tmp_path)
    assert first.scan["coverage"]["remembered"] == 0
    assert again.scan["coverage"]["remembered"] > 0
    assert told(first.scan) == told(again.scan)


def test_no_cache_remembers_nothing(world: World, tmp_path: Path) -> None:
    """--no-cache neither reads nor writes what is remembered."""
    seen(world, tmp_path, "--no-cache")
    assert not list(tmp_path.iterdir())
    seen(world, tmp_path)
    known, fresh = seen(world, tmp_path), seen(world, tmp_path, "--no-cache")
    assert known.scan["coverage"]["remembered"] > 0
    assert fresh.scan["coverage"]["remembered"] == 0
    assert told(known.scan) == told(fresh.scan)
