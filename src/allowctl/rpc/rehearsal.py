"""What our code in the owner's place (contracts/rehearsal) is asked and tells. No I/O.

Asked: 1 byte of number of calls, 2 bytes of number of reads, 4 bytes of gas for each
call, 4 bytes for each read; for each of them 20 bytes of contract, 3 bytes of length,
the data. Told: 32 bytes of block time; for each call a verdict of 1 byte, 4 bytes of
gas, and for each read after it a verdict of 1 byte, 2 bytes of length, the answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.chain import REVERTS, Answer, Call, Returned, Reverted, Unserved

LONGEST = 1024
"""Bytes of an answer that are told; an honest one has 96 at most."""
READ_GAS = 1_000_000
"""Gas of one read: far more than an honest one takes."""

_SHORT = Unserved("there is not enough gas to try all of it in one call")
_FRESH = 20_000
"""Gas (EIP-2200) by which it is dearer to fill a slot that was empty before the
transaction than one that was emptied in it."""
_RESERVE = 100_000
_MOST = 10_000_000
"""Gas of one eth_call that no node refuses; the calls alone may need more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Calls that an owner may send one after the other, and what to read after each."""

    calls: tuple[Call, ...]
    reads: tuple[Call, ...]
    gas: int
    """Of each call, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What came of one call of a trial."""

    worked: bool
    gas: int
    """What it uses as a transaction of its own; refunds may be taken off."""
    reads: tuple[Answer, ...] | None
    """What was read after it; None where nothing could be."""
    false: bool = False
    """Whether it answered a plain `false`, which is no failure of its own."""
    true: bool = False
    """Whether it answered a plain `true`, where nothing could be read after it."""


def encode(trial: Trial) -> bytes:
    """The question. CodecError if there is more in it than it can say."""
    try:
        parts = [
            len(trial.calls).to_bytes(1, "big"),
            len(trial.reads).to_bytes(2, "big"),
            trial.gas.to_bytes(4, "big"),
            READ_GAS.to_bytes(4, "big"),
        ]
        for call in (*trial.calls, *trial.reads):
            length = len(call.data).to_bytes(3, "big")
            parts += (bytes.fromhex(call.to[2:]), length, call.data)
    except OverflowError:
        raise CodecError("more than one question holds") from None
    return b"".join(parts)


def decode(data: bytes, trial: Trial) -> tuple[int, tuple[Acted, ...] | Unserved]:
    """The block's time, and what came of each call.

    Unserved where there was too little gas for them. CodecError if the reply is not
    exactly as long as it has to be.
    """
    told = _Told(data)
    time = told.number(words.WORD)
    acted: list[Acted] = []
    short = False
    dearest = 0
    for call in trial.calls:
        verdict, used = told.number(1), told.number(4)
        reads = tuple(_read(told) for _ in trial.reads)
        short = short or verdict not in {0, 1}
        # What one call has warmed up or emptied is cheaper for the next: as a
        # transaction of its own it would not be.
        dearest = max(dearest, used)
        gas = dearest + _FRESH if acted else used
        acted.append(
            Acted(worked=verdict == 1, gas=_with_data(gas, call.data), reads=reads)
        )
    told.end()
    return time, _SHORT if short else tuple(acted)


def gas_of(trial: Trial, asked: bytes) -> int:
    """Gas of the eth_call that asks this; not more than a node allows."""
    calls = len(trial.calls) * trial.gas
    reads = len(trial.calls) * len(trial.reads) * READ_GAS
    beside = 2 * _RESERVE + 40 * len(asked)  # EIP-7623
    wanted = (calls + reads) * 64 // 63 + beside
    return min(wanted, max(_MOST, calls * 64 // 63 + READ_GAS + beside))


@cache
def code() -> bytes:
    """What stands at the owner's address during the call."""
    text = resources.files("allowctl.rpc").joinpath("rehearsal.json").read_bytes()
    return bytes.fromhex(json.loads(text)["Rehearsal"]["runtime"][2:])


def _with_data(used: int, data: bytes) -> int:
    """Gas of a transaction with such data that uses so much gas (EIP-2028, 7623)."""
    tokens = 4 * len(data) - 3 * data.count(0)
    return 21_000 + max(used + 4 * tokens, 10 * tokens)


class _Told:
    """A reply that is read from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        """The next bytes. CodecError if there are not so many."""
        found = self._data[self._at : self._at + length]
        if len(found) != length:
            raise CodecError("the rehearsal's answer is cut off")
        self._at += length
        return found

    def number(self, length: int) -> int:
        """The same as a number."""
        return int.from_bytes(self.take(length), "big")

    def end(self) -> None:
        """CodecError if anything is left."""
        if self._at != len(self._data):
            raise CodecError("the rehearsal told more than it was asked")


def _read(told: _Told) -> Answer:
    verdict, length = told.number(1), told.number(2)
    answer = told.take(length)
    match verdict:
        case 0:
            return Reverted(REVERTS)
        case 1:
            return Returned(answer)
        case _:
            return _SHORT
