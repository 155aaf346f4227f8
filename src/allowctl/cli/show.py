"""What a person sees: the rendered report on stdout, progress on stderr."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from allowctl.cli.report_options import Format
from allowctl.model.report import Report

if TYPE_CHECKING:
    from allowctl.output.table import Screen
    from allowctl.output.view import View


def renderer(report: Report, view: View) -> Callable[[Format, Path | None], str]:
    """The report in any format, for a file or for stdout as it is."""

    def render(wanted: Format, path: Path | None) -> str:
        match wanted:
            case Format.TABLE:
                from allowctl.output import table

                return table.render(report, screen(path), view)
            case Format.JSON:
                from allowctl.output import json_v1

                return json_v1.render(report, show_dead=view.show_dead)
            case Format.CSV:
                from allowctl.output import csv_v1

                return csv_v1.render(report, show_dead=view.show_dead)
            case _:
                assert_never(wanted)

    return render


def screen(path: Path | None = None, *, stderr: bool = False) -> Screen:
    """The terminal's width and colours; for a file wide and plain, never cut."""
    from rich.console import Console

    from allowctl.output.table import Screen as Wide

    if path is not None:
        return Wide()
    console = Console(stderr=stderr)
    match console.color_system:
        case "standard" | "256" | "truecolor" as colors:
            return Wide(width=console.width, colors=colors)
        case _ if console.is_terminal:
            return Wide(width=console.width)
        case _:
            return Wide()
