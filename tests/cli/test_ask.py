"""The question: only a plain yes, of a person at a terminal, is a yes."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.runs import own_environment

ASKING = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from allowctl.cli.ask import agree, confirmed
from allowctl.cli.interrupt import StoppedError
print("ready", flush=True)
with open(int(sys.argv[1]), "rb") as gate:
    gate.read()
try:
    if sys.argv[2:]:
        agree("Sign 3 transactions?", yes=False, undone="nothing was signed")
        print("agreed", flush=True)
    else:
        print(confirmed("Sign 3 transactions?", yes=False), flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
except StoppedError as error:
    print(error.message, flush=True)
"""
NO_TERMINAL = """
from allowctl.cli.ask import confirmed, need_terminal
from allowctl.errors import UsageError
need_terminal(yes=True)
assert confirmed("Sign?", yes=True)
for ask in (
    lambda: need_terminal(yes=False),
    lambda: confirmed("Sign?", yes=False),
    lambda: need_terminal(yes=False, hint="--yes answers"),
):
    try:
        ask()
    except UsageError as error:
        print(error.message, "|", error.hint, "|", int(error.exit_code))
"""
REFUSED = (
    "nobody can be asked: no terminal | --yes answers, --dry-run only shows | 2\n" * 2
    + "nobody can be asked: no terminal | --yes answers | 2\n"
)


class Asked:
    """A program that asks at a terminal of its own."""

    def __init__(
        self, process: subprocess.Popen[str], terminal: int, gate: int
    ) -> None:
        self.process = process
        self.terminal = terminal
        self.gate = gate
        self.shown = b""

    def type(self, keys: bytes) -> None:
        """What somebody types."""
        os.write(self.terminal, keys)

    def let_ask(self) -> None:
        """Let it ask, and wait until the question stands there."""
        os.close(self.gate)
        while b"[y/N] " not in self.shown:
            self.shown += os.read(self.terminal, 1024)

    def answer(self) -> str:
        """What the program made of it."""
        out, _ = self.process.communicate(timeout=60)
        return out.strip()


@contextmanager
def asking(*more: str) -> Iterator[Asked]:
    ours, theirs = pty.openpty()
    waits, gate = os.pipe()
    process = subprocess.Popen(
        (sys.executable, "-c", ASKING, str(waits), *more),
        env=own_environment(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        pass_fds=(waits,),
        start_new_session=True,
        text=True,
    )
    os.close(theirs)
    os.close(waits)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield Asked(process, ours, gate)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(ours)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (b"y\n", "True"),
        (b"yes\n", "True"),
        (b" YES \n", "True"),
        (b"Y\r", "True"),
        (b"\n", "False"),
        (b"n\n", "False"),
        (b"ye\n", "False"),
        (b"yes please\n", "False"),
        (b"yy\n", "False"),
        (b"\xff\xfe\n", "False"),
        (b"\x04", "False"),
        (b"1\n", "False"),
        (b"\xd1\x83\n", "False"),
        (b"\x03", "interrupted"),
    ],
    ids=repr,
)
def test_answers(keys: bytes, answer: str) -> None:
    """A y or a yes; all else, the end of input and a Cyrillic y included, is no."""
    with asking() as program:
        program.let_ask()
        assert b"Sign 3 transactions? [y/N] " in program.shown
        program.type(keys)
        assert program.answer() == answer


@pytest.mark.parametrize(
    ("keys", "end"),
    [
        (b"y\n", "agreed"),
        (b"n\n", "declined: nothing was signed"),
        (b"\x03", "interrupted: nothing was signed"),
    ],
    ids=repr,
)
def test_what_is_no_yes_ends_the_run(keys: bytes, end: str) -> None:
    """It says what was not done, Ctrl-C as well as a no."""
    with asking("agree") as program:
        program.let_ask()
        program.type(keys)
        assert program.answer() == end


def test_what_was_typed_before_does_not_count() -> None:
    """A yes that was there before the question is no answer to it."""
    with asking() as program:
        program.type(b"yes\n")
        program.let_ask()
        program.type(b"no\n")
        assert program.answer() == "False"


def without_terminal(**streams: int) -> str:
    """What the same says where one of its streams is no terminal."""
    ours, theirs = pty.openpty()
    chosen = {"stdin": theirs, "stderr": theirs} | streams
    try:
        process = subprocess.run(
            (sys.executable, "-c", NO_TERMINAL),
            env=own_environment(),
            stdin=chosen["stdin"],
            stderr=chosen["stderr"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return process.stdout


def test_nobody_can_be_asked() -> None:
    """Without a terminal to read from, or to ask on, it is refused; --yes is not."""
    assert without_terminal(stdin=subprocess.DEVNULL) == REFUSED
    assert without_terminal(stderr=subprocess.DEVNULL) == REFUSED
    assert without_terminal(stdin=subprocess.PIPE) == REFUSED


def test_closed_streams() -> None:
    """A stream that is not there at all is no terminal either."""
    shell = f'"{sys.executable}" -c "$PROGRAM" <&- 2>&-'
    out = subprocess.run(
        ("/bin/sh", "-c", shell),
        env=own_environment() | {"PROGRAM": NO_TERMINAL},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    assert out.stdout == REFUSED
