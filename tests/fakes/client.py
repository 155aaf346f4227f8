"""Our own client against a scripted server, in one call and without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from allowctl.errors import UnservedError
from allowctl.model.endpoint import Endpoint
from allowctl.net.http import HttpClient
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.transport import Transport
from tests.fakes.server import Answer, ScriptedServer

T = TypeVar("T")


@dataclass(slots=True)
class Sleeper:
    """A clock that never lets anybody wait, and remembers who wanted to."""

    waits: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


def over(
    server: ScriptedServer,
    use: Callable[[HttpRpc], Awaitable[T]],
    *,
    sleeper: Sleeper | None = None,
    deadline: float = 20.0,
) -> T:
    """What a question answers at a server."""

    async def run() -> T:
        async with HttpClient(deadline=deadline) as client:
            endpoint = Endpoint(server.url)
            rpc = HttpRpc(client, endpoint, sleep=sleeper or Sleeper())
            return await use(rpc)

    return asyncio.run(run())


def carried(
    server: ScriptedServer,
    use: Callable[[Transport], Awaitable[T]],
    *,
    sleeper: Sleeper | None = None,
    deadline: float = 20.0,
) -> T:
    """The same, one layer further down."""

    async def run() -> T:
        async with HttpClient(deadline=deadline) as client:
            return await use(
                Transport(
                    client,
                    Endpoint(server.url),
                    concurrency=4,
                    sleep=sleeper or Sleeper(),
                )
            )

    return asyncio.run(run())


def refused(answer: Answer, use: Callable[[HttpRpc], Awaitable[object]]) -> RefusalKind:
    """The kind of refusal that a question meets."""
    with ScriptedServer(answer) as server, pytest.raises(RefusalError) as caught:
        over(server, use)
    return caught.value.kind


def unserved(
    answer: Answer,
    use: Callable[[HttpRpc], Awaitable[object]],
    *,
    deadline: float = 20.0,
) -> UnservedError:
    """The error that a question meets."""
    with ScriptedServer(answer) as server, pytest.raises(UnservedError) as caught:
        over(server, use, deadline=deadline)
    return caught.value
