"""The lock: one works at a time for an account on a chain."""

from __future__ import annotations

import signal
import stat
from pathlib import Path

import pytest

from allowctl.errors import JournalError
from allowctl.revoke import lock
from allowctl.revoke.lock import locked
from tests.revoke.making_journals import OTHER, journalist, let_go, place_in


def test_another_process_is_refused(tmp_path: Path) -> None:
    """At once, with whose turn it is and what to do; when that one ends, not."""
    place = place_in(tmp_path)
    holder = journalist(place, "hold")
    with pytest.raises(JournalError) as caught, locked(place):
        pass
    assert str(caught.value) == f"another allowctl works for {place.owner} on chain 1"
    assert caught.value.hint == "wait for it, or end it; then: allowctl resume"

    let_go(holder)
    assert holder.wait(30) == 0
    holder.communicate()
    with locked(place):
        pass


def test_killed_holder(tmp_path: Path) -> None:
    """A lock goes with its process, whatever ends it."""
    place = place_in(tmp_path)
    holder = journalist(place, "hold")
    holder.kill()
    assert holder.wait(30) == -signal.SIGKILL
    holder.communicate()
    with locked(place):
        assert place.lock.exists()


def test_a_process_that_is_ours_is_refused_too(tmp_path: Path) -> None:
    """The second in one process; not after the first, nor after an error in it."""
    place = place_in(tmp_path)

    def fail() -> None:
        with locked(place):
            raise ZeroDivisionError

    with (
        locked(place),
        pytest.raises(JournalError, match="another allowctl"),
        locked(place),
    ):
        pass
    with pytest.raises(ZeroDivisionError):
        fail()
    with locked(place):
        pass


def test_others_are_not_kept_waiting(tmp_path: Path) -> None:
    """Another account, and the same one on another chain, have locks of their own."""
    with (
        locked(place_in(tmp_path)),
        locked(place_in(tmp_path, chain_id=10)),
        locked(place_in(tmp_path, owner=OTHER)),
    ):
        pass


def test_its_file(tmp_path: Path) -> None:
    """For its owner alone, in a folder of its own, empty; and it stays."""
    place = place_in(tmp_path)
    with locked(place):
        pass
    assert place.lock == tmp_path / "journal" / f"1-{place.owner}.lock"
    assert stat.S_IMODE(place.lock.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    assert place.lock.read_bytes() == b""


def test_a_link_in_its_place(tmp_path: Path) -> None:
    """It is left alone, and what it leads to."""
    place = place_in(tmp_path)
    place.folder.mkdir(0o700)
    target = tmp_path / "target"
    place.lock.symlink_to(target)
    with pytest.raises(JournalError, match="is a link"), locked(place):
        pass
    assert not target.exists()


def test_a_system_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is done without one."""

    def refuse(_: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(lock, "_take", refuse)
    open_before = len([*Path("/proc/self/fd").iterdir()])
    with (
        pytest.raises(JournalError, match="no locks available") as caught,
        locked(place_in(tmp_path)),
    ):
        pass
    assert "ALLOWCTL_STATE_DIR" in str(caught.value.hint)
    assert len([*Path("/proc/self/fd").iterdir()]) == open_before
