"""The journal of one account on one chain: on the disk before anybody is told."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from allowctl.errors import JournalError
from allowctl.revoke import journal_files, journal_line
from allowctl.revoke.history import History
from allowctl.revoke.journal_files import Place
from allowctl.revoke.journal_line import Damaged, Fault, Sound, Written
from allowctl.revoke.lock import locked
from allowctl.revoke.ports import Entry, Event

LARGEST = 256 * 2**20
"""Bytes of a journal at most."""
FULL = LARGEST // 2
"""Bytes from which on no run is begun in it: what is begun has room to end."""


@contextmanager
def opened(place: Place, *, clock: Callable[[], float]) -> Iterator[FileJournal]:
    """The journal, to be read and written by nobody else meanwhile.

    `clock`: unix seconds. What the killed writer of a last line left of it is cut
    off. JournalError if another process has it, if it is damaged, too large, not
    ours alone, or the system does not let us.
    """
    with locked(place):
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        handle = journal_files.opened(place.journal, flags)
        try:
            journal = FileJournal(place.journal, handle, clock)
            try:
                yield journal
            finally:
                journal.retire()
        finally:
            os.close(handle)


def read(place: Place) -> History:
    """What is written now, without a lock and without changing anything.

    A torn last line may be one that is being written. Empty if there is no journal.
    JournalError as above, but for another process.
    """
    try:
        handle = journal_files.opened(place.journal, os.O_RDONLY)
    except FileNotFoundError:
        return History()
    try:
        sound = _read(place.journal, handle)
    finally:
        os.close(handle)
    return History(written=sound.written, torn=sound.torn)


class FileJournal:
    """Appends and remembers. Made by `opened`, of no use after it."""

    def __init__(self, path: Path, handle: int, clock: Callable[[], float]) -> None:
        """`handle` reads and appends, and is locked by us; it is not closed here."""
        self._path = path
        self._handle = handle
        self._clock = clock
        sound = _read(path, handle)
        self._written = [*sound.written]
        self._last = sound.last
        self._torn = sound.torn
        self._size = sound.length
        self._stopped: str | None = None
        """Why nothing more is taken."""
        self._mend(sound)

    @property
    def torn(self) -> bool:
        """Whether the beginning of a line was cut off when it was opened."""
        return self._torn

    @property
    def history(self) -> History:
        """All entries, those appended since included."""
        return History(written=tuple(self._written), torn=self._torn)

    def append(self, entry: Entry) -> None:
        """Written, and on the disk (fsync), when this returns.

        JournalError if that cannot be; then nothing of it is there, as far as the
        disk lets us take it back, and nothing more is taken. ValueError for an
        entry from which nothing could be resumed.
        """
        written = Written(entry=entry, at=int(self._clock()))
        made = journal_line.line(written, len(self._written) + 1, self._last)
        self._refuse(entry, len(made) + 1)
        # Until all is done, whatever comes in between.
        self._stopped = "an entry was interrupted"
        self._write(made + b"\n")
        self._stopped = None
        self._written.append(written)
        self._last = journal_line.digest(made)

    def retire(self) -> None:
        """Take nothing more: what `handle` says may soon be another file."""
        self._stopped = self._stopped or "it is closed"

    def _refuse(self, entry: Entry, more: int) -> None:
        if self._stopped:
            raise JournalError(
                f"nothing more is written to the journal {str(self._path)!a}:"
                f" {self._stopped}",
                hint="see to that; then: allowctl resume",
            )
        full = FULL if entry.what is Event.PLANNED else LARGEST
        if self._size + more > full:
            raise _oversize(self._path, full)
        try:
            here = os.fstat(self._handle)
            same = os.path.samestat(here, self._path.lstat())
        except OSError as error:
            raise journal_files.unusable(self._path, error) from None
        if not same or here.st_size != self._size:
            self._stopped = "another program has changed it"
            raise JournalError(
                f"another program has changed the journal {str(self._path)!a}",
                hint="put it back as it was; then: allowctl resume",
            )

    def _write(self, data: bytes) -> None:
        """All of it, on the disk; or none, and JournalError."""
        try:
            _put(self._handle, data)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self._size)
                os.fsync(self._handle)
            self._stopped = (error.strerror or "no reason given").lower()
            raise JournalError(
                f"cannot write the journal {str(self._path)!a}: {self._stopped}",
                hint="make room or see to the disk; then: allowctl resume",
            ) from None
        self._size += len(data)

    def _mend(self, sound: Sound) -> None:
        """Leave whole lines only, all of them on the disk, and the file in its folder.

        Its last writer may have been killed before it brought them there.
        """
        try:
            if sound.torn:
                os.ftruncate(self._handle, sound.length)
            if sound.unended:
                self._write(b"\n")
            os.fsync(self._handle)
            journal_files.sync_folder(self._path.parent)
        except OSError as error:
            raise journal_files.unusable(self._path, error) from None


def _put(handle: int, data: bytes) -> None:
    """Bytes at the end of a file and on the disk, in one write. OSError."""
    if os.write(handle, data) < len(data):
        raise OSError(errno.ENOSPC, "there is room for a part of a line only")
    os.fsync(handle)


def _read(path: Path, handle: int) -> Sound:
    try:
        size = os.fstat(handle).st_size
        if size > LARGEST:
            raise _oversize(path, LARGEST)
        # By descriptor: it is the one that was looked at.
        with open(handle, "rb", closefd=False) as file:
            found = journal_line.parse(file.read(size))
    except OSError as error:
        raise journal_files.unusable(path, error) from None
    match found:
        case Sound():
            return found
        case Damaged(line=number, fault=Fault.VERSION as fault):
            raise JournalError(
                f"the journal {str(path)!a} cannot be read from line {number} on:"
                f" {fault}",
                hint=f"use that one, or {_moved(path)}",
            )
        case Damaged(line=number, fault=fault):
            raise JournalError(
                f"the journal is damaged at line {number}: {fault}: {str(path)!a}",
                hint=_moved(path),
            )


def _oversize(path: Path, limit: int) -> JournalError:
    return JournalError(
        f"the journal {str(path)!a} has no room: {limit // 2**20} MiB",
        hint=f"once `allowctl resume` has nothing to do: {_aside(path)}",
    )


def _moved(path: Path) -> str:
    return (
        "move it aside after checking its last transactions in an explorer:"
        f" {_aside(path)}"
    )


def _aside(path: Path) -> str:
    name = ascii(str(path))[1:-1]
    return f"mv {shlex.quote(name)} {shlex.quote(name + '.old')}"
