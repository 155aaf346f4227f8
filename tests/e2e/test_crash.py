"""A scan that is killed has lost time, and nothing else."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.command import command, environment
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of
from tests.fakes.provider_profiles import PROFILES
from tests.nodes.jsonrpc import Json
from tests.nodes.process import started

BLOCKS = 3_000_000
"""300 requests of 10,000 blocks."""
OWNER = owner_of(0)
PATIENCE = 30
KILLS = 6
_DIFFERING = (" h ago", " are known from earlier runs alone")


@pytest.fixture
def provider() -> Iterator[Provider]:
    world = build(approvals=60, logs=2_000, blocks=BLOCKS)
    profile = replace(PROFILES["cap-comma-10k"], latency=0.02)
    with Provider(world, profile) as provider:
        yield provider


@contextmanager
def running(
    provider: Provider, home: Path
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A scan with few requests at once: there is time to interrupt. And its report."""
    home.mkdir(exist_ok=True)
    report = home / "report.json"
    options = ("--json", "--rpc-url", provider.url, "--concurrency", 8, "-o", report)
    argv = command("scan", OWNER, *map(str, options))
    with started(argv, env=environment(home)) as process:
        yield process, report


def ended(provider: Provider, home: Path) -> tuple[Json, str]:
    """The document of a scan that nobody disturbs, and what it said meanwhile."""
    with running(provider, home) as (process, report):
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"")
    return json.loads(report.read_text("utf-8")), err.decode()


def disturbed(
    provider: Provider, home: Path, number: int, with_signal: signal.Signals
) -> int:
    """Send a signal once so many requests have been sent: the exit code."""
    before = provider.stats.http
    with running(provider, home) as (process, report):
        _wait(process, provider, before + number)
        process.send_signal(with_signal)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0 or not report.exists()
        report.unlink(missing_ok=True)
    return process.returncode


def _wait(process: subprocess.Popen[bytes], provider: Provider, requests: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while provider.stats.http < requests and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def result(document: Json) -> Json:
    """What of a document must not depend on what happened before."""
    (scan,) = document["scans"]
    for name in ("requests", "items", "remembered"):
        scan["coverage"].pop(name)
    document.pop("created_at")
    spots = scan["blind_spots"]
    # How old the head is, and how much is known from earlier runs.
    scan["blind_spots"] = [each for each in spots if not each.endswith(_DIFFERING)]
    return document


def test_killed_again_and_again(provider: Provider, tmp_path: Path) -> None:
    """SIGKILL at random moments, then a whole run: as if nothing had happened."""
    whole, said = ended(provider, tmp_path / "undisturbed")
    assert said == ""
    total = provider.stats.http
    live = provider.world.live(OWNER)
    assert len(whole["scans"][0]["allowances"]) >= len(live) > 20

    seed = time.time_ns()
    dice = random.Random(seed)  # noqa: S311 - moments, no secrets
    moments = [dice.randrange(total // 2) for _ in range(KILLS)]
    home = tmp_path / "disturbed"
    codes = [disturbed(provider, home, each, signal.SIGKILL) for each in moments]
    last, _ = ended(provider, home)

    assert set(codes) <= {-signal.SIGKILL, 0}, (seed, codes)
    assert result(last) == result(whole), seed


def test_interrupted_goes_on_where_it_stopped(
    provider: Provider, tmp_path: Path
) -> None:
    """Ctrl-C: exit 130; the next run asks only for what was not served yet."""
    whole, _ = ended(provider, tmp_path / "undisturbed")
    total = provider.stats.methods["eth_getLogs"]
    home = tmp_path / "interrupted"

    code = disturbed(provider, home, total // 2, signal.SIGINT)
    asked = provider.stats.methods["eth_getLogs"] - total
    last, said = ended(provider, home)
    in_all = provider.stats.methods["eth_getLogs"] - total
    remembered = last["scans"][0]["coverage"]["remembered"]

    assert code == 130
    assert asked < total
    # Those under way when it came, and those that learn the endpoint's caps anew.
    assert in_all <= total + 8 + 12
    assert remembered > BLOCKS / 4
    assert said.startswith("going on: ")
    assert result(last) == result(whole)
