"""What makes up a list: one file of JSON, or files by their paths."""

from __future__ import annotations

import re
from collections.abc import Mapping

from allowctl.errors import CodecError
from allowctl.model.sources import ListFormat

Files = Mapping[str, bytes]
"""Contents by path, `/` between its parts."""

ALONE = ""
"""The path of what is one file."""
INDEX = re.compile(r"(?:[^/]+/)?index\.json")
CASE = re.compile(r"(?:[^/]+/)?exploits/(?P<slug>[^/]+)\.json")
"""RevokeCash/approval-exploit-list; an archive of it has one folder above."""
SPENDER = re.compile(
    r"(?:(?:(?:[^/]+/)?data/manual/)?spenders/)?(?P<chain>\d{1,19})/(?P<name>[^/]+)\.json"
)
"""RevokeCash/whois: its hand-kept spenders alone, from whatever folder they are
looked at."""

LARGEST = 32 * 2**20
"""Bytes of a list as it is received."""
LARGEST_FILE = 2**18
"""Bytes of one file of many."""
MOST_FILES = 50_000


def wanted(layout: ListFormat, path: str) -> bool:
    """Whether a file is a part of such a list.

    CodecError for a path that leads out of where it lies.
    """
    if ".." in path.split("/") or path.startswith("/") or "\\" in path:
        raise CodecError(f"holds a path that leads out of it: {path[:60]!a}")
    match layout:
        case ListFormat.EXPLOITS:
            return bool(CASE.fullmatch(path) or INDEX.fullmatch(path))
        case ListFormat.WHOIS:
            return bool(SPENDER.fullmatch(path))
        case ListFormat.ADDRESSES:
            return False


class Bounded:
    """Files as they are found, and no more of them than a list has."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._left = 2 * LARGEST

    def add(self, path: str, content: bytes) -> None:
        """CodecError if it is there already, or too much."""
        self._left -= len(content)
        if path in self.files:
            raise CodecError(f"holds {path[:60]!a} twice")
        if len(content) > LARGEST_FILE or self._left < 0:
            raise CodecError(f"holds too much: {path[:60]!a} is one byte too far")
        if len(self.files) == MOST_FILES:
            raise CodecError(f"holds more than {MOST_FILES:,} files")
        self.files[path] = content
