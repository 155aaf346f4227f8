"""Finding allowctl.toml, and reading it without being led astray.

A file that is found because of where one stands may be anybody's: it is read only
if nobody else can have written it.
"""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from allowctl.config.shown import shown_path
from allowctl.errors import ConfigError

NAME = "allowctl.toml"
LONGEST = 1 << 20
"""Bytes of a configuration file at most."""
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def discovered(cwd: Path) -> Path | None:
    """The nearest allowctl.toml from a folder up to the root of its repository.

    Outside of a repository only the folder itself is looked at. ConfigError if the
    file is a link to somewhere else, or to nowhere.
    """
    here = Path(os.path.realpath(cwd))
    folders = (here, *here.parents)
    root = next((each for each in folders if os.path.lexists(each / ".git")), here)
    for folder in folders[: folders.index(root) + 1]:
        path = folder / NAME
        if os.path.lexists(path):
            if not _real(path).is_relative_to(root):
                raise ConfigError(
                    f"{shown_path(path)}: a link out of {shown_path(root)}",
                    hint="name the file that it leads to with --config if you trust it",
                )
            return path
    return None


def exists(path: Path) -> bool:
    """Whether something is there that this user can see, if only a broken link."""
    return os.path.lexists(path)


def root_of(path: Path) -> Path:
    """The root of the repository that a file is in, or the folder that it is in."""
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - where the link is
    around = (folder, *folder.parents)
    return next((each for each in around if os.path.lexists(each / ".git")), folder)


def read(path: Path, *, guarded: bool, longest: int = LONGEST) -> bytes:
    """A file's bytes; if guarded, only of one that nobody else may write.

    ConfigError for what is no regular file (without waiting for one that never
    ends), for more than `longest` bytes, and for what cannot be read.
    """
    real = _real(path)
    try:
        _checked(path, real.stat(), guarded=guarded)
        with open(os.open(real, _FLAGS), "rb") as file:  # noqa: PTH123 - by descriptor
            # What was opened need not be what was looked at before.
            _checked(path, os.fstat(file.fileno()), guarded=guarded)
            data = file.read(longest + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(data) > longest:
        raise ConfigError(f"{shown_path(path)}: more than {longest >> 20} MiB")
    return data


def guard(path: Path) -> None:
    """ConfigError if somebody else may write a file, so that none is found there."""
    try:
        _guarded(path, _real(path).stat())
    except OSError as error:
        raise _unreadable(path, error) from None


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path, strict=True))
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> ConfigError:
    reason = (error.strerror or type(error).__name__).lower()
    return ConfigError(f"{shown_path(path)}: cannot be read: {reason}")


def _checked(path: Path, found: os.stat_result, *, guarded: bool) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{shown_path(path)}: not a regular file")
    if guarded:
        _guarded(path, found)


def _guarded(path: Path, found: os.stat_result) -> None:
    if os.name != "posix":
        return
    name = shown_path(path)
    trust = "or name it with --config if you trust it"
    if found.st_uid not in (0, os.geteuid()):
        raise ConfigError(
            f"{name}: belongs to another user (uid {found.st_uid})",
            hint=f"chown it to yourself, chmod go-w {shlex.quote(name)}, {trust}",
        )
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(
            f"{name}: others may write it",
            hint=f"chmod go-w {shlex.quote(name)}, {trust}",
        )
