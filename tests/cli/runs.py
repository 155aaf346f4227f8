"""Running the command line, in this process or as the one that people start."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from allowctl.cli.app import main
from tests.fakes.node import node
from tests.fakes.rpc import FakeRpc
from tests.fakes.server import ScriptedServer

OWNER = "0x" + "0a" * 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, and what it said."""

    code: int
    out: str
    err: str


def here(*arguments: str) -> Ended:
    """In this process: main() always ends by SystemExit."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main(arguments)
    return Ended(
        code=int(ended.value.code or 0), out=out.getvalue(), err=err.getvalue()
    )


def own_environment() -> dict[str, str]:
    """Nothing of the tests' environment but the path, and folders of our own.

    No list is fetched: tests reach nothing but loopback.
    """
    kept = ("CACHE_DIR", "CONFIG_DIR", "STATE_DIR")
    names = ("PATH", *(f"ALLOWCTL_{each}" for each in kept))
    return {name: os.environ[name] for name in names} | {"ALLOWCTL_OFFLINE": "1"}


def command(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """As a process of its own."""
    return subprocess.Popen(
        (sys.executable, "-m", "allowctl", *arguments),
        env={**own_environment(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str], seconds: float = 60) -> Ended:
    """The end of such a process."""
    out, err = process.communicate(timeout=seconds)
    return Ended(code=process.returncode, out=out, err=err)


@contextlib.contextmanager
def serving(rpc: FakeRpc) -> Iterator[str]:
    """The URL of an honest node over a fake's chain."""
    with ScriptedServer(node(rpc)) as server:
        yield server.url
