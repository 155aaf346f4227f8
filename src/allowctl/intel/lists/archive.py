"""Archives, read in memory and bounded; nothing is ever put on disk."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from allowctl.errors import CodecError
from allowctl.intel.lists.tree import LARGEST_FILE, Bounded, Files, wanted
from allowctl.model.sources import ListFormat

UNFOLDED = 64 * 2**20
"""Bytes that an archive may have when unpacked, whatever is read of it."""
MEMBERS = 100_000
"""Files and folders in it."""
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_ENTRY = b"PK\x01\x02"
"""Before each entry of a zip's directory (APPNOTE 4.3.12)."""
_ONLY_GZIP = zlib.MAX_WBITS | 16
_PIECE = 2**16
_END = bytes(1024)
"""With two empty blocks a tar ends (POSIX, pax)."""

_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,
)
"""What Python's readers raise for archives that are damaged or made to harm."""


def is_archive(body: bytes) -> bool:
    """Whether it begins as one."""
    return body.startswith((_GZIP, _ZIP))


def read(body: bytes, layout: ListFormat) -> Files:
    """The files of a .tar.gz or .zip that belong to a list.

    CodecError if it is damaged, larger than a list is, or holds something else
    where a list's file should be.
    """
    unpack = _tar if body.startswith(_GZIP) else _zip
    found = Bounded()
    try:
        for path, content in unpack(body, layout):
            found.add(path, content)
    except _BROKEN as error:
        raise CodecError(
            f"is an archive that cannot be read ({type(error).__name__})"
        ) from None
    return found.files


def _tar(body: bytes, layout: ListFormat) -> Iterator[tuple[str, bytes]]:
    unfolding = _Unfolding(body)
    with tarfile.open(fileobj=unfolding, mode="r|", bufsize=_PIECE) as tar:
        for number, member in enumerate(tar):
            _count(number)
            if not wanted(layout, member.name):
                continue
            _check(member.name, member.size, plain=member.isreg())
            file = tar.extractfile(member)
            yield member.name, b"" if file is None else file.read()
    unfolding.finish()


def _zip(body: bytes, layout: ListFormat) -> Iterator[tuple[str, bytes]]:
    # Its whole directory is read at once.
    _count(body.count(_ENTRY) - 1)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or not wanted(layout, entry.filename):
                continue
            kind = stat.S_IFMT(entry.external_attr >> 16)
            _check(entry.filename, entry.file_size, plain=kind in {0, stat.S_IFREG})
            with archive.open(entry) as file:
                yield entry.filename, file.read(LARGEST_FILE + 1)


def _count(number: int) -> None:
    if number >= MEMBERS:
        raise CodecError(f"is an archive of more than {MEMBERS:,} files")


def _check(path: str, size: int, *, plain: bool) -> None:
    if not plain:
        raise CodecError(f"holds {path[:60]!a}, which is no plain file")
    if size > LARGEST_FILE:
        raise CodecError(f"holds {path[:60]!a}, which has {size:,} bytes")


class _Unfolding(io.BufferedIOBase):
    """gzip, unfolded as it is read and never further than UNFOLDED."""

    def __init__(self, body: bytes) -> None:
        self._folded = zlib.decompressobj(_ONLY_GZIP)
        self._left = body
        self._count = 0
        self._tail = b""

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes. CodecError once it is too much."""
        wanted_now = _PIECE if size is None or size < 0 else size
        parts = []
        while wanted_now and not self._folded.eof:
            part = self._folded.decompress(self._left, wanted_now)
            self._left = self._folded.unconsumed_tail
            if not part and not self._left and not self._folded.eof:
                raise EOFError
            wanted_now -= len(part)
            parts.append(part)
        piece = b"".join(parts)
        self._count += len(piece)
        if self._count > UNFOLDED:
            raise CodecError("is an archive that unfolds to more than a list has")
        self._tail = (self._tail + piece)[-len(_END) :]
        return piece

    def finish(self) -> None:
        """Read to the end, at which a checksum stands. CodecError if it is none."""
        while self.read(_PIECE):
            pass
        if self._folded.unused_data or self._tail != _END:
            raise CodecError("is an archive that does not end as one")
