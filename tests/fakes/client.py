"""Our own client against a scripted server, in one call and without waiting."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from allowctl.errors import UnservedError
from allowctl.model.endpoint import Endpoint
from allowctl.net.http import HttpClient
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.pace import Pace
from allowctl.rpc.transport import Transport
from tests.fakes.server import Answer, ScriptedServer

T = TypeVar("T")


@dataclass(slots=True)
class Sleeper:
    """A clock that never lets anybody wait, and remembers who wanted to."""

    waits: list[float] = field(default_factory=list)
    now: float = 0.0

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def clock(self) -> float:
        """Seconds: only sleeping takes any."""
        return self.now


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
            return await use(rpc_at(client, server.url, sleeper))

    return asyncio.run(run())


def carried(
    server: ScriptedServer,
    use: Callable[[Transport], Awaitable[T]],
    *,
    sleeper: Sleeper | None = None,
    deadline: float = 20.0,
    at_once: int = 4,
) -> T:
    """The same, one layer further down: so many requests at once."""
    return carried_to(
        server.url, use, sleeper=sleeper, deadline=deadline, at_once=at_once
    )


def carried_to(
    url: str,
    use: Callable[[Transport], Awaitable[T]],
    *,
    sleeper: Sleeper | None = None,
    deadline: float = 20.0,
    at_once: int = 4,
) -> T:
    """The same, whoever is there."""
    pacing = Sleeper()

    async def run() -> T:
        async with HttpClient(deadline=deadline) as client:
            pace = Pace(at_once, sleep=pacing, clock=pacing.clock)
            sleep = sleeper or Sleeper()
            return await use(Transport(client, Endpoint(url), pace=pace, sleep=sleep))

    return asyncio.run(run())


def unknown_hosts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From now on no host is known; the list holds those that were looked up."""
    asked: list[str] = []

    def refuse(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


def rpc_at(client: HttpClient, url: str, sleeper: Sleeper | None = None) -> HttpRpc:
    """An endpoint that nobody waits for."""
    waits = sleeper or Sleeper()
    return HttpRpc(client, Endpoint(url), sleep=waits, clock=waits.clock)


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
