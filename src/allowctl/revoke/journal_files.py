"""Where a journal and its lock lie, and opening them so that they are nobody else's."""

from __future__ import annotations

import errno
import os
import re
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from allowctl.errors import JournalError
from allowctl.model.chain import Address

_ELSEWHERE = "give another folder in ALLOWCTL_STATE_DIR"
_NAME = re.compile(r"([1-9][0-9]{0,77})-(0x[0-9a-f]{40})\.jsonl")
_OWNER = re.compile(r"0x[0-9a-f]{40}")
_FLAGS = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_POSIX = os.name == "posix"
"""Elsewhere modes and owners say nothing, and folders cannot be synced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One account on one chain, and where its journal lies."""

    state: Path
    """The folder of all that cannot be had again (store.paths.state_folder)."""
    chain_id: int
    owner: Address

    def __post_init__(self) -> None:
        if self.chain_id < 1 or not _OWNER.fullmatch(self.owner):
            raise ValueError(f"no account: {self.chain_id} {self.owner!r}")

    def __str__(self) -> str:
        return f"{self.owner} on chain {self.chain_id}"

    @property
    def folder(self) -> Path:
        """That of all journals."""
        return self.state / "journal"

    @property
    def journal(self) -> Path:
        """The file, one line for each entry."""
        return self.folder / f"{self.chain_id}-{self.owner}.jsonl"

    @property
    def lock(self) -> Path:
        """An empty file, locked by whoever works for the account. It stays."""
        return self.journal.with_suffix(".lock")


def places(state: Path) -> tuple[Place, ...]:
    """The accounts that have a journal, by chain and address. JournalError.

    Files of other names, such as a journal that was moved aside, are not looked at.
    """
    folder = state / "journal"
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise unusable(folder, error) from None
    found = [named for name in names if (named := _NAME.fullmatch(name))]
    return tuple(
        Place(state=state, chain_id=chain_id, owner=owner)
        for chain_id, owner in sorted(
            (int(named[1]), Address(named[2])) for named in found
        )
    )


def prepared(place: Place) -> None:
    """Make the folder of journals, for its owner alone, if it is not there.

    JournalError if it cannot be made, or others could have put something there.
    """
    try:
        place.folder.mkdir(mode=0o700, exist_ok=True)
        refuse_foreign(place.folder, place.folder.lstat(), folder=True)
        place.folder.chmod(0o700)
        sync_folder(place.state)
    except OSError as error:
        raise unusable(place.folder, error) from None


def opened(path: Path, flags: int) -> int:
    """A descriptor of a file that is nobody else's, made for its owner alone if new.

    JournalError for a link, for what is no plain file, for another user's, for one
    that others may write. FileNotFoundError if it is not to be made and is not there.
    """
    try:
        # Looked at first, because opening alone does something to some devices; and
        # once more below, because what was opened need not be what was looked at.
        if os.path.lexists(path):
            refuse_foreign(path, path.lstat())
        handle = os.open(path, flags | _FLAGS, 0o600)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not flags & os.O_CREAT:
            raise
        raise unusable(path, error) from None
    try:
        refuse_foreign(path, os.fstat(handle))
        if _POSIX and flags & os.O_CREAT:
            os.fchmod(handle, 0o600)
    except BaseException as error:
        os.close(handle)
        if isinstance(error, OSError):
            raise unusable(path, error) from None
        raise
    return handle


def refuse_foreign(path: Path, found: os.stat_result, *, folder: bool = False) -> None:
    """JournalError for what others could have made, or can change."""
    hint = _ELSEWHERE
    if stat.S_ISLNK(found.st_mode):
        what = "is a link"
    elif not (stat.S_ISDIR if folder else stat.S_ISREG)(found.st_mode):
        what = "is no folder" if folder else "is no file"
    elif _POSIX and found.st_uid != os.geteuid():
        what = "belongs to another user"
    elif _POSIX and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        what = "can be written by others"
        hint = f"if nobody has: chmod go-w {shlex.quote(ascii(str(path))[1:-1])}"
    else:
        return
    raise JournalError(f"{str(path)!a} {what}: it is left alone", hint=hint)


def sync_folder(path: Path) -> None:
    """Bring to the disk that a folder holds what was made in it. OSError."""
    if not _POSIX:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network file systems do not know it for folders.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)


def unusable(path: Path, error: OSError) -> JournalError:
    """The error for what the system does not let us do."""
    reason = (error.strerror or type(error).__name__).lower()
    return JournalError(f"cannot use {str(path)!a}: {reason}", hint=_ELSEWHERE)
