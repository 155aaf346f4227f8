"""How a client is run in a process of its own, and a row of the table."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from benchmarks.client import Job, Run
from benchmarks.simulator import Setting

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured. As it stands: what the targets are about."""

    blocks: int = 24_000_000
    span: int = 10_000
    """Blocks that one log request may cover."""
    latency: float = 0.05
    part: int = 1_200_000
    """Blocks that the slow rivals are measured on; the rest is reckoned."""
    approvals: int = 200
    owners: int = 2_000
    logs: int = 1_000_000
    """Of all owners."""
    approvals_each: int = 10
    rate_requests: int = 300
    reply: int = 10_000
    """Logs in one reply."""
    rounds: int = 9
    processes: int = 3
    starts: int = 7
    records: int = 500
    """Live approvals of one scan that are judged."""

    def setting(self, **given: object) -> Setting:
        """A chain of this size."""
        return Setting(**{"blocks": self.blocks, **given})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number, as it is shown; `met` is None where there is no target."""

    case: str
    what: str
    value: float
    unit: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""


def at_most(case: str, what: str, value: float, most: float, unit: str = "") -> Row:
    """A row that should not be above `most`."""
    return Row(
        case=case,
        what=what,
        value=value,
        unit=unit,
        target=f"<= {most:,.4g}" if most < 1_000 else f"<= {most:,.0f}",  # noqa: PLR2004
        met=value <= most,
    )


def at_least(case: str, what: str, value: float, least: float, unit: str = "") -> Row:
    """A row that should not be below `least`."""
    return Row(
        case=case,
        what=what,
        value=value,
        unit=unit,
        target=f">= {least:,.4g}",
        met=value >= least,
    )


def shown(case: str, what: str, value: float, unit: str = "", note: str = "") -> Row:
    """A row without a target."""
    return Row(case=case, what=what, value=value, unit=unit, note=note)


def scanned(job: Job) -> Run:
    """What a scan took, in a process of its own. RuntimeError if it is incomplete."""
    given = json.dumps(asdict(job))
    run = msgspec.json.decode(python("-m", "benchmarks.client", given), type=Run)
    if not run.complete:
        raise RuntimeError("the measured scan is incomplete: its numbers mean nothing")
    return run


def python(*arguments: str) -> str:
    """What our own interpreter prints."""
    return ran(sys.executable, *arguments)


def ran(*command: str) -> str:
    """What a command prints. RuntimeError, with its own words, if it fails."""
    done = subprocess.run(  # noqa: S603 - our own commands
        command, check=False, capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr}")
    return done.stdout


def timed(*command: str) -> tuple[float, str]:
    """Seconds that a command takes, and what it prints."""
    begin = time.perf_counter()
    said = ran(*command)
    return time.perf_counter() - begin, said
