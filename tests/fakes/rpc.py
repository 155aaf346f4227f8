"""A chain in memory that answers as `Rpc`, with a node's limits and moods."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from allowctl.codec import multicall, packed, words
from allowctl.errors import UnservedError
from allowctl.model.chain import (
    Address,
    Answer,
    Block,
    BlockRange,
    Call,
    Chain,
    Head,
    Log,
    LogFilter,
    Returned,
    Reverted,
    Sent,
    Unserved,
)
from allowctl.rpc.aggregate import IDENTITY, PAIRING, passing_code, placed_code
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
    slots_: dict[tuple[Address, int], bytes | Unserved] = field(default_factory=dict)
    """Storage: everything else is zero."""
    sent: dict[str, Sent] = field(default_factory=dict)
    """The transactions that it has, by hash."""
    born: dict[Address, int] = field(default_factory=dict)
    """The block that a contract came in: before it there is neither code nor nonce."""
    chain: int = 1
    newest: int = 1_000
    """The head's number."""
    fork: int = 0
    """Part of every block's hash: changing it reorganises the chain."""
    forked_from: int = 0
    """The first block whose hash it is part of."""
    multicall: bool = True
    overrides: bool = True
    """Whether it heeds a state override; else it reads as if there were none."""
    creates: bool = True
    """Whether an eth_call may create a contract."""
    skew: int = 0
    """Seconds by which the time that contracts see differs from the block's."""
    expired: set[int] = field(default_factory=set)
    """Blocks whose state is gone."""
    final: int | None = None
    """The newest final block; None where it knows no such tag."""
    finality: int | None = None
    """Instead: blocks below the head from which on they are final."""
    keep_states: int | None = None
    """Blocks below the head whose state is still there."""
    oldest: int = 0
    """The first block whose logs it keeps; of older ones it tells none."""
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
    items: int = 0
    batch: int | None = None
    by_hash: bool | None = None
    asked: Counter[str] = field(default_factory=Counter)
    ranges: list[BlockRange] = field(default_factory=list)
    sought: list[tuple[LogFilter, BlockRange]] = field(default_factory=list)
    """Each search for logs of a filter; a canary's are not among them."""
    called: list[Call] = field(default_factory=list)
    """Every eth_call, those inside aggregates not counted."""
    latency: float = 0.0
    """Seconds until it replies."""
    stored: list[tuple[Address, int]] = field(default_factory=list)
    """Every storage slot that was asked for."""
    old_asked: int = 0
    """How often the nonce or the code of old was asked for."""
    gas_given: list[int | None] = field(default_factory=list)
    """The gas of each of them."""

    async def head(self) -> Head:
        block = await self.block()
        final = self.final
        if self.finality is not None and block.number >= self.finality:
            final = block.number - self.finality
        return Head(
            chain_id=self.chain,
            block=block,
            final=None if final is None else self.block_at(final),
        )

    async def confirm(self, number: int) -> tuple[int, Block]:
        return self.chain, await self.block(number)

    async def blocks(self, numbers: Sequence[int]) -> list[Block | Unserved]:
        try:
            await self._asked("blocks")
        except UnservedError as error:
            return [Unserved(error.message) for _ in numbers]
        self.items += len(numbers) - 1
        return [
            self.block_at(number)
            if self.oldest <= number <= self.newest
            else Unserved("no such block", expired=True)
            for number in numbers
        ]

    async def blooms(self, numbers: Sequence[int]) -> list[bool | Unserved]:
        await self._asked("bloom")
        full = {log.block for log in self.logs_}
        return [number in full for number in numbers]

    async def holds_logs(self, number: int) -> bool:
        return bool(await self.logs(LogFilter(topics=()), BlockRange(number, number)))

    async def receipts(self, wanted: LogFilter, number: int) -> Sequence[Log]:
        await self._asked("receipts")
        found = [log for log in self.logs_ if log.block == number]
        return [log for log in found if wanted.matches(log)]

    async def chain_id(self) -> int:
        await self._asked("chain_id")
        return self.chain

    async def block(self, number: int | None = None) -> Block:
        await self._asked("block")
        found = self.newest if number is None else number
        if found > self.newest:
            raise RefusalError("no such block", kind=RefusalKind.HEAD)
        return self.block_at(found)

    async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
        await self._asked("logs")
        self.ranges.append(blocks)
        if wanted.topics:
            self.sought.append((wanted, blocks))
        if self.refuse_range and (error := self.refuse_range(blocks)):
            raise error
        if self.max_blocks is not None and len(blocks) > self.max_blocks:
            raise RefusalError("too many blocks", kind=RefusalKind.RANGE)
        found = [
            log
            for log in self.logs_
            if wanted.matches(log) and log.block in blocks and log.block >= self.oldest
        ]
        if self.max_results is not None and len(found) > self.max_results:
            raise RefusalError("too many results", kind=RefusalKind.RESULTS)
        return found

    async def transactions(self, hashes: Sequence[str]) -> list[Sent | Unserved]:
        try:
            await self._asked("transactions")
        except UnservedError as error:
            return [Unserved(error.message) for _ in hashes]
        self.items += len(hashes) - 1
        none = Unserved("no such transaction", expired=True)
        return [self.sent.get(each, none) for each in hashes]

    async def learn(self, at: Block) -> None:
        """Every block is named alike here."""

    async def call(
        self,
        call: Call,
        at: Block,
        *,
        code_at: Mapping[Address, bytes] | None = None,
        gas: int | None = None,
    ) -> Answer:
        if not (code_at and self.overrides):
            return (await self.calls((call,), at, gas=gas))[0]
        assert code_at == {call.to: placed_code()}
        assert call.to not in self.contracts, "the place is free"
        self._note((call,), gas)
        unserved = await self._unserved("call", at)
        return unserved or self._read(call.data, at)

    async def deployless(self, initcode: bytes, at: Block) -> Answer:
        unserved = await self._unserved("call", at)
        if unserved or not self.creates:
            return unserved or Unserved("to is missing")
        assert len(initcode) <= 49_152, "EIP-3860"
        creation = passing_code()
        assert initcode.startswith(creation)
        arguments = initcode[len(creation) :]
        asked = arguments[64:][: words.uint_at(arguments, 1)]
        return self._read(asked, at, room=24_576)

    async def calls(
        self, calls: Sequence[Call], at: Block, *, gas: int | None = None
    ) -> list[Answer]:
        self._note(calls, gas)
        unserved = await self._unserved("call", at)
        return [unserved or self._answer(call, at) for call in calls]

    async def accounts(
        self, addresses: Sequence[Address], at: Block
    ) -> list[tuple[bytes | Unserved, int | Unserved]]:
        unserved = await self._unserved("account", at)
        return [
            (unserved or self._code(each), unserved or self.nonces_.get(each, 0))
            for each in addresses
        ]

    async def codes(
        self, addresses: Sequence[Address], at: Block
    ) -> list[bytes | Unserved]:
        unserved = await self._unserved("code", at)
        return [unserved or self._code(address) for address in addresses]

    async def nonces(
        self, addresses: Sequence[Address], at: Block
    ) -> list[int | Unserved]:
        unserved = await self._unserved("nonce", at)
        return [unserved or self.nonces_.get(address, 0) for address in addresses]

    async def slots(
        self, asked: Sequence[tuple[Address, int]], at: Block
    ) -> list[bytes | Unserved]:
        self.stored.extend(asked)
        unserved = await self._unserved("slot", at)
        return [unserved or self.slots_.get(each, bytes(words.WORD)) for each in asked]

    async def old_nonces(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[int | Unserved]:
        found = await self._old("nonce", asked)
        return [
            why or (self.nonces_.get(address, 0) if there else 0)
            for why, there, address in found
        ]

    async def old_codes(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[bytes | Unserved]:
        found = await self._old("code", asked)
        return [
            why or (self._code(address) if there else b"")
            for why, there, address in found
        ]

    async def request(self, method: str, params: Sequence[object]) -> object:
        del params
        await self._asked("request")
        if method not in self.results:
            raise RefusalError("unknown method", kind=RefusalKind.UNSUPPORTED)
        return self.results[method]

    async def at_block(
        self,
        asked: Sequence[tuple[str, Sequence[object]]],
        at: Block,
        extra: Sequence[object] = (),
    ) -> list[object | UnservedError]:
        del at, extra
        return await self.many(asked)

    async def many(
        self, asked: Sequence[tuple[str, Sequence[object]]]
    ) -> list[object | UnservedError]:
        found: list[object | UnservedError] = []
        for method, params in asked:
            try:
                found.append(await self.request(method, params))
            except UnservedError as error:
                found.append(error)
        return found

    def forgive(self) -> None:
        """Nothing is held against anybody here."""

    def block_at(self, number: int) -> Block:
        fork = self.fork if number >= self.forked_from else 0
        digest = hashlib.sha256(f"{number}/{fork}".encode()).hexdigest()
        return Block(
            number=number, hash="0x" + digest, timestamp=1_700_000_000 + 12 * number
        )

    def contract(self, address: Address) -> FakeContract:
        """The contract at an address, made where there is none yet."""
        return self.contracts.setdefault(address, FakeContract())

    def _note(self, calls: Sequence[Call], gas: int | None) -> None:
        self.called.extend(calls)
        self.gas_given.extend(gas for _ in calls)

    async def _unserved(self, method: str, at: Block) -> Unserved | None:
        """Why state is not served now, if it is not."""
        try:
            await self._asked(method)
        except UnservedError as error:
            return Unserved(error.message)
        depth = self.newest if self.keep_states is None else self.keep_states
        if at.number in self.expired or at.number < self.newest - depth:
            return Unserved("missing trie node", expired=True)
        return None

    async def _old(
        self, method: str, asked: Sequence[tuple[Address, int]]
    ) -> list[tuple[Unserved | None, bool, Address]]:
        """Of each: why it is not served, and whether it was there."""
        try:
            await self._asked(f"old {method}")
        except UnservedError as error:
            why = Unserved(error.message)
            return [(why, False, address) for address, _ in asked]
        self.old_asked += len(asked)
        depth = self.newest if self.keep_states is None else self.keep_states
        lost = Unserved("missing trie node", expired=True)
        return [
            (
                lost if number < self.newest - depth else None,
                number >= self.born.get(address, 0),
                address,
            )
            for address, number in asked
        ]

    async def _asked(self, method: str) -> None:
        self.requests += 1
        self.items += 1
        self.asked[method] += 1
        await asyncio.sleep(self.latency)
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
                return Returned(words.uint(at.timestamp + self.skew))
            return self._aggregate(call.data, at)
        if call.to == IDENTITY:
            return Returned(call.data)
        if call == Call(PAIRING, b""):
            return Returned(words.uint(1))
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

    def _read(self, asked: bytes, at: Block, room: int = 2**63) -> Answer:
        """What our own reader tells: gas and room for each."""
        calls = packed_calls(asked)
        if self.aggregate_limit is not None and len(calls) > self.aggregate_limit:
            return BURNT
        answers = [self._answer(call, at) for call in calls]
        for answer in answers:
            if isinstance(answer, Unserved):
                return answer
        return Returned(packed_reply(answers, at.timestamp + self.skew, room))


def packed_calls(asked: bytes) -> list[Call]:
    """The calls that our own reader is asked to make, without our own encoder."""
    count, rest = int.from_bytes(asked[:2], "big"), asked[2:]
    calls: list[Call] = []
    for _ in range(count):
        length = int.from_bytes(rest[20:23], "big")
        assert len(rest) >= packed.HEAD + length
        calls.append(Call(Address("0x" + rest[:20].hex()), rest[23 : 23 + length]))
        rest = rest[23 + length :]
    assert not rest
    return calls


def packed_reply(answers: Sequence[Answer], time: int, room: int = 2**63) -> bytes:
    """What it tells: nobody's failure is another's, and long answers are left out."""
    told = words.uint(time)
    for index, answer in enumerate(answers):
        data = answer.data if isinstance(answer, Returned) else b""
        needs = len(told) + 4 * (len(answers) - index) + len(data)
        verdict = int(isinstance(answer, Returned))
        if len(data) > 1024 or needs > room:
            verdict, data = 2, b""
        told += bytes([verdict]) + len(data).to_bytes(3, "big") + data
    return told


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
