"""Where results go: stdout, or files that are whole or not there at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from allowctl.errors import OutputError

_STREAMS = re.compile(r"/dev/(stdout|stderr|fd/)|/proc/")
"""Names of open files: what stands behind them may be a plain file, with content."""

_SUFFIXES = {"jsonl": "ndjson", "md": "markdown", "xml": "junit"}
"""Of formats whose files are not called as they are."""

F = TypeVar("F", bound=StrEnum)
"""The formats that a command has; the first is the one that nobody has to name."""

Render = Callable[[F, Path | None], str]
"""The text of a format, for a file or (None) for stdout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination(Generic[F]):
    """One rendering and where it is put; without a path, stdout."""

    format: F
    path: Path | None


def destinations(
    outputs: Sequence[str], wanted: F | None, formats: type[F]
) -> tuple[Destination[F], ...]:
    """What --format, --json and -o ask for.

    FILE takes the place of stdout, in the format asked for or the one its
    suffix names. FORMAT=FILE comes on top.
    """
    found: list[Destination[F]] = []
    usual = next(iter(formats))
    prints = True
    for output in outputs:
        name, equals, rest = output.partition("=")
        if equals and name in list(formats):
            found.append(Destination(format=formats(name), path=_path(rest)))
        elif equals and name.isalpha():
            raise OutputError(
                f"unknown format {name!a} in -o",
                hint=f"the formats are {', '.join(formats)}; "
                "for a file of that name write ./ before it",
            )
        else:
            prints = False
            path = _path(output)
            suffix = path.suffix.removeprefix(".").lower() if path else ""
            suffix = _SUFFIXES.get(suffix, suffix)
            known = formats(suffix) if suffix in list(formats) else usual
            found.append(Destination(format=wanted or known, path=path))
    if prints:
        found.append(Destination(format=wanted or usual, path=None))
    return tuple(found)


def check(
    places: Sequence[Destination[Any]],
    kept: Sequence[Path] = (),
    *,
    links: bool = True,
) -> None:
    """OutputError for a place that cannot be written: before the work, not after.

    Nor may two of them be one file, or any be one of those that are to be `kept`.
    `links`: whether a file may be a link; in a checkout it may be anybody's.
    """
    taken = {path.resolve(): f"{str(path)!a} is read by this run" for path in kept}
    for place in places:
        if place.path is not None and not _is_device(place.path):
            with _translated(place.path):
                target = place.path.resolve()
                if not links and place.path.is_symlink():
                    raise OSError(errno.ELOOP, "It is a link")
            if target in taken:
                raise OutputError(
                    f"cannot write {str(place.path)!a}: {taken[target]}",
                    hint="nothing was written; give another file",
                )
            taken[target] = "two results would be written there"
        if place.path is None:
            if sys.__stdout__ is None:
                raise OutputError("stdout is closed", hint="write to a file with -o")
        elif not _is_device(place.path):
            with _translated(place.path):
                Path(_beside(_target(place.path))).unlink()


def write(places: Sequence[Destination[F]], render: Render[F]) -> None:
    """Render and write each. A file appears under its name only when it is whole."""
    for place in places:
        text = render(place.format, place.path)
        if place.path is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        elif _is_device(place.path):
            append(place.path, text)
        else:
            with _translated(place.path):
                _replace(_target(place.path), text)


def append_to_file(path: Path, text: str) -> None:
    """Add to a plain file, which need not be there. OutputError for anything else."""
    with _translated(path):
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "Not a regular file")
    append(path, text)


def append(path: Path, text: str) -> None:
    """Add to what is there: truncating /dev/stdout would empty the file behind it."""
    with _translated(path), path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)


def _path(text: str) -> Path | None:
    if not text:
        raise OutputError("-o names no file", hint="write -o FILE or -o json=FILE")
    return None if text == "-" else Path(text)


def _is_device(path: Path) -> bool:
    """Whether it is there and no plain file: /dev/null must not be replaced."""
    with _translated(path):
        if _STREAMS.match(str(path.absolute())):
            return True
        return path.exists() and not path.is_file() and not path.is_dir()


def _target(path: Path) -> Path:
    """The file itself, behind any links."""
    target = path.resolve()
    if target.is_dir():
        raise IsADirectoryError(21, "Is a directory")
    return target


def _beside(target: Path) -> str:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
    os.close(handle)
    return name


def _replace(target: Path, text: str) -> None:
    temporary = Path(_beside(target))
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable name"
        raise OutputError(
            f"cannot write {str(path)!a}: {reason}",
            hint="nothing was written there; give another file with -o",
        ) from None
