"""A chain in memory that answers as `Rpc`, with a node's limits and moods."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from allowctl.codec import multicall, words
from allowctl.errors import UnservedError
from allowctl.model.chain import (
    Address,
    Answer,
    Block,
    BlockRange,
    Call,
    Chain,
    Log,
    LogFilter,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.rpc.client import RefusalError, RefusalKind

MULTICALL = Chain(id=1, name="any").multicall
CURRENT_TIMESTAMP = bytes.fromhex("0f28c97d")
BURNT = Reverted("burns its gas")
"""In an aggregate, what comes after it fails too: there is no gas left."""
REVERTS = Reverted("reverts")
EMPTY = Returned(b"")
CODE = bytes.fromhex("60806040")


@dataclass(slots=True, kw_only=True)
class FakeContract:
    """Answers by calldata, then by selector; `default` for all else."""

    answers: dict[bytes, Answer] = field(default_factory=dict)
    default: Answer = REVERTS

    def answer(self, data: bytes) -> Answer:
        known = self.answers.get(data)
        return known or self.answers.get(data[:4]) or self.default

    def says(self, call: Call, data: bytes) -> None:
        self.answers[call.data] = Returned(data)


Script = Callable[[str], UnservedError | None]
"""Called with a method before it is served: an error is raised in its place."""


@dataclass(slots=True, kw_only=True)
class FakeRpc:
    """Implements `Rpc`. Everything may be changed while it runs."""

    logs_: list[Log] = field(default_factory=list)
    contracts: dict[Address, FakeContract] = field(default_factory=dict)
    codes_: dict[Address, bytes | Unserved] = field(default_factory=dict)
    """What differs from "whoever has a contract has code"."""
    nonces_: dict[Address, int | Unserved] = field(default_factory=dict)
    chain: int = 1
    head: int = 1_000
    fork: int = 0
    """Part of every block's hash: changing it reorganises the chain."""
    multicall: bool = True
    aggregate_limit: int | None = None
    """Calls in one aggregate beyond which the whole of it runs out of gas."""
    max_blocks: int | None = None
    max_results: int | None = None
    refuse_range: Callable[[BlockRange], UnservedError | None] | None = None
    before: Script | None = None
    results: Mapping[str, object] = field(default_factory=dict)
    """What `request` answers, by method."""
    host: str = "node.test"
    requests: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    ranges: list[BlockRange] = field(default_factory=list)
    called: list[Call] = field(default_factory=list)
    """Every eth_call, those inside aggregates not counted."""

    async def chain_id(self) -> int:
        await self._asked("chain_id")
        return self.chain

    async def block(self, number: int | None = None) -> Block:
        await self._asked("block")
        found = self.head if number is None else number
        if found > self.head:
            raise RefusalError("no such block", kind=RefusalKind.UNSUPPORTED)
        return self.block_at(found)

    async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
        await self._asked("logs")
        self.ranges.append(blocks)
        if self.refuse_range and (error := self.refuse_range(blocks)):
            raise error
        if self.max_blocks is not None and len(blocks) > self.max_blocks:
            raise RefusalError("too many blocks", kind=RefusalKind.RANGE)
        found = [
            log for log in self.logs_ if wanted.matches(log) and log.block in blocks
        ]
        if self.max_results is not None and len(found) > self.max_results:
            raise RefusalError("too many results", kind=RefusalKind.RESULTS)
        return found

    async def call(self, call: Call, at: Block) -> Answer:
        return (await self.calls((call,), at))[0]

    async def calls(self, calls: Sequence[Call], at: Block) -> list[Answer]:
        self.called.extend(calls)
        try:
            await self._asked("call")
        except UnservedError as error:
            return [Unserved(error.message) for _ in calls]
        return [self._answer(call, at) for call in calls]

    async def codes(
        self, addresses: Sequence[Address], at: Block
    ) -> list[bytes | Unserved]:
        del at
        try:
            await self._asked("code")
        except UnservedError as error:
            return [Unserved(error.message) for _ in addresses]
        return [self._code(address) for address in addresses]

    async def nonces(
        self, addresses: Sequence[Address], at: Block
    ) -> list[int | Unserved]:
        del at
        try:
            await self._asked("nonce")
        except UnservedError as error:
            return [Unserved(error.message) for _ in addresses]
        return [self.nonces_.get(address, 0) for address in addresses]

    async def request(self, method: str, params: Sequence[object]) -> object:
        del params
        await self._asked("request")
        if method not in self.results:
            raise RefusalError("unknown method", kind=RefusalKind.UNSUPPORTED)
        return self.results[method]

    def block_at(self, number: int) -> Block:
        digest = hashlib.sha256(f"{number}/{self.fork}".encode()).hexdigest()
        return Block(
            number=number, hash="0x" + digest, timestamp=1_700_000_000 + 12 * number
        )

    def contract(self, address: Address) -> FakeContract:
        """The contract at an address, made where there is none yet."""
        return self.contracts.setdefault(address, FakeContract())

    async def _asked(self, method: str) -> None:
        self.requests += 1
        self.asked[method] += 1
        await asyncio.sleep(0)
        if self.before and (error := self.before(method)):
            raise error

    def _code(self, address: Address) -> bytes | Unserved:
        if address in self.codes_:
            return self.codes_[address]
        aggregator = self.multicall and address == MULTICALL
        return CODE if aggregator or address in self.contracts else b""

    def _answer(self, call: Call, at: Block) -> Answer:
        if self.multicall and call.to == MULTICALL:
            if call.data == CURRENT_TIMESTAMP:
                return Returned(words.uint(at.timestamp))
            return self._aggregate(call.data, at)
        contract = self.contracts.get(call.to)
        if contract is None:
            return EMPTY
        return contract.answer(call.data)

    def _aggregate(self, data: bytes, at: Block) -> Answer:
        """aggregate3, gas included: whoever burns it leaves none to the others."""
        calls = aggregated(data)
        if self.aggregate_limit is not None and len(calls) > self.aggregate_limit:
            return BURNT
        items: list[tuple[bool, bytes]] = []
        burnt = False
        for call in calls:
            answer = self._answer(call, at)
            match answer:
                case Unserved():
                    return answer
                case Returned(data=returned) if not burnt:
                    items.append((True, returned))
                case _:
                    items.append((False, b""))
                    burnt = burnt or answer is BURNT
        return Returned(aggregate_reply(items))


def aggregated(data: bytes) -> list[Call]:
    """The calls in the calldata of aggregate3, read without our own encoder."""
    assert data[:4] == multicall.AGGREGATE3
    array = data[4 + words.uint_at(data[4:], 0) :]
    items = array[words.WORD :]
    calls: list[Call] = []
    for index in range(words.uint_at(array, 0)):
        item = items[words.uint_at(items, index) :]
        assert words.bool_at(item, 1), "every call may fail"
        body = item[words.uint_at(item, 2) :]
        length = words.uint_at(body, 0)
        given = body[words.WORD :][:length]
        assert len(given) == length
        calls.append(Call(words.address_at(item, 0), given))
    return calls


def aggregate_reply(items: Sequence[tuple[bool, bytes]]) -> bytes:
    """What aggregate3 returns, as solc encodes it."""
    heads: list[bytes] = []
    bodies: list[bytes] = []
    offset = len(items) * words.WORD
    for success, data in items:
        padding = bytes(-len(data) % words.WORD)
        head = words.uint(success) + words.uint(2 * words.WORD)
        body = head + words.uint(len(data)) + data + padding
        heads.append(words.uint(offset))
        bodies.append(body)
        offset += len(body)
    return b"".join((words.uint(words.WORD), words.uint(len(items)), *heads, *bodies))
