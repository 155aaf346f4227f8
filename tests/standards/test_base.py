"""What the standards share."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.model.approval import LogRef
from allowctl.model.chain import Returned, Reverted
from allowctl.standards.base import must_lower, reference, refusal, told
from tests import build
from tests.strategies import answers, uints

LOG = build.log(build.word(1), number=7, index=3)


def test_a_reference_is_where_the_log_stands() -> None:
    """Its block, its position there, its transaction in lower case."""
    log = msgspec.structs.replace(LOG, transaction="0x" + "7A" * 32)

    assert reference(log) == LogRef(block=7, index=3, transaction=build.TRANSACTION)


@pytest.mark.parametrize("odd", ["", "0x", "pending", "0x" + "zz" * 32])
def test_a_place_that_is_none_is_left_empty(odd: str) -> None:
    """Nothing is decided by a transaction's hash or by a position in a block."""
    log = msgspec.structs.replace(LOG, transaction=odd, index_hex=odd)

    assert reference(log) == LogRef(block=7, index=0, transaction="")


def test_a_log_in_no_block_is_told() -> None:
    """Which of two logs is newer could not be said of it."""
    with pytest.raises(CodecError, match="no block"):
        reference(msgspec.structs.replace(LOG, block_hex="pending"))


@given(answers)
def test_only_an_answer_has_bytes(answer: Returned | Reverted) -> None:
    """A failure answers none."""
    expected = answer.data if isinstance(answer, Returned) else b""

    assert told(answer) == expected


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ([Reverted("reverts")], "reverts"),
        ([Returned(b""), Reverted("burns its gas")], "burns its gas"),
        ([Returned(b"")], "answers nothing"),
        ([build.returned(1), Returned(b"")], "answers nothing"),
        ([Returned(b"\x01")], "answers garbage"),
    ],
)
def test_a_refusal_says_why_in_our_own_words(
    said: list[Returned | Reverted], reason: str
) -> None:
    """A revert before silence, silence before garbage."""
    assert refusal(build.candidate(), said).reason == reason


@given(uints(), st.integers(-(2**256), 2**257))
def test_only_less_is_lower(granted: int, amount: int) -> None:
    """Not below zero, and below what is granted."""
    if 0 <= amount < granted:
        must_lower(granted, amount)
    else:
        with pytest.raises(ValueError, match=f"{amount} is not lower than {granted}"):
            must_lower(granted, amount)
