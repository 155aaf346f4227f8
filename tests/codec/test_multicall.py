"""Multicall3's aggregate3, against eth_abi."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import multicall
from allowctl.errors import CodecError
from allowctl.model.chain import Call
from tests import build
from tests.strategies import calls

MULTICALL = build.address(0xCA11)
SIGNATURE = "aggregate3((address,bool,bytes)[])"

_results = st.lists(st.tuples(st.booleans(), st.binary(max_size=100)), max_size=6)


def reply(results: list[tuple[bool, bytes]]) -> bytes:
    return encode(["(bool,bytes)[]"], [results])


def test_the_selector_is_that_of_the_signature() -> None:
    """The first four bytes of its keccak-256."""
    assert keccak(text=SIGNATURE)[:4] == multicall.AGGREGATE3


@given(st.lists(calls, max_size=6))
def test_calls_are_encoded_as_eth_abi_does(made: list[Call]) -> None:
    """Each one is allowed to fail, and the whole goes to the multicall."""
    tuples = [(call.to, True, call.data) for call in made]
    expected = multicall.AGGREGATE3 + encode(["(address,bool,bytes)[]"], [tuples])

    assert multicall.encode(made, MULTICALL) == Call(MULTICALL, expected)


@given(_results)
def test_decode_inverts_encode(results: list[tuple[bool, bytes]]) -> None:
    """What the contract encoded is what is read, in order."""
    assert multicall.decode(reply(results), len(results)) == results


@given(_results, st.integers(0, 8))
def test_another_number_of_answers_is_refused(
    results: list[tuple[bool, bytes]], count: int
) -> None:
    """An answer must not be taken for that of another call."""
    if count != len(results):
        with pytest.raises(CodecError, match="another number"):
            multicall.decode(reply(results), count)


@given(_results, st.integers(32, 2_000))
def test_a_reply_that_is_cut_off_is_refused(
    results: list[tuple[bool, bytes]], missing: int
) -> None:
    """More than the last padding is missing: no answer is invented for it."""
    whole = reply(results)
    with pytest.raises(CodecError):
        multicall.decode(whole[: max(0, len(whole) - missing)], len(results))


@given(_results, st.integers(0, 31))
def test_missing_padding_changes_no_answer(
    results: list[tuple[bool, bytes]], missing: int
) -> None:
    """It is refused, or it is read as what it was."""
    whole = reply(results)
    try:
        found = multicall.decode(whole[: len(whole) - missing], len(results))
    except CodecError:
        return
    assert found == results


@given(st.binary(max_size=400), st.integers(0, 6))
def test_garbage_is_refused_or_read_within_its_bounds(data: bytes, count: int) -> None:
    """Arbitrary bytes raise CodecError and never anything else."""
    try:
        found = multicall.decode(data, count)
    except CodecError:
        return
    assert len(found) == count
    assert all(returned in data for _, returned in found)


@given(_results, st.data())
def test_a_garbled_word_is_refused_or_read_within_its_bounds(
    results: list[tuple[bool, bytes]], data: st.DataObject
) -> None:
    """An offset, a length or a flag that lies leads nowhere outside the reply."""
    whole = reply(results)
    at = data.draw(st.integers(0, len(whole) // 32 - 1)) * 32
    lie = data.draw(st.integers(0, 2 * len(whole)) | st.integers(0, 2**256 - 1))
    garbled = whole[:at] + lie.to_bytes(32, "big") + whole[at + 32 :]
    try:
        found = multicall.decode(garbled, len(results))
    except CodecError:
        return
    assert len(found) == len(results)
    assert all(returned in garbled for _, returned in found)
