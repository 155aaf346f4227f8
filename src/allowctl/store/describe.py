"""What the cache holds, counted."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Select, func, select

from allowctl.errors import CodecError
from allowctl.store.cache_tables import coverage, endpoints, logs, scopes
from allowctl.store.database import Database
from allowctl.store.paths import size
from allowctl.store.values import CacheInfo, ChainInfo, merged


def describe(database: Database) -> CacheInfo:
    """CacheError if it cannot be read."""
    path = database.location
    with database.reading() as connection:
        chains = tuple(_chains(connection))
        known = select(func.count(endpoints.c.key.distinct()))
        return CacheInfo(
            path=path,
            bytes=0 if path is None else size(path),
            logs=sum(each.logs for each in chains),
            chains=chains,
            endpoints=connection.execute(known).scalar_one(),
        )


def _chains(connection: Connection) -> Iterator[ChainInfo]:
    owners = _counts(
        connection,
        select(scopes.c.chain, func.count(scopes.c.owner.distinct())).group_by(
            scopes.c.chain
        ),
    )
    kept = select(logs.c.scope, func.count().label("count")).group_by(logs.c.scope)
    each = kept.subquery()
    found = _counts(
        connection,
        select(scopes.c.chain, func.sum(each.c.count))
        .join(each, each.c.scope == scopes.c.id)
        .group_by(scopes.c.chain),
    )
    blocks = _blocks(connection)
    for number, chain in sorted((_number(chain), chain) for chain in owners):
        yield ChainInfo(
            chain_id=number,
            owners=owners[chain],
            blocks=blocks.get(chain, 0),
            logs=found.get(chain, 0),
        )


def _blocks(connection: Connection) -> dict[str, int]:
    """By chain: how many blocks are covered for at least one owner."""
    wanted = (
        select(scopes.c.chain, coverage.c.first, coverage.c.last)
        .join(coverage, coverage.c.scope == scopes.c.id)
        .order_by(scopes.c.chain, coverage.c.first)
    )
    counts: dict[str, int] = {}
    for chain, first, last in merged(iter(connection.execute(wanted))):
        counts[chain] = counts.get(chain, 0) + last - first + 1
    return counts


def _counts(connection: Connection, wanted: Select[str, int]) -> dict[str, int]:
    return {str(chain): int(count) for chain, count in connection.execute(wanted)}


def _number(chain: str) -> int:
    try:
        return int(chain, 16)
    except (ValueError, TypeError):
        raise CodecError("a chain id that is none") from None
