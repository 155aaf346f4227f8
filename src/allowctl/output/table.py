"""The report for people: what was scanned, what was found, what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.color import ColorSystem
from rich.style import Style

from allowctl.model.finding import Level
from allowctl.model.report import Report, Scan
from allowctl.output import account, overview, sections, steps, worth
from allowctl.output.grid import hung, lines
from allowctl.output.rows import grid
from allowctl.output.view import Shown, View, shown

WIDTH = 120
"""Columns where no terminal says how many there are."""
_NARROWEST = 60
"""Columns below which a row has no room for an address: the terminal breaks it."""

_STYLES = {
    Level.CRITICAL: Style.parse("bold red"),
    Level.HIGH: Style.parse("red"),
    Level.MEDIUM: Style.parse("yellow"),
    Level.LOW: Style.parse("cyan"),
    Level.INFO: Style.parse("dim"),
    Level.UNKNOWN: Style.parse("magenta"),
}
_HEADING = Style.parse("bold")
_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where the text will stand."""

    width: int = WIDTH
    colors: Literal["standard", "256", "truecolor"] | None = None

    def styled(self, text: str, style: Style) -> str:
        """The text with its colours, where there are any."""
        if self.colors is None:
            return text
        return style.render(text, color_system=_SYSTEMS[self.colors])


def render(report: Report, screen: Screen, view: View | None = None) -> str:
    """Every scan under the other, in plain ASCII but for the colours.

    Addresses that are to be copied are never cut or broken, whatever the width;
    the table's own have but their ends.
    """
    screen = replace(screen, width=max(screen.width, _NARROWEST))
    view = view or View()
    several = len(report.scans) > 1
    elsewhere = overview.shared(report) if several else ()
    text: list[str] = []
    for number, scan in enumerate(report.scans, 1):
        if several:
            text.append("=" * screen.width)
        place = f"{number} of {len(report.scans)}: " if several else ""
        text += _scan(scan, screen, view, place, elsewhere)
        if several:
            text.append("")
    text += _end(report, screen, view, elsewhere)
    every = "\n".join(text).splitlines()
    return "\n".join(line.rstrip() for line in every).strip("\n") + "\n"


def _scan(
    scan: Scan, screen: Screen, view: View, place: str, elsewhere: Sequence[str]
) -> Iterator[str]:
    who, *rest = account.scanned(scan)
    yield from _wrapped([place + who, *rest], screen)
    yield ""
    seen = shown(scan, view)
    if seen.rows:
        yield from _table(scan, seen, screen, view)
        yield ""
    said = [
        *account.left_out(seen, view),
        *account.levels(scan),
        *worth.at_risk(scan),
        *account.found(scan),
    ]
    yield from _wrapped(said, screen)
    below = [
        *sections.spam(seen, scan),
        *sections.sections(scan, view, elsewhere),
    ]
    for heading, body in below:
        yield from _section(screen, heading, body)


def _table(scan: Scan, seen: Shown, screen: Screen, view: View) -> Iterator[str]:
    """The rows; levels alone have colours."""
    told = grid(seen.rows, scan, screen.width, view.columns)

    def paint(row: int, column: int, text: str) -> str:
        if told.names[column] != "level":
            return text
        return screen.styled(text, _STYLES[told.rows[row].audited.level])

    yield from lines(told.heads, told.bodies, told.columns, screen.width, paint=paint)
    yield from _wrapped([*told.left_out, *account.legend(seen)], screen)


def _end(
    report: Report, screen: Screen, view: View, elsewhere: Sequence[str]
) -> Iterator[str]:
    """What is true of all scans together."""
    several = len(report.scans) > 1
    if several:
        yield "=" * screen.width
    if report.unscanned:
        heading = "NOT SCANNED (nothing is known of all blocks)"
        yield from _section(screen, heading, overview.not_scanned(report))
    if report.lists:
        yield from _section(screen, "Lists looked into", overview.lists(report))
    if elsewhere:
        yield from _section(screen, "Not seen by any of these scans", elsewhere)
    if several:
        yield from _section(screen, "In all", list(overview.totals(report)))
    todo = list(_next_steps(report, view))
    if todo:
        yield from _section(screen, "What to do next", todo)


def _next_steps(report: Report, view: View) -> Iterator[str]:
    alone = len(report.scans) == 1
    for scan in report.scans if alone else ():
        yield from steps.alone(scan, view, report.lists)
    if not alone or report.unscanned:
        yield from steps.together(report, view)


def _section(screen: Screen, heading: str, body: Sequence[str]) -> Iterator[str]:
    yield ""
    for line in hung(heading, screen.width, ""):
        yield screen.styled(line, _HEADING)
    yield from _wrapped(body, screen, indent="  ")


def _wrapped(lines: Iterable[str], screen: Screen, indent: str = "") -> Iterator[str]:
    """Lines broken between words alone: what is copied from them stays whole."""
    for line in lines:
        yield from hung(line, screen.width, indent, indent + "  ")
