"""Outboxes over scripted endpoints and over real ones, without waiting."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TypeVar

from allowctl.model.chain import Block, Chain
from allowctl.net.http import HttpClient
from allowctl.revoke.outbox import PoolOutbox
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from tests.build import NOW
from tests.fakes.client import Sleeper, rpc_at
from tests.fakes.server import Asked, Raw, ScriptedServer, as_json, error, result
from tests.nodes.jsonrpc import Json

T = TypeVar("T")
Use = Callable[[PoolOutbox], Awaitable[T]]
CHAIN = Chain(id=1, name="ethereum", finality=64)


class RefusedError(Exception):
    """A JSON-RPC error: its message, and its `data`."""

    def __init__(self, message: str, data: Json = None) -> None:
        super().__init__(message)
        self.error = {"code": -32000, "message": message}
        if data is not None:
            self.error["data"] = data


@dataclass(kw_only=True)
class Script:
    """An endpoint that says what it is told to. Everything may be changed meanwhile.

    `says` has by method a result, or what makes one of the parameters. `raw`, where
    set, is every reply.
    """

    chain: int = 1
    newest: int = 100
    final: int = 90
    fork: str = ""
    """Part of each block's hash."""
    base_fee: int | None = 7
    time: int = NOW
    """Of the newest block; a block takes 12 seconds."""
    says: dict[str, Json | Callable[..., Json]] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    """Transactions in each block."""
    raw: Raw | None = None
    heard: list[tuple[str, Json]] = field(default_factory=list)
    """Methods and parameters."""

    def block(self, number: int) -> Block:
        digest = hashlib.sha256(f"{number}{self.fork}".encode()).hexdigest()
        time = self.time - 12 * (self.newest - number)
        return Block(number=number, hash="0x" + digest, timestamp=time)

    def answer(self, asked: Asked) -> Raw:
        if self.raw is not None:
            return self.raw
        replies = [self._reply(each) for each in asked.every]
        return as_json(replies if asked.is_batch else replies[0])

    def _reply(self, request: Json) -> Json:
        method, params = request["method"], request["params"]
        self.heard.append((method, params))
        try:
            return result(request, self._said(method, params))
        except RefusedError as refused:
            return error(request, refused.error)

    def _said(self, method: str, params: Json) -> Json:
        if method in self.says:
            says = self.says[method]
            return says(*params) if callable(says) else says
        if method == "eth_chainId":
            return hex(self.chain)
        if method == "eth_getBlockByNumber":
            return self._block(params[0])
        raise RefusedError("the method does not exist")

    def _block(self, tag: str) -> Json:
        named = {"latest": self.newest, "finalized": self.final}
        number = named[tag] if tag in named else int(tag, 16)
        if number > self.newest:
            return None
        block = self.block(number)
        fee = {} if self.base_fee is None else {"baseFeePerGas": hex(self.base_fee)}
        told = {"number": hex(block.number), "hash": block.hash}
        held = {"transactions": list(self.holds)}
        return fee | told | held | {"timestamp": hex(block.timestamp)}


def saying(raise_: str, data: Json = None) -> Callable[..., Json]:
    """A refusal in these words, whatever the parameters."""

    def refuse(*_: Json) -> Json:
        raise RefusedError(raise_, data)

    return refuse


def over(  # noqa: PLR0913 - what an outbox stands on, all by name
    scripts: Sequence[Script],
    use: Use[T],
    *,
    chain: Chain = CHAIN,
    sleeper: Sleeper | None = None,
    now: float = NOW,
    deadline: float = 20.0,
) -> T:
    """What an outbox over these endpoints comes to; their heads are read first."""

    async def headed(outbox: PoolOutbox) -> T:
        await outbox.head()
        return await use(outbox)

    with ExitStack() as stack:
        servers = [stack.enter_context(ScriptedServer(each.answer)) for each in scripts]
        urls = [server.url for server in servers]
        return at(
            urls, headed, chain=chain, sleeper=sleeper, now=now, deadline=deadline
        )


def at(  # noqa: PLR0913 - the same
    urls: Sequence[str],
    use: Use[T],
    *,
    chain: Chain = CHAIN,
    sleeper: Sleeper | None = None,
    now: float = NOW,
    deadline: float = 20.0,
) -> T:
    """The same over whatever is there."""

    async def run() -> T:
        waits = sleeper or Sleeper()
        async with HttpClient(deadline=deadline) as client:
            nodes = [Node(rpc_at(client, url), key=url) for url in urls]
            pool = Pool(chain, nodes, clock=lambda: now)
            return await use(PoolOutbox(pool, clock=lambda: now, sleep=waits))

    return asyncio.run(run())
