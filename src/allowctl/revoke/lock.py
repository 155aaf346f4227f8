"""One at a time: a lock that the system takes back when its holder dies."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from allowctl.errors import JournalError
from allowctl.revoke import journal_files
from allowctl.revoke.journal_files import Place

_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
"""What flock (the first two) and Windows' locking say while another holds it."""


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Nobody else works for this account on this chain while it is held.

    JournalError at once if somebody does, in this process or another, or if the
    file cannot be locked. The file is never removed: who waits with a removed one
    in hand and who makes it anew would both hold a lock.
    """
    journal_files.prepared(place)
    handle = journal_files.opened(place.lock, os.O_RDWR | os.O_CREAT)
    try:
        _lock(handle, place)
        yield
    finally:
        # Its lock goes with it.
        os.close(handle)


def _lock(handle: int, place: Place) -> None:
    try:
        _take(handle)
    except OSError as error:
        if error.errno in _TAKEN:
            raise JournalError(
                f"another allowctl works for {place}",
                hint="wait for it, or end it; then: allowctl resume",
            ) from None
        raise journal_files.unusable(place.lock, error) from None


def _take(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - only there

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - not on Windows

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
