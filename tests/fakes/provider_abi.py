"""The few ABI encodings that a simulated chain needs.

Nothing of `allowctl` is used: what the product is tested against must not share
its mistakes, and must start while the product is being rebuilt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_WORD = 32


class Inner(NamedTuple):
    """One call inside aggregate3."""

    to: str
    may_fail: bool
    data: bytes


def uint(value: int) -> bytes:
    """One word."""
    return value.to_bytes(_WORD)


def string(text: str) -> bytes:
    """An ABI string, as a function returns it."""
    raw = text.encode()
    return uint(_WORD) + uint(len(raw)) + raw + bytes(-len(raw) % _WORD)


def aggregated(data: bytes) -> list[Inner]:
    """The calls in the calldata of aggregate3. ValueError if it is none.

    Nothing is copied but the inner calldata: a thousand calls take milliseconds.
    """

    def number(at: int) -> int:
        if at + _WORD > len(data):
            raise ValueError("aggregate3's calldata is cut off")
        return int.from_bytes(data[at : at + _WORD])

    array = 4 + number(4)
    items = array + _WORD
    calls: list[Inner] = []
    for index in range(number(array)):
        item = items + number(items + _WORD * index)
        body = item + number(item + 2 * _WORD)
        length = number(body)
        given = data[body + _WORD : body + _WORD + length]
        if len(given) != length:
            raise ValueError("an inner call is cut off")
        calls.append(Inner(f"0x{number(item):040x}", number(item + _WORD) == 1, given))
    return calls


def aggregate_reply(items: Sequence[tuple[bool, bytes]]) -> bytes:
    """What aggregate3 returns, as solc encodes it."""
    heads: list[bytes] = []
    bodies: list[bytes] = []
    offset = len(items) * _WORD
    for success, data in items:
        padding = bytes(-len(data) % _WORD)
        body = uint(success) + uint(2 * _WORD) + uint(len(data)) + data + padding
        heads.append(uint(offset))
        bodies.append(body)
        offset += len(body)
    return b"".join((uint(_WORD), uint(len(items)), *heads, *bodies))


def packed_calls(asked: bytes) -> list[tuple[str, bytes]]:
    """Contract and calldata of each call that allowctl's own reader is asked for."""
    calls = []
    at = 2
    for _ in range(int.from_bytes(asked[:2], "big")):
        length = int.from_bytes(asked[at + 20 : at + 23], "big")
        data = asked[at + 23 : at + 23 + length]
        calls.append(("0x" + asked[at : at + 20].hex(), data))
        at += 23 + length
    return calls
