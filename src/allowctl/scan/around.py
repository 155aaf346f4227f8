"""What is known around allowances: spenders, times, lists, what earlier runs saw."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from allowctl.intel.feeds import KnownToken, known_tokens
from allowctl.intel.lists.book import ListBook
from allowctl.intel.moments import Moments
from allowctl.intel.prices import PriceBook
from allowctl.intel.spenders import spender_facts
from allowctl.model.approval import Allowance, LogRef
from allowctl.model.chain import Address, Block
from allowctl.model.facts import Creation, Proxy, Seen, SpenderFacts, SpenderKind
from allowctl.model.lists import Entry, Listing
from allowctl.model.missing import Lack, Missing
from allowctl.model.weights import WEIGHTS, Weights
from allowctl.rpc.pool import Pool
from allowctl.rpc.state import State
from allowctl.scan.ages import Ages, Made, named
from allowctl.scan.senders import Senders
from allowctl.scan.usage import Usage

_NO_LOG = Missing(Lack.UNAVAILABLE, "no log of it was read: its age is not known")

Verify = Callable[[int, Sequence[Address]], Awaitable[Mapping[Address, bool | Missing]]]


def _no_seen(_chain_id: int, _spenders: Collection[Address]) -> Mapping[Address, Seen]:
    return {}


def _no_made(
    _chain_id: int, _spenders: Collection[Address]
) -> Mapping[Address, Creation]:
    return {}


async def _no_lists() -> ListBook:
    return ListBook()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where a run's knowledge is from, apart from the chains' state."""

    lists: Callable[[], Awaitable[ListBook]] = _no_lists
    """Loaded once, whoever asks first."""
    prices: PriceBook = field(default_factory=lambda: PriceBook(()))
    seen: Callable[[int, Collection[Address]], Mapping[Address, Seen]] = _no_seen
    """What ran behind spenders of a chain before, or is pinned to."""
    made: Made = _no_made
    """The exact creations that earlier runs found."""
    verified: Verify | None = None
    """Whether source is published; None where nobody asked for that."""
    tokens: Callable[[int], Mapping[Address, KnownToken]] = known_tokens
    weights: Weights = WEIGHTS


class Around:
    """What surrounds the allowances of one chain, for all owners of a run."""

    def __init__(self, pool: Pool, sources: Sources) -> None:
        self.sources = sources
        self.chain = pool.chain
        self.senders = Senders(pool)
        self._moments = Moments(pool)
        self.usage = Usage(pool, self.senders, self._moments)
        self._ages = Ages(
            pool,
            self._moments,
            made=sources.made,
            trusted=sources.tokens(self.chain.id),
            enough_days=sources.weights.recent_days,
        )
        self._verified: dict[Address, bool | Missing] = {}
        self._same: dict[SpenderFacts, SpenderFacts] = {}

    async def raised(
        self, allowances: Sequence[Allowance], at: Block
    ) -> list[int | Missing]:
        """When each was last raised, in unix seconds, in order."""
        places = [each.candidate.raised for each in allowances]
        times = await self._times([place for place in places if place], at)
        return [_NO_LOG if place is None else times[place.block] for place in places]

    async def spenders(
        self, state: State, owner: Address, allowances: Sequence[Allowance]
    ) -> dict[Address, SpenderFacts]:
        """All that is known of each spender, at the state's block."""
        facts, book = await asyncio.gather(
            spender_facts(state, sorted({each.spender for each in allowances})),
            self.sources.lists(),
        )
        contracts = {
            address
            for address, each in facts.items()
            if each.kind is SpenderKind.CONTRACT
        }
        made, verified = await asyncio.gather(
            self._ages.of(named(contracts, allowances), state.at),
            # Who is an owner here is nobody else's business.
            self._sources_of(sorted(contracts - {owner})),
        )
        seen = {
            address: each
            for address, each in self.sources.seen(self.chain.id, list(facts)).items()
            # A newer run's code is no earlier one.
            if each.pinned or each.block <= state.at.number
        }
        every = {
            address: self._known(each, book, seen.get(address), made, verified)
            for address, each in facts.items()
        }
        # One value for all owners of a spender: there may be thousands.
        return {
            address: self._same.setdefault(each, each)
            for address, each in every.items()
        }

    def _known(
        self,
        facts: SpenderFacts,
        book: ListBook,
        seen: Seen | None,
        made: Mapping[Address, Creation | Missing],
        verified: Mapping[Address, bool | Missing],
    ) -> SpenderFacts:
        entry = book.entry(self.chain.id, facts.address)
        listed = () if entry is None else entry.listings
        gone = facts.kind is SpenderKind.UNUSED and seen is not None and not seen.pinned
        return replace(
            facts,
            kind=SpenderKind.GONE if gone else facts.kind,
            label=None if entry is None else entry.label,
            listed=(*listed, *self._through(facts, book)),
            seen=seen,
            created=made.get(facts.address, facts.created),
            verified=verified.get(facts.address, facts.verified),
        )

    def _through(self, facts: SpenderFacts, book: ListBook) -> tuple[Listing, ...]:
        """What lists have against the code that a spender runs, and what names it."""
        proxy = facts.proxy if isinstance(facts.proxy, Proxy) else None
        runs = {facts.delegate, *facts.through}
        if proxy is not None:
            runs |= {proxy.implementation, proxy.beacon}
        found: list[Entry] = [
            entry
            for address in sorted(runs - {None, facts.address}, key=str)
            if address is not None
            and (entry := book.entry(self.chain.id, address)) is not None
        ]
        return tuple(
            replace(listing, via=entry.address)
            for entry in found
            for listing in entry.listings
        )

    async def _times(
        self, places: Sequence[LogRef], at: Block
    ) -> Mapping[int, int | Missing]:
        if not places:
            return {}
        return await self._moments.of({place.block for place in places}, at=at)

    async def _sources_of(
        self, contracts: Sequence[Address]
    ) -> Mapping[Address, bool | Missing]:
        """Whether each one's source is published, where that is asked for."""
        ask = self.sources.verified
        if ask is None:
            return {}
        new = [each for each in contracts if each not in self._verified]
        if new:
            self._verified |= await ask(self.chain.id, new)
        return self._verified
