"""The strings that tokens answer."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec.text import MAX_BYTES, string
from tests.strategies import hostile_text, words


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_a_text_or_none(data: bytes) -> None:
    """Nothing is ever raised, and a text is never empty."""
    assert string(data) != ""


@given(st.integers(0, 200), st.integers(0, 2**33), st.binary(max_size=200))
def test_offsets_and_lengths_that_lie_give_a_text_or_none(
    start: int, length: int, rest: bytes
) -> None:
    """What lies outside the answer is not there."""
    data = start.to_bytes(32, "big") + length.to_bytes(32, "big") + rest
    found = string(data)

    assert found is None or len(found) <= 4 * len(data)


@given(st.text(min_size=1, max_size=200) | hostile_text.filter(bool))
def test_an_abi_string_is_read_as_it_is(text: str) -> None:
    """Hostile or not: it is made safe only where it is shown."""
    assert string(encode(["string"], [text])) == text


@given(st.text(min_size=1, max_size=100), st.data())
def test_a_text_that_is_cut_off_is_none(text: str, data: st.DataObject) -> None:
    """Half a symbol would be another token's."""
    whole = encode(["string"], [text])
    end = 64 + len(text.encode())
    kept = data.draw(st.integers(33, end - 1))

    assert string(whole[:kept]) is None


@given(words)
def test_32_bytes_are_an_old_symbol(word: bytes) -> None:
    """MKR and its age answer bytes32, padded with zeros."""
    text = word.rstrip(b"\0").decode("utf-8", "backslashreplace")

    assert string(word) == (text or None)


def test_known_symbols() -> None:
    """The two forms, as real tokens answer them."""
    assert string(b"MKR".ljust(32, b"\0")) == "MKR"
    assert string(encode(["string"], ["USDC"])) == "USDC"


@pytest.mark.parametrize("data", [b"", bytes(32), encode(["string"], [""]), b"MKR"])
def test_no_text_is_none(data: bytes) -> None:
    """Nothing, only zeros, the empty string, bytes that are no answer."""
    assert string(data) is None


def test_what_is_no_utf8_stays_visible() -> None:
    """As escapes: a symbol of broken bytes is not an empty one."""
    assert string(encode(["bytes"], [b"A\xff\xfe"])) == "A\\xff\\xfe"


@given(st.integers(MAX_BYTES, 3 * MAX_BYTES))
def test_a_long_text_is_cut(length: int) -> None:
    """A megabyte of symbol is no symbol."""
    assert string(encode(["string"], ["x" * length])) == "x" * MAX_BYTES
