"""Many calls in one eth_call: three ways, and how each is found out if it lies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from allowctl.codec import multicall, packed, words
from allowctl.errors import CodecError
from allowctl.model.chain import (
    REVERTS,
    Address,
    Answer,
    Block,
    Call,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.rpc.client import RefusalError, RefusalKind, Rpc

Item = Returned | Reverted | None
"""What came of one call in an aggregate. None: nothing is known, ask it alone."""

TIMESTAMP = bytes.fromhex("0f28c97d")
"""Multicall3's getCurrentBlockTimestamp(): of all that a block has, only its time
is the same on chains whose NUMBER is another chain's."""
IDENTITY = Address("0x" + "00" * 19 + "04")
"""The precompile that gives back what it is given."""
PAIRING = Address("0x" + "00" * 19 + "08")
"""The precompile (EIP-1108) that says 1 to nothing at all, for 45,000 gas."""
PLACE = Address("0x" + hashlib.sha256(b"allowctl reader").hexdigest()[:40])
"""Where nothing is: our reader's address during one call."""

FIRST = 400
MOST = 1_000
_MOST_PASSING = 300
"""Calls whose answers fit into a contract's code, two words and more for each."""
_INITCODE = 49_152
"""EIP-3860: bytes of code that may create a contract."""
_ROOM = 150_000
"""Bytes asked in one aggregate. Multicall3's form of it is three times as long, hex
doubles that, and many servers take no body above 1 MB."""


class Way(StrEnum):
    """How an aggregate is made, the best first.

    Only our own reader makes static calls: in Multicall3 a hostile token may, when
    it is read, spend what it was granted elsewhere, so that the next read says 0.
    """

    PLACED = "placed"
    """Our reader's code, put at an unused address for one call (state override)."""
    MULTICALL = "multicall"
    """Multicall3, where it is deployed."""
    PASSING = "passing"
    """Our reader as the constructor of a contract that is never made."""


@dataclass(slots=True, kw_only=True)
class Batching:
    """What was learned of one endpoint's aggregates, for its next reader too."""

    size: int = FIRST
    """Calls in the next aggregate: doubles when one is answered."""
    ceiling: int = MOST
    """Never more than this: half of what was too large."""
    way: Way | None = None
    """The way that worked last."""
    sampled: bool = False
    """Whether Multicall3's word was found to agree with that of contracts."""

    def answered(self, size: int) -> None:
        """An aggregate cut for `size` was answered whole."""
        self.size = min(max(self.size, 2 * size), self.ceiling)

    def refused(self, count: int) -> None:
        """An aggregate of so many was too large: both its halves were not."""
        self.ceiling = min(self.ceiling, max(1, count // 2))
        self.size = min(self.size, self.ceiling)

    def cut(self, calls: Sequence[Call]) -> Iterator[Sequence[Call]]:
        """The calls in aggregates that fit the way they will go."""
        passing = self.way is Way.PASSING
        most = min(self.size, _MOST_PASSING) if passing else self.size
        room = _INITCODE - len(passing_code()) - 128 if passing else _ROOM
        start = used = 0
        for index, call in enumerate(calls):
            needs = packed.HEAD + len(call.data)
            if index > start and (index - start == most or used + needs > room):
                yield calls[start:index]
                start, used = index, 0
            used += needs
        if start < len(calls):
            yield calls[start:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A whole aggregate that brought nothing."""

    absent: bool
    """Whether nothing makes calls that way; else it may have been too large."""
    unserved: Unserved | None = None
    wrong_block: RefusalError | None = None

    @property
    def expired(self) -> bool:
        """Whether the node has no state of the block: then no way can work."""
        return self.unserved is not None and self.unserved.expired


async def aggregate(
    rpc: Rpc, way: Way, calls: Sequence[Call], at: Block, multicall3: Address
) -> list[Item] | Failure:
    """What came of each call, or why that way brought nothing.

    No call at all is a question too: whether that way works.
    """
    try:
        if way is Way.MULTICALL:
            return await _by_multicall(rpc, calls, at, multicall3)
        return await _by_reader(rpc, way, calls, at)
    except CodecError:
        return Failure(absent=True)


async def _by_reader(
    rpc: Rpc, way: Way, calls: Sequence[Call], at: Block
) -> list[Item] | Failure:
    asked = packed.encode(calls)
    if way is Way.PLACED:
        code = {PLACE: placed_code()}
        told = await rpc.call(Call(PLACE, asked), at, code_at=code)
    else:
        told = await rpc.deployless(packed.constructor(passing_code(), asked), at)
    if not isinstance(told, Returned):
        return _failure(told)
    time, items = packed.decode(told.data, len(calls))
    if time != at.timestamp:
        return Failure(absent=True, wrong_block=wrong_block(rpc, at))
    if calls and not any(items):
        return Failure(absent=False)
    return items


async def _by_multicall(
    rpc: Rpc, calls: Sequence[Call], at: Block, multicall3: Address
) -> list[Item] | Failure:
    """The same through a contract that is not ours, between three known answers.

    The last of them needs gas: where there is none left, a failure says nothing.
    """
    # Not random: the same question is the same bytes, in recordings too.
    echo = hashlib.sha256(at.hash.encode() + packed.encode(calls)).digest()
    known = (Call(multicall3, TIMESTAMP), Call(IDENTITY, echo))
    whole = [*known, *calls, Call(PAIRING, b"")]
    told = await rpc.call(multicall.encode(whole, multicall3), at)
    if not isinstance(told, Returned):
        return _failure(told)
    time, echoed, *items, last = multicall.decode(told.data, len(whole))
    if echoed != (True, echo) or not time[0] or len(time[1]) != words.WORD:
        return Failure(absent=True)
    if time[1] != words.uint(at.timestamp):
        return Failure(absent=True, wrong_block=wrong_block(rpc, at))
    failed = Reverted(REVERTS) if last[0] else None
    return [Returned(data) if success else failed for success, data in items]


def wrong_block(rpc: Rpc, at: Block) -> RefusalError:
    """An endpoint that answers out of another block than the one named."""
    return RefusalError(
        f"{rpc.host} reads state at another block than {at.number}, which it was "
        "asked for",
        kind=RefusalKind.FATAL,
        hint="ask for the head, or give another --rpc-url",
    )


def _failure(told: Answer) -> Failure:
    unserved = told if isinstance(told, Unserved) else None
    return Failure(absent=False, unserved=unserved)


@cache
def _reader() -> dict[str, dict[str, str]]:
    text = resources.files("allowctl.rpc").joinpath("reader.json").read_bytes()
    found: dict[str, dict[str, str]] = json.loads(text)
    return found


def placed_code() -> bytes:
    """Code that stands at `PLACE` during a call."""
    return bytes.fromhex(_reader()["PlacedReader"]["runtime"][2:])


def passing_code() -> bytes:
    """Code that creates nothing and answers; the question goes behind it."""
    return bytes.fromhex(_reader()["PassingReader"]["bytecode"][2:])
