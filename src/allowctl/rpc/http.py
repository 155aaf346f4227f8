"""`Rpc` on one HTTP endpoint: typed questions, checked answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from http import HTTPStatus

from allowctl.errors import UnservedError
from allowctl.model.chain import (
    Block,
    BlockRange,
    Head,
    Log,
    LogFilter,
    Sent,
    Unserved,
)
from allowctl.model.endpoint import Endpoint, Limits
from allowctl.net.http import HttpClient, Reply
from allowctl.rpc import answers, questions, wire
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.coalesce import Coalesced
from allowctl.rpc.pace import Clock, Pace, Sleep
from allowctl.rpc.reads import HttpState
from allowctl.rpc.received import checked, of_logs, of_receipts
from allowctl.rpc.transport import Transport

NAMED_WINDOW = 64
"""Requests under way at once, at most, where the user chose the endpoint."""
NAMED_FIRST = 16
PUBLIC_WINDOW = 16
PUBLIC_FIRST = 4
LOGS_DEADLINE = 25.0
"""Seconds: a node that needs longer for a range is to be asked for less."""


class HttpRpc(HttpState):
    """One chain as one endpoint shows it."""

    def __init__(
        self,
        client: HttpClient,
        endpoint: Endpoint,
        *,
        concurrency: int | None = None,
        sleep: Sleep = asyncio.sleep,
        clock: Clock | None = None,
    ) -> None:
        most = NAMED_WINDOW if endpoint.named else PUBLIC_WINDOW
        first = NAMED_FIRST if endpoint.named else PUBLIC_FIRST
        self.endpoint = endpoint
        self.pace = Pace(
            min(most, concurrency or most), first=first, sleep=sleep, clock=clock
        )
        super().__init__(Transport(client, endpoint, pace=self.pace, sleep=sleep))
        self._greeting: Head | None = None
        self._beside = Coalesced(self._batches.many)
        """For what several ask side by side: it goes out in one body."""

    @property
    def requests(self) -> int:
        """HTTP requests sent so far, retries included."""
        return self._transport.requests

    @property
    def items(self) -> int:
        """JSON-RPC requests sent so far, retries included."""
        return self._transport.items

    @property
    def batch(self) -> int | None:
        """Requests in one body that it takes; None where it has refused none."""
        return self._batches.most

    @property
    def by_hash(self) -> bool | None:
        """Whether it reads state at a block's hash; None where not learned."""
        return self._name.by_hash

    def recall(self, limits: Limits) -> None:
        """Go on with what an earlier run learned."""
        self._batches.most = limits.batch
        self._name.by_hash = limits.by_hash
        self.pace.per_second = limits.per_second

    async def greet(self) -> Head:
        """Its head, which the next `head()` will not ask for again."""
        self._greeting = await self.head()
        return self._greeting

    async def head(self) -> Head:
        """Chain, newest block and newest final block, in one round trip."""
        greeting, self._greeting = self._greeting, None
        if greeting is not None:
            return greeting
        chain_id, newest, final = await self._batches.many(
            (
                ("eth_chainId", ()),
                ("eth_getBlockByNumber", ("latest", False)),
                ("eth_getBlockByNumber", ("finalized", False)),
            )
        )
        block = answers.block(newest, self.host)
        if block is None:
            raise RefusalError(f"{self.host} has no block", kind=RefusalKind.HEAD)
        try:
            settled = answers.block(final, self.host)
        except UnservedError:
            settled = None
        return Head(
            chain_id=answers.number(chain_id, self.host), block=block, final=settled
        )

    async def chain_id(self) -> int:
        """The EIP-155 id of the chain that the endpoint serves."""
        return answers.number(await self.request("eth_chainId", ()), self.host)

    async def block(self, number: int | None = None) -> Block:
        """A block by number, or the head."""
        tag = "latest" if number is None else hex(number)
        found = await self.request("eth_getBlockByNumber", (tag, False))
        return self._there(answers.block(found, self.host, asked=number), tag)

    async def confirm(self, number: int) -> tuple[int, Block]:
        """Chain id and a block by number, in one round trip."""
        chain_id, found = await self._batches.many(
            (("eth_chainId", ()), ("eth_getBlockByNumber", (hex(number), False)))
        )
        block = self._there(answers.block(found, self.host, asked=number), hex(number))
        return answers.number(chain_id, self.host), block

    async def blocks(self, numbers: Sequence[int]) -> list[Block | Unserved]:
        """Each block by number; `expired` is one that the endpoint does not have."""
        found = await self._beside(
            [("eth_getBlockByNumber", (hex(each), False)) for each in numbers]
        )
        return [
            answers.block_if_any(item, self.host, number)
            for item, number in zip(found, numbers, strict=True)
        ]

    async def blooms(self, numbers: Sequence[int]) -> list[bool | Unserved]:
        """Whether each block's logsBloom says that it holds logs."""
        found = await self._batches.each(
            "eth_getBlockByNumber", [(hex(each), False) for each in numbers]
        )
        return [answers.may_hold_logs(each, self.host) for each in found]

    async def holds_logs(self, number: int) -> bool:
        """Whether eth_getLogs has any log of one block, whatever its topics."""
        where = {"fromBlock": hex(number), "toBlock": hex(number)}
        found = await self.request("eth_getLogs", (where,))
        return bool(self._read(of_logs, found, LogFilter(topics=()), number))

    async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
        """All logs of a range that match; those that do not are thrown away."""
        asked = questions.asked_logs(wanted, blocks)
        identity = self._transport.identity()

        def read(reply: Reply) -> list[Log]:
            good = reply.status < HTTPStatus.BAD_REQUEST
            found = wire.logs(reply.body, identity) if good else None
            if found is None:
                self._transport.result(reply, identity, asked)
                raise answers.malformed("logs", self.host)
            return found

        found = await self._transport.served(
            wire.request(identity, "eth_getLogs", (questions.logs(wanted, blocks),)),
            read,
            tries=1,
            deadline=LOGS_DEADLINE,
            alike=True,
        )
        return self._checked(found, wanted, blocks)

    async def receipts(self, wanted: LogFilter, number: int) -> Sequence[Log]:
        """The logs of one block that match, out of all its receipts."""
        found = await self.request("eth_getBlockReceipts", (hex(number),))
        return self._read(of_receipts, found, wanted, number)

    async def transactions(self, hashes: Sequence[str]) -> list[Sent | Unserved]:
        """Who sent each; `expired` is one that the endpoint does not have."""
        found = await self._beside(
            [("eth_getTransactionByHash", (each,)) for each in hashes]
        )
        return [
            answers.sent(item, self.host, asked)
            for item, asked in zip(found, hashes, strict=True)
        ]

    async def request(self, method: str, params: Sequence[object]) -> object:
        """Any method's result, as plain JSON values."""
        return await self._transport.one(method, params)

    async def many(
        self, asked: Sequence[tuple[str, Sequence[object]]]
    ) -> list[object | UnservedError]:
        """The same of several, in one round trip: each result, or why there is none."""
        return await self._batches.many(asked)

    def forgive(self) -> None:
        """Ask on where it was given up for its silence: it may be back."""
        self._transport.forgive()

    def _checked(
        self, logs: Sequence[Log], wanted: LogFilter, blocks: BlockRange
    ) -> list[Log]:
        try:
            return checked(logs, wanted, blocks)
        except ValueError:
            raise answers.malformed("logs", self.host) from None

    def _read(
        self,
        logs_of: Callable[[object], list[Log]],
        found: object,
        wanted: LogFilter,
        number: int,
    ) -> list[Log]:
        try:
            logs = logs_of(found)
        except ValueError:
            raise answers.malformed("logs", self.host) from None
        return self._checked(logs, wanted, BlockRange(number, number))

    def _there(self, block: Block | None, tag: str) -> Block:
        if block is None:
            raise RefusalError(f"{self.host} has no block {tag}", kind=RefusalKind.HEAD)
        return block
