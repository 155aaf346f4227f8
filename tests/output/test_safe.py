"""Chain text in a spreadsheet."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec.shown import plain
from allowctl.output.safe import cell, document
from tests.strategies import hostile_text

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
texts = st.text() | hostile_text
lengths = st.integers(8, 200)


@given(texts, lengths)
def test_a_cell_is_no_formula(text: str, longest: int) -> None:
    """Whatever it begins with, a spreadsheet takes it for text."""
    shown = cell(text, longest)

    assert not shown.startswith(FORMULA)
    same = plain(text, longest).replace(";", "\\x3b")
    assert shown in {same, "'" + same}


@pytest.mark.parametrize(
    ("text", "shown"),
    [("=1+1", "'=1+1"), ("-2", "'-2"), ("@x", "'@x"), ("\t=1", "\\t=1"), ("A", "A")],
)
def test_a_formula_is_quoted(text: str, shown: str) -> None:
    """With the apostrophe that spreadsheets know."""
    assert cell(text) == shown


values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.text(':#\\"', max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values, st.none() | st.just(2))
def test_a_document_is_read_as_it_was(value: object, indent: int | None) -> None:
    """ASCII in which no build machine finds a command, and the same values in it."""
    text = document(value, indent=indent)

    assert json.loads(text) == value
    assert text.isascii()
    assert "::" not in text
    assert "##" not in text
    assert all(line.isprintable() for line in text.split("\n"))
