"""Whose approvals are sought: typed, listed in a file, or configured."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from tests.cli.runs import Ended, here
from tests.fakes.provider import Provider
from tests.fakes.provider_build import build, owner_of

FIRST, SECOND, THIRD = map(owner_of, range(3))


def owners(ended: Ended) -> list[str]:
    assert ended.code == 0, ended
    return [each["owner"].lower() for each in json.loads(ended.out)["scans"]]


def scan(*arguments: str) -> Ended:
    with Provider(build(owners=3, blocks=5_000)) as node:
        return here("scan", *arguments, "-r", node.url, "--json")


def test_a_file_of_owners(tmp_path: Path) -> None:
    """After those that are typed, each once."""
    file = tmp_path / "owners.csv"
    file.write_text(f"name,address\na,{SECOND}\nb,{FIRST}\n", "utf-8")
    assert owners(scan(THIRD, SECOND, "--owners-file", str(file))) == [
        THIRD,
        SECOND,
        FIRST,
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{FIRST}\n\n0x12\n", "line 3: '0x12' is no owner"),
        (f"{FIRST}\nnochain:{SECOND}\n", "line 2: unknown chain 'nochain'"),
        ("# nobody\n", "names no owner"),
        ("\x00\xff", "is not UTF-8 text"),
    ],
    ids=["owner", "chain", "empty", "bytes"],
)
def test_a_bad_file(tmp_path: Path, text: str, said: str) -> None:
    """2, with the file's name and the line's number, before any request."""
    file = tmp_path / "owners.txt"
    file.write_bytes(text.encode("latin-1"))
    ended = here("scan", "--owners-file", str(file), "-r", "http://127.0.0.1:1")
    assert (ended.code, ended.out) == (2, "")
    assert f"--owners-file {str(file)!r}: " in ended.err
    assert said in ended.err


def test_no_file(tmp_path: Path) -> None:
    """2, and its name."""
    ended = here("scan", "--owners-file", str(tmp_path / "none"), "-r", "http://x")
    assert ended.code == 2
    assert "there is no such file" in ended.err


def test_what_is_no_file(tmp_path: Path) -> None:
    """A folder and a pipe are told as what they are."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    folder = here("scan", "--owners-file", str(tmp_path), "-r", "http://x")
    piped = here("scan", "--owners-file", str(pipe), "-r", "http://x")
    assert (folder.code, piped.code) == (2, 2)
    assert "it is a folder" in folder.err
    assert "it is a pipe" in piped.err
    assert "--owners-file - reads from stdin" in piped.err


def test_owners_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--owners-file -`; what is wrong with them is told by line there too."""
    for text in (f"{SECOND}\n{FIRST}\n", "\ufeff" + f"address\n{SECOND}\n{FIRST}\n"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert owners(scan("--owners-file", "-")) == [SECOND, FIRST]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\n0x12\n")))
    ended = here("scan", "--owners-file", "-", "-r", "http://x")
    assert ended.code == 2
    assert "--owners-file '-': line 2: '0x12' is no owner" in ended.err


@pytest.fixture
def configured(own_folders: Path) -> None:
    folder = own_folders / "config"
    folder.mkdir()
    (folder / "allowctl.toml").write_text(
        f'[[wallet]]\nname = "treasury"\naddress = "{FIRST}"\n'
        f'[[wallet]]\nname = "ops"\naddress = "{SECOND}"\nchains = ["ethereum"]\n',
        "utf-8",
    )


@pytest.mark.usefixtures("configured")
def test_wallets(tmp_path: Path) -> None:
    """All of them where no owner is given; by name among others, in a file too."""
    file = tmp_path / "owners.txt"
    file.write_text("treasury\n", "utf-8")
    assert owners(scan()) == [FIRST, SECOND]
    assert owners(scan("ops")) == [SECOND]
    assert owners(scan(THIRD, "--owners-file", str(file))) == [THIRD, FIRST]


@pytest.mark.usefixtures("configured")
def test_an_explicit_file_takes_the_place_of_a_found_one(tmp_path: Path) -> None:
    """--config names what is read."""
    file = tmp_path / "other.toml"
    file.write_text(f'[[wallet]]\nname = "one"\naddress = "{THIRD}"\n', "utf-8")
    assert THIRD in owners(scan("--config", str(file)))
