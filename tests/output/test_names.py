"""What things are called: whose word it is, in as much room as there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.facts import SpenderKind
from allowctl.model.lists import Label
from allowctl.output.names import cut, short, spender, spender_name, token_name
from tests import build
from tests.build import address, spender_facts, token_facts
from tests.strategies import hostile_text


@pytest.mark.parametrize(
    ("symbol", "known", "shown"),
    [
        ("USDC", True, "USDC"),
        ("USDC", False, '"USDC"'),
        ('x" USDC "y', False, '"x\\x22 USDC \\x22y"'),
        (None, False, "(no symbol)"),
        ("", True, "(no symbol)"),
        ("  \t", False, "(no symbol)"),
        ("\u202eCDSU", False, '"\\u202eCDSU"'),
    ],
)
def test_a_token_s_own_word_is_in_quotes(
    symbol: str | None, *, known: bool, shown: str
) -> None:
    """And cannot leave them: only a token of the table is called without."""
    assert token_name(token_facts(symbol=symbol, known=known)) == shown


@given(hostile_text, st.integers(4, 40))
def test_quotes_are_closed_once(symbol: str, longest: int) -> None:
    """Whatever is in them, in so many characters at the most."""
    name = token_name(token_facts(symbol=symbol), longest)
    inner = name[1:-1]

    assert name == "(no symbol)" or (name[0] == name[-1] == '"' and '"' not in inner)
    assert len(inner) <= max(longest, len("no symbol"))


@pytest.mark.parametrize(
    ("kind", "label", "shown"),
    [
        (SpenderKind.CONTRACT, None, ""),
        (SpenderKind.CONTRACT, "A router", '"A router"'),
        (SpenderKind.EOA, None, "EOA"),
        (SpenderKind.EOA, "A drainer", 'EOA: "A drainer"'),
        (SpenderKind.DELEGATED_EOA, None, "EOA+code"),
        (SpenderKind.UNUSED, "A \x1b[2J", 'no code: "A \\x1b\\x5b2J"'),
        (SpenderKind.GONE, None, "code gone"),
        (SpenderKind.UNKNOWN, None, "not read"),
    ],
)
def test_what_a_spender_is_comes_first(
    kind: SpenderKind, label: str | None, shown: str
) -> None:
    """A name that is cut must not hide that it is a key."""
    said = None if label is None else Label(text=label, source="whois")
    assert spender_name(spender_facts(kind, label=said)) == shown


def test_a_list_s_word_for_a_spender_is_in_quotes() -> None:
    """Any list can call an address Permit2: the bundled table alone says it plainly."""
    lists = [Label(text="Permit2", source=source) for source in ("bundled", "whois")]
    plainly, quoted = (spender_name(spender_facts(label=each)) for each in lists)

    assert (plainly, quoted) == ("Permit2", '"Permit2"')


@given(hostile_text, st.sampled_from(SpenderKind), st.integers(0, 80))
def test_a_spender_always_has_its_address(
    label: str, kind: SpenderKind, room: int
) -> None:
    """Its name takes what is left, or nothing."""
    facts = spender_facts(kind, label=label)
    said = spender(facts, room)

    assert said.endswith(short(facts.address))
    assert len(said) <= max(room, 13)


@pytest.mark.parametrize(
    ("text", "longest", "left"),
    [
        ("abcdefgh", 8, "abcdefgh"),
        ("abcdefghi", 8, "abcde..."),
        ("abcd  ghi", 8, "abcd..."),
        ("abcdefghi", 5, ""),
        ("abc", 3, "abc"),
        ("abcdefghi", -4, ""),
        ('"abcdefg"', 8, '"abc..."'),
        ('x: "abcdefg"', 9, 'x: "a..."'),
    ],
)
def test_cut(text: str, longest: int, left: str) -> None:
    """Three letters of a name tell nothing: then it is left away."""
    assert cut(text, longest) == left


def test_short_addresses_differ_at_both_ends() -> None:
    """Their checksum is that of the whole."""
    assert short(build.PERMIT2) == "0x0000...8BA3"
    assert short(address(0xABCDEF)) == "0x0000...cDeF"
