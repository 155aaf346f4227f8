"""Plain text in columns. Rich's tables take 1 ms a row, and have no line below one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

GAP = "  "
_LEAST = 16
"""Columns that text below a row has, however narrow the screen."""

Paint = Callable[[int, int, str], str]
"""Row, column and padded text of a cell, to the same with its colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column's heading, and how its cells stand below it."""

    text: str
    justify: Literal["left", "right"] = "left"
    least: int | None = None
    """Columns down to which it gives way to the others; None: not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What stands below a row, from its second column on."""

    text: str
    lead: str = ""
    """Before the text, whose further lines stand under itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A row's cells, and what stands below it."""

    cells: Sequence[str]
    below: Sequence[Note] = ()


def widths(
    heads: Sequence[Head], cells: Sequence[Sequence[str]], width: int
) -> list[int]:
    """Of each column: as wide as its widest cell, where all fit the screen.

    Where they do not, the last that gives way does so first.
    """
    natural = [
        max([len(head.text), *(len(row[column]) for row in cells)])
        for column, head in enumerate(heads)
    ]
    surplus = sum(natural) + len(GAP) * (len(heads) - 1) - width
    for column, head in reversed(list(enumerate(heads))):
        if head.least is not None and surplus > 0:
            least = max(head.least, len(head.text))
            given = min(surplus, max(0, natural[column] - least))
            natural[column] -= given
            surplus -= given
    return natural


def lines(
    heads: Sequence[Head],
    rows: Sequence[Body],
    columns: Sequence[int],
    width: int,
    *,
    paint: Paint = lambda _row, _column, text: text,
) -> Iterator[str]:
    """Heading, rule and rows, in columns so wide: each row is one line.

    What is below a row is broken between words alone, at `width`.
    """
    yield GAP.join(_padded([head.text for head in heads], heads, columns)).rstrip()
    yield GAP.join("-" * each for each in columns)
    indent = " " * (columns[0] + len(GAP))
    for number, row in enumerate(rows):
        padded = _padded(row.cells, heads, columns)
        yield GAP.join(
            paint(number, column, text) for column, text in enumerate(padded)
        ).rstrip()
        for note in row.below:
            yield from hung(note.text, width, indent + note.lead)


def hung(text: str, width: int, first: str, rest: str | None = None) -> Iterator[str]:
    """Text behind `first`, its further lines behind `rest`, or under itself.

    Broken between words alone, so that what is copied from it stays whole.
    """
    if len(first) + len(text) <= width:
        yield first + text
        return
    yield from textwrap.wrap(
        text,
        max(width, len(first) + _LEAST),
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _padded(
    cells: Sequence[str], heads: Sequence[Head], columns: Sequence[int]
) -> list[str]:
    return [
        cell.rjust(each) if head.justify == "right" else cell.ljust(each)
        for cell, head, each in zip(cells, heads, columns, strict=True)
    ]
