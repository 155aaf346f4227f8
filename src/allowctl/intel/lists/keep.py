"""Lists as they are kept between runs: one file each, whole or not there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from allowctl.errors import CacheError, CodecError
from allowctl.intel.lists import sources
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Label, Listing
from allowctl.model.sources import ListSource
from allowctl.store import paths
from allowctl.store.books import CACHE

_LARGEST = 64 * 2**20
"""Bytes of such a file: 200,000 addresses with names have fewer."""
_ABANDONED = 3_600
"""Seconds after which a half-written file is nobody's any more."""

_Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Hex40 = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-f]{40}$")]


class Hit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A list's word against an address."""

    charge: Charge
    name: str
    date: str | None


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a list says of one address."""

    chain_id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    """0 for every chain."""
    address: _Hex40
    label: str
    """Empty for none."""
    hits: tuple[Hit, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A list, as compact as a run that looks up a few addresses needs it."""

    schema: Literal["allowctl.list/v1"] = "allowctl.list/v1"
    id: str
    source: str
    """Host or path."""
    fetched_at: Annotated[int, msgspec.Meta(ge=0)]
    """Unix seconds."""
    digest: _Hex64
    """sha256 of what was received."""
    stamp: str = ""
    """Of a list on this machine: what changes when it does."""
    rows: tuple[Row, ...]

    def entry(self, row: Row) -> Entry:
        """A row of it in full."""
        return Entry(
            chain_id=row.chain_id or None,
            address=Address(row.address),
            label=Label(text=row.label, source=self.id) if row.label else None,
            listings=tuple(
                Listing(
                    source=self.id,
                    charge=hit.charge,
                    name=hit.name,
                    date=hit.date,
                    fetched_at=self.fetched_at,
                )
                for hit in row.hits
            ),
        )


def rows(entries: Iterable[Entry]) -> tuple[Row, ...]:
    """The same, to be kept."""
    return tuple(
        Row(
            each.chain_id or 0,
            each.address,
            each.label.text if each.label else "",
            tuple(Hit(said.charge, said.name, said.date) for said in each.listings),
        )
        for each in entries
    )


def file_of(folder: Path, source: ListSource) -> Path:
    """Where a list is kept below the cache folder."""
    return folder / "lists" / f"{source.id}-{sources.key(source)}.json"


def read(folder: Path, source: ListSource) -> Kept | None:
    """What is kept of a list; None if nothing is.

    CodecError, as the rest of a sentence, if it is damaged or others may write it;
    CacheError for another user's file or a link: who may write it can take a charge
    away.
    """
    path = file_of(folder, source)
    try:
        _refuse(path)
        if any(_open_to_others(each) for each in (path, path.parent)):
            raise CodecError("others may write what was kept of it")
        with path.open("rb") as file:
            told = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise paths.unusable(path, error) from None
    first, _, body = told.partition(b"\n")
    if checksum(body) != first:
        raise CodecError("what was kept of it is damaged")
    try:
        kept = msgspec.json.decode(body, type=Kept)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise CodecError("what was kept of it is of another version") from None
    if kept.id != source.id:
        raise CodecError("what was kept of it is another list's")
    return kept


def write(folder: Path, source: ListSource, kept: Kept) -> None:
    """Keep it in place of what was kept before. CacheError if that cannot be."""
    path = file_of(folder, source)
    body = msgspec.json.encode(kept)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        _refuse(path)
        path.parent.chmod(0o700)
        _tidy(path)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(checksum(body) + b"\n" + body)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise paths.unusable(path, error) from None


def clear(folder: Path) -> None:
    """Remove every list that is kept below the cache folder. CacheError if it cannot.

    What is no plain file of the user's, or has no such name, is left alone.
    """
    lists = folder / "lists"
    if lists.is_symlink() or not lists.is_dir():
        return
    try:
        for path in (*lists.glob("*-*.json"), *lists.glob(".*-*.json.*")):
            _refuse(path)
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            lists.rmdir()
    except OSError as error:
        raise CacheError(
            f"cannot remove {str(lists)!a}: {error.strerror}",
            hint="remove it by hand; nothing of worth lies in it",
        ) from None


def checksum(body: bytes) -> bytes:
    """The first line of such a file, of the rest of it: SHA-256, in hex."""
    return hashlib.sha256(body).hexdigest().encode()


def _refuse(path: Path) -> None:
    """CacheError if the file, or the folder it lies in, is not ours."""
    paths.refuse_foreign(path)
    with contextlib.suppress(FileNotFoundError):
        found = path.parent.lstat()
        ours = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or not ours:
            raise CacheError(
                f"{str(path.parent)!a} is no folder of this user's: it is left alone",
                hint=CACHE.other_place,
            )


def _open_to_others(path: Path) -> bool:
    # Elsewhere the mode does not say it.
    return os.name == "posix" and bool(
        path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def _tidy(path: Path) -> None:
    """Remove what processes left that were killed while they wrote."""
    for each in path.parent.glob(f".{path.name}.*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - each.lstat().st_mtime > _ABANDONED:
                each.unlink()
