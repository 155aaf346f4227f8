"""Who sent what raised an approval: whoever makes one up cannot send for its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from allowctl.intel.feeds import KnownToken
from allowctl.model.approval import Allowance, Kind, LogRef
from allowctl.model.chain import Address, Sent
from allowctl.model.facts import Sender
from allowctl.rpc.coalesce import Coalesced
from allowctl.rpc.pool import Pool
from allowctl.rpc.state import State


class Senders:
    """The senders of one chain's transactions, remembered for as long as it is held."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[str, Sent | None] = {}
        self._ask = Coalesced(self._asked)

    async def of(
        self,
        state: State,
        owner: Address,
        allowances: Sequence[Allowance],
        known: Mapping[Address, KnownToken],
        *,
        whole: bool,
    ) -> tuple[list[Sender], bool | None]:
        """Who sent each, in order, and whether the owner is a key without code.

        Nobody is asked about tokens that are `known`, nor about what Permit2 keeps:
        it logs what was signed alone. Where the history is not `whole`, the first
        log that was read may be a spender's own, and says nothing.
        """
        places = [_place(each, known, whole=whole) for each in allowances]
        hashes = list(dict.fromkeys(place for place in places if place))
        if not hashes:
            return [Sender.UNKNOWN] * len(places), None
        sent, ((code, _),) = await asyncio.gather(
            self._ask(hashes), state.accounts([owner])
        )
        told = dict(zip(hashes, sent, strict=True))
        plain = not code if isinstance(code, bytes) else None
        return [_sender(told.get(place), owner) for place in places], plain

    async def sent(self, hashes: Sequence[str]) -> list[Sent | None]:
        """Each transaction, in order; None where nobody has it. None is asked twice."""
        return await self._ask(hashes)

    async def _asked(self, hashes: Sequence[str]) -> list[Sent | None]:
        """Each transaction, from the first endpoint that has it."""
        left = [each for each in hashes if each not in self._known]
        for node in self._pool.usable:
            if not left:
                break
            told = await node.rpc.transactions(left)
            for each, found in zip(left, told, strict=True):
                if isinstance(found, Sent):
                    self._known[each] = found
            left = [each for each in left if each not in self._known]
        self._known |= dict.fromkeys(left)
        return [self._known[each] for each in hashes]


def _place(
    allowance: Allowance, known: Mapping[Address, KnownToken], *, whole: bool
) -> str:
    """The transaction that matters; empty where nobody is to be asked for one."""
    candidate = allowance.candidate
    # A log of nothing raises nothing, but its token may well grant.
    log: LogRef | None = candidate.raised or candidate.last_changed
    cut = not whole and log == candidate.first
    if log is None or cut or candidate.kind is Kind.PERMIT2:
        return ""
    return "" if candidate.token in known else log.transaction


def _sender(sent: Sent | None, owner: Address) -> Sender:
    if sent is None:
        return Sender.UNKNOWN
    return Sender.OWNER if owner in {sent.sender, sent.to} else Sender.OTHER
