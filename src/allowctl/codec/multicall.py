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

    CodecError if the reply is anything but what solc encodes for exactly that many:
    each item where the one before it ends, and nothing behind the last. A wrong
    reply must not be taken for an answer, nor a few bytes for many.
    """
    if words.uint_at(data, 0) != words.WORD or words.uint_at(data, 1) != count:
        raise CodecError("multicall answered another number of calls")
    results: list[tuple[bool, bytes]] = []
    at = 2 + count
    for index in range(count):
        if words.uint_at(data, 2 + index) != (at - 2) * words.WORD:
            raise CodecError("multicall's answers are not one behind the other")
        success = words.bool_at(data, at)
        if words.uint_at(data, at + 1) != 2 * words.WORD:
            raise CodecError("multicall's answer stands in another place")
        length = words.uint_at(data, at + 2, 32)
        start = (at + 3) * words.WORD
        results.append((success, data[start : start + length]))
        at += 3 + -(-length // words.WORD)
    if len(data) != at * words.WORD:
        raise CodecError("multicall's answer is cut off, or goes on")
    return results
