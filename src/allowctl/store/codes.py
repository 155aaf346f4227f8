"""What ran behind spenders, and since when they are: statements, as in chainlogs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import sqlite

from allowctl.model.chain import Address, Block
from allowctl.model.facts import Creation, Proxy, Seen, SpenderFacts
from allowctl.store.rows import MAX_INTEGER
from allowctl.store.state_tables import code_hashes, creations
from allowctl.store.values import batches, text, whole

_NAMES = 30_000
"""Spenders in one query; SQLite takes 32,766 values (limits.html, 9)."""


def seen(
    connection: Connection, chain: str, spenders: Collection[Address]
) -> dict[Address, Seen]:
    """Those of them that were looked at before. CodecError if it is damaged."""
    wanted = select(*code_hashes.c["spender", "code_hash", "block"])
    found: dict[Address, Seen] = {}
    for some in batches(spenders, _NAMES):
        these = wanted.where(
            code_hashes.c.chain == chain, code_hashes.c.spender.in_(some)
        )
        for spender, code_hash, block in connection.execute(these):
            found[spender] = Seen(code_hash=text(code_hash), block=whole(block))
    return found


def see(
    connection: Connection, chain: str, facts: Sequence[SpenderFacts], at: Block
) -> None:
    """Keep what code they run, unless that of a newer block is known.

    Of each of them it is known, and there is at least one.
    """
    if at.number > MAX_INTEGER:
        return
    values = [
        {
            "chain": chain,
            "spender": each.address,
            "code_hash": each.code_hash,
            "implementation": _implementation(each),
            "block": at.number,
            "seen_at": at.timestamp,
        }
        for each in facts
    ]
    added = sqlite.insert(code_hashes)
    changed = ("code_hash", "implementation", "block", "seen_at")
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["chain", "spender"],
            set_={name: added.excluded[name] for name in changed},
            where=added.excluded.block >= code_hashes.c.block,
        ),
        values,
    )


def read_creations(
    connection: Connection, chain: str, spenders: Collection[Address]
) -> dict[Address, Creation]:
    """The exact ones that are known. CodecError if it is damaged."""
    wanted = select(*creations.c["spender", "block"])
    found: dict[Address, Creation] = {}
    for some in batches(spenders, _NAMES):
        these = wanted.where(creations.c.chain == chain, creations.c.spender.in_(some))
        for spender, block in connection.execute(these):
            found[spender] = Creation(block=whole(block), exact=True)
    return found


def add_creations(
    connection: Connection, chain: str, found: Mapping[Address, int]
) -> None:
    """Keep the block of each; of two that were told, the older."""
    values = [
        {"chain": chain, "spender": spender, "block": block}
        for spender, block in found.items()
        if block <= MAX_INTEGER
    ]
    if not values:
        return
    added = sqlite.insert(creations)
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["chain", "spender"],
            set_={"block": func.min(creations.c.block, added.excluded.block)},
        ),
        values,
    )


def _implementation(facts: SpenderFacts) -> Address | None:
    """Whose code it runs, if not its own."""
    if isinstance(facts.proxy, Proxy):
        return facts.proxy.implementation
    return facts.delegate
