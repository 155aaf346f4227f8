"""Every example does what its first lines say, on the demo's chain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from allowctl import demo

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
_FOLDERS = ("ALLOWCTL_CACHE_DIR", "ALLOWCTL_CONFIG_DIR", "ALLOWCTL_STATE_DIR")


@pytest.fixture(scope="module")
def chain() -> Iterator[demo.RunningDemo]:
    with demo.start(clock_base=1_790_000_000) as running:
        yield running


def _run(
    chain: demo.RunningDemo, *command: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    scripts = Path(sys.executable).parent
    environment = {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "ETH_RPC_URL": chain.url,
        "ALLOWCTL_OFFLINE": "1",
        **{name: os.environ[name] for name in _FOLDERS},
    }
    return subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_example_is_listed() -> None:
    """The folder's README names each file in it, and no other."""
    listed = (EXAMPLES / "README.md").read_text("utf-8")
    files = {path.name for path in EXAMPLES.iterdir()} - {"README.md"}

    assert {name for name in files if f"]({name})" in listed} == files


def test_nightly_scan_keeps_reports_and_ends_with_the_worst_code(
    chain: demo.RunningDemo, tmp_path: Path
) -> None:
    """A wallet with a critical row, a clean one and a typing error: 2 wins."""
    wallets = tmp_path / "wallets.txt"
    clean = "0x" + "12" * 20
    wallets.write_text(f"# ours\n{chain.owner}\n\n{clean}\n0x12\n", "utf-8")
    folder = tmp_path / "reports"

    done = _run(chain, "sh", "examples/nightly-scan.sh", str(wallets), str(folder))

    assert done.returncode == 2, done
    assert f"{chain.owner}: something of level high or worse" in done.stdout
    assert "0x12: allowctl ended with 2" in done.stdout
    assert clean not in done.stdout
    report = json.loads((folder / f"{chain.owner}.json").read_text("utf-8"))
    assert report["complete"] is True
    assert "No live approval" in (folder / f"{clean}.txt").read_text("utf-8")


def test_largest_exposures_reads_a_report(chain: demo.RunningDemo) -> None:
    """Each spender stands there once, the most dangerous first."""
    allowctl = (sys.executable, "-m", "allowctl", "scan", chain.owner)
    report = _run(chain, *allowctl, "--json")
    assert report.returncode == 0, report.stderr

    script = "examples/largest-exposures.py"
    done = _run(chain, sys.executable, script, stdin=report.stdout)

    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len({line.split()[-1] for line in lines}) == len(lines) > 3
    assert lines[0].startswith("100 points")
