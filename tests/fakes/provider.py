"""A simulated RPC provider on loopback, in a thread or in a process of its own.

    python -m tests.fakes.provider --profile cap-comma-10k --blocks 24000000

prints `listening on URL` and serves until its standard input ends. GET on the
URL gives the counters as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from aiohttp import web

from tests.fakes.provider_build import build
from tests.fakes.provider_http import Desk, Stats
from tests.fakes.provider_node import Node
from tests.fakes.provider_profile import Profile
from tests.fakes.provider_profiles import PROFILES
from tests.fakes.provider_world import World

LOOPBACK = "127.0.0.1"


class Provider:
    """Serves a world through a profile; a context manager.

    Many may share a world. `stop` ends every connection at once, as a killed
    node does; `start` then serves at the same port again. `stats` go on.
    """

    def __init__(
        self,
        world: World,
        profile: Profile | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        log: bool = False,
    ) -> None:
        self.world = world
        self.profile = profile or Profile()
        self.stats = Stats(log=[] if log else None)
        self.port = 0
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None

    @property
    def host(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, at the port it had before if it had one."""
        started = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(started)), daemon=True
        )
        self._thread.start()
        started.wait()

    def stop(self) -> None:
        """Close the port and every connection. Nothing happens the second time."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = None

    async def _run(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            await self.serve(self._stop, started.set)
        finally:
            started.set()

    async def serve(self, stop: asyncio.Event, listening: Callable[[], object]) -> None:
        """Serve until `stop` is set; `listening` is called once the port is open."""
        node = Node(self.world, self.profile)
        desk = Desk(node, self.stats, clock=self._clock)
        low = web.Server(desk.serve, access_log=None)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(low, LOOPBACK, self.port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        listening()
        try:
            await stop.wait()
        finally:
            desk.stopped.set()
            server.close()
            for connection in low.connections:
                if connection.transport is not None:
                    connection.transport.abort()
            await low.shutdown(0.1)
            await server.wait_closed()
            self.stats.in_flight = 0


def main(arguments: list[str] | None = None) -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description="A simulated RPC provider.")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="plain")
    parser.add_argument("--blocks", type=int, default=24_000_000)
    parser.add_argument("--owners", type=int, default=1)
    parser.add_argument("--approvals", type=int, default=200, help="of each owner")
    parser.add_argument("--logs", type=int, default=0, help="at least, in all")
    parser.add_argument("--revoked", type=float, default=0.3, help="share of the logs")
    parser.add_argument("--spent", type=float, default=0.1)
    parser.add_argument("--kinds", default="erc20", help="comma list of kinds")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds")
    parser.add_argument("--rate", type=float, help="requests per second instead")
    parser.add_argument("--block-time", type=float, help="seconds; the head moves")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    profile = replace(PROFILES[given.profile], latency=given.latency)
    if given.rate and profile.rate is not None:
        profile = replace(profile, rate=replace(profile.rate, per_second=given.rate))
    world = build(
        owners=given.owners,
        approvals=given.approvals,
        logs=given.logs,
        blocks=given.blocks,
        seed=given.seed,
        kinds=given.kinds.split(","),
        revoked=given.revoked,
        spent=given.spent,
        block_time=given.block_time,
    )
    with Provider(world, profile) as provider:
        sys.stdout.write(f"listening on {provider.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
