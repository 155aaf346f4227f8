"""Files of secrets are read only if they are nobody else's, and never waited for."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from functools import partial
from pathlib import Path

import pytest

from allowctl.errors import SignerError
from allowctl.revoke import private
from tests.revoke.making_keys import PASSWORD, caught, leaks, printed, put

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")


def file(
    path: Path, longest: int = 100, unreadable_to: int = 0o044
) -> private.PrivateFile:
    return private.PrivateFile(
        path=path, name="it", longest=longest, unreadable_to=unreadable_to, hint="chmod"
    )


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_reads_ones_own(tmp_path: Path, mode: int) -> None:
    """A file that only its owner gets at is read to its last byte."""
    found = private.read(file(put(tmp_path / "it", "x" * 100, mode)))

    assert found.reveal() == b"x" * 100


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o622])
def test_refuses_what_others_write(tmp_path: Path, mode: int) -> None:
    """Even where others may read it."""
    path = put(tmp_path / "it", "x", mode)

    with pytest.raises(SignerError, match="others may write it") as raised:
        private.read(file(path, unreadable_to=0))
    assert raised.value.hint == "chmod"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_refuses_what_others_read(tmp_path: Path, mode: int) -> None:
    """Unless these bits are allowed."""
    path = put(tmp_path / "it", "x", mode)

    with pytest.raises(SignerError, match="others may read it"):
        private.read(file(path))
    assert private.read(file(path, unreadable_to=0)).reveal() == b"x"


def test_refuses_another_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns it can change it."""
    path = put(tmp_path / "it", "x")
    if os.geteuid() == 0:
        os.chown(path, 12_345, 12_345)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12_345)

    with pytest.raises(SignerError, match=r"belongs to another user \(uid \d+\)"):
        private.read(file(path))


def test_refuses_links(tmp_path: Path) -> None:
    """Also to what would be read, and to nothing."""
    put(tmp_path / "it", "x")
    (tmp_path / "link").symlink_to(tmp_path / "it")
    (tmp_path / "broken").symlink_to(tmp_path / "nothing")

    for name in ("link", "broken"):
        with pytest.raises(SignerError, match="a symbolic link"):
            private.read(file(tmp_path / name))


def test_refuses_a_link_that_comes_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is opened is not followed either, whatever was seen before."""
    real = put(tmp_path / "it", "x")
    (tmp_path / "link").symlink_to(real)
    monkeypatch.setattr(os, "lstat", lambda _: real.stat())

    with pytest.raises(SignerError, match="cannot be read: too many levels"):
        private.read(file(tmp_path / "link"))


def test_refuses_what_changes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The open file is judged, not only its name: no FIFO put there is waited for."""
    seen = put(tmp_path / "it", "x").stat()
    os.mkfifo(tmp_path / "fifo", 0o600)
    monkeypatch.setattr(os, "lstat", lambda _: seen)

    with pytest.raises(SignerError, match="not a regular file"):
        private.read(file(tmp_path / "fifo"))


def test_opens_nothing_but_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A FIFO, a socket, a device and a folder are refused without being opened."""
    os.mkfifo(tmp_path / "fifo", 0o600)
    places = [tmp_path / "fifo", tmp_path, Path(os.devnull)]

    def refuse(*_: object) -> int:
        pytest.fail("it was opened")

    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        place = Path(short) / "s"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(place))
            monkeypatch.setattr(os, "open", refuse)
            errors = [
                caught(partial(private.read, file(path))) for path in [*places, place]
            ]
            monkeypatch.undo()

    assert [str(each) for each in errors] == ["it: not a regular file"] * 4


def test_refuses_too_much(tmp_path: Path) -> None:
    """One byte more than is taken is refused; a file without end is one of them."""
    with pytest.raises(SignerError, match="it: more than 100 bytes"):
        private.read(file(put(tmp_path / "it", "x" * 101)))

    handle = os.open("/dev/zero", os.O_RDONLY)
    try:
        with pytest.raises(SignerError, match="zeros: more than 4096 bytes"):
            private.drain(handle, 4096, "zeros")
    finally:
        os.close(handle)


@pytest.mark.parametrize("name", ["nothing", "file/below", "x" * 300, "nul\0nul"])
def test_says_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    """In the system's words, on one line, without the path."""
    put(tmp_path / "file", "x")
    error = caught(lambda: private.read(file(tmp_path / name)))

    assert isinstance(error, SignerError)
    assert str(error).startswith("it: cannot be read: ")
    assert str(tmp_path) not in str(error)
    assert str(error).isprintable()


def test_shows_no_path() -> None:
    """A variable may hold a password where a path was expected: no frame shows it."""
    wanted = file(Path(PASSWORD))
    error = caught(lambda: private.read(wanted))

    assert leaks(printed(error) + repr(wanted), PASSWORD.encode()) == []


def test_no_mode_is_missed(tmp_path: Path) -> None:
    """Of all modes, those without any right for others are taken, and no other."""
    path = put(tmp_path / "it", "x")
    for mode in range(0o1000):
        path.chmod(mode | stat.S_IRUSR)
        error = None
        try:
            private.read(file(path))
        except SignerError as refused:
            error = refused
        assert (error is None) == (mode & 0o066 == 0), oct(mode)
