"""RLP, against the rlp library, and against anything at all."""

from __future__ import annotations

import pytest
import rlp  # type: ignore[import-untyped] # it ships no types
from hypothesis import example, given
from hypothesis import strategies as st

from allowctl.errors import GuardError
from allowctl.revoke.guard import check, transaction
from allowctl.revoke.guard.rlp import fields, number
from tests.revoke.making_guarded import APPROVE, SPENDER, Tx, amount, bounds, call

TX = Tx(data=call(APPROVE, SPENDER, 0))
LONG = b"\xb8\x44" + TX.data


def nested(depth: int) -> bytes:
    """So many lists in one another."""
    headers: list[bytes] = []
    size = 0
    for _ in range(depth):
        headers.append(_header(size))
        size += len(headers[-1])
    return b"".join(reversed(headers))


def _header(size: int) -> bytes:
    if size <= 55:
        return bytes([0xC0 + size])
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0xF7 + len(raw)]) + raw


@given(st.lists(st.binary(max_size=70) | st.just(()), max_size=12))
def test_a_list_is_what_was_encoded(given_: list[bytes | tuple[()]]) -> None:
    """Strings of all lengths, and empty lists."""
    assert list(fields(rlp.encode(given_))) == [each or _none(each) for each in given_]


def _none(empty: bytes | tuple[()]) -> bytes | None:
    return empty if isinstance(empty, bytes) else None


@given(st.binary(max_size=200))
@example(b"\xc0")
@example(b"\xc1\x80")
@example(b"\xc2\x81\x01")
@example(b"\xc2\xb8\x00")
@example(b"\xc1\xb8")
@example(b"\xf8\x01\x01")
@example(b"\xf9\x00\x38" + b"\x01" * 56)
@example(b"\xf7" + b"\x01" * 55)
@example(b"\xf8\x37" + b"\x01" * 55)
@example(b"\xf8\x39\xb8\x37" + bytes(55))
@example(b"\xf8\x38\xb7" + bytes(55))
@example(b"\xff" * 9)
@example(b"\xbf" * 9)
@example(b"\xc1\xc1")
@example(b"\xc1\x81")
def test_bytes_have_one_meaning_or_none(data: bytes) -> None:
    """What is decoded is encoded to the very same bytes again."""
    try:
        found = fields(data)
    except GuardError:
        return

    assert rlp.encode([[] if each is None else each for each in found]) == data


@given(st.data())
def test_a_byte_more_or_less_or_other_has_no_second_meaning(
    data: st.DataObject,
) -> None:
    """A byte more, less or other: refused, or what rlp makes of what it decodes to."""
    raw = bytearray(TX.payload())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        width = data.draw(st.integers(0, 2))
        raw[at : at + width] = data.draw(st.binary(max_size=2))
    try:
        found = transaction(bytes(raw))
    except GuardError:
        return

    again = Tx(
        chain_id=found.chain_id,
        nonce=found.nonce,
        tip=found.tip,
        max_fee=found.max_fee,
        gas=found.gas,
        to=found.to,
        value=found.value,
        data=found.data,
    )
    assert again.payload() == raw


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (b"\x07", b"\x81\x07", "longer form"),
        (b"\x07", b"\x82\x00\x07", "leading zeros"),
        (LONG, b"\xb9\x00\x44" + TX.data, "leading zeros"),
        (b"\x94", b"\xb8\x14", "longer form"),
    ],
)
def test_another_form_of_the_same_is_refused(
    good: bytes, bad: bytes, message: str
) -> None:
    """Else one transaction would have two encodings, and nodes would differ."""
    body = TX.payload()[3:]
    assert good in body
    mended = body.replace(good, bad, 1)

    with pytest.raises(GuardError, match=message):
        transaction(b"\x02\xf8" + bytes([len(mended)]) + mended)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (TX.payload() + b"\0", "1 bytes after the end"),
        (TX.payload() + TX.payload(), "bytes after the end"),
        (TX.payload()[:-1], "ends before its content"),
        (b"\x02" + nested(1000), "field 1 is a list that is not empty"),
        (nested(40_000), "field 1 is a list|more than any"),
        (nested(300_000), "more than any transaction has"),
        (b"\x02" + nested(300_000), "more than any transaction has"),
        (b"\xfa\x0f\x42\x40" + b"\x80" * 1_000_000, "more than any transaction has"),
        (b"\xfa\x01\x86\xa0" + b"\x80" * 100_000, "more than 12 fields"),
        (b"\x02" + rlp.encode([bytes(1_000_000)]), "more than any transaction has"),
        (b"\xff" + b"\xff" * 8, "ends before its content"),
        (b"\x02\xfb\xff\xff\xff\xff", "ends before its content"),
        (b"\xf8", "longer form"),
    ],
    ids=range(13),
)
def test_hostile_lengths_and_depths_are_refused(payload: bytes, message: str) -> None:
    """In words, without an overflow, at once."""
    with pytest.raises(GuardError, match=message):
        check(payload, bounds(amount()))


@given(st.binary(max_size=40))
def test_a_number_is_the_shortest_there_is(data: bytes) -> None:
    """As the library has it, up to 32 bytes."""
    try:
        found = number(data, "nonce")
    except GuardError:
        assert data[:1] == b"\0" or len(data) > 32
        return

    assert rlp.sedes.big_endian_int.serialize(found) == data
