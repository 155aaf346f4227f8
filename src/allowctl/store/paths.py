"""Where our files lie, and taking one away. Nothing here opens a database."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import platformdirs

from allowctl.errors import CacheError
from allowctl.store.books import CACHE, STATE, Book

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_COMPANIONS = ("-wal", "-shm", "-journal")


def cache_folder() -> Path:
    """The folder of cache.db, made if it is not there, for its owner alone.

    CacheError if it cannot be made.
    """
    return _folder("ALLOWCTL_CACHE_DIR", platformdirs.user_cache_path, CACHE)


def state_folder() -> Path:
    """The folder of state.db, the same way."""
    return _folder("ALLOWCTL_STATE_DIR", platformdirs.user_state_path, STATE)


def prepare(path: Path, book: Book) -> None:
    """Make the file for its owner alone, empty if it is new.

    CacheError if it cannot be written, is no plain file, or is another user's:
    who may write it can hide approvals, or that a spender's code has changed.
    """
    try:
        refuse_foreign(path, book)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(path, flags, 0o600)
        os.close(handle)
        path.chmod(0o600)
    except (OSError, ValueError) as error:
        raise unusable(path, error, book) from None


def clear(path: Path) -> None:
    """Remove the cache, damaged or of a newer version too. Gone is no error.

    CacheError if what is there is not a cache of allowctl, or cannot be removed.
    """
    try:
        refuse_foreign(path)
        _refuse_other_databases(path)
        # The database first: a new one ignores an old one's log, but an old
        # one without its log may be half written.
        for each in (path, *_companions(path)):
            each.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise CacheError(
            f"cannot remove {str(path)!a}: {_reason(error)}",
            hint="remove it by hand; nothing of worth lies in it",
        ) from None


def size(path: Path) -> int:
    """Bytes on disk, with what is not yet written back."""
    each = (path, *_companions(path))
    return sum(part.stat().st_size for part in each if part.exists())


def unusable(path: Path | str, error: BaseException, book: Book = CACHE) -> CacheError:
    """The error for a place that the system does not let us use."""
    return CacheError(
        f"cannot keep a {book.noun} at {str(path)!a}: {_reason(error)}",
        hint=book.other_place,
    )


def refuse_foreign(path: Path, book: Book = CACHE) -> None:
    """CacheError for a link, for what is no plain file, and for another user's."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        what = "is a link"
    elif not stat.S_ISREG(found.st_mode):
        what = "is no file"
    elif hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        what = "belongs to another user"
    else:
        return
    raise CacheError(f"{str(path)!a} {what}: it is left alone", hint=book.other_place)


def _folder(variable: str, usual: Callable[[str], Path], book: Book) -> Path:
    given = os.environ.get(variable)
    try:
        folder = Path(given).expanduser() if given else usual("allowctl")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise unusable(given or f"the {book.noun}'s folder", error, book) from None
    return folder


def _refuse_other_databases(path: Path) -> None:
    """A sound header that names another program; ours can be any bytes at all."""
    if not path.exists():
        return
    with path.open("rb") as file:
        header = file.read(_HEADER)
    schema, application = header[40:44], header[68:72]
    sound = header.startswith(_MAGIC) and len(header) == _HEADER and any(schema)
    if sound and application != CACHE.application_id.to_bytes(4, "big"):
        raise CacheError(
            f"{str(path)!a} is a database of another program: it is left alone",
            hint=CACHE.other_place,
        )


def _companions(path: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps beside a database."""
    return tuple(path.with_name(path.name + suffix) for suffix in _COMPANIONS)


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or "not a usable name"
