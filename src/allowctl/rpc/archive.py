"""The state of blocks long past, at whichever endpoint still has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from allowctl.model.chain import Address, Unserved
from allowctl.rpc.client import Rpc
from allowctl.rpc.endpoints import Node

V = TypeVar("V", int, bytes)

Then = tuple[Address, int]
"""An address after the block of that number."""


class Archive:
    """Several endpoints' old state as one, in order of preference.

    Blocks are named by number: an endpoint need not know their hashes. What one
    does not serve is asked at the next.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._rpcs: list[Rpc] = [node.rpc for node in nodes]

    async def keep(self, asked: Sequence[Then]) -> bool | Unserved:
        """Whether any endpoint has old state: if so, the others are asked no more.

        Who says that the first of `asked` is lost has none. Who fails in any other
        way is asked for the next one. If that is all that anybody did, why.

        One that has thrown the state away may answer 0 instead of refusing:
        nothing tells that from the truth.
        """
        told = await asyncio.gather(*(_kept(rpc, asked) for rpc in self._rpcs))
        has = [rpc for rpc, it in zip(self._rpcs, told, strict=True) if it is None]
        if has:
            self._rpcs = has
            return True
        why = [it for it in told if it is not None]
        return False if not why or any(map(_expired, why)) else why[0]

    async def nonces(self, asked: Sequence[Then]) -> list[int | Unserved]:
        """The nonce of each; `expired` where every endpoint has lost that block."""
        return await self._everywhere(asked, lambda rpc, some: rpc.old_nonces(some))

    async def codes(self, asked: Sequence[Then]) -> list[bytes | Unserved]:
        """The code of each, empty where there was none."""
        return await self._everywhere(asked, lambda rpc, some: rpc.old_codes(some))

    async def _everywhere(
        self,
        asked: Sequence[Then],
        ask: Callable[[Rpc, Sequence[Then]], Awaitable[list[V | Unserved]]],
    ) -> list[V | Unserved]:
        found: dict[Then, V | Unserved] = {}
        left = list(dict.fromkeys(asked))
        for rpc in list(self._rpcs):
            if not left:
                break
            told = dict(zip(left, await ask(rpc, left), strict=True))
            for each, value in told.items():
                known = found.get(each)
                # That it is lost everywhere, everybody has to say.
                if not (isinstance(known, Unserved) and _expired(value)):
                    found[each] = value
            left = [each for each in left if isinstance(found[each], Unserved)]
            if len(left) == len(told):
                # Whoever had nothing to say is asked last from now on.
                self._rpcs.remove(rpc)
                self._rpcs.append(rpc)
        nobody = Unserved("no endpoint has old state", expired=True)
        return [found.get(each, nobody) for each in asked]


async def _kept(rpc: Rpc, asked: Sequence[Then]) -> Unserved | None:
    """Why an endpoint has none of it; None as soon as it has some."""
    why: Unserved | None = None
    for each in asked:
        (nonce,) = await rpc.old_nonces((each,))
        if not isinstance(nonce, Unserved):
            return None
        why = nonce
        if nonce.expired:
            break
    return why


def _expired(value: object) -> bool:
    return isinstance(value, Unserved) and value.expired
