"""Strangers' text, made safe to be shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec.shown import LONGEST, inert, plain, printable, quoted
from tests.strategies import hostile_text

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


@given(texts | st.text(":#[]e", max_size=40), lengths)
def test_plain_text_is_no_command(text: str, longest: int) -> None:
    """A build machine finds neither of its marks, wherever lines are broken."""
    shown, ours = plain(text, longest), printable(text, longest)

    assert "::" not in shown
    assert "##" not in shown
    assert "##" not in ours
    assert not any(word.startswith("::") for word in ours.split())


@given(texts, lengths)
def test_quoted_text_stays_inside(text: str, longest: int) -> None:
    """Its quotes are the first and the last character, and there are no others."""
    shown = quoted(text, longest)

    assert shown[0] == shown[-1] == '"'
    assert '"' not in shown[1:-1]
    assert len(shown) <= longest + 2
    assert shown.isascii()
    assert shown.isprintable()


@given(texts, lengths)
def test_words_of_ours_keep_their_dots(text: str, longest: int) -> None:
    """But are printable ASCII on one bounded line like all others."""
    shown = printable(text, longest)

    assert len(shown) <= longest
    assert shown.isascii()
    assert shown.isprintable()
    assert printable("node.example:8545", longest=32) == "node.example:8545"
    assert printable("[::1]:8545", longest=32) == "[::1]:8545"


@given(st.text("abcXYZ019 -_+$/()", max_size=LONGEST))
def test_honest_text_stays_as_it_is(text: str) -> None:
    """USDC is shown as USDC."""
    assert plain(text) == text


@given(texts)
def test_what_is_there_is_never_hidden(text: str) -> None:
    """Invisible characters are shown as escapes, so that no text is empty."""
    assert bool(plain(text)) is bool(text)


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
        ("::error::x", ":\\x3aerror:\\x3ax"),
        (":::", ":\\x3a\\x3a"),
        ("##[error]x", "#\\x23[error]x"),
        ("x" * 10**7, "x" * 29 + "..."),
        ("x" * 32, "x" * 32),
        ("x" * 33, "x" * 29 + "..."),
        ("\U0001f4a9" * 4, "\\U0001f4a9\\U0001f4a9\\U0001f4a..."),
    ],
)
def test_hostile_text_is_shown_for_what_it_is(text: str, shown: str) -> None:
    """Escaped, broken up or cut, and still to be recognised."""
    assert plain(text) == shown


@given(texts, lengths)
def test_inert_text_acts_nowhere(text: str, longest: int) -> None:
    """Nothing in it is markup, wherever the sentence goes that it stands in."""
    words = inert(text, longest)

    assert len(words) <= longest
    assert words.isascii()
    assert words.isprintable()
    assert bool(words) is bool(text)
    assert not re.search(r'["<>|`@]|::|##|://', words)
    assert not re.search(r"[\[\]]", re.sub(r"\[[.:]?(\]|\.\.\.$)", "", words))


@given(st.text("abcXYZ019 -_+$/()", max_size=60))
def test_an_honest_name_stays_as_it_is(text: str) -> None:
    """Most hacks are called by a name and a year."""
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Multichain (2023)", "Multichain (2023)"),
        ("LI.FI", "LI[.]FI"),
        ('say "hi"', "say \\x22hi\\x22"),
        ("<script>", "\\x3cscript\\x3e"),
        ("[red]x[/]", "\\x5bred\\x5dx\\x5b/\\x5d"),
        ("::error::x", "\\x3a:error\\x3a:x"),
        ("##[error]x", "#\\x23\\x5berror\\x5dx"),
        ("a|b`c`", "a\\x7cb\\x60c\\x60"),
        ("\\x1b", "\\x5cx1b"),
        ("\x1b", "\\x1b"),
        ("https://evil.example", "https[:]//evil[.]example"),
        ("\r\n::error::x", "\\r\\n\\x3a:error\\x3a:x"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 57 + "..."),
        ("x" * 10**7, "x" * 57 + "..."),
    ],
    ids=lambda text: text[:20].encode("unicode_escape").decode(),
)
def test_a_hostile_name_is_told_for_what_it_is(text: str, said: str) -> None:
    """Still to be recognised, and one line."""
    assert inert(text) == said
