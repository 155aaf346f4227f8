"""Chain text, made safe."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.output.safe import LONGEST, cell, plain
from tests.strategies import hostile_text

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
texts = st.text() | hostile_text
lengths = st.integers(8, 200)


@given(texts, lengths)
def test_plain_text_is_printable_ascii_on_one_bounded_line(
    text: str, longest: int
) -> None:
    """No terminal code, nothing that runs backwards, nothing without end."""
    shown = plain(text, longest)

    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= longest
    assert len(plain(text)) <= LONGEST


@given(texts, lengths)
def test_plain_text_holds_no_link(text: str, longest: int) -> None:
    """No scheme and no domain that a terminal or a mail program would link."""
    shown = plain(text, longest)

    assert "://" not in shown
    assert not re.search(r"\.[a-z]{2}", shown, re.IGNORECASE)


@given(st.text("abcXYZ019 -_+$/()", max_size=LONGEST))
def test_honest_text_stays_as_it_is(text: str) -> None:
    """USDC is shown as USDC."""
    assert plain(text) == text


@given(texts)
def test_what_is_there_is_never_hidden(text: str) -> None:
    """Invisible characters are shown as escapes, so that no text is empty."""
    assert bool(plain(text)) is bool(text)


@given(texts, lengths)
def test_a_cell_is_no_formula(text: str, longest: int) -> None:
    """Whatever it begins with, a spreadsheet takes it for text."""
    shown = cell(text, longest)

    assert not shown.startswith(FORMULA)
    same = plain(text, longest).replace(";", "\\x3b")
    assert shown in {same, "'" + same}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("USDC", "USDC"),
        ("\x1b[31mUSDC", "\\x1b[31mUSDC"),
        ("\u202eCDSU", "\\u202eCDSU"),
        ("U\u0405DC", "U\\u0405DC"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("See https://evil.example", "See https[:]//evil[.]example"),
        ("http://1.2.3.4", "http[:]//1.2.3.4"),
        ("Get it at EVIL.COM", "Get it at EVIL[.]COM"),
        ("v1.2", "v1.2"),
        ("x" * 32, "x" * 32),
        ("x" * 33, "x" * 29 + "..."),
        ("\U0001f4a9" * 4, "\\U0001f4a9\\U0001f4a9\\U0001f4a..."),
    ],
)
def test_hostile_text_is_shown_for_what_it_is(text: str, shown: str) -> None:
    """Escaped, broken up or cut, and still to be recognised."""
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("=1+1", "'=1+1"), ("-2", "'-2"), ("@x", "'@x"), ("\t=1", "\\t=1"), ("A", "A")],
)
def test_a_formula_is_quoted(text: str, shown: str) -> None:
    """With the apostrophe that spreadsheets know."""
    assert cell(text) == shown
