"""The cache's tables: made anew whenever they are not those of this version."""

from __future__ import annotations

from sqlalchemy import Connection

from allowctl.store.books import CACHE, Book
from allowctl.store.cache_tables import VERSION, metadata
from allowctl.store.layout import Age, number


class Disposable:
    """A layout for what can be had again."""

    book: Book = CACHE

    def age(self, connection: Connection) -> Age:
        """By the number that SQLite keeps for its users."""
        version = number(connection, "PRAGMA user_version")
        if version == VERSION:
            return Age.CURRENT
        return Age.NEWER if version > VERSION else Age.OLDER

    def arrange(self, connection: Connection, age: Age) -> None:
        """Empty tables in place of whatever was there."""
        del age
        tables = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).scalars()
        quote = connection.dialect.identifier_preparer.quote_identifier
        for name in list(tables):
            connection.exec_driver_sql(f"DROP TABLE {quote(name)}")
        metadata.create_all(connection, checkfirst=False)
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
