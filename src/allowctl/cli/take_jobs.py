"""Carrying plans out: all chains side by side, each under its journal's lock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allowctl.cli import reach, take_stopped, wiring
from allowctl.cli.lease import SharedKey
from allowctl.cli.take_terms import Terms
from allowctl.errors import AllowctlError, UnservedError
from allowctl.model.chain import Address, Chain

if TYPE_CHECKING:
    from allowctl.model.outcome import Result
    from allowctl.model.plan import Plan
    from allowctl.revoke.carry import Carrier
    from allowctl.revoke.journal_files import Place
    from allowctl.revoke.ports import Signer
    from allowctl.rpc.pool import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be carried out for one account on one chain."""

    plan: Plan
    work: Callable[[Carrier], Awaitable[Result]]


@asynccontextmanager
async def pools_of(
    means: wiring.Means, known: Sequence[Chain], wanted: Iterable[int]
) -> AsyncIterator[dict[int, Pool]]:
    """The endpoints of some chains. UnservedError if one has none that answers."""
    from allowctl.net.http import HttpClient
    from allowctl.store.cache import Cache

    ids = {*wanted}
    named = tuple(chain for chain in known if chain.id in ids)
    named += tuple(
        Chain(id=each, name=f"chain {each}")
        for each in sorted(ids - {chain.id for chain in named})
    )
    with Cache.open(means.cache) as cache:
        async with HttpClient(deadline=means.network.timeout) as client:
            sought = reach.Sought(named=named, open=False, known=tuple(known))
            reached = await reach.reach(client, means.network, sought, cache)
            yield reached.pools


def pool_of(pools: dict[int, Pool], chain_id: int) -> Pool:
    """A chain's endpoints. UnservedError if there are none now."""
    if chain_id not in pools:
        raise UnservedError(
            f"no endpoint serves chain {chain_id} now",
            hint="try again, or give another --rpc-url",
        )
    return pools[chain_id]


def run_jobs(
    means: wiring.Means, known: Sequence[Chain], jobs: Sequence[Job], terms: Terms
) -> list[Result | AllowctlError]:
    """What became of each: all side by side, one key for each owner.

    StoppedError if a person or a signal stops them: it says what was signed.
    """
    begun = [(_place(job.plan, terms), job.plan) for job in jobs]
    before = take_stopped.counts(place for place, _ in begun)
    try:
        return asyncio.run(_jobs(means, known, jobs, terms))
    except KeyboardInterrupt:
        raise take_stopped.stopped(begun, before) from None


async def _jobs(
    means: wiring.Means, known: Sequence[Chain], jobs: Sequence[Job], terms: Terms
) -> list[Result | AllowctlError]:
    keys = {job.plan.owner: _shared(terms, job.plan.owner) for job in jobs}
    async with pools_of(means, known, {job.plan.chain.id for job in jobs}) as pools:

        async def one(job: Job) -> Result | AllowctlError:
            try:
                pool = pool_of(pools, job.plan.chain.id)
                return await _carried(pool, job, keys[job.plan.owner].lease, terms)
            except AllowctlError as error:
                return error

        return list(await asyncio.gather(*map(one, jobs)))


def _place(plan: Plan, terms: Terms) -> Place:
    from allowctl.revoke.journal_files import Place

    return Place(state=terms.state, chain_id=plan.chain.id, owner=plan.owner)


def _shared(terms: Terms, owner: Address) -> SharedKey:
    return SharedKey(unlock=lambda: terms.key.unlock(owner))


async def _carried(
    pool: Pool, job: Job, unlock: Callable[[], Signer], terms: Terms
) -> Result:
    """One plan, under its journal's lock."""
    from allowctl.cli.steps_progress import StepLines, say
    from allowctl.revoke import follow, journal
    from allowctl.revoke.carry import Carrier
    from allowctl.revoke.outbox import PoolOutbox

    place = _place(job.plan, terms)
    with journal.opened(place, clock=time.time) as opened:
        return await job.work(
            Carrier(
                outbox=PoolOutbox(pool),
                journal=opened,
                unlock=unlock,
                terms=follow.Terms.usual(pool.chain, terms.confirmations),
                clock=time.monotonic,
                sleep=asyncio.sleep,
                tell=StepLines(plan=job.plan, say=say(quiet=terms.quiet)),
                replace_pending=terms.replace_pending,
                signs=terms.signs,
            )
        )
