"""The throw-away keystore opens with its password, and nobody's file is lost."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest
from eth_account import Account

from allowctl import demo
from allowctl.errors import OutputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_opens_to_the_owner(tmp_path: Path, running: demo.RunningDemo) -> None:
    """The keystore and the password file together give the demo's owner."""
    found = demo.write_keystore(tmp_path / "keys")
    stored = json.loads(found.path.read_text())
    password = found.password_file.read_text().strip()
    key = Account.decrypt(stored, password)

    assert Account.from_key(key).address.lower() == running.owner
    assert (stored["version"], stored["address"]) == (3, running.owner[2:])
    assert key.hex() not in found.path.read_text() + repr(found)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_modes(tmp_path: Path) -> None:
    """The folder is 0700 and both files are 0600, and no draft stays behind."""
    found = demo.write_keystore(tmp_path / "new" / "keys")
    folder = found.path.parent

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {it.name for it in folder.iterdir()} == {
        found.path.name,
        found.password_file.name,
    }


def test_replaces_its_own(tmp_path: Path) -> None:
    """A second demo may write over the first one's files."""
    first = demo.write_keystore(tmp_path).path.read_text()

    assert demo.write_keystore(tmp_path).path.read_text() != first


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("demo-owner.json", '{"address": "' + "11" * 20 + '", "version": 3}'),
        ("demo-owner.json", "[]"),
        ("demo-owner.json", '{"address": 5}'),
        ("demo-owner.json", "my diary"),
        ("demo-password.txt", "correct horse"),
    ],
)
def test_leaves_strangers_alone(tmp_path: Path, name: str, content: str) -> None:
    """A file that no demo wrote stops it, and nothing at all is written."""
    (tmp_path / name).write_text(content)

    with pytest.raises(UsageError, match="stays as it is"):
        demo.write_keystore(tmp_path)
    assert (tmp_path / name).read_text() == content
    assert [it.name for it in tmp_path.iterdir()] == [name]


def test_folder_that_is_none(tmp_path: Path) -> None:
    """A folder that cannot be made is an error with a sentence."""
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputError, match="cannot be written"):
        demo.write_keystore(tmp_path / "file")
