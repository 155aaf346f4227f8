"""Asking endpoints how they are: one question each, all at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from allowctl import __version__
from allowctl.cli import reach
from allowctl.cli.reach import Network
from allowctl.errors import UnservedError
from allowctl.model.chain import Chain
from allowctl.model.endpoint import Endpoint, Limits
from allowctl.model.probe import ChainProbe, Health, Probe, Probed

if TYPE_CHECKING:
    from allowctl.net.http import HttpClient
    from allowctl.store.cache import Cache

_AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What one endpoint answered."""

    endpoint: Endpoint
    chain_id: int | None = None
    head: int | None = None
    latency_ms: int | None = None
    error: str | None = None


async def probe(
    network: Network, asked: Sequence[Chain], known: Sequence[Chain], cache: Path | None
) -> Probe:
    """The endpoints of the chains asked for, as they answer now.

    Nothing is told to them but that somebody asks for their newest block.
    """
    from allowctl.net.http import HttpClient
    from allowctl.store.cache import Cache

    async with HttpClient(deadline=network.timeout) as client:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def ask(endpoints: Sequence[Endpoint]) -> list[_Told]:
            asking = (_ask(client, network, slots, each) for each in endpoints)
            return await asyncio.gather(*asking)

        if network.endpoints:
            found = _by_answer(await ask(network.endpoints), asked, known)
        else:
            chains = tuple(asked) or reach.usual(known)
            listed = (
                reach.endpoints_of(each, public=network.public) for each in chains
            )
            told = await asyncio.gather(*map(ask, listed))
            found = dict(zip(chains, told, strict=True))
    # A temporary one where nothing is remembered yet: none is made by looking.
    with Cache.open(cache) as learned:
        return Probe(
            version=__version__,
            created_at=int(time.time()),
            chains=tuple(
                _judged(chain, each, asked, learned) for chain, each in found.items()
            ),
        )


async def _ask(
    client: HttpClient, network: Network, slots: asyncio.Semaphore, endpoint: Endpoint
) -> _Told:
    async with slots:
        rpc = reach.rpc_of(client, network, endpoint)
        started = time.monotonic()
        try:
            head = await rpc.head()
        except UnservedError as error:
            return _Told(endpoint=endpoint, error=error.message)
        return _Told(
            endpoint=endpoint,
            chain_id=head.chain_id,
            head=head.block.number,
            latency_ms=round((time.monotonic() - started) * 1000),
        )


def _by_answer(
    told: Sequence[_Told], asked: Sequence[Chain], known: Sequence[Chain]
) -> dict[Chain | None, list[_Told]]:
    """Named endpoints under the chain that each says it serves.

    Chains that were asked for come first, served or not; those that tell no chain,
    or one that was not asked for, come last.
    """
    from allowctl.chains.registry import chain_by_id

    found: dict[Chain | None, list[_Told]] = {each: [] for each in asked}
    odd: list[_Told] = []
    for one in told:
        chain = None if one.chain_id is None else chain_by_id(one.chain_id, known)
        if chain is None or (asked and chain not in found):
            odd.append(one)
        else:
            found.setdefault(chain, []).append(one)
    return {**found, None: odd} if odd else found


def _judged(
    chain: Chain | None,
    told: Sequence[_Told],
    asked: Sequence[Chain],
    cache: Cache,
) -> ChainProbe:
    right = [
        one.head
        for one in told
        if one.head is not None and chain is not None and one.chain_id == chain.id
    ]
    best = max(right, default=0)
    return ChainProbe(
        chain=chain,
        endpoints=tuple(_probed(one, chain, best, asked, cache) for one in told),
    )


def _probed(
    one: _Told,
    chain: Chain | None,
    best: int,
    asked: Sequence[Chain],
    cache: Cache,
) -> Probed:
    endpoint = one.endpoint
    plain = Probed(
        host=endpoint.host,
        named=endpoint.named,
        health=Health.REFUSED,
        reason=one.error,
        learned=_learned(endpoint, chain, cache),
    )
    if one.head is None:
        return plain
    if chain is None or one.chain_id != chain.id:
        wanted = " or ".join(f"{each.name} ({each.id})" for each in asked)
        reason = f"{endpoint.host} serves chain {one.chain_id}, not {wanted}"
        return replace(plain, reason=reason, latency_ms=one.latency_ms)
    lag = best - one.head
    behind = lag > chain.finality
    return replace(
        plain,
        health=Health.LAGGING if behind else Health.OK,
        latency_ms=one.latency_ms,
        head=one.head,
        lag=lag,
    )


def _learned(endpoint: Endpoint, chain: Chain | None, cache: Cache) -> Limits | None:
    return None if chain is None else cache.limits(endpoint.key, chain.id)
