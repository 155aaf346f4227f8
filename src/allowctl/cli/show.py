"""What a person sees: the rendered report on stdout, progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from allowctl.cli.options import Format
from allowctl.model.report import Report

if TYPE_CHECKING:
    from allowctl.output.table import Screen

Advance = Callable[[int, int], None]


def renderer(
    report: Report, *, show_dead: bool
) -> Callable[[Format, Path | None], str]:
    """The report in any format, for a file or for stdout as it is."""

    def render(wanted: Format, path: Path | None) -> str:
        match wanted:
            case Format.TABLE:
                from allowctl.output import table

                screen = table.Screen() if path else _stdout()
                return table.render(report, screen, show_dead=show_dead)
            case Format.JSON:
                from allowctl.output import json_v1

                return json_v1.render(report, show_dead=show_dead)
            case Format.CSV:
                from allowctl.output import csv_v1

                return csv_v1.render(report, show_dead=show_dead)
            case _:
                assert_never(wanted)

    return render


@contextmanager
def progress(*, quiet: bool) -> Iterator[Advance]:
    """A line on stderr that moves, where a person is there to see it."""
    if quiet or sys.__stderr__ is None or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as display:
        task = display.add_task("seeking logs", total=None)

        def advance(done: int, total: int) -> None:
            if done < total:
                display.update(task, completed=done, total=total)
            else:
                display.reset(task, description="reading state", total=None)

        yield advance


def _stdout() -> Screen:
    """The terminal's width and colours; elsewhere wide and plain, never cut."""
    from rich.console import Console

    from allowctl.output.table import Screen as Wide

    console = Console()
    match console.color_system:
        case "standard" | "256" | "truecolor" as colors:
            return Wide(width=console.width, colors=colors)
        case _ if console.is_terminal:
            return Wide(width=console.width)
        case _:
            return Wide()
