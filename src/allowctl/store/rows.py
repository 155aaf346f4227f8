"""A log as a row and back. Pure, no I/O.

A log in the form that every node gives is kept as bytes, its data cut. One in
another form is kept as its own text: read again, it must mean what it meant.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from allowctl.errors import CodecError
from allowctl.model.chain import Log

MAX_INTEGER = 2**63 - 1
"""The largest integer that SQLite holds; a block above it is never remembered."""

_DATA = 256
"""Bytes of data kept: no approval event has more than seven words."""
_TOPICS = 4
_ADDRESS = 20
_WORD = 32
_TOPIC = 66
"""Characters of a topic."""
_TEXT = 514
"""Characters kept of a text that is no hex."""


class LogRow(NamedTuple):
    """The columns of a log, in the order of the table."""

    block: int
    position: int
    address: bytes
    """Empty for a log in a form of its own; its text then stands in `data`."""
    topics: bytes
    data: bytes
    transaction: bytes


def pack(log: Log) -> LogRow:
    """ValueError if it stands in no block. A position that is none becomes 0."""
    block = int(log.block_hex, 16)
    try:
        position = min(max(int(log.index_hex, 16), 0), MAX_INTEGER)
    except ValueError:
        position = 0
    transaction = _bytes(log.transaction)
    if transaction is None or len(transaction) != _WORD:
        transaction = b""
    address = _bytes(log.address)
    topics = _joined(log.topics)
    data = _bytes(log.data)
    if address is None or topics is None or data is None or len(address) != _ADDRESS:
        return LogRow(block, position, b"", b"", _verbatim(log), transaction)
    return LogRow(block, position, address, topics, data[:_DATA], transaction)


def unpack(row: LogRow) -> Log:
    """The log, in lower-case hex. CodecError for a row that `pack` never makes."""
    block, position, address, topics, data, transaction = row
    try:
        if address:
            text = topics.hex()
            parts = (
                "0x" + address.hex(),
                tuple("0x" + text[i : i + 64] for i in range(0, len(text), 64)),
                "0x" + data.hex(),
            )
        else:
            parts = _from_verbatim(data)
        return Log(
            address=parts[0],
            topics=parts[1],
            data=parts[2],
            block_hex=hex(block),
            index_hex=hex(position),
            transaction="0x" + transaction.hex() if transaction else "",
        )
    except (ValueError, TypeError, AttributeError):
        raise CodecError("a log in no layout of ours") from None


def _bytes(text: str) -> bytes | None:
    """What hex stands for; None if it is no hex of whole bytes."""
    if text[:2] not in {"0x", "0X"}:
        return None
    try:
        found = bytes.fromhex(text[2:])
    except ValueError:
        return None
    return found if 2 * len(found) == len(text) - 2 else None  # it skips spaces


def _joined(topics: tuple[str, ...]) -> bytes | None:
    """All topics in one; None unless each is a word: one call, not four."""
    if len(topics) > _TOPICS:
        return None
    for topic in topics:
        if len(topic) != _TOPIC or topic[:2] not in {"0x", "0X"}:
            return None
    try:
        found = bytes.fromhex("".join([topic[2:] for topic in topics]))
    except ValueError:
        return None
    return found if len(found) == _WORD * len(topics) else None


def _verbatim(log: Log) -> bytes:
    """JSON in ASCII: a node's text may hold what UTF-8 cannot."""
    topics = [_cut(topic) for topic in log.topics[: 2 * _TOPICS]]
    return json.dumps([_cut(log.address), topics, _cut(log.data)]).encode("ascii")


def _from_verbatim(text: bytes) -> tuple[str, tuple[str, ...], str]:
    address, topics, data = json.loads(text)
    if not all(isinstance(each, str) for each in (address, *topics, data)):
        raise TypeError("no texts")
    return address, tuple(topics), data


def _cut(text: str) -> str:
    """A long text without its end, and no hex any more."""
    return text if len(text) <= _TEXT else text[:_TEXT] + "?"
