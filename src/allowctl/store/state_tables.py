"""The tables of state.db. Whoever changes them adds a migration, and raises HEAD."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

HEAD = "0001"
"""The newest migration (migrations/versions)."""

metadata = MetaData()

code_hashes = Table(
    "code_hashes",
    metadata,
    # In hex, here and below: a node may claim an id wider than any integer column.
    Column("chain", String, primary_key=True),
    Column("spender", String, primary_key=True),
    Column("code_hash", String, nullable=False),
    Column("implementation", String, nullable=True),
    Column("block", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
"""What ran behind a spender at the newest block at which it was looked at."""

creations = Table(
    "creations",
    metadata,
    Column("chain", String, primary_key=True),
    Column("spender", String, primary_key=True),
    Column("block", BigInteger, nullable=False),
)
"""The blocks in which contracts came to be, where they are known exactly."""

rows = Table(
    "rows",
    metadata,
    Column("fingerprint", String, primary_key=True),
    Column("chain", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("block_hash", String, nullable=False),
    Column("block_timestamp", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Index("rows_by_age", "created_at"),
)
"""Each approval as the newest report had it that had it at all."""

versions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As alembic makes it: which of its migrations the file has come to."""
