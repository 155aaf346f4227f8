"""A chain of one's own, with a wallet that has something to find: `allowctl demo`.

The demo supplies an endpoint and nothing else: whoever scans it goes the way of
any other chain. This package is cheap to import and needs nothing; `start` and
`write_keystore` need the extra `demo` (py-evm, eth-account).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self

from allowctl.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from allowctl.demo.keystore import Keystore
    from allowctl.demo.server import Server
    from allowctl.demo.truth import Expected, World
    from allowctl.model.chain import Address

__all__ = ["RunningDemo", "start", "write_config", "write_keystore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDemo:
    """A demo chain that answers; a context manager that closes it."""

    world: World
    server: Server

    @property
    def url(self) -> str:
        """Where its JSON-RPC listens: http://127.0.0.1:PORT."""
        return self.server.url

    @property
    def owner(self) -> Address:
        """The wallet to scan."""
        return self.world.owner

    @property
    def truth(self) -> tuple[Expected, ...]:
        """Every approval of the story, as it stands at the story's last block."""
        return self.world.approvals

    def close(self) -> None:
        """Stop answering. Harmless when repeated."""
        self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def start(*, port: int = 0, clock_base: int | None = None) -> RunningDemo:
    """Build the world and serve it on the loopback; port 0 takes a free one.

    `clock_base` (unix seconds) is the time of the story's last block, and new
    blocks then follow in steps of 12 seconds: the same base gives the same chain.
    Without it the story ends now, and new blocks carry the time of the day.

    Raises UsageError without the extra `demo`, or if the port is taken.
    """
    _need_extra()
    from allowctl.demo.methods import Node  # noqa: PLC0415 - needs the extra
    from allowctl.demo.server import Server  # noqa: PLC0415 - needs the extra
    from allowctl.demo.stage import SLOT  # noqa: PLC0415 - needs the extra
    from allowctl.demo.world import build  # noqa: PLC0415 - needs the extra

    now = int(time.time()) if clock_base is None else clock_base
    chain, world = build(base=now)

    def clock() -> int:
        if clock_base is None:
            return int(time.time())
        return chain.head.timestamp + SLOT

    try:
        server = Server(Node(chain, clock), port=port)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"the demo cannot listen on port {port}: {error}",
            hint="leave the port out to take a free one",
        ) from error
    return RunningDemo(world=world, server=server)


def write_keystore(folder: Path) -> Keystore:
    """Write the owner's throw-away keystore and password file into a folder.

    Raises UsageError without the extra `demo` or where a file that is not the
    demo's stands in the way, OutputError where the folder cannot be written.
    """
    _need_extra()
    from allowctl.demo.keystore import write  # noqa: PLC0415 - needs the extra

    return write(folder)


def write_config(folder: Path, world: World) -> Path:
    """Write an allowctl.toml with what the story's tokens are worth into a folder.

    Raises UsageError where a file that is not the demo's stands in the way,
    OutputError where the folder cannot be written.
    """
    _need_extra()
    from allowctl.demo.prices import write  # noqa: PLC0415 - as the others

    return write(folder, world)


def _need_extra() -> None:
    if any(find_spec(it) is None for it in ("eth", "eth_account")):
        raise UsageError(
            "the demo needs the extra 'demo'",
            hint="in the project's folder: pip install '.[demo]', or make demo",
        )
