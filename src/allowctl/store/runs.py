"""The rows of the last reports, for `allowctl explain`: statements, as in chainlogs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Connection, Select, delete, func, select
from sqlalchemy.dialects import sqlite

from allowctl.errors import CodecError
from allowctl.model.chain import Address, Block
from allowctl.model.kept import Kept
from allowctl.store.rows import MAX_INTEGER
from allowctl.store.state_tables import rows
from allowctl.store.values import text, whole

DAYS = 180
"""For how long a row that no report has had since is kept."""
MOST = 50_000
"""Rows that are kept, the newest: some hundred megabytes."""

_PREFIX = re.compile(r"[0-9a-f]{6,32}")
_BEYOND = "g"
"""After every hex digit."""


def keep(connection: Connection, some: Sequence[Kept]) -> None:
    """Put them in the place of older ones, and forget what is too old or too much."""
    values = [_values(each) for each in some if _fits(each)]
    if not values:
        return
    added = sqlite.insert(rows)
    changed = [column.name for column in rows.c if column is not rows.c.fingerprint]
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["fingerprint"],
            set_={name: added.excluded[name] for name in changed},
            where=added.excluded.created_at >= rows.c.created_at,
        ),
        values,
    )
    newest = max(each.created_at for each in some)
    _forget(connection, newest - DAYS * 86_400)


def find(connection: Connection, prefix: str) -> list[Kept]:
    """Those whose fingerprint begins so, in order. CodecError if one is damaged.

    ValueError unless it is 6 to 32 hex digits in lower case.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("no beginning of a fingerprint")
    wanted = (
        select(rows)
        .where(rows.c.fingerprint >= prefix, rows.c.fingerprint < prefix + _BEYOND)
        .order_by(rows.c.fingerprint)
    )
    return [_kept(*row) for row in connection.execute(wanted)]


def _forget(connection: Connection, before: int) -> None:
    connection.execute(delete(rows).where(rows.c.created_at < before))
    count = connection.execute(select(func.count()).select_from(rows)).scalar_one()
    if count > MOST:
        surplus: Select[tuple[str]] = (
            select(rows.c.fingerprint)
            .order_by(rows.c.created_at.desc(), rows.c.fingerprint)
            .offset(MOST)
        )
        connection.execute(delete(rows).where(rows.c.fingerprint.in_(surplus)))


def _fits(row: Kept) -> bool:
    """Whether every number is one that the table holds: a node may name any."""
    most = max(row.created_at, row.as_of.number, row.as_of.timestamp)
    return most <= MAX_INTEGER


def _values(row: Kept) -> dict[str, int | str]:
    return {
        "fingerprint": row.fingerprint,
        "chain": hex(row.chain_id),
        "owner": row.owner,
        "created_at": row.created_at,
        "block": row.as_of.number,
        "block_hash": row.as_of.hash,
        "block_timestamp": row.as_of.timestamp,
        # A lone surrogate, which no UTF-8 holds, as JSON escapes it.
        "document": row.document.encode("utf-8", "backslashreplace").decode(),
    }


def _kept(*row: object) -> Kept:
    fingerprint, chain, owner, created_at, block, block_hash, timestamp, document = row
    try:
        chain_id = int(text(chain), 16)
    except ValueError:
        raise CodecError("a chain id that is none") from None
    return Kept(
        fingerprint=text(fingerprint),
        chain_id=chain_id,
        owner=Address(text(owner)),
        created_at=whole(created_at),
        as_of=Block(
            number=whole(block), hash=text(block_hash), timestamp=whole(timestamp)
        ),
        document=text(document),
    )
