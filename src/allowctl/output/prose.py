"""Sentences, facts and sections below each other, as the table has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rich.style import Style

from allowctl.output.grid import hung
from allowctl.output.table import Screen

NARROWEST = 60
"""Columns below which an address has no room: the terminal breaks it."""
HEADING = Style.parse("bold")
WARNING = Style.parse("bold yellow")
_NAME = 9
"""Columns of a fact's name."""

Fact = tuple[str, str]
"""What it is, and what is known of it; nothing is shown of one without text."""


def at_least_narrow(screen: Screen) -> Screen:
    """The screen, or one on which a whole address has room."""
    return replace(screen, width=max(screen.width, NARROWEST))


def wrapped(texts: Iterable[str], screen: Screen, indent: str = "") -> Iterator[str]:
    """Lines broken between words alone: what is copied from them stays whole."""
    for text in texts:
        yield from hung(text, screen.width, indent, indent + "  ")


def styled(text: str, screen: Screen, style: Style, indent: str = "") -> Iterator[str]:
    """The same of one text, in colours where there are any."""
    for line in wrapped([text], screen, indent):
        yield screen.styled(line, style)


def facts(of: Iterable[Fact], screen: Screen, indent: str) -> Iterator[str]:
    """Each on its own lines, which stand under themselves."""
    for name, text in of:
        if text:
            yield from hung(text, screen.width, f"{indent}{name:<{_NAME}} ")


def section(screen: Screen, heading: str, body: Sequence[str]) -> Iterator[str]:
    """A heading with lines that are broken already; nothing without any."""
    if body:
        yield ""
        yield from styled(heading, screen, HEADING)
        yield from body


def finished(lines: Iterable[str]) -> str:
    """The whole text: no blanks at the ends of lines, one newline at its own."""
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def several(number: int, what: str) -> str:
    """A number of things, in one word or two."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
