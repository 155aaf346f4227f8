"""Plain JSON from a node as values of the model. No I/O."""

from __future__ import annotations

import re
from contextlib import suppress

from allowctl.codec import words
from allowctl.errors import CodecError, OversizeError, UnservedError
from allowctl.model.chain import (
    BURNS,
    REVERTS,
    Address,
    Answer,
    Block,
    Returned,
    Reverted,
    Sent,
    Unserved,
)
from allowctl.rpc.client import RefusalError, RefusalKind

MAX_ANSWER = 2 * 2**20
"""Characters of one answer about state: far above any honest one."""
ALONE = MAX_ANSWER + 2**10
"""Bytes of a reply with one such answer in its JSON-RPC envelope."""

_LARGEST = 2**53
"""Above any honest block number or time, and within what every store holds."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_BURNT = re.compile(r"out ?of ?gas|oog\b", re.IGNORECASE)
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,16}")
_BLOOM = re.compile(r"0x[0-9a-fA-F]{512}")
_WORD = re.compile(r"0x[0-9a-fA-F]{1,64}")
_EXPIRED = {RefusalKind.PRUNED, RefusalKind.HEAD}
LONG = Reverted("answers megabytes")
"""A reply that is not taken in for its size."""


def number(value: object, host: str) -> int:
    """A quantity. RefusalError if it is none."""
    if isinstance(value, UnservedError):
        raise value
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise malformed("a number", host)


def block(value: object, host: str, *, asked: int | None = None) -> Block | None:
    """A block, or None where the node has none. RefusalError if it is neither."""
    match value:
        case UnservedError():
            raise value
        case None:
            return None
        case {"number": found, "hash": str(block_hash), "timestamp": timestamp}:
            read = Block(
                number=number(found, host),
                hash=block_hash.lower(),
                timestamp=number(timestamp, host),
            )
            honest = max(read.number, read.timestamp) < _LARGEST
            right = asked in {None, read.number}
            if honest and right and _HASH.fullmatch(block_hash):
                return read
    raise malformed("a block", host)


def block_if_any(item: object, host: str, asked: int) -> Block | Unserved:
    """What came of one eth_getBlockByNumber, one of many."""
    try:
        found = block(item, host, asked=asked)
    except UnservedError as error:
        return _unserved(error)
    if found is None:
        return Unserved(f"{host} does not have block {asked}", expired=True)
    return found


def may_hold_logs(value: object, host: str) -> bool | Unserved:
    """Whether a block's logsBloom has any bit (and not, meaningless, every one).

    What is `expired` is a block that the node does not have.
    """
    match value:
        case None:
            return Unserved(f"{host} does not have the block", expired=True)
        case RefusalError(kind=kind, message=message):
            return Unserved(message, expired=kind in _EXPIRED)
        case UnservedError():
            return _unserved(value)
        case {"logsBloom": str(bloom)} if _BLOOM.fullmatch(bloom):
            return 0 < int(bloom, 16) < 2**2048 - 1
    return Unserved(malformed("a block", host).message)


def answer(item: object, host: str) -> Answer:
    """What came of one eth_call or eth_getCode."""
    found: Answer = Unserved(malformed("state", host).message)
    match item:
        case OversizeError():
            found = LONG
        case str(long) | RefusalError(kind=RefusalKind.EXECUTION, data=str(long)) if (
            len(long) > MAX_ANSWER
        ):
            # As if it had been read alone: a batch's body may be larger.
            found = LONG
        case RefusalError(kind=RefusalKind.EXECUTION, message=message):
            found = Reverted(BURNS if _BURNT.search(message) else REVERTS)
        case UnservedError():
            found = _unserved(item)
        case str(text):
            with suppress(CodecError):
                found = Returned(words.hex_bytes(text))
    return found


def code(item: object, host: str) -> bytes | Unserved:
    """What came of one eth_getCode."""
    match answer(item, host):
        case Returned(data=data):
            return data
        case Unserved() as unserved:
            return unserved
        case Reverted(reason=reason):
            return Unserved(reason)


def nonce(item: object, host: str) -> int | Unserved:
    """What came of one eth_getTransactionCount."""
    try:
        return number(item, host)
    except UnservedError as error:
        return _unserved(error)


def slot(item: object, host: str) -> bytes | Unserved:
    """What came of one eth_getStorageAt: 32 bytes, short where zeros were left out."""
    if isinstance(item, UnservedError):
        return _unserved(item)
    if isinstance(item, str) and _WORD.fullmatch(item):
        return bytes.fromhex(item[2:].zfill(2 * words.WORD))
    return Unserved(malformed("storage", host).message)


def sent(item: object, host: str, asked: str) -> Sent | Unserved:
    """What came of one eth_getTransactionByHash, one of many."""
    match item:
        case UnservedError():
            return _unserved(item)
        case None:
            return Unserved(f"{host} does not have transaction {asked}", expired=True)
        case {"hash": str(found), "from": str(sender), "to": to} if (
            found.lower() == asked.lower()
            and _ADDRESS.fullmatch(sender)
            and (to is None or (isinstance(to, str) and _ADDRESS.fullmatch(to)))
        ):
            return Sent(
                Address(sender.lower()), None if to is None else Address(to.lower())
            )
    return Unserved(malformed("a transaction", host).message)


def _unserved(error: UnservedError) -> Unserved:
    kind = error.kind if isinstance(error, RefusalError) else None
    return Unserved(error.message, expired=kind in _EXPIRED)


def malformed(what: str, host: str) -> RefusalError:
    """A result that is none."""
    return RefusalError(
        f"{host} answers {what} in a form that is none", kind=RefusalKind.TRANSIENT
    )
