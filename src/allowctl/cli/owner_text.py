"""The text of a file of owners, or of what comes from stdin."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from allowctl.errors import UsageError

_LARGEST_FILE = 16 * 2**20
_STDIN = Path("-")


def text_of(path: Path) -> str:
    """What stands in a file, or comes from stdin. UsageError if it is no text."""
    try:
        data = _from_stdin() if path == _STDIN else _bytes(path)
        if len(data) > _LARGEST_FILE:
            raise UsageError("it is above 16 MiB", hint="split it")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("it is not UTF-8 text") from None
    except FileNotFoundError:
        raise UsageError("there is no such file") from None
    except OSError as error:
        raise UsageError(f"it cannot be read: {error.strerror}") from None


def _from_stdin() -> bytes:
    if sys.stdin is None:
        raise UsageError("stdin is closed")
    return sys.stdin.buffer.read(_LARGEST_FILE + 1)


def _bytes(path: Path) -> bytes:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UsageError("it is a folder", hint="name a file in it")
    if not stat.S_ISREG(mode):
        what = "a pipe" if stat.S_ISFIFO(mode) else "no regular file"
        raise UsageError(f"it is {what}", hint="--owners-file - reads from stdin")
    with path.open("rb") as file:
        return file.read(_LARGEST_FILE + 1)
