"""Reading a file that only its owner should have: a keystore, a password."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from allowctl.errors import SignerError
from allowctl.revoke.hardening import Failure, Secret, sealed

T = TypeVar("T")

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateFile:
    """A file, and what is taken from it."""

    path: Path = field(repr=False)
    """Never shown: a variable may hold a password where a path was expected."""
    name: str
    """What it is called in errors."""
    longest: int
    """Bytes."""
    unreadable_to: int = stat.S_IRGRP | stat.S_IROTH
    """Bits of the mode that may not be set, besides those of writing."""
    hint: str
    """What to do where others may read or write it."""
    write_hint: str | None = None
    """The same where others may write it, if that is something else."""


def look(file: PrivateFile) -> None:
    """What of `read` can be told without opening it. SignerError."""
    _check(file, _had(file, sealed(lambda: os.lstat(file.path))))


def read(file: PrivateFile) -> Secret:
    """All of it. It never waits, and takes nothing from what is no regular file.

    SignerError for a symbolic link, another user's file (root's is taken), what
    others may write or read, more than `longest`, and what cannot be read.
    """
    # Looked at first: opening a device can have effects.
    look(file)
    handle = _had(file, sealed(lambda: os.open(file.path, _FLAGS)))
    try:
        # What was opened need not be what was looked at.
        _check(file, os.fstat(handle))
        return _had(file, drain(handle, file.longest, file.name))
    finally:
        os.close(handle)


def drain(handle: int, longest: int, name: str) -> Secret | Failure:
    """What a descriptor gives until its end. SignerError if that is too much."""
    taken = sealed(lambda: _taken(handle, longest))
    if taken is None:
        raise SignerError(f"{name}: more than {longest} bytes")
    return taken


def _taken(handle: int, longest: int) -> Secret | None:
    data = bytearray()
    while chunk := os.read(handle, longest + 1 - len(data)):
        data += chunk
        if len(data) > longest:
            return None
    return Secret(data)


def _check(file: PrivateFile, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise SignerError(
            f"{file.name}: a symbolic link", hint="name the file that it leads to"
        )
    if not stat.S_ISREG(found.st_mode):
        raise SignerError(f"{file.name}: not a regular file")
    if os.name == "posix":
        _check_mode(file, found)


def _check_mode(file: PrivateFile, found: os.stat_result) -> None:
    if found.st_uid not in (0, os.geteuid()):
        raise SignerError(
            f"{file.name}: belongs to another user (uid {found.st_uid})",
            hint="copy it into a folder of your own, chmod 600",
        )
    if found.st_mode & _OTHERS_WRITE:
        hint = file.write_hint or file.hint
        raise SignerError(f"{file.name}: others may write it", hint=hint)
    if found.st_mode & file.unreadable_to:
        raise SignerError(f"{file.name}: others may read it", hint=file.hint)


def _had(file: PrivateFile, found: T | Failure) -> T:
    if not isinstance(found, Failure):
        return found
    raise SignerError(f"{file.name}: cannot be read: {found.reason}")
