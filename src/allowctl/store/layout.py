"""How a database file comes to have the tables of this version."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from sqlalchemy import Connection

from allowctl.store.books import Book


class Age(Enum):
    """How a file's tables stand to those of this version."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


class Layout(Protocol):
    """The tables of one of our files."""

    @property
    def book(self) -> Book:
        """Which file it is."""

    def age(self, connection: Connection) -> Age:
        """Of a file of ours that has tables. CodecError if it has no version."""

    def arrange(self, connection: Connection, age: Age) -> None:
        """Tables of this version, for none or for those of an older one."""


def number(connection: Connection, query: str) -> int:
    """What a query without a table says."""
    return int(connection.exec_driver_sql(query).scalar_one())
