"""`make bench`: one table of what scanning costs, as ratios within one run.

    python -m benchmarks.run [CASE…]

Every client is a process of its own at a simulated node in another. Exit code 1
if a target is missed.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.cases import CASES
from benchmarks.measure import Row, Size

RESULTS = Path(__file__).with_name("results.json")


def measure(names: Sequence[str], size: Size) -> list[Row]:
    """The rows of some cases, in the order of `CASES`; of all, if none is named."""
    rows = []
    for name, case in CASES.items():
        if not names or name in names:
            begin = time.perf_counter()
            rows += case(size)
            took = time.perf_counter() - begin
            print(f"{name}: {took:.0f} s", file=sys.stderr, flush=True)
    return rows


def table(rows: Sequence[Row]) -> Table:
    """What a person sees."""
    shown = Table("case", "what", "is", "target", "", title="allowctl's benchmarks")
    last = ""
    for row in rows:
        case = "" if row.case == last else row.case
        if case and last:
            shown.add_section()
        last = row.case
        verdict = {True: "met", False: "MISSED", None: row.note}[row.met]
        value = f"{row.value:,.4g}" if row.value < 1_000 else f"{row.value:,.0f}"  # noqa: PLR2004
        shown.add_row(case, row.what, f"{value} {row.unit}", row.target, verdict)
    return shown


def write(rows: Sequence[Row], path: Path) -> None:
    """The same for programs."""
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": [asdict(row) for row in rows],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def main(names: Sequence[str]) -> int:
    """Measure, print the table, write results.json; 1 if a target is missed."""
    unknown = set(names) - CASES.keys()
    if unknown:
        print(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}")
        return 2
    rows = measure(names, Size())
    Console(width=118).print(table(rows))
    write(rows, RESULTS)
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
