"""What the documentation shows being printed is what is printed."""

from __future__ import annotations

import re
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.command import environment
from tests.markdown import Shown, missing, pages, shown
from tests.nodes.npm import ROOT
from tests.nodes.process import started
from tests.test_docs import options

EVERY = [each for page in pages() for each in shown(page)]
RUN = [
    each
    for each in EVERY
    if each.output and each.command.split()[0] in {"allowctl", "make"}
]
_VOLATILE = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"0x[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
    (re.compile(r"\d\d:\d\d(:\d\d)?"), "TIME"),
    (re.compile(r"\d+ requests of \d+ items"), "REQUESTS"),
)
"""What is different at each run, and the word for it."""
_SERVES = re.compile(r"allowctl demo --serve --port (\d+) &$")
_SECONDS = 120


def name(each: Shown) -> str:
    return f"{each.file.relative_to(ROOT)}: {each.command[:60]}"


def steady(text: str) -> list[str]:
    """An output's lines, without what differs at each run."""
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return [line.rstrip() for line in text.splitlines()]


@contextmanager
def serving(commands: Sequence[str], folder: Path) -> Iterator[Callable[[str], str]]:
    """The demo's chain, where one of the commands leaves it running with `&`.

    It is given a port that is free; what is given back puts that into a command.
    """
    shown = next((found for each in commands if (found := _SERVES.match(each))), None)
    if shown is None:
        yield lambda command: command
        return
    command = [sys.executable, "-m", "allowctl", "demo", "--serve"]
    env = environment(folder, PYTHONUTF8="1", PYTHONUNBUFFERED="1")
    with started(command, env=env, cwd=folder) as process:
        assert process.stdout is not None
        port = re.search(rb"127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert port is not None
        # The keystore is there once all is printed.
        while not process.stdout.readline().startswith(b"try, "):
            pass
        yield lambda each: each.replace(f":{shown[1]}", f":{int(port[1])}")


def printed(command: str, last: str, folder: Path) -> str:
    """What a command prints on stdout; one that would never end, up to a line.

    `make demo` is the command it runs: installing is not what is shown.
    """
    command = re.sub(r"^make demo\b", "allowctl demo", command)
    scripts = Path(sys.executable).parent
    env = environment(folder, PYTHONUTF8="1")
    env["PATH"] = f"{scripts}:{env['PATH']}"
    with started(["/bin/sh", "-c", f"exec {command}"], env=env, cwd=folder) as process:
        assert process.stdout is not None
        watch = threading.Timer(_SECONDS, process.kill)
        watch.start()
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line.decode())
            if "--serve" in command and steady(lines[-1]) == [last]:
                process.send_signal(signal.SIGINT)
                break
        watch.cancel()
        return "".join(lines)


@pytest.mark.parametrize("each", RUN, ids=name)
def test_shown_output_is_printed(each: Shown, tmp_path: Path) -> None:
    """A command in the documentation prints what is shown below it.

    Those above it in its block come first: it may go by what they left.
    """
    wanted = steady("\n".join(each.output))
    with serving(each.before, tmp_path) as at:
        for command in each.before:
            if not _SERVES.match(command):
                printed(at(command), "", tmp_path)
        found = steady(printed(at(each.command), wanted[-1], tmp_path))

    assert missing(wanted, found) == [], "\n".join(found)


@pytest.mark.parametrize("each", EVERY, ids=name)
def test_shown_command_exists(each: Shown) -> None:
    """A command in the documentation is one, with options that it has."""
    words = shlex.split(each.command.split("|")[0].split(";")[0], comments=True)
    match words:
        case ["allowctl", "--version" | "--help"]:
            pass
        case ["allowctl", *rest]:
            known = options()[command_of(rest)] | {"--help", "-h"}
            used = {word.partition("=")[0] for word in rest if word.startswith("-")}

            assert used <= known
        case ["make", target, *_]:
            assert re.search(rf"^{target}:", makefile(), re.MULTILINE)
        case _:
            assert words


def command_of(words: list[str]) -> str:
    """The command that words begin with: one of its own, or one below another."""
    (found,) = {words[0], " ".join(words[:2])} & options().keys()
    return found


def test_make_demo_is_allowctl_demo() -> None:
    """The target's recipe is that command, and nothing else."""
    recipe = re.search(r"^demo:.*\n((?:\t.*\n)+)", makefile(), re.MULTILINE)

    assert recipe is not None
    assert recipe[1] == "\t@$(BIN)/allowctl demo\n"


def makefile() -> str:
    return (ROOT / "Makefile").read_text("utf-8")


def test_blocks_are_read_as_commands_and_outputs(tmp_path: Path) -> None:
    """Comments are no part of a command; other blocks are none of ours."""
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ one --x  # why\nout\n\nmore\n$ two\n```\n```toml\n$ no\n```\n"
    )
    empty = tmp_path / "empty.md"
    empty.touch()

    assert [(each.command, each.output) for each in shown(page)] == [
        ("one --x", ("out", "", "more")),
        ("two", ()),
    ]
    assert [*shown(empty)] == []


@pytest.mark.parametrize(
    ("wanted", "same"),
    [
        ("a b c d", True),
        ("... d", True),
        ("a ...", True),
        ("a ... d", True),
        ("a ... c ... d", True),
        ("...", True),
        ("a ... b c d", True),
        ("a b c", False),
        ("b ...", False),
        ("a ... c", False),
        ("a ... c ... b ... d", False),
        ("a b c d ... d", False),
        ("", False),
    ],
)
def test_elisions_stand_for_any_lines(wanted: str, *, same: bool) -> None:
    """`...` is any number of lines, also none; all else must be there in order."""
    assert (missing(wanted.split(), ["a", "b", "c", "d"]) == []) is same
