"""The tables of cache.db. Whoever changes them raises VERSION: it is rebuilt then."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

VERSION = 1
"""In `PRAGMA user_version`."""

metadata = MetaData()

scopes = Table(
    "scopes",
    metadata,
    Column("id", Integer, primary_key=True),
    # In hex, here and below: a node may claim an id wider than SQLite's integers.
    Column("chain", String, nullable=False),
    Column("version", String, nullable=False),
    Column("owner", LargeBinary, nullable=False),
    UniqueConstraint("chain", "version", "owner"),
)
"""Whose logs, of which filters, on which chain."""

coverage = Table(
    "coverage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)
"""Ranges as they were proven, overlapping or not.

It has no index on purpose: a flush for 2,000 owners writes 6 pages at its end
instead of one page in each of 2,000 places. Compaction keeps it short.
"""

logs = Table(
    "logs",
    metadata,
    Column("scope", Integer, primary_key=True, autoincrement=False),
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("address", LargeBinary, primary_key=True),
    Column("topics", LargeBinary, primary_key=True),
    Column("data", LargeBinary, primary_key=True),
    Column("transaction", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)
"""Each log once. A row is its own key: of two that a node put in one position,
none may hide the other."""

anchors = Table(
    "anchors",
    metadata,
    Column("chain", String, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String, nullable=False),
    sqlite_with_rowid=False,
)
"""Blocks whose hash was what it is when logs up to them were read."""

canaries = Table(
    "canaries",
    metadata,
    Column("chain", String, primary_key=True),
    Column("block", BigInteger, nullable=False),
)
"""The oldest block known to hold an event."""

endpoints = Table(
    "endpoints",
    metadata,
    Column("key", String, primary_key=True),
    Column("chain", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("limits", LargeBinary, nullable=False),
)
"""What was learned, as JSON, by a key that does not give away the URL."""

notices = Table("notices", metadata, Column("what", String, primary_key=True))
"""What the user has been told once."""
