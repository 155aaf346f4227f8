"""Streams that go away: quiet, with the right code, and nothing half-written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build import OWNER
from tests.cli.runs import command, finished, own_environment, serving
from tests.fakes.rpc import FakeRpc
from tests.fakes.server import Raw, ScriptedServer, always

NOBODY = "0x" + "99" * 20
CLOSED = "http://127.0.0.1:1"
FULL = Path("/dev/full")


def shell(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A line of shell in which "$@" is allowctl with these arguments."""
    return subprocess.run(
        ("/bin/sh", "-c", script, "sh", sys.executable, "-m", "allowctl", *arguments),
        env=own_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["table", "json"])
def test_a_broken_pipe_is_quiet(more: tuple[str, ...]) -> None:
    """Whoever read the result has left: no word, no traceback, and no 0."""
    with serving(FakeRpc()) as url:
        process = command("scan", NOBODY, "--rpc-url", url, *more)
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
        process.stderr.close()
        assert (process.wait(60), said) == (2, "")


def test_a_broken_pipe_under_an_error() -> None:
    """The error itself is still told on stderr, and its code stands."""
    process = command("scan", "0x12", "--rpc-url", CLOSED, "--json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 2
    assert said.startswith("error: '0x12' is no owner")
    assert "Traceback" not in said


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--help",), 2),
        (("scan", NOBODY, "--rpc-url", CLOSED, "--json"), 2),
        (("scan", "0x12", "--json"), 2),
    ],
    ids=["help", "result", "error"],
)
def test_a_full_disk(arguments: tuple[str, ...], code: int) -> None:
    """It is told once, as an error like any other."""
    done = shell('"$@" >/dev/full', *arguments)
    assert done.returncode == code
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_closed_stdout() -> None:
    """A result with nowhere to go is refused before anything is asked."""
    with ScriptedServer(always(Raw(status=500))) as server:
        done = shell('"$@" >&-', "scan", OWNER, "--rpc-url", server.url)
        assert server.asked == []
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error: stdout is closed"


def test_a_closed_stdout_and_a_file(tmp_path: Path) -> None:
    """Who wants a file needs no stdout."""
    target = tmp_path / "report.json"
    with serving(FakeRpc()) as url:
        done = shell('"$@" >&-', "scan", NOBODY, "--rpc-url", url, "-o", str(target))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(target.read_text("utf-8"))["complete"] is True


def test_ctrl_c_writes_nothing(tmp_path: Path) -> None:
    """The old file stays as it was, and no half of a new one lies beside it."""
    target = tmp_path / "report.json"
    target.write_text("old", "utf-8")
    with ScriptedServer(always(Raw(body=b"x", hangs=True))) as server:
        process = command("scan", OWNER, "--rpc-url", server.url, "-o", str(target))
        while not server.asked and process.poll() is None:
            server.wait(0.05)
        process.send_signal(signal.SIGINT)
        ended = finished(process)
    assert (ended.code, ended.out) == (130, "")
    assert target.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_ascii_terminal() -> None:
    """The table is ASCII: an old code page prints it as well."""
    with serving(FakeRpc()) as url:
        process = command(
            "scan",
            NOBODY,
            "--rpc-url",
            url,
            environment={"PYTHONIOENCODING": "ascii:strict"},
        )
        ended = finished(process)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.isascii()


def test_no_progress_without_a_terminal() -> None:
    """Stderr stays empty where nobody is there to see a line move."""
    with serving(FakeRpc(max_blocks=10)) as url:
        ended = finished(command("scan", NOBODY, "--rpc-url", url))
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
