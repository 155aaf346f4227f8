"""Anchors, canaries, endpoints' limits, notices: statements, as in chainlogs."""

from __future__ import annotations

from dataclasses import asdict

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import sqlite

from allowctl.errors import CodecError
from allowctl.model.endpoint import Limits
from allowctl.store.cache_tables import anchors, canaries, endpoints, notices
from allowctl.store.rows import MAX_INTEGER
from allowctl.store.values import whole

_limits_decoder = msgspec.json.Decoder(Limits)


def read_anchors(connection: Connection, chain: str) -> list[tuple[int, str]]:
    """Number and hash of each block that was final once, newest first. CodecError."""
    wanted = (
        select(anchors.c.number, anchors.c.hash)
        .where(anchors.c.chain == chain)
        .order_by(anchors.c.number.desc())
    )
    found = connection.execute(wanted)
    return [(whole(number), str(text)) for number, text in found]


def add_anchor(connection: Connection, chain: str, number: int, text: str) -> None:
    """The latest hash of a number wins. One too large to be kept is not."""
    if number > MAX_INTEGER:
        return
    added = sqlite.insert(anchors).values(chain=chain, number=number, hash=text)
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["chain", "number"], set_={"hash": added.excluded.hash}
        )
    )


def read_limits(connection: Connection, key: str, chain: str) -> Limits | None:
    """What was saved last. CodecError if it is damaged."""
    wanted = select(endpoints.c.limits).where(
        endpoints.c.key == key, endpoints.c.chain == chain
    )
    text = connection.execute(wanted).scalar_one_or_none()
    if text is None:
        return None
    try:
        return _limits_decoder.decode(text)
    except (msgspec.DecodeError, TypeError):
        raise CodecError("an endpoint's limits in no layout of ours") from None


def save_limits(
    connection: Connection, key: str, host: str, chain: str, limits: Limits
) -> None:
    """In the place of what was saved before."""
    added = sqlite.insert(endpoints).values(
        key=key, host=host, chain=chain, limits=msgspec.json.encode(_bounded(limits))
    )
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["key", "chain"],
            set_={"host": added.excluded.host, "limits": added.excluded.limits},
        )
    )


def read_canary(connection: Connection, chain: str) -> int | None:
    """The oldest block that is known to hold an event. CodecError if it is damaged."""
    wanted = select(canaries.c.block).where(canaries.c.chain == chain)
    found = connection.execute(wanted).scalar_one_or_none()
    return None if found is None else whole(found)


def save_canary(connection: Connection, chain: str, block: int) -> None:
    """Keep it if it is older than the one known."""
    if block > MAX_INTEGER:
        return
    added = sqlite.insert(canaries).values(chain=chain, block=block)
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["chain"],
            set_={"block": func.min(canaries.c.block, added.excluded.block)},
        )
    )


def was_noticed(connection: Connection, what: str) -> bool:
    """Whether it was marked before."""
    wanted = select(notices.c.what).where(notices.c.what == what)
    return connection.execute(wanted).first() is not None


def notice(connection: Connection, what: str) -> bool:
    """Mark it. Whether it was marked before, by another process maybe."""
    added = sqlite.insert(notices).values(what=what).on_conflict_do_nothing()
    return connection.execute(added).rowcount == 0


def _bounded(limits: Limits) -> Limits:
    """No wider than what JSON readers take: a node may have named any number."""
    held = asdict(limits)
    wide = [name for name, value in held.items() if isinstance(value, int)]
    return Limits(**held | {name: min(held[name], MAX_INTEGER) for name in wide})
