"""`make bench`: what receiving logs costs, as ratios within one run.

Every variant runs in a process of its own against the same loopback server and
counts its own CPU time, so the server's does not weigh in.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import variants

HERE = Path(__file__).resolve().parent
LOGS = 10_000
ROUNDS = 9
PROCESSES = 3


def main() -> int:
    """Measure, print the table, write results.json; 1 if a target is missed."""
    with variants.serving(LOGS) as url:
        cpu = {name: _cpu(name, url) for name in variants.VARIANTS}
    start = {
        "import typer": _wall("-c", "import typer"),
        "allowctl --help": _wall("-m", "allowctl", "--help"),
    }
    floor, ours, web3 = (
        cpu[name] for name in ("http.client + msgspec", "allowctl", "web3 get_logs")
    )
    rows = [
        ("CPU per 10,000 logs / floor", ours / floor, "<= 3", ours <= 3 * floor),
        ("CPU per 10,000 logs / web3", ours / web3, "<= 1/15", 15 * ours <= web3),
        (
            "start of --help / import typer",
            start["allowctl --help"] / start["import typer"],
            "<= 2",
            start["allowctl --help"] <= 2 * start["import typer"],
        ),
    ]
    _print(cpu | start, rows)
    results = {
        "seconds": {name: round(value, 5) for name, value in (cpu | start).items()},
        "ratios": {name: round(value, 3) for name, value, _, _ in rows},
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    return 0 if all(good for *_, good in rows) else 1


def _cpu(name: str, url: str) -> float:
    """Median CPU seconds of one fetch, over processes and rounds."""
    found: list[float] = []
    for _ in range(PROCESSES):
        done = _python("-m", "benchmarks.variants", name, url, str(ROUNDS))
        found += json.loads(done)
    return statistics.median(found)


def _wall(*arguments: str) -> float:
    return min(_timed(lambda: _python(*arguments)) for _ in range(7))


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _python(*arguments: str) -> str:
    command = (sys.executable, *arguments)
    return subprocess.run(  # noqa: S603 - our own interpreter and files
        command, check=True, capture_output=True, text=True
    ).stdout


def _print(seconds: dict[str, float], rows: list[tuple[str, float, str, bool]]) -> None:
    console = Console(width=100)
    measured = Table("what", "ms", title="medians, this run")
    for name, value in seconds.items():
        measured.add_row(name, f"{value * 1000:.1f}")
    judged = Table("ratio", "is", "target", "")
    for what, value, target, good in rows:
        judged.add_row(what, f"{value:.3f}", target, "met" if good else "MISSED")
    console.print(measured, judged)


if __name__ == "__main__":
    sys.exit(main())
