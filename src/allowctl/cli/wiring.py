"""The composition root: where endpoints, cache, clock and pipeline are put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl import __version__
from allowctl.chains.owners import OwnerAddress, OwnerName
from allowctl.cli import reach, resume, verify
from allowctl.cli.progress import Watch
from allowctl.cli.reach import Network, Reached
from allowctl.cli.wanted import Wanted
from allowctl.errors import UnservedError, UsageError
from allowctl.model.chain import Address
from allowctl.model.question import Question
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.output.safe import plain

if TYPE_CHECKING:
    from allowctl.net.http import HttpClient
    from allowctl.rpc.logs import Tick
    from allowctl.rpc.pool import Pool
    from allowctl.store.cache import Cache

_MAINNET = 1
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

    @property
    def resumable(self) -> bool:
        """Whether the same run again need not read all anew."""
        return self.cache is not None and not self.verify


async def scan_all(means: Means, asked: Wanted, watch: Watch) -> Report:
    """Every owner on every chain that was asked for."""
    from allowctl.net.http import HttpClient
    from allowctl.store.cache import Cache

    with Cache.open(means.cache) as cache:
        async with HttpClient(deadline=means.network.timeout) as client:
            sought = reach.Sought(
                named=asked.named_chains, open=asked.open, known=asked.known
            )
            reached = await reach.reach(client, means.network, sought, cache)
            mainnet = _mainnet(client, means, asked, reached, cache)
            pools = [*reached.pools.values(), *([mainnet] if mainnet else [])]
            _notify(means, asked, pools)
            _warn(means, cache, public=reached.public)
            questions = await _questions(asked, reached, mainnet)
            try:
                found = await _scans(means, questions, reached, cache, watch)
            finally:
                reach.remember(reached, cache)
    return Report(
        version=__version__,
        created_at=int(time.time()),
        scans=tuple(each for each in found if isinstance(each, Scan)),
        unscanned=(
            *reached.unscanned,
            *(each for each in found if isinstance(each, Unscanned)),
        ),
    )


async def _scans(
    means: Means,
    questions: Sequence[Question],
    reached: Reached,
    cache: Cache,
    watch: Watch,
) -> list[Scan | Unscanned]:
    """In the order of the questions; the chains side by side."""
    slots = asyncio.Semaphore(_CHAINS_AT_ONCE)
    by_chain: dict[int, list[Question]] = {}
    for question in questions:
        by_chain.setdefault(question.chain.id, []).append(question)
    watch.expect(len(by_chain))

    async def one(chain_id: int) -> list[Scan | Unscanned]:
        async with slots:
            pool = reached.pools[chain_id]
            watch.begin(pool.chain, len(by_chain[chain_id]))
            verified = verify.Verify(percent=means.verify, pool=pool, say=means.say)
            verified.before(by_chain[chain_id])
            scans = await _chain(means, by_chain[chain_id], pool, cache, watch)
            watch.end(pool.chain)
            told = _told(scans, (*reached.silent, *pool.refusals()))
            return verified.after(told)

    parts = await asyncio.gather(*map(one, by_chain))
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
    cache: Cache,
    watch: Watch,
) -> Sequence[Scan | Unscanned]:
    """All owners on one chain; each unscanned, and why, if nobody serves it."""
    from allowctl.pipeline import Work, scan_chain
    from allowctl.scan.seek import Seeker

    search = _search(means, questions, pool, cache)

    def progress(tick: Tick) -> None:
        watch.tick(pool.chain, search.whole(tick))

    seeker = Seeker(pool=pool, cache=cache, progress=progress, verify=means.verify)
    try:
        return await scan_chain(Work(pool=pool, seeker=seeker), questions)
    except UnservedError as error:
        return [
            Unscanned(reason=error.message, chain=pool.chain, owner=each.owner)
            for each in questions
        ]


def _search(
    means: Means, questions: Sequence[Question], pool: Pool, cache: Cache
) -> resume.Search:
    first = questions[0].from_block
    owners = [question.owner for question in questions]
    seeks = means.resumable and means.say is not None and not questions[0].pairs
    goes_on = seeks and resume.broken_off(cache, pool, owners, first)
    return resume.Search(
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
    return [
        replace(each, blind_spots=(*each.blind_spots, spot))
        if isinstance(each, Scan)
        else each
        for each in scans
    ]


def _mainnet(
    client: HttpClient, means: Means, asked: Wanted, reached: Reached, cache: Cache
) -> Pool | None:
    """Who resolves names, if there are any."""
    if not any(isinstance(each.owner, OwnerName) for each in asked.owners):
        return None
    served = reached.pools.get(_MAINNET) or reached.others.get(_MAINNET)
    if served is None:
        served = reach.default_pool(client, means.network, _MAINNET, asked.known, cache)
        reached.public = reached.public or served is not None
    return served


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


async def _questions(
    asked: Wanted, reached: Reached, mainnet: Pool | None
) -> list[Question]:
    questions: dict[tuple[int, Address], Question] = {}
    for each in asked.owners:
        chains = each.chains or asked.chains or reached.usual
        pools = [reached.pools[c.id] for c in chains if c.id in reached.pools]
        try:
            address, name = await _resolved(each.owner, mainnet)
        except UnservedError as error:
            reached.unscanned += [
                Unscanned(chain=pool.chain, reason=f"no address: {error.message}")
                for pool in pools
            ]
            continue
        for pool in pools:
            questions.setdefault(
                (pool.chain.id, address),
                Question(
                    chain=pool.chain,
                    owner=address,
                    owner_name=name,
                    asked_at=int(time.time()),
                    kinds=asked.kinds,
                    from_block=asked.from_block,
                    to_block=asked.to_block,
                    pairs=asked.pairs,
                ),
            )
    return list(questions.values())


async def _resolved(
    owner: OwnerAddress | OwnerName, mainnet: Pool | None
) -> tuple[Address, str | None]:
    if isinstance(owner, OwnerAddress):
        return owner.address, None
    if mainnet is None:
        raise UsageError(
            f"{owner.name!a} is a name, and names are resolved on mainnet",
            hint="give a mainnet --rpc-url too, or the 0x address",
        )
    from allowctl.rpc.ens import resolve_name

    last: UnservedError | None = None
    for node in mainnet.usable:
        try:
            return await resolve_name(node.rpc, owner.name), owner.name
        except UnservedError as error:
            last = error
    raise last or UnservedError("no mainnet endpoint is left to resolve names")
