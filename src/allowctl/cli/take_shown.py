"""What people and scripts see of plans and of what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from allowctl import __version__
from allowctl.cli import show, write
from allowctl.cli.report_options import Format
from allowctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from allowctl.model.outcome import Result
    from allowctl.model.plan import Plan

_NOTHING = "nothing is selected: there is nothing to take back or to lower\n"


def destinations(
    outputs: Sequence[str], *, json: bool
) -> tuple[write.Destination[Format], ...]:
    """Where the result goes. UsageError for a format that it has not."""
    places = write.destinations(outputs, Format.JSON if json else None, Format)
    if any(place.format is Format.CSV for place in places):
        raise UsageError("a plan or an outcome is no table: csv does not hold it")
    return places


def show_plans(
    plans: Sequence[Plan], places: Sequence[write.Destination[Format]]
) -> None:
    """As a dry run's result."""
    from allowctl.output import plan_table
    from allowctl.revoke import document

    def render(wanted: Format, path: Path | None) -> str:
        if wanted is Format.JSON:
            return document.text(plans, __version__)
        shown = show.screen(path)
        return plan_table.render(plans, shown) if plans else _NOTHING

    write.write(places, render)


def tell_plans(plans: Sequence[Plan], *, quiet: bool) -> None:
    """To the person who is to agree."""
    from allowctl.output import plan_table

    if not quiet:
        typer.echo(
            plan_table.render(plans, show.screen(stderr=True)), err=True, nl=False
        )


def question(plans: Sequence[Plan]) -> str:
    """What is asked."""
    count = sum(len(plan.steps) for plan in plans)
    return f"Sign and send {count} transaction{'s' if count > 1 else ''}?"


def show_results(
    results: Sequence[Result], places: Sequence[write.Destination[Format]]
) -> None:
    """What became of it all."""
    from allowctl.output import outcome_table, outcome_v1

    def render(wanted: Format, path: Path | None) -> str:
        if wanted is Format.JSON:
            return outcome_v1.render(results, __version__)
        shown = show.screen(path)
        return outcome_table.render(results, shown) if results else _NOTHING

    write.write(places, render)


def told_already(
    places: Sequence[write.Destination[Format]],
) -> tuple[write.Destination[Format], ...]:
    """The places without a terminal's: there stderr has said all that there is."""
    return tuple(place for place in places if place.format is Format.JSON or place.path)


def verdict(results: Sequence[Result], code: ExitCode) -> ExitCode:
    """4 where anything is not taken back, and proven so."""
    good = all(result.good for result in results)
    return code if good else ExitCode.TRANSACTION
