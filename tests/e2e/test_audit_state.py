"""What an audit keeps: usable whoever else writes, and whenever a run is killed."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.e2e.audits import Audit, audit, points
from tests.e2e.command import allowctl, command, environment
from tests.lab.abi import encode_call
from tests.lab.upgrades import Yard
from tests.lab.world import World
from tests.nodes.anvil import Anvil
from tests.nodes.process import started

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("audit-state")]

AT_ONCE = 3
KILLS = 5
SPENDERS = 60
PATIENCE = 60


class Crowd:
    """An owner with many spenders, one of which is a proxy that can be upgraded."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil, self.world, self.yard = anvil, World(anvil), Yard(anvil)
        self.token = self.world.token()
        self.other = self.yard.lab("Furnace")
        own = encode_call("initialize(address)", self.yard.deployer)
        self.proxy = self.yard.uups(self.yard.lab("OwnUpgrade"), own)
        self.world.approve(self.token, self.proxy, 5)
        pattern = (bytes.fromhex("73"), bytes.fromhex("5000"))
        for number in range(SPENDERS - 1):
            made = self.yard.clone(pattern, self.yard.deployer)
            self.world.approve(self.token, made, number + 1)

    def argv(self, report: Path) -> list[str]:
        """A scan whose report goes into a file."""
        url, owner = self.anvil.url, self.world.owner
        return command("scan", owner, "--rpc-url", url, "-o", f"json={report}")

    def audit(self, home: Path) -> Audit:
        return audit(self.anvil.url, self.world.owner, home=home)


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with Anvil() as anvil:
        yield Crowd(anvil)


def prints(found: Audit) -> list[tuple[str, dict[str, int]]]:
    return [(row["fingerprint"], points(row)) for row in found.rows]


def is_whole(state: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file."""
    with closing(sqlite3.connect(state)) as connection:
        (told,) = connection.execute("PRAGMA integrity_check").fetchone()
    return bool(told == "ok")


def test_several_scans_at_once(crowd: Crowd, tmp_path: Path) -> None:
    """Who comes first makes the file, all write it, and each has its whole report."""
    reports = [tmp_path / f"{number}.json" for number in range(AT_ONCE)]
    with ExitStack() as stack:
        running = [
            stack.enter_context(started(crowd.argv(report), env=environment(tmp_path)))
            for report in reports
        ]
        ended = [each.communicate(timeout=PATIENCE) for each in running]
    told = [json.loads(report.read_text("utf-8")) for report in reports]
    rows = [each["scans"][0]["allowances"] for each in told]
    first = [(row["fingerprint"], points(row)) for row in rows[0]]

    assert [each.returncode for each in running] == [0] * AT_ONCE
    assert [err for _, err in ended] == [b""] * AT_ONCE
    assert len(first) == SPENDERS
    for others in rows[1:]:
        assert [(row["fingerprint"], points(row)) for row in others] == first
    assert is_whole(tmp_path / "state.db")
    for row in (rows[0][0], rows[-1][-1]):
        assert allowctl("explain", row["fingerprint"], home=tmp_path).code == 0


def killed(crowd: Crowd, home: Path, report: Path, delay: float) -> int:
    """Kill a scan so long after it began to write what it keeps: its exit code."""
    wal = home / "state.db-wal"
    with started(crowd.argv(report), env=environment(home)) as process:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and not _size(wal):
            assert time.monotonic() < deadline
            time.sleep(0.0005)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
    return process.returncode


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def test_killed_while_it_keeps(crowd: Crowd, tmp_path: Path) -> None:
    """SIGKILL at random moments: the file stays whole, and no change goes untold."""
    whole = crowd.audit(tmp_path)
    some = whole.rows[0]["fingerprint"]
    crowd.yard.act(crowd.proxy, "upgradeTo(address)", crowd.other)
    seed = time.time_ns()
    dice = random.Random(seed)  # noqa: S311 - moments, no secrets
    told, codes = False, []
    for number in range(KILLS):
        report = tmp_path / f"{number}.json"
        codes.append(killed(crowd, tmp_path, report, dice.random() * 0.04))
        told = told or report.exists()
        assert is_whole(tmp_path / "state.db"), seed
        assert allowctl("explain", some, home=tmp_path).code == 0, seed
    last = crowd.audit(tmp_path)
    proxy = last.row(crowd.proxy)

    assert set(codes) <= {-signal.SIGKILL, 0}, seed
    assert told or "spender-code-changed" in points(proxy), seed
    before, after = dict(prints(whole)), dict(prints(last))
    changed = {each for each in before if before[each] != after[each]}
    assert before.keys() == after.keys()
    assert changed == {proxy["fingerprint"]}


def test_state_that_cannot_be_used(crowd: Crowd, tmp_path: Path) -> None:
    """Damage is an error that says what to do; the file is left as it is."""
    crowd.audit(tmp_path)
    state = tmp_path / "state.db"
    garbage = state.read_bytes()[:100] + b"\xff" * 8_000
    state.write_bytes(garbage)
    found = crowd.audit(tmp_path)
    explained = allowctl("explain", "0" * 8, home=tmp_path)

    assert (found.code, found.report) == (2, None)
    assert str(state) in found.err
    assert "hint:" in found.err
    assert explained.code == 2
    assert state.read_bytes() == garbage
    without = audit(crowd.anvil.url, crowd.world.owner, "--no-cache", home=tmp_path)
    assert len(without.rows) == SPENDERS
