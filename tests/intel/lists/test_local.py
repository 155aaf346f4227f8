"""Lists on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from allowctl.errors import CodecError
from allowctl.intel.lists import local, tree
from allowctl.intel.lists.tree import ALONE
from allowctl.model.sources import ListFormat
from tests.intel.lists.making import ONE, exploits, lay_out, spenders

CASES = ListFormat.EXPLOITS


def test_a_folder(tmp_path: Path) -> None:
    """The list's files below it, whatever else lies there."""
    lay_out(tmp_path, exploits() | {".git/HEAD": b"x", "docs/a.json": b"{}"})
    assert local.read(tmp_path, CASES) == exploits()
    lay_out(tmp_path, spenders())
    assert local.read(tmp_path, ListFormat.WHOIS) == spenders()


def test_a_file(tmp_path: Path) -> None:
    """As it is, also by way of a link that its owner has made."""
    (tmp_path / "list.json").write_bytes(b"[]")
    (tmp_path / "link").symlink_to(tmp_path / "list.json")
    for name in ("list.json", "link"):
        assert local.read(tmp_path / name, CASES) == {ALONE: b"[]"}


def _link(path: Path) -> None:
    path.symlink_to(path.parent / "bridge.json")


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("odd", [_link, _pipe], ids=["link", "pipe"])
def test_no_plain_file(tmp_path: Path, odd: Callable[[Path], None]) -> None:
    """In a file's place it refuses the list; nobody waits for a pipe."""
    lay_out(tmp_path, exploits())
    odd(tmp_path / "exploits" / "odd.json")
    with pytest.raises(CodecError, match="no plain file"):
        local.read(tmp_path, CASES)
    if odd is _pipe:
        with pytest.raises(CodecError, match="no plain file"):
            local.read(tmp_path / "exploits" / "odd.json", CASES)


def test_what_is_not_there(tmp_path: Path) -> None:
    """The reason names the path."""
    for ask in (local.read, local.stamp):
        with pytest.raises(CodecError, match=r"cannot be read: .*No such file"):
            ask(tmp_path / "none", CASES)
        with pytest.raises(CodecError, match="cannot be read"):
            ask(tmp_path / "no\0name", CASES)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    """A part that is forbidden is not left out."""
    lay_out(tmp_path, exploits())
    (tmp_path / "exploits" / "bridge.json").chmod(0)
    with pytest.raises(CodecError, match="Permission denied"):
        local.read(tmp_path, CASES)


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On each file, and on how many there are, those that do not matter included."""
    lay_out(tmp_path, exploits())
    whole = tmp_path / "index.json"
    monkeypatch.setattr(local, "LARGEST", len(exploits()["index.json"]) - 1)
    with pytest.raises(CodecError, match="more than"):
        local.read(whole, CASES)
    monkeypatch.setattr(local, "LARGEST_FILE", 30)
    with pytest.raises(CodecError, match="more than 30 bytes"):
        local.read(tmp_path, CASES)
    monkeypatch.undo()
    monkeypatch.setattr(local, "MOST_FILES", 3)
    with pytest.raises(CodecError, match="more than 3 files"):
        local.read(tmp_path, CASES)
    monkeypatch.undo()
    monkeypatch.setattr(tree, "MOST_FILES", 1)
    with pytest.raises(CodecError, match="more than 1 files"):
        local.read(tmp_path, CASES)


def test_a_stamp_changes_with_the_list(tmp_path: Path) -> None:
    """With a file's content, time or name, and with nothing that is not of the list."""
    lay_out(tmp_path, spenders())
    layout = ListFormat.WHOIS
    seen = {local.stamp(tmp_path, layout)}
    (tmp_path / "notes.txt").write_text("x", "utf-8")
    assert {local.stamp(tmp_path, layout)} == seen
    one = tmp_path / "data/manual/spenders/1" / f"{ONE[:-1]}9.json"
    for change in (
        lambda: one.write_bytes(b"{}"),
        lambda: one.write_bytes(b"[]"),
        lambda: one.rename(one.with_name(f"{ONE[:-1]}8.json")),
        lambda: one.with_name(f"{ONE[:-1]}8.json").unlink(),
    ):
        time.sleep(0.02)
        change()
        stamp = local.stamp(tmp_path, layout)
        assert stamp not in seen or len(seen) == 4
        seen.add(stamp)
    alone = local.stamp(tmp_path / "notes.txt", layout)
    assert alone == local.stamp(tmp_path / "notes.txt", layout) not in seen
