"""What `allowctl` loads, prints and completes before it does any work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from allowctl import __version__
from tests.cli.runs import command, finished, here

HEAVY = (
    *("web3", "eth_account", "aiohttp", "sqlalchemy", "eth", "rich.table"),
    *("platformdirs", "msgspec", "tomli"),
)


def _modules(*arguments: str) -> set[str]:
    """The modules that a run has loaded when it ends, by importtime's account."""
    done = subprocess.run(
        (sys.executable, "-X", "importtime", *arguments),
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "import allowctl.cli.app"),
        ("-m", "allowctl", "--help"),
        ("-m", "allowctl", "scan", "--help"),
        ("-m", "allowctl", "endpoints", "--help"),
        ("-m", "allowctl", "cache", "info", "--help"),
        ("-m", "allowctl", "--version"),
    ],
    ids=["import", "help", "scan help", "endpoints help", "cache help", "version"],
)
def test_nothing_heavy_is_loaded(arguments: tuple[str, ...]) -> None:
    """Help, version and completion wait for none of what a scan needs."""
    loaded = _modules(*arguments)

    assert "allowctl.cli.app" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_pydantic_is_typer_s_own() -> None:
    """Typer reads option values with it when a command runs; we load none of it."""
    assert "pydantic" not in _modules("-c", "import allowctl.cli.app")


@pytest.mark.parametrize(
    "arguments",
    [
        *((), ("scan",), ("explain",), ("endpoints",), ("chains",), ("demo",)),
        *(("cache",), ("cache", "info"), ("cache", "clear")),
        *(("intel",), ("intel", "update"), ("intel", "list")),
    ],
    ids=str,
)
def test_help(arguments: tuple[str, ...], snapshot: SnapshotAssertion) -> None:
    """Every command's help, on 80 columns."""
    ended = finished(
        command(*arguments, "--help", environment={"COLUMNS": "80", "TERM": "dumb"})
    )

    assert (ended.code, ended.err) == (0, "")
    assert max(map(len, ended.out.splitlines())) <= 80
    assert ended.out == snapshot


def test_version() -> None:
    """One line."""
    assert here("--version").out == f"allowctl {__version__}\n"


def test_no_command_is_a_usage_error() -> None:
    """The help, and 2."""
    ended = here()

    assert ended.code == 2
    assert "Usage: " in ended.out + ended.err


def test_a_mistyped_command() -> None:
    """The nearest one is named."""
    ended = here("scna")

    assert ended.code == 2
    assert "Did you mean 'scan'?" in ended.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("allowctl sc", "scan"),
        ("allowctl scan --chain arb", "arbitrum"),
        ("allowctl scan --fail-on cr", "critical"),
        ("allowctl endpoints --chain pol", "polygon"),
        ("allowctl chains sep", "sepolia"),
    ],
)
def test_completion(words: str, expected: str) -> None:
    """Bash is offered commands, chains and levels, without any network."""
    environment = {
        "_ALLOWCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    process = subprocess.run(
        (str(Path(sys.executable).with_name("allowctl")),),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert expected in process.stdout.split()
