"""What our own reader is asked and tells: exactly that, or an error."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import packed
from allowctl.errors import CodecError
from allowctl.model.chain import Call, Returned, Reverted
from tests.build import TOKEN
from tests.fakes.rpc import packed_calls, packed_reply
from tests.strategies import calls

answers = st.lists(
    st.binary(max_size=100).map(Returned) | st.just(Reverted("reverts")), max_size=6
)
times = st.integers(0, 2**64)


@given(st.lists(calls, max_size=6))
def test_a_question_is_read_as_it_was(made: list[Call]) -> None:
    """Every call with its data, in order."""
    assert packed_calls(packed.encode(made)) == made


def test_too_many_calls() -> None:
    """Two bytes hold their number."""
    with pytest.raises(CodecError):
        packed.encode([Call(TOKEN, b"")] * 65_536)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_constructor_s_argument(creation: bytes, asked: bytes) -> None:
    """It stands behind the code, as `bytes` in ABI encoding."""
    expected = creation + encode(["bytes"], [asked])
    assert packed.constructor(creation, asked) == expected


@given(answers, times)
def test_decode_inverts_encode(told: list[Returned | Reverted], time: int) -> None:
    """The time and the answers, in order."""
    assert packed.decode(packed_reply(told, time), len(told)) == (time, told)


def test_an_answer_too_long_is_open() -> None:
    """It was left out, so nothing is known of it."""
    told = [Returned(bytes(2_000)), Returned(b"\x01")]
    _, items = packed.decode(packed_reply(told, 1), 2)
    assert items == [None, Returned(b"\x01")]


@given(answers, st.integers(1, 40))
def test_a_reply_that_is_cut_off_or_goes_on(
    told: list[Returned | Reverted], change: int
) -> None:
    """No answer is invented, none is left over."""
    reply = packed_reply(told, 1)
    for garbled in (reply[:-change], reply + bytes(change)):
        with pytest.raises(CodecError):
            packed.decode(garbled, len(told))


@given(answers, st.integers(0, 8))
def test_another_number_of_answers(told: list[Returned | Reverted], count: int) -> None:
    """An answer must not be taken for that of another call."""
    if count != len(told):
        with pytest.raises(CodecError):
            packed.decode(packed_reply(told, 1), count)


def test_a_verdict_that_is_none() -> None:
    """There are three."""
    with pytest.raises(CodecError, match="verdict"):
        packed.decode(bytes(32) + bytes([3, 0, 0, 0]), 1)


@given(st.binary(max_size=200), st.integers(0, 4))
def test_garbage(data: bytes, count: int) -> None:
    """CodecError and never anything else."""
    try:
        _, items = packed.decode(data, count)
    except CodecError:
        return
    assert len(items) == count
