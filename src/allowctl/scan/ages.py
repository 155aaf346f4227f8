"""How old spenders are, each searched for once in a run, and no token's all first."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from allowctl.intel.creation import MOST_SEARCHED, creations
from allowctl.intel.moments import Moments
from allowctl.model.approval import Allowance
from allowctl.model.chain import Address, Block
from allowctl.model.facts import Creation
from allowctl.model.missing import Lack, Missing
from allowctl.risk.rule import DAY
from allowctl.rpc.coalesce import Coalesced
from allowctl.rpc.pool import Pool

SHARE = 50
"""Spenders of one token that are searched for before it is the next one's turn: a
token can name as many as it likes."""

Made = Callable[[int, Collection[Address]], Mapping[Address, Creation]]
"""The exact creations of a chain's contracts that are known already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A contract, and the tokens that have approvals of it."""

    spender: Address
    firsts: tuple[tuple[Address, int | None], ...]
    """Each with the block of its first approval, if a log says that."""

    @property
    def first(self) -> int | None:
        """Of them all."""
        return _earliest(first for _, first in self.firsts)


class Ages:
    """The creations of one chain's contracts, for all owners of a run."""

    def __init__(
        self,
        pool: Pool,
        moments: Moments,
        *,
        made: Made,
        trusted: Collection[Address] = (),
        enough_days: int,
    ) -> None:
        """`trusted`: tokens whose spenders come first.

        `enough_days`: as old as that, it no longer matters how old exactly.
        """
        self._chain = pool.chain.id
        self._archive = pool.archive()
        self._moments = moments
        self._made = made
        self._trusted = trusted
        self._enough = enough_days
        self._room = MOST_SEARCHED
        self._known: dict[Address, Creation | Missing] = {}
        self._search = Coalesced(self._searched)
        self._at = Block(number=0, hash="", timestamp=0)
        """The newest block that contracts are known to be there at."""

    async def of(
        self, named: Sequence[Named], at: Block
    ) -> Mapping[Address, Creation | Missing]:
        """Each contract's creation, with its time. Searched for once in a run."""
        self._at = at
        await self._search([each for each in named if each.spender not in self._known])
        return self._known

    async def _searched(self, asked: Sequence[Named]) -> Sequence[None]:
        """Of what several owners ask side by side, each contract once."""
        new = _merged(each for each in asked if each.spender not in self._known)
        if new:
            at = self._at
            self._known |= await self._dated(new, await self._found(new, at), at)
        return [None] * len(asked)

    async def _found(
        self, new: Mapping[Address, Named], at: Block
    ) -> Mapping[Address, Creation | Missing]:
        earlier = self._made(self._chain, list(new))
        exact = [
            address
            for address, each in earlier.items()
            if each.exact and each.block <= at.number
        ]
        left = [each for address, each in new.items() if address not in exact]
        order = [*exact, *turns(left, self._trusted)]
        room = self._room
        self._room = max(0, room - len(left))
        firsts = {address: new[address].first for address in order}
        return await creations(self._archive, at, firsts, earlier, room=room)

    async def _dated(
        self,
        new: Mapping[Address, Named],
        found: Mapping[Address, Creation | Missing],
        at: Block,
    ) -> dict[Address, Creation | Missing]:
        bounds = {
            address: made
            if isinstance(made, Creation)
            else _bound(made, new[address].first)
            for address, made in found.items()
        }
        blocks = {each.block for each in bounds.values() if each is not None}
        times = await self._moments.of(blocks, at=at) if blocks else {}
        dated: dict[Address, Creation | Missing] = dict(found)
        for address, bound in bounds.items():
            if bound is None:
                continue
            told = times[bound.block]
            time = told if isinstance(told, int) else None
            old = time is not None and at.timestamp - time >= self._enough * DAY
            # What failed stays so where the first approval is too young to do instead.
            if bound is found[address] or old:
                dated[address] = replace(bound, timestamp=time)
        return dated


def named(
    contracts: Collection[Address], allowances: Sequence[Allowance]
) -> list[Named]:
    """Those of the contracts that allowances name."""
    told = (
        Named(spender=each.spender, firsts=((each.candidate.token, _block(each)),))
        for each in allowances
        if each.spender in contracts
    )
    return list(_merged(told).values())


def turns(left: Sequence[Named], trusted: Collection[Address]) -> list[Address]:
    """In which order they are searched for: some of each token, again and again.

    Of a token the youngest come first: of an old one it matters less how old.
    """
    queues: dict[Address, list[tuple[float, Address]]] = {}
    for each in left:
        for token, first in each.firsts:
            since = -math.inf if first is None else -first
            queues.setdefault(token, []).append((since, each.spender))
    # Who names few is served before who names many.
    ranked = sorted(
        queues, key=lambda token: (token not in trusted, len(queues[token]), token)
    )
    ordered = [[spender for _, spender in sorted(queues[token])] for token in ranked]
    order: dict[Address, None] = {}
    for start in range(0, max(map(len, ordered), default=0), SHARE):
        for queue in ordered:
            order |= dict.fromkeys(queue[start : start + SHARE])
    return list(order)


def _merged(asked: Iterable[Named]) -> dict[Address, Named]:
    """One of each contract, with all that names it."""
    firsts: dict[Address, dict[Address, int | None]] = {}
    for each in asked:
        of = firsts.setdefault(each.spender, {})
        for token, first in each.firsts:
            of[token] = _earliest((of.get(token), first))
    return {
        spender: Named(spender=spender, firsts=tuple(of.items()))
        for spender, of in firsts.items()
    }


def _earliest(blocks: Iterable[int | None]) -> int | None:
    return min((each for each in blocks if each is not None), default=None)


def _block(allowance: Allowance) -> int | None:
    first = allowance.candidate.first
    return None if first is None else first.block


def _bound(made: Missing, first: int | None) -> Creation | None:
    """What the first approval may say where the search failed."""
    if made.lack is not Lack.FAILED or first is None:
        return None
    return Creation(block=first, exact=False)
