"""Whole scans of simulated providers, as `allowctl scan` does them, in process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from allowctl.cli import reach
from allowctl.errors import UnservedError
from allowctl.model.approval import Candidate
from allowctl.model.chain import Address, Chain
from allowctl.model.endpoint import Endpoint
from allowctl.model.question import Question
from allowctl.model.report import Scan, Unscanned
from allowctl.net.http import HttpClient
from allowctl.pipeline import Work, scan_chain
from allowctl.scan.around import Around, Sources
from allowctl.scan.seek import Seeker
from allowctl.store.cache import Cache
from tests.fakes.provider_world import World

CHAIN = Chain(id=1, name="ethereum")

Place = tuple[str, str, str, str, int | None]
"""Kind, contract, token, spender (none for an item) and token id."""


def scan(  # noqa: PLR0913 - what a command line may say
    urls: Sequence[str],
    owners: Sequence[str],
    *,
    cache: Cache | None = None,
    verify: float = 0.0,
    deadline: float = 2.0,
    within: float = 60.0,
) -> list[Scan | Unscanned]:
    """What becomes of each owner. TimeoutError if it takes too long."""
    with cache or Cache.open(None) as kept:
        work = _scan(urls, owners, kept, verify, deadline)
        return asyncio.run(asyncio.wait_for(work, within))


async def _scan(
    urls: Sequence[str],
    owners: Sequence[str],
    cache: Cache,
    verify: float,
    deadline: float,
) -> list[Scan | Unscanned]:
    async with HttpClient(deadline=deadline) as client:
        rpcs = [reach.rpc_of(client, reach.Network(), Endpoint(url)) for url in urls]
        pool = reach.pool(CHAIN, rpcs, cache)
        seeker = Seeker(
            pool=pool, cache=cache, progress=lambda _tick: None, verify=verify
        )
        questions = [Question(chain=CHAIN, owner=Address(each)) for each in owners]
        try:
            return await scan_chain(
                Work(pool=pool, seeker=seeker, around=Around(pool, Sources())),
                questions,
            )
        except UnservedError as error:
            return [
                Unscanned(reason=error.message, chain=CHAIN, owner=each.owner)
                for each in questions
            ]
        finally:
            reach.remember(reach.Reached(pools={CHAIN.id: pool}), cache)


def told(scan: Scan) -> dict[Place, str]:
    """What a scan says of each approval: live, dormant, dead, refused, unserved."""
    groups: dict[str, list[Candidate]] = {
        "live": [each.record.allowance.candidate for each in scan.allowances],
        "dormant": [each.allowance.candidate for each in scan.dormant],
        "dead": [each.candidate for each in scan.dead],
        "refused": [each.candidate for each in scan.refused],
        "unserved": [each.candidate for each in scan.unserved],
    }
    return {place(each): fate for fate, some in groups.items() for each in some}


def place(candidate: Candidate) -> Place:
    """What tells one approval from another."""
    c = candidate
    item = c.token_id is not None
    return (str(c.kind), c.contract, c.token, "" if item else c.spender, c.token_id)


def truth(world: World, owner: str, at: int) -> dict[Place, str]:
    """The same from the simulator's own books."""
    return {
        (slot.kind, slot.contract, slot.token, slot.spender, slot.token_id): found[0]
        for slot, found in world.truth(owner, at).items()
    }
