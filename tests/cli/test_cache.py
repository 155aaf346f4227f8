"""`allowctl cache`: what is remembered, and making it go away."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.runs import Ended, here
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of
from tests.nodes.jsonrpc import Json
from tests.output.schemas import validator


@pytest.fixture
def file(own_folders: Path) -> Path:
    folder = own_folders / "cache"
    folder.mkdir()
    return folder / "cache.db"


def scanned(*more: str) -> Ended:
    with Provider(build(blocks=5_000)) as node:
        return here("scan", owner_of(0), "-r", node.url, *more)


def told() -> Json:
    ended = here("cache", "info", "--json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    validator("cache").validate(found)
    return found


def test_nothing_there(file: Path) -> None:
    """It says so, ends well, and makes none."""
    ended = here("cache", "info")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        f"there is no cache at {str(file)!r}: nothing is remembered yet\n"
    )
    assert told()["exists"] is False
    assert here("cache", "clear").code == 0
    assert not file.exists()


def test_what_a_scan_leaves(file: Path) -> None:
    """Owners, blocks and logs are counted; whose they are is not told."""
    assert scanned().code == 0
    found = told()
    (chain,) = found["chains"]
    assert (found["path"], found["exists"]) == (str(file), True)
    assert (chain["chain"], chain["owners"]) == ("ethereum", 1)
    assert chain["blocks"] > 4_000
    assert found["logs"] == chain["logs"] > 0
    assert found["endpoints"] == 1
    text = here("cache", "info").out
    assert "ethereum" in text
    assert owner_of(0)[2:].lower() not in text.lower()


def test_clear(file: Path) -> None:
    """All of it goes."""
    scanned()
    ended = here("cache", "clear")
    assert (ended.code, ended.out) == (0, f"removed {str(file)!r}\n")
    assert list(file.parent.iterdir()) == []


def test_no_cache(file: Path) -> None:
    """--no-cache leaves nothing."""
    assert scanned("--no-cache").code == 0
    assert not file.exists()


def _damage(file: Path) -> None:
    file.write_bytes(b"no database at all" * 500)


def _age(file: Path) -> None:
    scanned()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 999999")
    connection.close()


@pytest.mark.parametrize("spoil", [_damage, _age], ids=["damaged", "newer"])
@pytest.mark.parametrize("command", ["info", "scan", "endpoints"])
def test_a_cache_that_cannot_be_used(file: Path, spoil: object, command: str) -> None:
    """2, and what mends it; that does mend it."""
    assert callable(spoil)
    spoil(file)
    match command:
        case "info":
            ended = here("cache", "info")
        case "scan":
            ended = scanned()
        case _:
            with Provider(build(blocks=5_000)) as node:
                ended = here("endpoints", "-r", node.url)
    assert (ended.code, ended.out) == (2, "")
    assert "allowctl cache clear" in ended.err
    assert here("cache", "clear").code == 0
    assert scanned().code == 0


def test_another_program_s_file_is_left_alone(file: Path) -> None:
    """Neither read nor removed."""
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    for command in ("info", "clear"):
        ended = here("cache", command)
        assert ended.code == 2
        assert "another program" in ended.err
    assert file.exists()


def test_cache_alone_is_a_usage_error() -> None:
    """The help, and 2."""
    ended = here("cache")
    assert ended.code == 2
    assert "clear" in ended.out + ended.err
