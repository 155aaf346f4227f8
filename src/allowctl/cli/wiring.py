"""The composition root: where endpoints, cache, clock and pipeline are put together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl import __version__
from allowctl.cli import going_on, questions, reach, verify
from allowctl.cli.outside import Outside, remember, see, sources
from allowctl.cli.progress import Watch
from allowctl.cli.reach import Network, Reached
from allowctl.cli.wanted import Wanted
from allowctl.codec.shown import plain
from allowctl.errors import CacheError, UnservedError
from allowctl.model.lists import ListStatus
from allowctl.model.question import Question
from allowctl.model.report import Report, Scan, Unscanned

if TYPE_CHECKING:
    from allowctl.rpc.logs import Tick
    from allowctl.rpc.pool import Pool
    from allowctl.scan.around import Sources
    from allowctl.store.cache import Cache

_CHAINS_AT_ONCE = 8

_PUBLIC = (
    "public endpoints are asked: their operators learn which owners "
    "interest you (--rpc-url names your own)"
)
_REASON = 120
_REASONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a run works with, apart from what it is asked."""

    network: Network
    cache: Path | None = None
    """The file of what is remembered; None for nothing beyond this run."""
    verify: float = 0.0
    """Percent of the log ranges that a second endpoint is asked for too."""
    say: Callable[[str], None] | None = None
    """Tells the person something once, beside the result; None for nobody there."""
    project: reach.Project | None = None
    """The configuration that was found, and may be anybody's."""
    notices: tuple[str, ...] = ()
    """What is to be said before anything is asked."""
    outside: Outside = field(default_factory=Outside)

    @property
    def resumable(self) -> bool:
        """Whether the same run again need not read all anew."""
        return self.cache is not None and not self.verify


async def scan_all(means: Means, asked: Wanted, watch: Watch) -> Report:
    """Every owner on every chain that was asked for.

    `shown` is to be called once the report is where it was to go.
    """
    from allowctl.net.http import HttpClient
    from allowctl.store.cache import Cache
    from allowctl.store.statedb import StateDb

    now = int(time.time())
    with Cache.open(means.cache) as cache, StateDb.open(means.outside.state) as kept:
        async with HttpClient(deadline=means.network.timeout) as client:
            hidden = set(means.outside.wallets)
            around = sources(
                means.outside, client, kept, asked.known, now=now, hidden=hidden
            )
            sought = reach.Sought(
                named=asked.named_chains, open=asked.open, known=asked.known
            )
            reached = await reach.reach(client, means.network, sought, cache)
            mainnet = questions.mainnet(client, means.network, asked, reached, cache)
            pools = [*reached.pools.values(), *([mainnet] if mainnet else [])]
            _notify(means, asked, pools)
            _warn(means, cache, public=reached.public)
            every = await questions.questions(asked, reached, mainnet)
            names = await questions.names(asked.claims, mainnet)
            hidden.update(question.owner for question in every)
            engine = _Engine(cache=cache, sources=around, watch=watch)
            try:
                found = await _scans(means, every, reached, engine)
            finally:
                reach.remember(reached, cache)
            lists = (await around.lists()).statuses if every else ()
        report = replace(_report(found, reached, lists), names=names)
        with _optional(means):
            remember(report, kept)
    return report


def shown(means: Means, report: Report) -> None:
    """Keep, for the next run to compare with, what people now know of."""
    from allowctl.store.statedb import StateDb

    with _optional(means), StateDb.open(means.outside.state) as kept:
        see(report, kept)


def _report(
    found: Sequence[Scan | Unscanned], reached: Reached, lists: Sequence[ListStatus]
) -> Report:
    return Report(
        version=__version__,
        created_at=int(time.time()),
        lists=tuple(lists),
        scans=tuple(each for each in found if isinstance(each, Scan)),
        unscanned=(
            *reached.unscanned,
            *(each for each in found if isinstance(each, Unscanned)),
        ),
    )


@contextlib.contextmanager
def _optional(means: Means) -> Iterator[None]:
    """What is kept for the next run: a report without it is one all the same."""
    try:
        yield
    except CacheError as error:
        if means.say is not None:
            means.say(f"not kept for the next run: {error.message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    """What all chains of a run share."""

    cache: Cache
    sources: Sources
    watch: Watch


async def _scans(
    means: Means,
    questions: Sequence[Question],
    reached: Reached,
    engine: _Engine,
) -> list[Scan | Unscanned]:
    """In the order of the questions; the chains side by side."""
    slots = asyncio.Semaphore(_CHAINS_AT_ONCE)
    by_chain: dict[int, list[Question]] = {}
    for question in questions:
        by_chain.setdefault(question.chain.id, []).append(question)
    watch = engine.watch
    watch.expect(len(by_chain))

    async def one(chain_id: int) -> list[Scan | Unscanned]:
        async with slots:
            pool = reached.pools[chain_id]
            watch.begin(pool.chain, len(by_chain[chain_id]))
            verified = verify.Verify(percent=means.verify, pool=pool, say=means.say)
            verified.before(by_chain[chain_id])
            scans = await _chain(means, by_chain[chain_id], pool, engine)
            watch.end(pool.chain)
            told = _told(scans, (*reached.silent, *pool.refusals()))
            return verified.after(_with_spots(told, means.outside.judged))

    # Lists are fetched meanwhile, not when the first spender is looked up.
    parts, _ = await asyncio.gather(
        asyncio.gather(*map(one, by_chain)), engine.sources.lists()
    )
    found = {
        (question.chain.id, question.owner): scan
        for chain_id, part in zip(by_chain, parts, strict=True)
        for question, scan in zip(by_chain[chain_id], part, strict=True)
    }
    return [found[question.chain.id, question.owner] for question in questions]


async def _chain(
    means: Means,
    questions: Sequence[Question],
    pool: Pool,
    engine: _Engine,
) -> Sequence[Scan | Unscanned]:
    """All owners on one chain; each unscanned, and why, if nobody serves it."""
    from allowctl.pipeline import Work, scan_chain
    from allowctl.scan.around import Around
    from allowctl.scan.seek import Seeker

    cache = engine.cache
    search = _search(means, questions, pool, cache)

    def progress(tick: Tick) -> None:
        engine.watch.tick(pool.chain, search.whole(tick))

    seeker = Seeker(pool=pool, cache=cache, progress=progress, verify=means.verify)
    try:
        around = Around(pool, engine.sources)
        return await scan_chain(
            Work(pool=pool, seeker=seeker, around=around), questions
        )
    except UnservedError as error:
        return [
            Unscanned(reason=error.message, chain=pool.chain, owner=each.owner)
            for each in questions
        ]


def _search(
    means: Means, questions: Sequence[Question], pool: Pool, cache: Cache
) -> going_on.Search:
    first = questions[0].from_block
    owners = [question.owner for question in questions]
    seeks = means.resumable and means.say is not None and not questions[0].named
    goes_on = seeks and going_on.broken_off(cache, pool, owners, first)
    return going_on.Search(
        pool=pool,
        owners=len(owners),
        first=first,
        to_block=questions[0].to_block,
        say=means.say if goes_on else None,
    )


def _told(
    scans: Sequence[Scan | Unscanned], reasons: Sequence[str]
) -> list[Scan | Unscanned]:
    """The same, with the endpoints that were left out among what was not seen."""
    if not reasons:
        return list(scans)
    shown = "; ".join(plain(each, _REASON) for each in reasons[:_REASONS])
    more = len(reasons) - _REASONS
    spot = f"what the endpoints know that were left out: {shown}" + (
        f"; and {more} more" if more > 0 else ""
    )
    return _with_spots(scans, (spot,))


def _with_spots(
    scans: Sequence[Scan | Unscanned], spots: Sequence[str]
) -> list[Scan | Unscanned]:
    return [
        replace(each, blind_spots=(*each.blind_spots, *spots))
        if isinstance(each, Scan)
        else each
        for each in scans
    ]


def _notify(means: Means, asked: Wanted, pools: Sequence[Pool]) -> None:
    """Before any owner is named to anybody: whose word is followed in what."""
    if means.say is None:
        return
    keys = [node.key for pool in pools for node in pool.nodes]
    project = means.project
    used = project.told(keys, asked.found_wallets) if project else ()
    for each in (*means.notices, *used):
        means.say(each)


def _warn(means: Means, cache: Cache, *, public: bool) -> None:
    """Once ever: whoever was not there to read it is told the next time."""
    if public and means.say is not None and not cache.noticed("public-endpoints"):
        means.say(_PUBLIC)
