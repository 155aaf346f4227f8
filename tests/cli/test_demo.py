"""`allowctl demo --serve`: what it prints can be pasted, and does what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.command import command, environment
from tests.nodes.jsonrpc import Json
from tests.nodes.process import started

pytestmark = pytest.mark.xdist_group("demo --serve")

OWNER = "0x250EC7b05968b7Aef13D8a699CD2f4afEC39FA34"
STALE = f"journal/31337-{OWNER.lower()}.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The lines of one that runs, and the folder that it was started in."""

    folder: Path
    lines: tuple[str, ...]

    def line(self, *words: str) -> str:
        """The first command that has all these words."""
        return next(
            line for line in self.lines if all(each in line.split() for each in words)
        )

    def paste(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line in a shell, as in another terminal; but nobody can be asked."""
        env = environment(self.folder, PYTHONUTF8="1")
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        return subprocess.run(
            ("/bin/sh", "-c", line),
            env=env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def rows(self) -> list[Json]:
        """What is live now."""
        done = self.paste(self.line("scan", "--json"))
        assert done.returncode == 0, done.stderr
        found: list[Json] = json.loads(done.stdout)["scans"][0]["allowances"]
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Started where an earlier one has left its journal."""
    folder = tmp_path_factory.mktemp("served")
    stale = folder / STALE
    stale.parent.mkdir(mode=0o700)
    stale.touch(mode=0o600)
    env = environment(folder, PYTHONUTF8="1", PYTHONUNBUFFERED="1")
    with started(command("demo", "--serve"), env=env, cwd=folder) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line.decode().rstrip("\n"))
            if lines[-1].startswith("  allowctl limit "):
                break
        yield Served(folder=folder, lines=tuple(lines))


def test_it_says_whose_and_where(served: Served) -> None:
    """The wallet, and a warning that its key is everybody's."""
    text = "\n".join(served.lines)

    assert f"its wallet: {OWNER}" in text
    assert "never send it anything of worth" in text
    assert (served.folder / "demo-keystore/demo-owner.json").is_file()


def test_every_scan_can_be_pasted(served: Served) -> None:
    """Each ends as the line says; the wallet has something critical."""
    scans = [each.strip() for each in served.lines if " allowctl scan " in f" {each}"]

    assert len(scans) == 4
    for line in scans:
        done = served.paste(line)
        assert done.returncode == 0, done
        if line.endswith("echo $?"):
            assert done.stdout.splitlines()[-1] == "1"


def test_taking_back_and_lowering_can_be_pasted(served: Served) -> None:
    """First shown, then done: what was critical is gone, the other is lower.

    The journal of an earlier chain is removed before, as is said.
    """
    remove = served.line("rm")
    assert served.paste(remove).returncode == 0
    assert not (served.folder / STALE).exists()
    before = served.rows()
    risky = [row for row in before if row["level"] in {"critical", "high"}]
    usdt = next(row for row in before if row["amount"] == str(2_500 * 10**6))

    shown = served.paste(served.line("revoke", "--dry-run"))
    assert shown.returncode == 0, shown.stderr
    assert f"{len(risky)} transactions to sign" in shown.stdout
    assert served.rows() == before

    revoke = served.line("revoke", "--keystore")
    asked = served.paste(revoke)
    assert asked.returncode == 2
    assert "nobody can be asked" in asked.stderr
    taken = served.paste(f"{revoke} --yes")
    assert taken.returncode == 0, taken
    name = usdt["fingerprint"]
    limit = served.line("allowctl", "limit").replace(" ID ", f" {name[:8]} ")
    lowered = served.paste(f"{limit} --yes")
    assert lowered.returncode == 0, lowered.stderr

    gone = {row["fingerprint"] for row in risky}
    after = {row["fingerprint"]: row for row in served.rows()}
    assert gone.isdisjoint(after)
    assert {*after} == {row["fingerprint"] for row in before} - gone
    assert after[name]["amount"] == str(100 * 10**6)
