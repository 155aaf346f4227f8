"""The same question at every endpoint, side by side, and who understood it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from allowctl.errors import UnservedError
from allowctl.model.chain import Block
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool

Request = tuple[str, Sequence[object]]
"""Method and parameters."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one endpoint said to each request: a result, or an error as a value."""

    node: Node
    items: Sequence[object]


async def ask(nodes: Sequence[Node], asked: Sequence[Request]) -> list[Heard]:
    """The same requests at each of them, in one round trip."""

    async def one(node: Node) -> Heard:
        try:
            return Heard(node=node, items=await node.rpc.many(asked))
        except UnservedError as error:
            return Heard(node=node, items=[error] * len(asked))

    return list(await asyncio.gather(*map(one, nodes)))


def told(
    heard: Sequence[Heard], read: Callable[[Sequence[object], str], T]
) -> list[tuple[str, T]]:
    """What `read` makes of each endpoint's items, by host.

    Where it raises UnservedError the endpoint is left out; the first such error is
    raised if all are.
    """
    found: list[tuple[str, T]] = []
    errors: list[UnservedError] = []
    for each in heard:
        try:
            found.append((each.node.host, read(each.items, each.node.host)))
        except UnservedError as error:
            errors.append(error)
    if not found:
        raise errors[0] if errors else UnservedError("no endpoint is there to be asked")
    return found


def differ(about: str, said: Sequence[tuple[str, object]]) -> UnservedError:
    """Endpoints contradict each other: nobody knows who is right."""
    return UnservedError(
        f"endpoints differ about {about}: {quoted(said)}",
        hint="leave out the one that is wrong, or wait until they agree",
    )


def quoted(said: Sequence[tuple[str, object]]) -> str:
    """Who says what, the first few."""
    return ", ".join(f"{host} says {what}" for host, what in said[:4])


async def stood(pool: Pool, node: Node, at: Block) -> None:
    """UnservedError unless what was just read at an endpoint was read at this block.

    One that reads by hash has read it there or not at all.
    """
    if node.rpc.by_hash:
        return
    confirmed = await pool.confirms(node, at)
    if isinstance(confirmed, UnservedError):
        raise confirmed
    if not confirmed:
        raise UnservedError(f"{node.host} does not have block {at.number} as it was")
