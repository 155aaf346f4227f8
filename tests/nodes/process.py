"""The one place of the tests that starts processes, and sees that they end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Whatever becomes of the tests (an exception, os._exit, SIGKILL), the writing
# end of its stdin closes with them, and the watcher then ends the node, removes
# its folder ($0) and ends the whole group. `exec` keeps the process id, so an
# early death of the node is seen as such.
_WATCHED = """
exec 3<&0
(read -r _ <&3; kill -KILL $$; rm -rf -- "$0"; kill -KILL 0) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"""

_TAIL = 4_000


class StartError(RuntimeError):
    """A process that did not come up; its message ends in what it wrote."""


class Watched:
    """A process in its own group, with its own folder, output kept in a file."""

    def __init__(
        self, argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="allowctl-node-")
        self._argv = [str(part) for part in argv]
        self._env = dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None
        # Runs at stop(), when collected, and at the interpreter's exit.
        self._end: weakref.finalize[..., Watched] = weakref.finalize(
            self, self._folder.cleanup
        )

    @property
    def folder(self) -> Path:
        """The process's home and working directory, gone when it has stopped."""
        return Path(self._folder.name)

    def start(self, *arguments: str | Path) -> None:
        """Start it, with arguments that could only be known by now."""
        argv = [*self._argv, *(str(argument) for argument in arguments)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _WATCHED, str(self.folder), *argv],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=_environment(self.folder) | self._env,
                start_new_session=True,
            )
        self._end.detach()
        self._end = weakref.finalize(self, _end, self._process, self._folder)

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def wait_for(self, pattern: str, *, seconds: float = 30) -> re.Match[str]:
        """The first match in its output. StartError when it ends or is too late."""
        deadline = time.monotonic() + seconds
        while True:
            over = not self.running
            found = re.search(pattern, self.output())
            if found:
                return found
            if over:
                raise StartError(f"{self._argv[0]} ended early:\n{self._tail()}")
            if time.monotonic() > deadline:
                raise StartError(
                    f"{self._argv[0]} is not up after {seconds} s:\n{self._tail()}"
                )
            time.sleep(0.005)

    def output(self) -> str:
        """Everything it has written so far."""
        if not self._log.exists():
            return ""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End it and everything it started, and remove its folder."""
        self._end()

    @property
    def _log(self) -> Path:
        return self.folder / "output.log"

    def _tail(self) -> str:
        return self.output()[-_TAIL:]


def free_port() -> int:
    """A loopback port that nobody listens on now; somebody may be faster."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _environment(folder: Path) -> dict[str, str]:
    """The PATH and a home of its own: no settings, proxies or keys of ours."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}


def _end(
    process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]
) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
    folder.cleanup()


@contextlib.contextmanager
def started(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program with its pipes, in a group of its own; killed at the end.

    It takes SIGINT as at a terminal, also where the tests run in the background
    and would pass on that it is ignored.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield process
        finally:
            # Its number is its own only as long as nobody has waited for it.
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)


def finish(
    argv: Sequence[str | Path],
    stdin: bytes = b"",
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = 120,
) -> tuple[int, bytes, bytes]:
    """Run a program to its end: exit code, stdout and stderr."""
    with started(argv, env=env, cwd=cwd) as process:
        out, err = process.communicate(stdin, timeout=seconds)
        return process.returncode, out, err


def run(
    argv: Sequence[str | Path], stdin: bytes = b"", *, seconds: float = 120
) -> bytes:
    """Run a program to its end: what it wrote. StartError when it fails."""
    code, out, err = finish(argv, stdin, seconds=seconds)
    if code != 0:
        said = err.decode(errors="replace")[-_TAIL:]
        raise StartError(f"{argv[0]} failed:\n{said}")
    return out
