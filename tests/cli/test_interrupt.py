"""Being stopped: one line, the right code, and the next run goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.build import OWNER
from tests.cli.runs import Ended, command, finished, here, own_environment
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of
from tests.fakes.provider_profiles import PROFILES
from tests.fakes.server import Raw, ScriptedServer, always

KEPT = "interrupted: what was read is kept; the same command goes on from there"
NOTHING = "interrupted: no result"
SIGNALS = pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"]
)
_LATENCY = 0.15


@pytest.fixture
def slow() -> Iterator[Provider]:
    """An endpoint at which a scan takes some seconds: ten blocks for each request."""
    profile = replace(PROFILES["cap-5"], latency=_LATENCY)
    with Provider(build(approvals=20, blocks=20_000), profile) as node:
        yield node


def stopped(
    process: subprocess.Popen[str], server: Provider | ScriptedServer, number: int
) -> Ended:
    """The end of a run that gets a signal after it has read some."""
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        if isinstance(server, Provider):
            enough = server.stats.http > 150
        else:
            enough = bool(server.asked)
        if enough:
            break
        time.sleep(0.02)
    process.send_signal(number)
    return finished(process)


def quicken(node: Provider) -> None:
    """The same endpoint, at the same place, without its latency."""
    node.stop()
    node.profile = replace(node.profile, latency=0.0)
    node.start()


def remembered() -> int:
    """Blocks that the cache has."""
    ended = here("cache", "info", "--json")
    found = json.loads(ended.out)["chains"]
    return sum(each["blocks"] for each in found)


@SIGNALS
def test_a_stopped_run_is_gone_on_with(slow: Provider, number: int) -> None:
    """130 and one line; then what was read is not read again, which is said once."""
    arguments = ("scan", owner_of(0), "-r", slow.url)
    ended = stopped(command(*arguments, "--json"), slow, number)
    assert ended.code == 130, ended
    assert json.loads(ended.out)["error"] == {
        "code": 130,
        "message": KEPT,
        "hint": None,
    }
    assert ended.err == f"error: {KEPT}\n"
    kept = remembered()
    assert 0 < kept < 20_000

    quicken(slow)
    again = finished(command(*arguments, "--json"))
    known = json.loads(again.out)["scans"][0]["coverage"]["remembered"]
    assert again.code == 0, again
    assert again.err == (
        f"going on: {100 * kept // 20_001 or 'less than 1'} % of ethereum "
        "is known from earlier runs\n"
    )
    assert known == kept

    third = finished(command(*arguments, "--json"))
    assert (third.code, third.err) == (0, "")
    whole = finished(command(*arguments, "--json", "--no-cache"))
    rows = [
        [row["fingerprint"] for row in json.loads(each.out)["scans"][0]["allowances"]]
        for each in (again, third, whole)
    ]
    assert rows[0] == rows[1] == rows[2] != []


@SIGNALS
@pytest.mark.parametrize("more", [("--no-cache",), ("--verify", "10")], ids=str)
def test_what_is_not_kept_is_not_said_to_be(
    slow: Provider, number: int, more: tuple[str, ...]
) -> None:
    """Without a cache, and where all is read anew, nothing goes on."""
    process = command("scan", owner_of(0), "-r", slow.url, *more)
    ended = stopped(process, slow, number)
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.splitlines()[-1] == f"error: {NOTHING}"
    assert "goes on" not in ended.err


@SIGNALS
def test_while_nobody_answers(number: int) -> None:
    """An endpoint that hangs is not waited for."""
    with ScriptedServer(always(Raw(body=b"x", hangs=True))) as server:
        started = time.monotonic()
        process = command("scan", OWNER, "--rpc-url", server.url, "--json")
        ended = stopped(process, server, number)
    assert ended.code == 130
    assert json.loads(ended.out)["error"]["code"] == 130
    assert len(ended.err.splitlines()) == 1
    assert time.monotonic() - started < 20


def test_in_the_background(slow: Provider) -> None:
    """A shell's `&` has Ctrl-C ignored; SIGTERM still ends the run in good order."""
    process = subprocess.Popen(
        (sys.executable, "-m", "allowctl", "scan", owner_of(0), "-r", slow.url),
        env=own_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509
    )
    while process.poll() is None and slow.stats.http < 50:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    ended = stopped(process, slow, signal.SIGTERM)
    assert slow.stats.http > 150, "Ctrl-C is still ignored"
    assert ended.code == 130, ended
    assert ended.err == f"error: {KEPT}\n"


def test_quiet_says_nothing_of_going_on(slow: Provider) -> None:
    """-q: no word beside the result."""
    arguments = ("scan", owner_of(0), "-r", slow.url)
    stopped(command(*arguments), slow, signal.SIGINT)
    quicken(slow)
    again = finished(command(*arguments, "-q"))
    assert (again.code, again.err) == (0, "")


def test_signals_are_given_back() -> None:
    """Whoever calls main() has the handler that it had."""
    before = signal.getsignal(signal.SIGTERM)
    here("chains", "base")
    assert signal.getsignal(signal.SIGTERM) is before
