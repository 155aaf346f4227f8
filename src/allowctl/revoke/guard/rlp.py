"""RLP, decoded strictly and one list deep (yellow paper, appendix B).

A transaction is a list of strings; the one list that may stand in it, the access
list, has to be empty. So nothing here calls itself, whatever the bytes.
"""

from __future__ import annotations

from allowctl.errors import GuardError

Field = bytes | None
"""A string; None for an empty list."""

_STRING = 0x80
_LIST = 0xC0
_SHORT = 55
"""The longest whose length stands in its first byte."""
_LONGEST = 131_072
"""Bytes: nodes take no longer transaction."""
_MOST = 12
"""Fields: those of a signed EIP-1559 transaction."""
_WORD = 32


def fields(data: bytes) -> tuple[Field, ...]:
    """The items of the one list that these bytes are. GuardError if they are not.

    Every other way to write the same is refused: a longer form than needed, a length
    with leading zeros, bytes that are left over.
    """
    if len(data) > _LONGEST:
        raise GuardError(f"{len(data)} bytes are more than any transaction has")
    if not data or data[0] < _LIST:
        raise GuardError("no RLP list")
    at, end = _extent(data, 0)
    if end != len(data):
        raise GuardError(f"{len(data) - end} bytes after the end of the RLP list")
    found: list[Field] = []
    while at < end:
        if len(found) == _MOST:
            raise GuardError(f"more than {_MOST} fields")
        is_list = data[at] >= _LIST
        start, stop = _extent(data, at)
        if is_list and start != stop:
            raise GuardError(f"field {len(found) + 1} is a list that is not empty")
        found.append(None if is_list else data[start:stop])
        at = stop
    return tuple(found)


def number(field: Field, name: str) -> int:
    """A scalar: big-endian, at most 32 bytes, no leading zeros; 0 has none at all."""
    if field is None:
        raise GuardError(f"{name} is a list, not a number")
    if len(field) > _WORD:
        raise GuardError(f"{name} is a number of {len(field)} bytes")
    if field[:1] == b"\0":
        raise GuardError(f"{name} has leading zeros")
    return int.from_bytes(field, "big")


def _extent(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the item at a position starts and ends."""
    prefix = data[at]
    if prefix < _STRING:
        return at, at + 1
    short = prefix - (_LIST if prefix >= _LIST else _STRING)
    if short <= _SHORT:
        start, length = at + 1, short
    else:
        start = at + 1 + short - _SHORT
        length = _long(data[at + 1 : start])
    if start + length > len(data):
        raise GuardError("RLP that ends before its content does")
    if prefix == _STRING + 1 and data[start] < _STRING:
        raise GuardError("RLP in a longer form than needed")
    return start, start + length


def _long(raw: bytes) -> int:
    """A length that takes bytes of its own."""
    if raw[:1] == b"\0":
        raise GuardError("an RLP length with leading zeros")
    length = int.from_bytes(raw, "big")
    if length <= _SHORT:
        raise GuardError("RLP in a longer form than needed")
    return length
