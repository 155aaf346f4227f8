"""Endpoints that do not serve as they should: exit codes, and no word too much."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.books import differences, expected, law_holds, told
from tests.e2e.command import Done, allowctl, command, environment, scan
from tests.fakes.range_proxy import Mood, Refused
from tests.fakes.scripted_proxy import ScriptedProxy
from tests.lab.artifacts import PERMIT2
from tests.lab.world import World
from tests.nodes.anvil import Anvil
from tests.nodes.process import started

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("moods")]

FILE = "report.json"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """An owner with a grant of two kinds, 3,000 blocks ago."""
    with Anvil() as anvil:
        world = World(anvil)
        token, items = world.token(), world.collection()
        world.approve(token, PERMIT2, 50)
        world.permit2_approve(token, world.spenders[0], 20, anvil.now + 10**8)
        world.approve(token, world.spenders[1], 7)
        world.operator(items, world.spenders[0])
        world.idle(3_000)
        yield world


@pytest.fixture
def proxy(world: World) -> Iterator[ScriptedProxy]:
    with ScriptedProxy(world.anvil.url, max_blocks=500) as proxy:
        yield proxy


def refused(message: str, code: int = -32601) -> Refused:
    return Refused(message=message, code=code)


def unscanned(done: Done) -> str:
    """Why a report of nothing at all is one."""
    document = done.document
    (only,) = document["unscanned"]
    reason: str = only["reason"]
    assert (done.code, document["complete"], document["scans"]) == (3, False, [])
    assert (only["from_block"], only["to_block"]) == (0, None)
    return reason


def is_the_truth(done: Done, world: World) -> bool:
    differing = differences(told(done.scan), expected(world))
    return done.code == 0 and done.document["complete"] and not differing


@pytest.mark.parametrize("mood", [Mood.DROP, Mood.HTML, Mood.GARBAGE])
def test_endpoint_that_is_no_node(
    proxy: ScriptedProxy, world: World, mood: Mood
) -> None:
    """A page, half a reply or none from the start: exit 3, and all is one gap."""
    proxy.mood = mood
    done = scan(proxy.url, world.owner)

    assert "127.0.0.1" in unscanned(done)
    assert "incomplete" in done.err
    assert "Traceback" not in done.err


def test_endpoint_that_hangs(proxy: ScriptedProxy, world: World) -> None:
    """--rpc-timeout ends the wait: exit 3 after a second, not after a minute."""
    proxy.mood = Mood.HANG
    done = scan(proxy.url, world.owner, "--rpc-timeout", 1, seconds=30)

    assert "did not answer within 1 s" in unscanned(done)


def test_endpoint_that_limits_for_ever(proxy: ScriptedProxy, world: World) -> None:
    """Who lets nothing in from the first request on is given up within a minute."""
    proxy.mood = Mood.RATE
    done = scan(proxy.url, world.owner, seconds=60)

    assert "limits the rate and lets nothing in" in unscanned(done)
    assert proxy.requests <= 30


def test_wait_for_an_endpoint_that_limits(
    proxy: ScriptedProxy, world: World, tmp_path: Path
) -> None:
    """It is asked less and less often, and Ctrl-C ends the wait at once."""
    proxy.mood = Mood.RATE
    argv = command("scan", world.owner, "--json", "--rpc-url", proxy.url)
    with started(argv, env=environment(tmp_path)) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(6)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=5)

    assert process.returncode == 130
    assert 2 <= proxy.requests <= 6


@pytest.mark.parametrize("mood", [Mood.DROP, Mood.RATE])
@pytest.mark.parametrize("method", ["eth_chainId", "eth_getLogs", "eth_call"])
def test_mood_that_passes_changes_nothing(
    proxy: ScriptedProxy, world: World, method: str, mood: Mood
) -> None:
    """A dropped connection or a 429 in the middle is asked again: all is found."""

    def turn() -> None:
        proxy.mood, proxy.mood_lasts = mood, 1

    proxy.cues[method] = turn
    done = scan(proxy.url, world.owner, "--show-dead")

    assert proxy.cued.is_set()
    assert is_the_truth(done, world)


def test_one_hanging_range_is_asked_again(proxy: ScriptedProxy, world: World) -> None:
    """A range that is too slow is asked in smaller ones: all is found."""

    def turn() -> None:
        proxy.mood, proxy.mood_lasts = Mood.HANG, 1

    proxy.cues["eth_getLogs"] = turn
    done = scan(proxy.url, world.owner, "--show-dead", "--rpc-timeout", 4)

    assert proxy.cued.is_set()
    assert is_the_truth(done, world)


@pytest.mark.parametrize(
    "refusal",
    [
        refused("the method eth_getLogs does not exist"),
        refused("query exceeds max block range", -32005),
        refused("internal error", -32603),
    ],
    ids=["unsupported", "always too wide", "internal"],
)
def test_no_logs_are_a_gap(
    proxy: ScriptedProxy, world: World, refusal: Refused
) -> None:
    """An endpoint that refuses every eth_getLogs proves nothing: gaps, exit 3."""
    proxy.refused_methods["eth_getLogs"] = refusal
    done = scan(proxy.url, world.owner)
    gaps = done.scan["coverage"]["gaps"]
    missing = {n for g in gaps for n in range(g["from_block"], g["to_block"] + 1)}

    assert (done.code, done.document["complete"]) == (3, False)
    assert missing == set(range(done.scan["coverage"]["to_block"] + 1))
    assert (done.scan["allowances"], done.scan["candidates"]) == ([], 0)
    assert "incomplete" in done.err


def test_forbidden_logs_end_it(proxy: ScriptedProxy, world: World) -> None:
    """HTTP 403 closes the door for all that one might ask: exit 3, nothing scanned."""
    forbidden = Refused(message="forbidden", code=-32000, status=403)
    proxy.refused_methods["eth_getLogs"] = forbidden

    assert "forbidden" in unscanned(scan(proxy.url, world.owner))


def test_no_logs_are_never_clean(proxy: ScriptedProxy, world: World) -> None:
    """The table of such a scan says INCOMPLETE and does not say that all was read."""
    proxy.refused_methods["eth_getLogs"] = refused("not supported: method not found")
    done = allowctl("scan", world.owner, "--rpc-url", proxy.url)

    assert done.code == 3
    assert "INCOMPLETE" in done.out
    assert "every block was served" not in done.out


def test_no_state_is_unserved(proxy: ScriptedProxy, world: World) -> None:
    """Logs without state: every candidate is unserved, none is guessed, exit 3."""
    proxy.refused_methods["eth_call"] = refused("the method eth_call does not exist")
    done = scan(proxy.url, world.owner, "--show-dead")
    truth = expected(world)

    assert (done.code, done.document["complete"]) == (3, False)
    assert told(done.scan).unserved >= {*truth.live, *truth.dormant, *truth.dead}
    assert {row["sort"] for row in done.scan["unreadable"]} == {"unserved"}
    assert done.scan["coverage"]["gaps"] == []
    assert law_holds(done.scan)


def test_no_code_leaves_spenders_unknown(proxy: ScriptedProxy, world: World) -> None:
    """Where eth_getCode is refused the rows stand, and rules were not evaluated.

    Their level may be worse than shown, so the scan is incomplete.
    """
    proxy.refused_methods["eth_getCode"] = refused("the method does not exist")
    done = scan(proxy.url, world.owner, "--show-dead")
    kinds = {row["spender"]["kind"] for row in done.scan["allowances"]}

    assert told(done.scan).live == expected(world).live
    assert (done.code, kinds) == (3, {"unknown"})
    assert done.scan["complete"] is False
    failed = {e["rule"] for e in done.scan["not_evaluated"] if e["lack"] == "failed"}
    assert failed >= {"eoa-spender", "codeless-spender", "upgradeable-spender"}
    assert all(set(row["failed"]) <= failed for row in done.scan["allowances"])


def test_false_chain_id_is_noticed(proxy: ScriptedProxy, world: World) -> None:
    """--chain names what is wanted: an endpoint of another chain is exit 2."""
    proxy.false_chain_id = 5
    done = scan(proxy.url, world.owner, "--chain", "31337")

    assert done.code == 2
    assert "no endpoint serves anvil (31337)" in done.document["error"]["message"]
    assert proxy.counts == {"eth_chainId": 1, "eth_getBlockByNumber": 2}


def test_incomplete_scan_that_fails_the_policy_is_1(
    proxy: ScriptedProxy, world: World
) -> None:
    """Of 1 and 3 the first is given, and stderr says that it was incomplete too."""
    proxy.refused_methods["eth_getCode"] = refused("the method does not exist")
    done = scan(proxy.url, world.owner, "--fail-on", "info")

    assert (done.code, done.document["complete"]) == (1, False)
    assert "incomplete" in done.err


@pytest.mark.parametrize("before", [None, "what was there\n"])
def test_interrupted_scan_leaves_no_half_file(
    proxy: ScriptedProxy,
    world: World,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    before: str | None,
) -> None:
    """Ctrl-C in the middle: exit 130, and -o's file is as it was, or not there."""
    file = tmp_path / FILE
    if before is not None:
        file.write_text(before, "utf-8")

    def turn() -> None:
        proxy.mood = Mood.HANG

    proxy.cues["eth_getLogs"] = turn
    arguments = ("scan", world.owner, "--json", "--rpc-url", proxy.url)
    argv = command(*arguments, "-o", str(file))
    env = environment(tmp_path_factory.mktemp("home"))
    with started(argv, env=env, cwd=tmp_path) as process:
        assert proxy.cued.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert [each.name for each in tmp_path.iterdir()] == (
        [FILE] if before is not None else []
    )
    assert before is None or file.read_text("utf-8") == before
    assert b"Traceback" not in out + err
    assert b"interrupted" in err
    assert json.loads(out)["error"]["code"] == 130
