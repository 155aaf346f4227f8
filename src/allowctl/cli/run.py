"""What every command that scans does: check, scan, print, judge."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import typer

from allowctl.cli import interrupt, show, wiring, write
from allowctl.cli.progress import progress
from allowctl.cli.report_options import Format
from allowctl.cli.wanted import Wanted
from allowctl.errors import ExitCode, UsageError
from allowctl.model.finding import Level
from allowctl.model.report import Report
from allowctl.output.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What becomes of the report."""

    places: tuple[write.Destination[Format], ...]
    view: View
    fail_on: Level | None = None
    quiet: bool = False


def format_of(name: write.F | None, json: write.F | None) -> write.F | None:
    """What --format and --json say together. UsageError if they disagree.

    `json` is the format that --json stands for; None where it was not given.
    """
    if json is not None and name not in {None, json}:
        raise UsageError(
            f"--json and --format {name} ask for different things",
            hint="leave one of them out",
        )
    return json or name


def scan(means: wiring.Means, asked: Wanted, result: Result) -> ExitCode:
    """Scan, put the report where it was asked for, and say how it ended.

    StoppedError if a person or a signal stops it.
    """
    write.check(result.places)
    try:
        with progress(quiet=result.quiet) as watch:
            report = asyncio.run(wiring.scan_all(means, asked, watch))
    except KeyboardInterrupt:
        kept = means.resumable and not asked.named.pairs
        raise interrupt.StoppedError(
            interrupt.KEPT if kept else interrupt.NOTHING
        ) from None
    write.write(result.places, show.renderer(report, result.view))
    wiring.shown(means, report)
    return _verdict(report, result.fail_on)


def _verdict(report: Report, fail_on: Level | None) -> ExitCode:
    if not report.complete:
        typer.echo("incomplete: not everything was served, see the report", err=True)
    if fail_on is not None and report.worst is not None and report.worst >= fail_on:
        return ExitCode.POLICY
    return ExitCode.OK if report.complete else ExitCode.INCOMPLETE
