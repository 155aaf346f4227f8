"""What `allowctl check` does: scan, evaluate, print, judge."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import typer

from allowctl.cli import interrupt, show, wiring, write
from allowctl.cli.check_options import CheckFormat
from allowctl.cli.progress import progress
from allowctl.errors import ExitCode, OutputError, UsageError

if TYPE_CHECKING:
    from allowctl.cli.checking import Checking
    from allowctl.model.evaluation import Evaluation
    from allowctl.model.report import Report
    from allowctl.policy.baseline import Baseline

_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The file of GitHub Actions that a step's Markdown is added to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What becomes of the evaluation."""

    places: tuple[write.Destination[CheckFormat], ...]
    baseline: Path | None = None
    """Where what is violated now is written down."""
    exit_zero: bool = False
    quiet: bool = False


def absolute(path: Path | None) -> Path | None:
    """So that it can be told where in its repository the file is.

    A link stands where it is, and not where it leads to.
    """
    return None if path is None else Path(os.path.abspath(path))  # noqa: PTH100 - as said


def check(means: wiring.Means, checking: Checking, result: Result) -> ExitCode:
    """Scan the wallets, hold them against the policy, say how it ended.

    StoppedError if a person or a signal stops it.
    """
    places = result.places
    written = _baseline_place(result)
    write.check((*places, *written), checking.kept(result.baseline), links=False)
    known = checking.baseline(result.baseline)
    try:
        with progress(quiet=result.quiet) as watch:
            report = asyncio.run(wiring.scan_all(means, checking.asked, watch))
    except KeyboardInterrupt:
        raise interrupt.StoppedError(
            interrupt.KEPT if means.resumable else interrupt.NOTHING
        ) from None
    evaluation = _evaluated(report, checking, known)
    if written:
        evaluation = _baselined(evaluation, checking, result)
    write.write(places, _renderer(evaluation, checking.root))
    if any(each.format is CheckFormat.GITHUB for each in places):
        _summarise(evaluation, checking.root)
    wiring.shown(means, report)
    return _verdict(evaluation, result)


def _evaluated(
    report: Report, checking: Checking, known: Baseline | None
) -> Evaluation:
    from allowctl.policy.evaluate import evaluate

    return evaluate(
        report,
        checking.policy,
        checking.wallets,
        baseline=known,
        today=datetime.fromtimestamp(report.created_at, UTC).date(),
        forgiven=checking.forgiven,
        narrowed=checking.narrowed,
    )


def _baseline_place(
    result: Result,
) -> tuple[write.Destination[CheckFormat], ...]:
    if result.baseline is None:
        return ()
    if str(result.baseline) == "-":
        raise UsageError("--write-baseline names no file", hint="give one; it is kept")
    return (write.Destination(format=CheckFormat.JSON, path=result.baseline),)


def _baselined(
    evaluation: Evaluation, checking: Checking, result: Result
) -> Evaluation:
    """Write down what is against approvals; the same as the next check will have it.

    Not out of what is incomplete: what was not seen would be missing in it.
    """
    from allowctl.policy import baseline

    name = str(result.baseline)
    if not evaluation.complete:
        typer.echo(f"no baseline is written to {name!a}: not all was seen", err=True)
        return evaluation
    text = baseline.render(evaluation)
    write.write(_baseline_place(result), lambda _format, _path: text)
    known = baseline.read(text.encode())
    if not result.quiet:
        typer.echo(f"baseline of {len(known.known)} written to {name!a}", err=True)
    if not checking.looks_into(result.baseline):
        typer.echo(
            f"the policy does not look into it yet: put [baseline] file = {name!a} "
            "into it",
            err=True,
        )
        return evaluation
    return _evaluated(evaluation.report, checking, known)


def _renderer(
    evaluation: Evaluation, root: str
) -> Callable[[CheckFormat, Path | None], str]:
    """The evaluation in any format, for a file or for stdout as it is."""

    def render(wanted: CheckFormat, path: Path | None) -> str:  # noqa: PLR0911 - one each
        match wanted:
            case CheckFormat.TABLE:
                from allowctl.output import check_table

                return check_table.render(evaluation, show.screen(path), root)
            case CheckFormat.JSON:
                from allowctl.output import check_v1

                return check_v1.render(evaluation, root)
            case CheckFormat.NDJSON:
                from allowctl.output import check_ndjson

                return check_ndjson.render(evaluation, root)
            case CheckFormat.CSV:
                from allowctl.output import check_csv

                return check_csv.render(evaluation, root)
            case CheckFormat.MARKDOWN:
                from allowctl.output import check_markdown

                return check_markdown.render(evaluation, root)
            case CheckFormat.SARIF:
                from allowctl.output import sarif

                return sarif.render(evaluation, root)
            case CheckFormat.JUNIT:
                from allowctl.output import junit

                return junit.render(evaluation, root)
            case CheckFormat.GITHUB:
                from allowctl.output import github

                return github.annotations(evaluation, root)
            case _:
                assert_never(wanted)

    return render


def _summarise(evaluation: Evaluation, root: str) -> None:
    """Add to the step's summary, where GitHub Actions has one."""
    path = os.environ.get(_SUMMARY)
    if not path:
        return
    from allowctl.output import github

    try:
        write.append_to_file(Path(path), github.summary(evaluation, root))
    except OutputError as error:
        # The result itself has been told; a summary more or less changes nothing.
        typer.echo(f"no step summary: {error.message}", err=True)


def _verdict(evaluation: Evaluation, result: Result) -> ExitCode:
    if not evaluation.complete:
        typer.echo("incomplete: not everything was seen, see the result", err=True)
    if evaluation.violated and not result.exit_zero:
        return ExitCode.POLICY
    return ExitCode.OK if evaluation.complete else ExitCode.INCOMPLETE
