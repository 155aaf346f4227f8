"""The first tables: code hashes, creations, and the rows of the last report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "code_hashes",
        sa.Column("chain", sa.String, primary_key=True),
        sa.Column("spender", sa.String, primary_key=True),
        sa.Column("code_hash", sa.String, nullable=False),
        sa.Column("implementation", sa.String, nullable=True),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "creations",
        sa.Column("chain", sa.String, primary_key=True),
        sa.Column("spender", sa.String, primary_key=True),
        sa.Column("block", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "rows",
        sa.Column("fingerprint", sa.String, primary_key=True),
        sa.Column("chain", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("block_hash", sa.String, nullable=False),
        sa.Column("block_timestamp", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("rows_by_age", "rows", ["created_at"])
