"""One SQLite file and one connection to it; SQLite's errors in our words."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from allowctl.errors import CacheError, CodecError
from allowctl.store.books import Book
from allowctl.store.disposable import Disposable
from allowctl.store.layout import Age, Layout, number
from allowctl.store.paths import prepare

CACHE_LAYOUT = Disposable()
_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""
_PRAGMAS = (
    # 16 MiB of pages in memory at most.
    "PRAGMA cache_size = -16384",
    # After a power cut the last commits may be missing, never a part of one.
    "PRAGMA synchronous = NORMAL",
    # Logs of many owners change the same pages again and again: they are written
    # back every 64 MiB, not every 4.
    "PRAGMA wal_autocheckpoint = 16384",
    "PRAGMA journal_size_limit = 16777216",
)


class Database:
    """An open file. Every thread may use it, one at a time."""

    def __init__(self, location: Path | None, layout: Layout = CACHE_LAYOUT) -> None:
        """Without a location it is gone once it is closed. CacheError."""
        self.location = location
        self._layout = layout
        self._lock = threading.RLock()
        if location is not None:
            prepare(location, layout.book)
        with self._translated():
            # SQLite unlinks a database without a name as soon as it made it.
            raw = sqlite3.connect(
                "" if location is None else location,
                timeout=_PATIENCE,
                isolation_level=None,
                check_same_thread=False,
            )
        self._engine = create_engine(
            "sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True
        )
        # It shares the engine's connection and its listeners.
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        event.listen(self._engine, "begin", _begin)
        try:
            with self._translated():
                self._arrange(raw)
        except BaseException:
            raw.close()
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the file. CacheError."""
        with self._lock, self._translated(), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is written whole or not at all. CacheError."""
        with self._lock, self._translated(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Wait for what is under way; then a temporary file is gone. CacheError."""
        with self._lock, self._translated():
            self._engine.dispose()

    def _arrange(self, raw: sqlite3.Connection) -> None:
        with self.reading() as connection:
            current = self._age(connection) is Age.CURRENT
        if not current:
            with self.writing() as connection:
                # Another process may have been quicker.
                age = self._age(connection)
                if age is not Age.CURRENT:
                    self._layout.arrange(connection, age)
                    application = self._layout.book.application_id
                    connection.exec_driver_sql(f"PRAGMA application_id = {application}")
        for pragma in _PRAGMAS:
            raw.execute(pragma).fetchall()
        if self.location is not None:
            _log_ahead(raw)

    def _age(self, connection: Connection) -> Age:
        """How old its tables are. CacheError unless they are ours to change."""
        book = self._layout.book
        application = number(connection, "PRAGMA application_id")
        tables = number(connection, "SELECT count(*) FROM sqlite_master")
        if application == 0 and tables == 0:
            return Age.EMPTY
        if application != book.application_id:
            raise CacheError(
                f"{book.at(self.location)} is a database of another program: "
                "it is left alone",
                hint=book.other_place,
            )
        age = self._layout.age(connection)
        if age is Age.NEWER:
            raise CacheError(
                f"{book.at(self.location)} was written by a newer allowctl",
                hint=book.newer(self.location),
            )
        return age

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        book, location = self._layout.book, self.location
        try:
            yield
        except CodecError as error:
            raise _damaged(book, location, error.message) from None
        except UnicodeDecodeError:
            # SQLite quotes what it found in the file; Python cannot read that.
            raise _damaged(book, location, "its tables are garbage") from None
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise _in_our_words(book, location, cause) from None


class Opened:
    """What has an open file of its own, to be closed; as a context manager it does.

    Several processes may have one file open. Any thread may call it; calls
    from several wait for each other.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def location(self) -> Path | None:
        """Its file; None if it is temporary: that file has no name."""
        return self._database.location

    def close(self) -> None:
        """Wait for what is under way, then let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("begin", "BEGIN"))


def _log_ahead(raw: sqlite3.Connection) -> None:
    """Switch to WAL: for another process about to write, SQLite does not wait."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            raw.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as error:
            if (
                error.sqlite_errorcode != sqlite3.SQLITE_BUSY
                or time.monotonic() > until
            ):
                raise
            time.sleep(0.01)
        else:
            return


def _in_our_words(
    book: Book, location: Path | None, cause: BaseException | None
) -> CacheError:
    """What SQLite's error means for the one who runs the program."""
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    name = book.at(location)
    elsewhere = book.other_place if location else "set TMPDIR to another folder"
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return CacheError(
                f"{name} is being written by another process", hint=book.busy
            )
        case sqlite3.SQLITE_FULL:
            return CacheError(
                f"{name} cannot be written: no space is left",
                hint=f"make room, or {elsewhere}",
            )
        case (
            sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_PERM
            | sqlite3.SQLITE_AUTH
            | sqlite3.SQLITE_NOLFS
        ):
            return CacheError(f"{name} cannot be used: {cause}", hint=elsewhere)
        case _:
            return _damaged(book, location, str(cause))


def _damaged(book: Book, location: Path | None, reason: str) -> CacheError:
    # SQLite may quote what stands in the file.
    line = " ".join(ascii(reason)[1:-1].split())[:200]
    return CacheError(
        f"{book.at(location)} is damaged: {line}", hint=book.damaged(location)
    )
