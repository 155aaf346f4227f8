"""What our own reader (contracts/reader/Reader.sol) is asked, and what it tells.

Asked: 2 bytes of number; for each call 20 bytes of contract, 3 bytes of length, the
data. Told: 32 bytes of block time; for each call a verdict of 1 byte, 3 bytes of
length, the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.chain import REVERTS, Call, Returned, Reverted

HEAD = 23
"""Bytes that a call takes beside its data."""
_LENGTH = 3
_ITEM_HEAD = 1 + _LENGTH


def encode(calls: Sequence[Call]) -> bytes:
    """The question. CodecError if there are more than 65,535 calls."""
    try:
        parts = [len(calls).to_bytes(2, "big")]
        for call in calls:
            length = len(call.data).to_bytes(_LENGTH, "big")
            parts += (bytes.fromhex(call.to[2:]), length, call.data)
    except OverflowError:
        raise CodecError("more than one question holds") from None
    return b"".join(parts)


def constructor(creation: bytes, asked: bytes) -> bytes:
    """The code that, as a contract is created with it, answers a question."""
    head = words.uint(words.WORD) + words.uint(len(asked))
    return creation + head + asked + bytes(-len(asked) % words.WORD)


def decode(data: bytes, count: int) -> tuple[int, list[Returned | Reverted | None]]:
    """The block's time, and what came of each of `count` calls.

    None where a call has to be made elsewhere: its answer is too long, or it had
    too little gas. CodecError if the reply is not exactly that many items.
    """
    time = words.uint_at(data, 0)
    items: list[Returned | Reverted | None] = []
    at = words.WORD
    for _ in range(count):
        head = data[at : at + _ITEM_HEAD]
        start = at + _ITEM_HEAD
        at = start + int.from_bytes(head[1:], "big")
        if len(head) != _ITEM_HEAD or at > len(data):
            raise CodecError("the reader's answer is cut off")
        match head[0]:
            case 0:
                items.append(Reverted(REVERTS))
            case 1:
                items.append(Returned(data[start:at]))
            case 2:
                items.append(None)
            case _:
                raise CodecError("the reader gave no verdict that there is")
    if at != len(data):
        raise CodecError("the reader told more than it was asked")
    return time, items
