"""Lists between runs: whole, or not there."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CacheError, CodecError
from allowctl.intel.lists import keep
from allowctl.intel.lists.keep import Kept
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Label, Listing
from tests.intel.lists.keeper import SIZES, of
from tests.intel.lists.making import ADDRESSES, NOW, ONE, TWO
from tests.nodes.npm import ROOT

KEEPER = Path(__file__).with_name("keeper.py")


def file(folder: Path) -> Path:
    return keep.file_of(folder, ADDRESSES)


def test_there_and_back(tmp_path: Path) -> None:
    """For its owner alone, under the list's name, in a folder of its own."""
    assert keep.read(tmp_path, ADDRESSES) is None
    keep.write(tmp_path, ADDRESSES, of(3))
    assert keep.read(tmp_path, ADDRESSES) == of(3)
    keep.write(tmp_path, ADDRESSES, of(2))
    assert keep.read(tmp_path, ADDRESSES) == of(2)
    path = file(tmp_path)
    assert path.parent == tmp_path / "lists"
    assert path.name.startswith("drainers-")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [*path.parent.iterdir()] == [path]


def test_cleared(tmp_path: Path) -> None:
    """What was kept is gone, and nothing else; nothing to remove is no error."""
    keep.clear(tmp_path)
    keep.write(tmp_path, ADDRESSES, of(3))
    mine = tmp_path / "lists" / "mine.txt"
    mine.write_text("a note", "utf-8")
    keep.clear(tmp_path)
    assert [*mine.parent.iterdir()] == [mine]
    mine.unlink()
    keep.clear(tmp_path)
    assert not mine.parent.exists()


def test_a_link_is_not_followed_to_be_cleared(tmp_path: Path) -> None:
    """Another folder's files are not ours to remove."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    keep.write(elsewhere, ADDRESSES, of(1))
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "lists").symlink_to(elsewhere / "lists")
    keep.clear(cache)
    assert keep.read(elsewhere, ADDRESSES) == of(1)


_ENTRIES = st.builds(
    Entry,
    chain_id=st.none() | st.integers(1, 2**63 - 1),
    address=st.just(ONE) | st.just(TWO),
    label=st.none()
    | st.builds(Label, text=st.text(min_size=1), source=st.just("drainers")),
    listings=st.lists(
        st.builds(
            Listing,
            source=st.just("drainers"),
            charge=st.sampled_from(Charge),
            name=st.text(),
            date=st.none() | st.just("2024-01-01"),
            fetched_at=st.just(NOW),
        )
    ).map(tuple),
)


@given(st.lists(_ENTRIES))
def test_an_entry_comes_back_as_it_was(entries: list[Entry]) -> None:
    """Whatever a stranger has written into its names."""
    kept = Kept(
        id="drainers",
        source="x",
        fetched_at=NOW,
        digest="0" * 64,
        rows=keep.rows(entries),
    )
    again = msgspec.json.decode(msgspec.json.encode(kept), type=Kept)
    assert [again.entry(row) for row in again.rows] == entries


def test_two_lists_of_one_id(tmp_path: Path) -> None:
    """From different places: neither is taken for the other, nor takes its place."""
    other = replace(ADDRESSES, url="/elsewhere")
    keep.write(tmp_path, ADDRESSES, of(1))
    keep.write(tmp_path, other, of(2))
    assert keep.read(tmp_path, ADDRESSES) == of(1)
    assert keep.read(tmp_path, other) == of(2)
    secret = replace(ADDRESSES, url="https://x.invalid/s3cret")
    keep.write(tmp_path, secret, of(1))
    for path in (tmp_path / "lists").iterdir():
        assert "s3cret" not in path.name + path.read_text("utf-8")


def test_damage(tmp_path: Path) -> None:
    """Any byte that changes is noticed, and any that is missing."""
    keep.write(tmp_path, ADDRESSES, of(5))
    path = file(tmp_path)
    sound = path.read_bytes()
    chance = random.Random(3)  # noqa: S311 - the same damage each time
    spoilt = [sound[:-1], sound[:30], b"", b"\n", sound[1:], b"\0" * len(sound)]
    for _ in range(100):
        body = bytearray(sound)
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        spoilt.append(bytes(body))
    for each in spoilt:
        path.write_bytes(each)
        with pytest.raises(CodecError, match="is damaged"):
            keep.read(tmp_path, ADDRESSES)
    keep.write(tmp_path, ADDRESSES, of(5))
    assert path.read_bytes() == sound


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": "allowctl.list/v2"}, "another version"),
        ({"rows": [[1, "0x12", "", []]]}, "another version"),
        ({"rows": [[-1, ONE, "", []]]}, "another version"),
        ({"rows": [[1, ONE, "", [["worse", "", None]]]]}, "another version"),
        ({"fetched_at": "now"}, "another version"),
        ({"id": "whois"}, "another list's"),
    ],
)
def test_another_layout(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    """With a checksum that is right, what an older or newer allowctl wrote."""
    keep.write(tmp_path, ADDRESSES, of(2))
    path = file(tmp_path)
    told = msgspec.json.decode(path.read_bytes().partition(b"\n")[2]) | change
    body = msgspec.json.encode(told)
    path.write_bytes(keep.checksum(body) + b"\n" + body)
    with pytest.raises(CodecError, match=reason):
        keep.read(tmp_path, ADDRESSES)


def _link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to(path.with_name("real"))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _linked_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("real"))
    path.parent.symlink_to(path.parent.with_name("real"))


def _file_as_folder(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("", "utf-8")


@pytest.mark.parametrize("spoil", [_link, _folder, _linked_folder, _file_as_folder])
def test_what_is_not_ours(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Neither read nor written: whoever made it could take a charge away."""
    keep.write(tmp_path, ADDRESSES, of(2))
    spoil(file(tmp_path))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CacheError):
        keep.read(tmp_path, ADDRESSES)
    with pytest.raises(CacheError):
        keep.write(tmp_path, ADDRESSES, of(1))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
@pytest.mark.parametrize("level", [0, 1], ids=["file", "folder"])
def test_what_others_may_write(tmp_path: Path, mode: int, level: int) -> None:
    """Its checksum has no key: it counts as damaged, and is mended by the next write.

    A folder of one's own that others may write is taken from them.
    """
    keep.write(tmp_path, ADDRESSES, of(2))
    spoilt = (file(tmp_path), file(tmp_path).parent)[level]
    spoilt.chmod(mode | (0o100 if level else 0))
    with pytest.raises(CodecError, match="others may write"):
        keep.read(tmp_path, ADDRESSES)
    keep.write(tmp_path, ADDRESSES, of(3))
    assert keep.read(tmp_path, ADDRESSES) == of(3)
    assert not spoilt.stat().st_mode & 0o077
    spoilt.chmod(mode | (0o100 if level else 0))
    keep.clear(tmp_path)
    assert not file(tmp_path).exists()


def test_another_user_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same."""
    keep.write(tmp_path, ADDRESSES, of(2))
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    with pytest.raises(CacheError, match="another user"):
        keep.read(tmp_path, ADDRESSES)
    with pytest.raises(CacheError, match="another user"):
        keep.write(tmp_path, ADDRESSES, of(1))
    file(tmp_path).unlink()
    with pytest.raises(CacheError, match="no folder of this user's"):
        keep.read(tmp_path, ADDRESSES)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """An error that says what to do."""
    with pytest.raises(CacheError) as caught:
        keep.write(tmp_path / "none", ADDRESSES, of(1))
    assert "ALLOWCTL_CACHE_DIR" in str(caught.value.hint)


def test_a_write_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one stays, and nothing lies beside it."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    keep.write(tmp_path, ADDRESSES, of(2))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CacheError, match="No space left"):
        keep.write(tmp_path, ADDRESSES, of(3))
    monkeypatch.undo()
    assert keep.read(tmp_path, ADDRESSES) == of(2)
    assert [*(tmp_path / "lists").iterdir()] == [file(tmp_path)]


def _keeper(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(KEEPER), str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_killed_in_the_middle(tmp_path: Path) -> None:
    """Two processes write, are killed at any moment: what is there is always whole."""
    keep.write(tmp_path, ADDRESSES, of(SIZES[0]))
    whole = [of(size) for size in SIZES]
    seen = set()
    chance = random.Random(11)  # noqa: S311 - moments, not secrets
    for _ in range(4):
        both = [_keeper(tmp_path), _keeper(tmp_path)]
        for process in both:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        until = time.monotonic() + 0.1 + chance.random() / 4
        while time.monotonic() < until:
            found = keep.read(tmp_path, ADDRESSES)
            assert found in whole
            seen.add(found.fetched_at)
        for process in both:
            process.kill()
            process.communicate()
        assert keep.read(tmp_path, ADDRESSES) in whole
    assert seen == {*SIZES}


def test_what_a_killed_one_leaves(tmp_path: Path) -> None:
    """It is removed by a later one, but not while it may still be written."""
    keep.write(tmp_path, ADDRESSES, of(1))
    old, young = (file(tmp_path).with_name(f".{file(tmp_path).name}.{n}") for n in "ab")
    for path in (old, young):
        path.write_text("[", "utf-8")
    hours_ago = time.time() - 7_200
    os.utime(old, (hours_ago, hours_ago))
    keep.write(tmp_path, ADDRESSES, of(2))
    assert {*(tmp_path / "lists").iterdir()} == {file(tmp_path), young}


def test_ten_thousand_addresses_are_read_whole(tmp_path: Path) -> None:
    """To the last; what that costs is measured by `make bench`."""
    keep.write(tmp_path, ADDRESSES, of(10_000))
    found = keep.read(tmp_path, ADDRESSES)
    assert found is not None
    assert found.rows[-1].address == Address(f"0x{9_999:040x}")
