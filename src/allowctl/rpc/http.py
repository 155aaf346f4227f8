"""`Rpc` on one HTTP endpoint: typed questions, checked answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from allowctl.codec import words
from allowctl.errors import CodecError, OversizeError, UnservedError
from allowctl.model.chain import (
    BURNS,
    REVERTS,
    ZERO_ADDRESS,
    Address,
    Answer,
    Block,
    BlockRange,
    Call,
    Log,
    LogFilter,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.model.endpoint import Endpoint
from allowctl.net.http import HttpClient, Reply
from allowctl.rpc import wire
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.transport import MAX_ANSWER, Sleep, Transport

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_BURNT = re.compile(r"out ?of ?gas|oog\b", re.IGNORECASE)
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,16}")


class HttpRpc:
    """One chain as one endpoint shows it."""

    def __init__(
        self,
        client: HttpClient,
        endpoint: Endpoint,
        *,
        concurrency: int = 8,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._transport = Transport(
            client, endpoint, concurrency=concurrency, sleep=sleep
        )
        self._by_hash: bool | None = None
        self._learning = asyncio.Lock()

    @property
    def host(self) -> str:
        """Host and port of the endpoint."""
        return self._transport.host

    @property
    def requests(self) -> int:
        """HTTP requests sent so far, retries included."""
        return self._transport.requests

    async def chain_id(self) -> int:
        """The EIP-155 id of the chain that the endpoint serves."""
        return self._number(await self.request("eth_chainId", ()))

    async def block(self, number: int | None = None) -> Block:
        """A block by number, or the head."""
        tag = "latest" if number is None else hex(number)
        match await self.request("eth_getBlockByNumber", (tag, False)):
            case {"number": found, "hash": str(block_hash), "timestamp": timestamp}:
                block = Block(
                    number=self._number(found),
                    hash=block_hash.lower(),
                    timestamp=self._number(timestamp),
                )
                asked = number is None or number == block.number
                if asked and _HASH.fullmatch(block_hash):
                    return block
            case None:
                raise RefusalError(
                    f"{self.host} has no block {tag}", kind=RefusalKind.UNSUPPORTED
                )
        raise self._malformed("a block")

    async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
        """All logs of a range that match; those that do not are thrown away."""
        params = {
            "fromBlock": hex(blocks.first),
            "toBlock": hex(blocks.last),
            "topics": [list(position) or None for position in wanted.topics],
        }
        identity = self._transport.identity()

        def read(reply: Reply) -> list[Log]:
            good = reply.status < HTTPStatus.BAD_REQUEST
            found = wire.logs(reply.body, identity) if good else None
            if found is None:
                self._transport.result(reply, identity)
                raise self._malformed("logs")
            return found

        found = await self._transport.served(
            wire.request(identity, "eth_getLogs", (params,)), read
        )
        try:
            return self._checked(found, wanted, blocks)
        except ValueError:
            raise self._malformed("logs") from None

    async def call(self, call: Call, at: Block) -> Answer:
        """One eth_call, with as much gas as the node allows."""
        answers = await self.calls((call,), at)
        return answers[0]

    async def calls(self, calls: Sequence[Call], at: Block) -> list[Answer]:
        """Many separate eth_calls: answers in the order of the calls."""
        params = [({"to": c.to, "data": "0x" + c.data.hex()},) for c in calls]
        return [
            self._answer(item) for item in await self._state("eth_call", params, at)
        ]

    async def codes(
        self, addresses: Sequence[Address], at: Block
    ) -> list[bytes | Unserved]:
        """The code of each address, empty where there is none."""
        params = [(address,) for address in addresses]
        answers = [
            self._answer(item) for item in await self._state("eth_getCode", params, at)
        ]
        return [
            answer.data if isinstance(answer, Returned) else Unserved(answer.reason)
            for answer in answers
        ]

    async def nonces(
        self, addresses: Sequence[Address], at: Block
    ) -> list[int | Unserved]:
        """How many transactions each address has sent."""
        params = [(address,) for address in addresses]
        found: list[int | Unserved] = []
        for item in await self._state("eth_getTransactionCount", params, at):
            try:
                if isinstance(item, UnservedError):
                    raise item
                found.append(self._number(item))
            except UnservedError as error:
                found.append(Unserved(error.message))
        return found

    async def request(self, method: str, params: Sequence[object]) -> object:
        """Any method's result, as plain JSON values."""
        return await self._transport.one(method, params)

    async def _state(
        self, method: str, params: Sequence[Sequence[object]], at: Block
    ) -> list[object | UnservedError]:
        try:
            where = await self._where(at)
        except UnservedError as error:
            return [error for _ in params]
        return await self._transport.each(method, [(*p, where) for p in params])

    async def _where(self, at: Block) -> object:
        """How to name the block: by its hash (EIP-1898) where the node can."""
        async with self._learning:
            if self._by_hash is None:
                try:
                    await self._transport.one(
                        "eth_call", _probe(at.hash), max_body=MAX_ANSWER, tries=1
                    )
                    self._by_hash = await self._heeds_hashes()
                except RefusalError as refusal:
                    if refusal.kind in {RefusalKind.RATE, RefusalKind.FATAL}:
                        raise
                    self._by_hash = False
        return {"blockHash": at.hash} if self._by_hash else hex(at.number)

    async def _heeds_hashes(self) -> bool:
        """Whether a hash that no block has is refused, not read as something else."""
        nowhere = "0x" + "de" * 32
        try:
            await self._transport.one(
                "eth_call", _probe(nowhere), max_body=MAX_ANSWER, tries=1
            )
        except RefusalError as refusal:
            if refusal.kind in {RefusalKind.RATE, RefusalKind.FATAL}:
                raise
            return True
        return False

    def _answer(self, item: object) -> Answer:
        match item:
            case OversizeError():
                return Reverted("answers megabytes")
            case (
                str(long) | RefusalError(kind=RefusalKind.EXECUTION, data=str(long))
            ) if len(long) > MAX_ANSWER:
                # As if it had been read alone: a batch's body may be larger.
                return Reverted("answers megabytes")
            case RefusalError(kind=RefusalKind.EXECUTION, message=message):
                burnt = _BURNT.search(message) is not None
                return Reverted(BURNS if burnt else REVERTS)
            case UnservedError(message=message):
                return Unserved(message)
            case str(text):
                try:
                    return Returned(words.hex_bytes(text))
                except CodecError:
                    pass
        return Unserved(self._malformed("state").message)

    def _number(self, value: object) -> int:
        if isinstance(value, str) and _QUANTITY.fullmatch(value):
            return int(value, 16)
        raise self._malformed("a number")

    def _checked(
        self, logs: Sequence[Log], wanted: LogFilter, blocks: BlockRange
    ) -> list[Log]:
        """Those that were asked for. ValueError if one is in no form at all.

        One pass with no call for a log in the usual form: this loop is half of
        what a log costs.
        """
        first, last = blocks.first, blocks.last
        least = len(wanted.topics)
        sought = [(i, frozenset(each)) for i, each in enumerate(wanted.topics) if each]
        known: set[str] = set()
        kept: list[Log] = []
        for found in logs:
            log = found
            topics = log.topics
            number = log.block_hex
            if number[:2] != "0x" or not first <= int(number, 16) <= last:
                raise ValueError("a log of another range than the one asked")
            if len(topics) < least:
                continue
            for position, alternatives in sought:
                if topics[position] not in alternatives:
                    log = lowered(found)
                    break
            if log is not found and not wanted.matches(log):
                continue
            int(log.index_hex, 16)
            if log.address not in known:
                log = self._with_address(log)
                known.add(log.address)
            kept.append(log)
        return kept

    @staticmethod
    def _with_address(log: Log) -> Log:
        sound = log if _ADDRESS.fullmatch(log.address) else lowered(log)
        if not _ADDRESS.fullmatch(sound.address):
            raise ValueError("a log of no address")
        return sound

    def _malformed(self, what: str) -> RefusalError:
        return RefusalError(
            f"{self.host} answers {what} in a form that is none",
            kind=RefusalKind.TRANSIENT,
        )


def _probe(block_hash: str) -> Sequence[object]:
    return ({"to": ZERO_ADDRESS, "data": "0x"}, {"blockHash": block_hash})


def lowered(log: Log) -> Log:
    """The same log with its hex in lower case: most nodes write it so, not all."""
    return msgspec.structs.replace(
        log,
        address=log.address.lower(),
        topics=tuple(topic.lower() for topic in log.topics),
    )
