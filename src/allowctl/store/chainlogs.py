"""Logs and their coverage: statements in a transaction that the caller holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from allowctl.model.chain import Address, BlockRange, Log
from allowctl.store.cache_tables import anchors, canaries, coverage, logs, scopes
from allowctl.store.rows import MAX_INTEGER, LogRow, pack, unpack
from allowctl.store.values import Piece, batches, merged

_ROWS = 10_000
"""Rows handed to SQLite at once: what bounds the memory of a commit."""
_NAMES = 30_000
"""Owners in one query; SQLite takes 32,766 values (limits.html, 9)."""


def _text(statement: Insert, *columns: str) -> str:
    """A statement's SQL, for rows as plain tuples: half the time of dicts."""
    compiled = statement.compile(dialect=sqlite.dialect(), column_keys=columns or None)
    return str(compiled)


_ADD_LOGS = _text(sqlite.insert(logs).on_conflict_do_nothing())
_ADD_COVERAGE = _text(sqlite.insert(coverage), "scope", "first", "last")
_ADD_SCOPES = _text(
    sqlite.insert(scopes).on_conflict_do_nothing(), "chain", "version", "owner"
)


def covered(
    connection: Connection, chain: str, version: str, owners: Sequence[Address]
) -> dict[Address, tuple[BlockRange, ...]]:
    """The proven ranges of each owner, in order, none touching the next."""
    known = _scopes(connection, chain, version, owners)
    names = {scope: owner for owner, scope in known.items()}
    found: dict[Address, list[BlockRange]] = {owner: [] for owner in owners}
    for some in batches(names, _NAMES):
        for scope, first, last in merged(
            _spans(connection, coverage.c.scope.in_(some))
        ):
            found[names[scope]].append(BlockRange(first, last))
    return {owner: tuple(ranges) for owner, ranges in found.items()}


def commit(
    connection: Connection, chain: str, version: str, pieces: Sequence[Piece]
) -> None:
    """Add logs and coverage. ValueError for a log that its piece does not cover."""
    owners = list(dict.fromkeys(owner for piece in pieces for owner in piece.owners))
    known = _scopes(connection, chain, version, owners)
    new = [owner for owner in owners if owner not in known]
    if new:
        rows = ((chain, version, _bytes(owner)) for owner in new)
        _add(connection, _ADD_SCOPES, rows)
        known |= _scopes(connection, chain, version, new)
    _add(connection, _ADD_LOGS, _log_rows(pieces, known))
    _add(connection, _ADD_COVERAGE, _coverage_rows(pieces, known))


def read(
    connection: Connection,
    chain: str,
    version: str,
    owner: Address,
    blocks: BlockRange,
) -> list[Log]:
    """What is kept of a range, by block and position. CodecError if it is damaged."""
    scope = _scopes(connection, chain, version, (owner,)).get(owner)
    if scope is None or blocks.first > MAX_INTEGER:
        return []
    wanted = (
        select(*logs.c["block", "position", "address", "topics", "data", "transaction"])
        .where(
            logs.c.scope == scope,
            logs.c.block.between(blocks.first, min(blocks.last, MAX_INTEGER)),
        )
        .order_by(*logs.primary_key)
    )
    return [unpack(LogRow(*row)) for row in connection.execute(wanted)]


def compact(connection: Connection, chain: str, version: str) -> None:
    """Put merged ranges in the place of those that were appended."""
    newest = connection.execute(select(func.max(coverage.c.id))).scalar_one()
    if newest is None:
        return
    old = coverage.c.id <= newest
    here = coverage.c.scope.in_(_scopes_of(chain, version))
    # Sorted whole before the first row comes, so what is added is not read.
    _add(connection, _ADD_COVERAGE, merged(_spans(connection, here & old)))
    connection.execute(delete(coverage).where(here, old))


def rewind(connection: Connection, chain: str, above: int) -> None:
    """Forget every block above a number; with -1 every block."""
    above = min(above, MAX_INTEGER)
    here = _scopes_of(chain)
    ranges = coverage.c.scope.in_(here)
    connection.execute(delete(logs).where(logs.c.scope.in_(here), logs.c.block > above))
    connection.execute(delete(coverage).where(ranges, coverage.c.first > above))
    connection.execute(
        update(coverage).where(ranges, coverage.c.last > above).values(last=above)
    )
    for table, number in ((anchors, anchors.c.number), (canaries, canaries.c.block)):
        connection.execute(delete(table).where(table.c.chain == chain, number > above))


def _scopes(
    connection: Connection, chain: str, version: str, owners: Sequence[Address]
) -> dict[Address, int]:
    """The id of each owner that was ever committed."""
    found: dict[Address, int] = {}
    for some in batches(owners, _NAMES):
        wanted = select(scopes.c.owner, scopes.c.id).where(
            scopes.c.chain == chain,
            scopes.c.version == version,
            scopes.c.owner.in_([_bytes(owner) for owner in some]),
        )
        for owner, scope in connection.execute(wanted):
            found[Address("0x" + owner.hex())] = scope
    return found


def _bytes(owner: Address) -> bytes:
    return bytes.fromhex(owner[2:])


def _scopes_of(chain: str, version: str | None = None) -> Select[tuple[int]]:
    """The ids of a chain, of one filter version or of all."""
    ids = select(scopes.c.id).where(scopes.c.chain == chain)
    return ids if version is None else ids.where(scopes.c.version == version)


def _spans(
    connection: Connection, which: ColumnElement[bool]
) -> Iterator[tuple[int, int, int]]:
    """Rows of coverage in the order that `merged` needs."""
    c = coverage.c
    wanted = select(c.scope, c.first, c.last).where(which).order_by(c.scope, c.first)
    return iter(connection.execute(wanted))


def _log_rows(
    pieces: Sequence[Piece], known: Mapping[Address, int]
) -> Iterator[tuple[int | bytes, ...]]:
    for piece in pieces:
        sought = frozenset(piece.owners)
        for owner, log in piece.logs:
            row = pack(log)
            if owner not in sought or row.block not in piece.blocks:
                raise ValueError("a log of another owner or range than its piece")
            if row.block <= MAX_INTEGER:
                yield (known[owner], *row)


def _coverage_rows(
    pieces: Sequence[Piece], known: Mapping[Address, int]
) -> Iterator[tuple[int, int, int]]:
    for piece in pieces:
        first, last = piece.blocks.first, min(piece.blocks.last, MAX_INTEGER)
        if first <= last:
            for owner in piece.owners:
                yield (known[owner], first, last)


def _add(
    connection: Connection, statement: str, rows: Iterable[tuple[object, ...]]
) -> None:
    for some in batches(rows, _ROWS):
        # In the order of the key, neighbours land on one page.
        connection.exec_driver_sql(statement, sorted(some))
