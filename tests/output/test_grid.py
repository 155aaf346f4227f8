"""Columns of text: aligned, and no wider than they have to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.output.grid import GAP, Body, Head, Note, hung, lines, widths

words = st.text("abcdefgh,.$", min_size=1, max_size=12)
texts = st.lists(words, max_size=12).map(" ".join)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Head], list[list[str]]]:
    heads = draw(
        st.lists(
            st.builds(
                Head,
                text=words,
                justify=st.sampled_from(("left", "right")),
                least=st.none() | st.integers(1, 20),
            ),
            min_size=1,
            max_size=5,
        )
    )
    row = st.tuples(*(texts for _ in heads)).map(list)
    return heads, draw(st.lists(row, max_size=4))


def cut(cells: list[list[str]], columns: list[int]) -> list[Body]:
    """As whoever can say it shorter does."""
    return [
        Body(
            cells=[cell[:width] for cell, width in zip(row, columns, strict=True)],
            below=[Note(text=row[0], lead="id  ")],
        )
        for row in cells
    ]


@given(tables(), st.integers(1, 200))
def test_widths(table: tuple[list[Head], list[list[str]]], width: int) -> None:
    """As wide as the widest cell; on a narrow screen down to the least, not below."""
    heads, cells = table
    wide = widths(heads, cells, 10_000)
    found = widths(heads, cells, width)

    for column, head in enumerate(heads):
        every = [head.text, *(row[column] for row in cells)]
        assert wide[column] == max(map(len, every))
        if head.least is None:
            assert found[column] == wide[column]
        else:
            least = max(head.least, len(head.text))
            assert min(least, wide[column]) <= found[column] <= wide[column]
    total = sum(found) + len(GAP) * (len(heads) - 1)
    at_least = all(
        head.least is None or found[column] <= max(head.least, len(head.text))
        for column, head in enumerate(heads)
    )
    assert total <= width or at_least
    assert total == width or found == wide or total > width


@given(tables(), st.integers(1, 200))
def test_columns_are_aligned(
    table: tuple[list[Head], list[list[str]]], width: int
) -> None:
    """Each cell stands in its column, at the side that its heading says."""
    heads, cells = table
    columns = widths(heads, cells, width)
    bodies = [Body(cells=body.cells) for body in cut(cells, columns)]
    found = list(lines(heads, bodies, columns, width))

    assert len(found) == 2 + len(cells)
    starts = [sum(columns[:at]) + len(GAP) * at for at in range(len(columns))]
    for line, said in zip(
        [found[0], *found[2:]],
        [[head.text for head in heads], *(body.cells for body in bodies)],
        strict=True,
    ):
        for start, column, cell, head in zip(starts, columns, said, heads, strict=True):
            place = line[start : start + column].ljust(column)
            right = head.justify == "right"
            assert place == (cell.rjust(column) if right else cell.ljust(column))


@given(tables(), st.integers(30, 200))
def test_no_line_is_too_wide(
    table: tuple[list[Head], list[list[str]]], width: int
) -> None:
    """But where the columns' least is."""
    heads, cells = table
    columns = widths(heads, cells, width)
    total = sum(columns) + len(GAP) * (len(heads) - 1)
    indent = columns[0] + len(GAP) + len("id  ")
    for line in lines(heads, cut(cells, columns), columns, width):
        assert len(line) <= max(width, total, indent + 16)


def test_what_is_below_hangs() -> None:
    """From the second column on, its further lines under its text."""
    body = Body(
        cells=["1", "high"],
        below=[Note(text="many words that are told", lead="abc  "), Note(text="more")],
    )
    heads = [Head(text="#"), Head(text="level")]

    assert list(lines(heads, [body], [2, 8], 24)) == [
        "#   level",
        "--  --------",
        "1   high",
        "    abc  many words that",
        "         are told",
        "    more",
    ]


def test_only_cells_are_painted() -> None:
    """Whoever paints gets the row, the column, and the cell in its whole width."""
    seen = []

    def paint(row: int, column: int, text: str) -> str:
        seen.append((row, column, text))
        return f"<{text}>"

    heads = [Head(text="#", justify="right"), Head(text="why")]
    body = Body(cells=["1", "x"], below=[Note(text="below")])
    found = list(lines(heads, [body], [2, 4], 80, paint=paint))

    assert seen == [(0, 0, " 1"), (0, 1, "x   ")]
    assert found == [" #  why", "--  ----", "< 1>  <x   >", "    below"]


@given(texts, st.integers(1, 100))
def test_words_are_never_broken(text: str, width: int) -> None:
    """What is copied from a text is what stands there."""
    found = list(hung(text, width, "  ", "    "))

    assert " ".join(found).split() == text.split()
    for line in found:
        assert len(line) <= max(width, 18) or len(line.split()) == 1


@pytest.mark.parametrize(
    ("rest", "second"), [(None, "        a2"), ("", "a2"), ("  ", "  a2")]
)
def test_further_lines(rest: str | None, second: str) -> None:
    """They stand behind what is asked for, else under the text."""
    assert list(hung("a" * 15 + " a2", 24, " " * 8, rest)) == [
        " " * 8 + "a" * 15,
        second,
    ]
