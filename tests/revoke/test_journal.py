"""The journal: what it has taken is there, whatever ends the process."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import JournalError
from allowctl.model.chain import Address
from allowctl.revoke import journal, journal_files, journal_line
from allowctl.revoke.history import History
from allowctl.revoke.journal_files import Place, places
from allowctl.revoke.ports import Entry
from tests.build import NOW
from tests.revoke.journalist import entry_of
from tests.revoke.making_journals import (
    OTHER,
    clock,
    ended,
    entries,
    entries_of,
    journalist,
    keep,
    let_go,
    lost,
    mined,
    place_in,
    planned,
    signed,
)
from tests.revoke.test_journal_line import forged

RUN = (planned(), signed(), mined(), lost(), mined(), ended())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


def refused(place: Place) -> JournalError:
    """What opening it says, which is what reading it says."""
    with pytest.raises(JournalError) as read:
        journal.read(place)
    before = place.journal.stat()
    with pytest.raises(JournalError) as caught:
        keep(place, [])
    after = place.journal.stat()
    assert (before.st_size, before.st_mode) == (after.st_size, after.st_mode)
    assert (str(read.value), read.value.hint) == (str(caught.value), caught.value.hint)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


def test_there_and_back(place: Place) -> None:
    """All of it in order, with its time, and the same while it is still open."""
    with journal.opened(place, clock=clock) as writer:
        assert writer.history == History()
        for entry in RUN:
            writer.append(entry)
        open_still = writer.history
    found = journal.read(place)

    assert found == open_still
    assert [each.entry for each in found.written] == [*RUN]
    assert {each.at for each in found.written} == {NOW}
    assert not found.torn


@given(st.lists(st.lists(entries(), max_size=3), max_size=3))
def test_over_several_runs(parts: list[list[Entry]]) -> None:
    """What was appended at any time is read, and reading twice tells the same."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        for part in parts:
            keep(place, part)
        assert entries_of(place) == [each for part in parts for each in part]
        assert journal.read(place).runs == journal.read(place).runs


def test_its_file(place: Place) -> None:
    """For its owner alone, in a folder of its own, by chain and address."""
    keep(place, RUN)
    assert place.journal.parent == place.state / "journal"
    assert place.journal.name == f"1-{place.owner}.jsonl"
    assert stat.S_IMODE(place.journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    assert sorted(path.suffix for path in place.folder.iterdir()) == [".jsonl", ".lock"]


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_whatever_the_mask(place: Place, mask: int) -> None:
    """The modes of new files do not depend on what the shell allows."""
    before = os.umask(mask)
    try:
        keep(place, RUN)
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700


def test_one_that_others_could_read(place: Place) -> None:
    """It is closed to them again."""
    keep(place, RUN)
    place.journal.chmod(0o644)
    place.folder.chmod(0o755)
    keep(place, [])
    assert stat.S_IMODE(place.journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700


def test_nothing_there(tmp_path: Path) -> None:
    """No journal is an empty one, and reading makes none; no folder is an error."""
    place = place_in(tmp_path)
    assert journal.read(place) == History()
    assert places(tmp_path) == ()
    assert [*tmp_path.iterdir()] == []
    with pytest.raises(JournalError, match="no such file") as caught:
        keep(place_in(tmp_path / "none"), [])
    assert "ALLOWCTL_STATE_DIR" in str(caught.value.hint)


def test_which_there_are(tmp_path: Path) -> None:
    """Every account with a journal; not locks, what was moved aside, other names."""
    every = [place_in(tmp_path, 10, OTHER), place_in(tmp_path, 9), place_in(tmp_path)]
    for place in every:
        keep(place, [])
    folder = tmp_path / "journal"
    for name in (f"1-{OTHER}.jsonl.old", f"01-{OTHER}.jsonl", f"1-{OTHER}.lock", "x"):
        (folder / name).touch()
    assert places(tmp_path) == tuple(reversed(every))


@pytest.mark.parametrize(
    "owner", ["../../x", "0x" + "AB" * 20, "0x" + "ab" * 20 + "\n"]
)
def test_what_is_no_account(tmp_path: Path, owner: str) -> None:
    """No name of a file is made of it."""
    with pytest.raises(ValueError, match="no account"):
        place_in(tmp_path, owner=Address(owner))
    with pytest.raises(ValueError, match="no account"):
        place_in(tmp_path, chain_id=0)


def _link(path: Path) -> None:
    path.rename(path.with_suffix(".other"))
    path.symlink_to(path.with_suffix(".other"))


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_link, "is a link"),
        (_pipe, "is no file"),
        (_folder, "is no file"),
        (lambda path: path.chmod(0o620), "can be written by others"),
        (lambda path: path.chmod(0o602), "can be written by others"),
    ],
    ids=["link", "pipe", "folder", "group", "others"],
)
def test_one_that_could_be_anybodys(
    place: Place, make: Callable[[Path], None], why: str
) -> None:
    """It is left alone, without waiting for what never ends."""
    keep(place, RUN)
    make(place.journal)
    assert why in str(refused(place))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_users(place: Place) -> None:
    """It is left alone, and so is a folder of another's."""
    keep(place, RUN)
    os.chown(place.journal, 12345, -1)
    assert "belongs to another user" in str(refused(place))
    os.chown(place.journal, 0, -1)
    os.chown(place.folder, 12345, -1)
    with pytest.raises(JournalError, match="belongs to another user"):
        keep(place, [])


def test_a_folder_that_could_be_anybodys(place: Place) -> None:
    """A link, a file, one that others may write: nothing is put into it."""
    elsewhere = place.state / "elsewhere"
    elsewhere.mkdir()
    place.folder.symlink_to(elsewhere)
    with pytest.raises(JournalError, match="is a link"):
        keep(place, RUN)
    place.folder.unlink()
    place.folder.touch()
    with pytest.raises(JournalError, match="cannot use"):
        keep(place, RUN)
    with pytest.raises(JournalError, match="not a directory"):
        places(place.state)
    place.folder.unlink()
    place.folder.mkdir()
    place.folder.chmod(0o770)
    with pytest.raises(JournalError, match="can be written by others") as caught:
        keep(place, RUN)
    assert "chmod go-w" in str(caught.value.hint)
    assert [*elsewhere.iterdir()] == [*place.folder.iterdir()] == []


def test_torn(place: Place) -> None:
    """The beginning of a line is cut off on opening, and that is said; not before."""
    keep(place, RUN)
    whole = place.journal.read_bytes()
    place.journal.write_bytes(whole + whole[:100])

    assert journal.read(place).torn
    assert place.journal.read_bytes() == whole + whole[:100]
    with journal.opened(place, clock=clock) as writer:
        assert writer.torn
        assert writer.history.torn
        assert place.journal.read_bytes() == whole
        writer.append(planned("next"))
    assert entries_of(place) == [*RUN, planned("next")]
    assert not journal.read(place).torn


def test_cut_at_every_byte(place: Place) -> None:
    """All that was whole stays, the one without its newline too, and one can go on."""
    keep(place, RUN)
    whole = place.journal.read_bytes()
    for cut in range(len(whole)):
        place.journal.write_bytes(whole[:cut])
        keep(place, [planned("next")])
        count = whole[: cut + 1].count(b"\n")
        assert entries_of(place) == [*RUN[:count], planned("next")]


def test_damage(place: Place) -> None:
    """It says which line, why, which file, and a command that moves that aside."""
    keep(place, RUN)
    lines = place.journal.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"nonce":7', b'"nonce":8')
    place.journal.write_bytes(b"".join(lines))
    error = refused(place)

    assert str(error) == (
        "the journal is damaged at line 2: its checksum does not fit:"
        f" {str(place.journal)!r}"
    )
    hint, command = str(error.hint).split(": ")
    assert hint == "move it aside after checking its last transactions in an explorer"
    _, old, new = shlex.split(command)
    Path(old).rename(new)
    assert journal.read(place) == History()


def test_damage_in_the_last_line(place: Place) -> None:
    """A whole line was told of as written: it is not cut off as a torn one would be."""
    keep(place, RUN)
    whole = place.journal.read_bytes()
    place.journal.write_bytes(whole[:-2] + b" \n")
    assert "damaged at line 6" in str(refused(place))


def test_a_newer_version(place: Place) -> None:
    """It is not called damage."""
    keep(place, [])
    place.journal.write_bytes(forged({"v": 2}))
    error = refused(place)
    assert "another version of allowctl wrote it" in str(error)
    assert str(error.hint).startswith("use that one")


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """They are told as damage, or cut off as torn; never a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        keep(place, [])
        place.journal.write_bytes(data)
        try:
            keep(place, [planned()])
        except JournalError as error:
            assert "damaged at line 1" in str(error)  # noqa: PT017 - only one of two
            assert place.journal.read_bytes() == data
        else:
            assert entries_of(place) == [planned()]


def test_too_large(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read; long before, no run is begun, but what is begun can end."""
    keep(place, [planned("a"), signed()])
    size = place.journal.stat().st_size
    monkeypatch.setattr(journal, "FULL", size + 100)
    monkeypatch.setattr(journal, "LARGEST", size + 3_000)
    with journal.opened(place, clock=clock) as writer:
        with pytest.raises(JournalError, match="no room"):
            writer.append(planned("b"))
        writer.append(mined())
        writer.append(ended())
        with pytest.raises(JournalError, match="no room") as caught:
            writer.append(ended(text="x" * 3_000))
        writer.append(ended())
    assert "allowctl resume" in str(caught.value.hint)
    monkeypatch.undo()
    assert journal.FULL * 2 == journal.LARGEST == 256 * 2**20
    os.truncate(place.journal, journal.LARGEST + 1)
    assert "256 MiB" in str(refused(place))


def test_a_disk_that_is_full(place: Place) -> None:
    """The part of a line that had room is cut off again, and nothing more is taken.

    A real limit, in a process of its own, and room again after it.
    """
    keep(place, RUN)
    process = journalist(place, "limit", "500000")
    told, _ = process.communicate("\n", 60)
    *taken, first, second = told.splitlines()

    assert taken == ["0", "1", "2"]
    assert "cannot write the journal" in first
    assert "room for a part of a line only" in first
    assert "nothing more is written" in second
    assert entries_of(place) == [*RUN, *(entry_of("full", n) for n in range(3))]
    assert not journal.read(place).torn


def test_a_sync_that_fails(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may not be on the disk is not there, and nothing more is taken."""

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    with journal.opened(place, clock=clock) as writer:
        writer.append(planned())
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fail)
            with pytest.raises(JournalError, match="input/output error") as caught:
                writer.append(signed())
        with pytest.raises(JournalError, match=r"nothing more .*: input/output error"):
            writer.append(signed())
        assert [each.entry for each in writer.history.written] == [planned()]
    assert "allowctl resume" in str(caught.value.hint)
    assert entries_of(place) == [planned()]
    assert not journal.read(place).torn


def test_interrupted_while_it_syncs(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that nobody was told of may be there; nothing more is taken."""

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with journal.opened(place, clock=clock) as writer:
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", interrupt)
            with pytest.raises(KeyboardInterrupt):
                writer.append(planned())
        with pytest.raises(JournalError, match="nothing more"):
            writer.append(signed())
    assert entries_of(place) == [planned()]


def test_on_the_disk_before_it_returns(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One write, then fsync of the file; on opening, of its folder and of that's.

    What lies there unsynced, because its writer was killed, is synced too.
    """
    done: list[str] = []
    write, sync = os.write, os.fsync

    def name(handle: int) -> str:
        return Path(f"/proc/self/fd/{handle}").readlink().name

    def writes(handle: int, data: bytes) -> int:
        done.append(f"write {name(handle)}")
        return write(handle, data)

    def syncs(handle: int) -> None:
        done.append(f"sync {name(handle)}")
        sync(handle)

    monkeypatch.setattr(os, "write", writes)
    monkeypatch.setattr(os, "fsync", syncs)
    file = place.journal.name
    with journal.opened(place, clock=clock) as writer:
        opening, done = done, []
        writer.append(planned())
        assert done == [f"write {file}", f"sync {file}"]
    assert opening == [f"sync {place.state.name}", f"sync {file}", "sync journal"]


def test_a_file_system_that_syncs_no_folders(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as good as it can be there; any other reason is an error."""
    sync = os.fsync
    reason = 22

    def files_only(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(reason, "No")
        sync(handle)

    monkeypatch.setattr(os, "fsync", files_only)
    keep(place, RUN)
    assert entries_of(place) == [*RUN]
    reason = 5
    with pytest.raises(JournalError, match="cannot use"):
        keep(place, [])


def test_what_is_taken_away_meanwhile(place: Place) -> None:
    """Nothing is written where nobody would find it, or after another's bytes."""
    with journal.opened(place, clock=clock) as writer:
        writer.append(planned())
        place.journal.rename(place.folder / "aside")
        with pytest.raises(JournalError, match="no such file"):
            writer.append(signed())
        shutil.copy(place.folder / "aside", place.journal)
        with pytest.raises(JournalError, match="another program"):
            writer.append(signed())
    with journal.opened(place, clock=clock) as writer:
        with place.journal.open("ab") as file:
            file.write(b"more")
        with pytest.raises(JournalError, match="another program"):
            writer.append(signed())
        with pytest.raises(JournalError, match="nothing more"):
            writer.append(signed())
    assert entries_of(place) == [planned()]


def test_after_its_end(place: Place) -> None:
    """A journal that was closed takes nothing, and leaves nothing open."""
    open_before = len([*Path("/proc/self/fd").iterdir()])
    with journal.opened(place, clock=clock) as writer:
        writer.append(planned())
    with pytest.raises(JournalError, match=r"nothing more .* it is closed"):
        writer.append(signed())
    place.journal.write_bytes(b"\n")
    refused(place)
    assert len([*Path("/proc/self/fd").iterdir()]) == open_before


def test_one_writer(place: Place) -> None:
    """A second is refused, in another process too; reading waits for nobody."""
    process = journalist(place, "append", "a")
    with pytest.raises(JournalError, match="another allowctl works for"):
        keep(place, [])
    assert journal.read(place) == History()
    process.kill()
    process.communicate()
    keep(place, RUN)
    assert entries_of(place) == [*RUN]


def test_a_file_that_goes_while_it_is_opened(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's word becomes an error of ours."""
    monkeypatch.setattr(journal_files, "prepared", lambda _: None)
    with pytest.raises(JournalError, match="no such file"):
        keep(place, [])


def test_what_was_looked_at_and_what_was_opened(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that is put there in between is told all the same, and closed again."""
    keep(place, RUN)
    _pipe(place.journal)
    open_before = len([*Path("/proc/self/fd").iterdir()])
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    with pytest.raises(JournalError, match="is no file"):
        keep(place, [])
    place.journal.unlink()
    place.journal.symlink_to(place.state / "elsewhere")
    with pytest.raises(JournalError, match="cannot use"):
        keep(place, [])
    assert not (place.state / "elsewhere").exists()
    assert len([*Path("/proc/self/fd").iterdir()]) == open_before


def test_a_disk_that_fails(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read, closed to others, synced or cut is an error of ours."""

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    keep(place, RUN)
    with place.journal.open("ab") as file:
        file.write(b"torn")
    open_before = len([*Path("/proc/self/fd").iterdir()])
    for name in ("fchmod", "fsync", "fstat", "ftruncate"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, fail)
            with pytest.raises(JournalError, match=r"cannot use.*input/output error"):
                keep(place, [])
    monkeypatch.setattr(journal_line, "parse", fail)
    with pytest.raises(JournalError, match="input/output error"):
        journal.read(place)
    assert len([*Path("/proc/self/fd").iterdir()]) == open_before


@pytest.mark.parametrize("part", range(3))
def test_killed_at_any_moment(tmp_path: Path, part: int) -> None:
    """Thirty times: all that it was told of is there, and one can go on after it."""
    chance = random.Random(part)  # noqa: S311 - moments, not secrets
    place = place_in(tmp_path)
    kept: list[Entry] = []
    for number in range(10):
        run = str(number)
        process = journalist(place, "append", run)
        let_go(process)
        time.sleep(chance.random() / 20)
        process.kill()
        told, _ = process.communicate(timeout=60)
        # Its last word may be cut as well.
        taken = len(
            [line for line in told.splitlines(keepends=True) if line[-1:] == "\n"]
        )
        with journal.opened(place, clock=clock) as writer:
            found = [each.entry for each in writer.history.written]
            here = len(found) - len(kept)
            assert here in {taken, taken + 1}
            assert found == kept + [entry_of(run, n) for n in range(here)]
            writer.append(planned(run))
        kept = [*found, planned(run)]
        assert entries_of(place) == kept
