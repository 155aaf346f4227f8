"""Multicall3's aggregate3: many reads in one eth_call, each allowed to fail.

aggregate3((address target, bool allowFailure, bytes callData)[]) returns
((bool success, bytes returnData)[]), as deployed at
0xcA11bde05977b3631167028862bE2a173976CA11.
"""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.chain import Address, Call

AGGREGATE3 = bytes.fromhex("82ad56cb")
_TUPLE_HEAD = 3 * words.WORD


def encode(calls: Sequence[Call], multicall: Address) -> Call:
    """One call of `multicall` that makes all of these and lets each one fail."""
    heads: list[bytes] = []
    bodies: list[bytes] = []
    offset = len(calls) * words.WORD
    for call in calls:
        padding = -len(call.data) % words.WORD
        body = b"".join(
            (
                words.address(call.to),
                words.uint(1),
                words.uint(_TUPLE_HEAD),
                words.uint(len(call.data)),
                call.data,
                bytes(padding),
            )
        )
        heads.append(words.uint(offset))
        bodies.append(body)
        offset += len(body)
    data = b"".join(
        (
            AGGREGATE3,
            words.uint(words.WORD),
            words.uint(len(calls)),
            *heads,
            *bodies,
        )
    )
    return Call(multicall, data)


def decode(data: bytes, count: int) -> list[tuple[bool, bytes]]:
    """(success, return data) for each of `count` calls.

    CodecError if the reply is anything but exactly that many, inside its own
    bounds: a wrong reply must not be taken for an answer.
    """
    start = words.uint_at(data, 0, 32)
    array = data[start:]
    if words.uint_at(array, 0) != count:
        raise CodecError("multicall answered another number of calls")
    items = array[words.WORD :]
    results: list[tuple[bool, bytes]] = []
    for index in range(count):
        item = items[words.uint_at(items, index, 32) :]
        body = item[words.uint_at(item, 1, 32) :]
        length = words.uint_at(body, 0, 32)
        returned = body[words.WORD : words.WORD + length]
        if len(returned) != length:
            raise CodecError("multicall's answer is cut off")
        results.append((words.bool_at(item, 0), returned))
    return results
