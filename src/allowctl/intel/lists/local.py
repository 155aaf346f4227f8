"""Lists that lie on this machine."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from allowctl.errors import CodecError
from allowctl.intel.lists.tree import (
    ALONE,
    LARGEST,
    LARGEST_FILE,
    MOST_FILES,
    Bounded,
    Files,
    wanted,
)
from allowctl.model.sources import ListFormat


def read(path: Path, layout: ListFormat) -> Files:
    """A file's content, or the files of a folder that belong to a list.

    CodecError if there is none, if it is too large, or if a link or a device
    stands where a file of the list should.
    """
    try:
        if not path.is_dir():
            return {ALONE: _content(path, path.stat(), LARGEST)}
        found = Bounded()
        for name, entry in _entries(path, layout):
            status = entry.stat(follow_symlinks=False)
            found.add(name, _content(Path(entry.path), status, LARGEST_FILE))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return found.files


def stamp(path: Path, layout: ListFormat) -> str:
    """What changes whenever the file, or one of a folder's, does. CodecError."""
    seen = hashlib.sha256()
    try:
        if not path.is_dir():
            seen.update(_mark("", path.stat()))
        else:
            for name, entry in _entries(path, layout):
                seen.update(_mark(name, entry.stat(follow_symlinks=False)))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return seen.hexdigest()


def _entries(
    folder: Path, layout: ListFormat
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Those of a list below a folder, by their paths from there, in order."""
    left = MOST_FILES
    waiting = [("", str(folder))]
    while waiting:
        above, place = waiting.pop()
        with os.scandir(place) as found:
            inside = sorted(found, key=lambda entry: entry.name)
        for entry in inside:
            left -= 1
            if left < 0:
                raise CodecError(f"is a folder of more than {MOST_FILES:,} files")
            name = above + entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append((f"{name}/", entry.path))
            elif "\\" not in name and wanted(layout, name):
                yield name, entry


def _content(path: Path, status: os.stat_result, most: int) -> bytes:
    if not stat.S_ISREG(status.st_mode):
        raise CodecError(f"holds {path.name[:60]!a}, which is no plain file")
    with path.open("rb") as file:
        body = file.read(most + 1)
    if len(body) > most:
        raise CodecError(f"holds more than {most:,} bytes in {path.name[:60]!a}")
    return body


def _mark(name: str, status: os.stat_result) -> bytes:
    told = (name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return ascii(told).encode()


def _unreadable(path: Path, error: OSError | ValueError) -> CodecError:
    reason = getattr(error, "strerror", None) or "not a usable name"
    return CodecError(f"cannot be read: {str(path)!a}: {reason}")
