"""The questions of a run: each owner, by its address, on each chain that is reached."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from allowctl.chains.owners import OwnerAddress, OwnerName
from allowctl.cli import reach
from allowctl.cli.reach import Network, Reached
from allowctl.cli.wanted import Wanted
from allowctl.errors import UnservedError, UsageError
from allowctl.model.chain import Address
from allowctl.model.missing import Lack, Missing
from allowctl.model.naming import NameCheck, NameClaim
from allowctl.model.question import Question
from allowctl.model.report import Unscanned

if TYPE_CHECKING:
    from allowctl.net.http import HttpClient
    from allowctl.rpc.pool import Pool
    from allowctl.store.cache import Cache

_MAINNET = 1
_NAMES_AT_ONCE = 8


def mainnet(
    client: HttpClient, network: Network, asked: Wanted, reached: Reached, cache: Cache
) -> Pool | None:
    """Who resolves names, if there are any."""
    named = any(isinstance(each.owner, OwnerName) for each in asked.owners)
    if not named and not asked.claims:
        return None
    served = reached.pools.get(_MAINNET) or reached.others.get(_MAINNET)
    if served is None:
        served = reach.default_pool(client, network, _MAINNET, asked.known, cache)
        reached.public = reached.public or served is not None
    return served


async def questions(
    asked: Wanted, reached: Reached, mainnet: Pool | None
) -> list[Question]:
    """What is asked of whom. A name that nobody resolves is unscanned.

    UsageError for a name where no endpoint serves mainnet.
    """
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
            candidates = asked.candidates.get((pool.chain.id, address), ())
            if asked.candidates and not candidates:
                continue
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
                    pairs=asked.named.pairs,
                    candidates=candidates,
                    probes=asked.probes.get((pool.chain.id, address), ()),
                    unused_for=asked.unused_for,
                    tokens=asked.named.tokens,
                    spenders=asked.named.spenders,
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
    return await _address(owner.name, mainnet), owner.name


async def _address(name: str, mainnet: Pool) -> Address:
    """Where it leads, by whoever serves first; UsageError as `resolve_name`."""
    from allowctl.rpc.ens import resolve_name

    last: UnservedError | None = None
    for node in mainnet.usable:
        try:
            return await resolve_name(node.rpc, name)
        except UnservedError as error:
            last = error
    raise last or UnservedError("no mainnet endpoint is left to resolve names")


async def names(
    claims: Sequence[NameClaim], mainnet: Pool | None
) -> tuple[NameCheck, ...]:
    """Where each of the names leads, in order; FAILED where nobody tells."""
    slots = asyncio.Semaphore(_NAMES_AT_ONCE)

    async def check(claim: NameClaim) -> NameCheck:
        async with slots:
            return NameCheck(claim=claim, found=await _found(claim.name, mainnet))

    return tuple(await asyncio.gather(*map(check, claims)))


async def _found(name: str, mainnet: Pool | None) -> Address | Missing | None:
    from allowctl.rpc.ens import NoAddressError

    if mainnet is None:
        reason = "names are resolved on mainnet, and no endpoint of it is known"
        return Missing(Lack.FAILED, reason)
    try:
        return await _address(name, mainnet)
    except NoAddressError:
        return None
    except (UnservedError, UsageError) as error:
        return Missing(Lack.FAILED, error.message)
