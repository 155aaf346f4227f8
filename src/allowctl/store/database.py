"""One SQLite file and one connection to it; SQLite's errors in our words."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from allowctl.errors import CacheError, CodecError
from allowctl.store.paths import APPLICATION_ID, OTHER_PLACE, prepare
from allowctl.store.schema import VERSION, metadata

CLEAR = "`allowctl cache clear` mends it; nothing of worth is lost"

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
    """An open cache. Every thread may use it, one at a time."""

    def __init__(self, location: Path | None) -> None:
        """CacheError if it cannot be used."""
        self.location = location
        self._lock = threading.RLock()
        if location is not None:
            prepare(location)
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
            current = _version(connection, self.location) == VERSION
        if not current:
            with self.writing() as connection:
                # Another process may have been quicker.
                if _version(connection, self.location) != VERSION:
                    _rebuild(connection)
        for pragma in _PRAGMAS:
            raw.execute(pragma).fetchall()
        if self.location is not None:
            _log_ahead(raw)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except CodecError as error:
            raise _damaged(self.location, error.message) from None
        except UnicodeDecodeError:
            # SQLite quotes what it found in the file; Python cannot read that.
            raise _damaged(self.location, "its tables are garbage") from None
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise _in_our_words(self.location, cause) from None


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(options.get("begin", "BEGIN"))


def _version(connection: Connection, location: Path | None) -> int:
    """The file's version, 0 for an empty one. CacheError unless it is ours."""
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    tables = _number(connection, "SELECT count(*) FROM sqlite_master")
    if application == 0 and tables == 0:
        return 0
    if application != APPLICATION_ID:
        raise CacheError(
            f"{_name(location)} is a database of another program: it is left alone",
            hint=OTHER_PLACE,
        )
    if version > VERSION:
        raise CacheError(
            f"{_name(location)} was written by a newer allowctl",
            hint="use that one, or empty it with `allowctl cache clear`",
        )
    return version


def _number(connection: Connection, query: str) -> int:
    return int(connection.exec_driver_sql(query).scalar_one())


def _rebuild(connection: Connection) -> None:
    """Empty tables of this version in place of whatever was there."""
    tables = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).scalars()
    quote = connection.dialect.identifier_preparer.quote_identifier
    for name in list(tables):
        connection.exec_driver_sql(f"DROP TABLE {quote(name)}")
    metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


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


def _in_our_words(location: Path | None, cause: BaseException | None) -> CacheError:
    """What SQLite's error means for the one who runs the program."""
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return CacheError(
                f"{_name(location)} is being written by another process",
                hint="wait for that one, or go without: --no-cache",
            )
        case sqlite3.SQLITE_FULL:
            return CacheError(
                f"{_name(location)} cannot be written: no space is left",
                hint=f"make room, or {_elsewhere(location)}",
            )
        case (
            sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_PERM
            | sqlite3.SQLITE_AUTH
            | sqlite3.SQLITE_NOLFS
        ):
            return CacheError(
                f"{_name(location)} cannot be used: {cause}", hint=_elsewhere(location)
            )
        case _:
            return _damaged(location, str(cause))


def _damaged(location: Path | None, reason: str) -> CacheError:
    # SQLite may quote what stands in the file.
    line = " ".join(ascii(reason)[1:-1].split())[:200]
    return CacheError(f"{_name(location)} is damaged: {line}", hint=CLEAR)


def _elsewhere(location: Path | None) -> str:
    return "set TMPDIR to another folder" if location is None else OTHER_PLACE


def _name(location: Path | None) -> str:
    return "the temporary cache" if location is None else f"the cache {str(location)!a}"
