"""Which endpoints serve which chain: those named, those configured, public ones."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from allowctl.chains.registry import chain_by_id, chains
from allowctl.errors import UnservedError, UsageError
from allowctl.model.chain import Chain
from allowctl.model.endpoint import Endpoint
from allowctl.model.report import Unscanned
from allowctl.model.settings import ConfiguredUrl

if TYPE_CHECKING:
    from allowctl.net.http import HttpClient
    from allowctl.rpc.http import HttpRpc
    from allowctl.rpc.pool import Pool
    from allowctl.store.cache import Cache

DEFAULT = 1
"""The chain that is meant where nothing says which: Ethereum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A configuration that was found because of where one stands: anybody's."""

    name: str
    """Its path, as it is shown."""
    keys: frozenset[str] = frozenset()
    """Of the endpoints that it names."""

    def told(self, keys: Iterable[str], wallets: Iterable[str] = ()) -> list[str]:
        """What of it is used, one sentence for each kind."""
        names = ", ".join(wallets)
        asked = not self.keys.isdisjoint(keys)
        found = [f"endpoints of {self.name} are asked"] * asked
        return found + [f"wallets of {self.name} are scanned: {names}"] * bool(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How nodes are reached."""

    endpoints: tuple[Endpoint, ...] = ()
    """Named on the command line: they take the place of all others."""
    from_environment: bool = False
    """Whether a variable names them: then configured chains that none of them
    serves are asked all the same."""
    public: bool = False
    """Whether a configured chain may fall back to public endpoints."""
    timeout: float = 45.0
    concurrency: int | None = None
    """Requests under way at one endpoint; None for what it bears."""


@dataclass(slots=True, kw_only=True)
class Reached:
    """Each chain's endpoints, and what is not reached at all."""

    pools: dict[int, Pool] = field(default_factory=dict)
    usual: tuple[Chain, ...] = ()
    """The chains of whoever names none."""
    others: dict[int, Pool] = field(default_factory=dict)
    """Chains that are served, though nobody asked for them."""
    unscanned: list[Unscanned] = field(default_factory=list)
    silent: tuple[str, ...] = ()
    """Why some that were named tell nothing, where others tell what was asked."""
    public: bool = False
    """Whether public endpoints are among them."""


def named(urls: Sequence[str], headers: Sequence[str]) -> tuple[Endpoint, ...]:
    """The endpoints of --rpc-url. UsageError if one, or a header, is malformed."""
    given = list(headers) or _headers_from_environment()
    pairs = []
    for header in given:
        name, colon, value = header.partition(":")
        sound = re.fullmatch(r"[\w-]+", name.strip()) and "\n" not in value
        if not colon or not sound or not header.isascii():
            raise UsageError(
                "an RPC header is not NAME: VALUE; it is not repeated here",
                hint="see --rpc-headers; ETH_RPC_HEADERS takes one to a line",
            )
        pairs.append((name.strip(), value.strip()))
    return tuple(Endpoint(url, tuple(pairs)) for url in dict.fromkeys(urls))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which chains are to be reached, of those there are."""

    named: tuple[Chain, ...]
    """Asked for by name."""
    open: bool
    """Whether whatever is served, or configured, is asked for too."""
    known: tuple[Chain, ...]


async def reach(
    client: HttpClient, network: Network, sought: Sought, cache: Cache
) -> Reached:
    """The endpoints of every chain that is sought.

    UsageError if endpoints are named, and answer, and serve something else; or if
    for no chain an endpoint is known.
    """
    if network.endpoints:
        return await _by_asking(client, network, sought, cache)
    reached = Reached(usual=usual(sought.known) if sought.open else ())
    for chain in dict.fromkeys((*sought.named, *reached.usual)):
        if not _add(client, network, chain, cache, reached):
            reason = f"no endpoint is known for {chain.name} ({chain.id})"
            reached.unscanned.append(Unscanned(chain=chain, reason=reason))
    if not reached.pools and reached.unscanned:
        raise UsageError(
            reached.unscanned[0].reason,
            hint="give an --rpc-url of that chain, or name one in allowctl.toml",
        )
    return reached


def _add(
    client: HttpClient, network: Network, chain: Chain, cache: Cache, reached: Reached
) -> bool:
    """Whether a chain has configured or public endpoints: then they are added."""
    endpoints = endpoints_of(chain, public=network.public)
    reached.public = reached.public or any(not each.named for each in endpoints)
    if endpoints:
        rpcs = [rpc_of(client, network, each) for each in endpoints]
        reached.pools[chain.id] = pool(chain, rpcs, cache)
    return bool(endpoints)


def default_pool(
    client: HttpClient,
    network: Network,
    chain_id: int,
    known: Sequence[Chain],
    cache: Cache,
) -> Pool | None:
    """A chain that was not asked for, but is needed; None under --rpc-url."""
    chain = chain_by_id(chain_id, known)
    endpoints = endpoints_of(chain, public=network.public)
    if network.endpoints or not endpoints:
        return None
    return pool(chain, [rpc_of(client, network, each) for each in endpoints], cache)


def endpoints_of(chain: Chain, *, public: bool) -> tuple[Endpoint, ...]:
    """Where a chain is reached if no --rpc-url is given."""
    configured = [url for url in chain.endpoints if isinstance(url, ConfiguredUrl)]
    found = [Endpoint(str(url)) for url in configured]
    if public or not configured:
        found += [
            Endpoint(str(url), named=False)
            for url in chain_by_id(chain.id, chains()).endpoints
        ]
    return tuple(found)


def pool(chain: Chain, rpcs: Iterable[HttpRpc], cache: Cache) -> Pool:
    """A chain's endpoints with what earlier runs learned of them."""
    from allowctl.rpc.endpoints import LASTING, Node
    from allowctl.rpc.pool import Pool

    nodes = []
    now = int(time.time())
    for rpc in rpcs:
        limits = cache.limits(rpc.endpoint.key, chain.id)
        if limits is not None and now - limits.learned_at < LASTING:
            rpc.recall(limits)
        nodes.append(
            Node(
                rpc,
                key=rpc.endpoint.key,
                pace=rpc.pace,
                limits=limits,
                now=now,
            )
        )
    return Pool(chain, nodes)


def remember(reached: Reached, cache: Cache) -> None:
    """Keep what was learned of the endpoints that served anything."""
    for chain_id, each in reached.pools.items():
        for key, host, limits in each.lessons(int(time.time())):
            cache.save_limits(key, host, chain_id, limits)


async def _by_asking(
    client: HttpClient, network: Network, sought: Sought, cache: Cache
) -> Reached:
    """Each named endpoint under the chain that it says it serves."""
    rpcs = [rpc_of(client, network, endpoint) for endpoint in network.endpoints]
    found = await asyncio.gather(*(rpc.greet() for rpc in rpcs), return_exceptions=True)
    serving: dict[int, list[HttpRpc]] = {}
    silent: list[UnservedError] = []
    for rpc, head in zip(rpcs, found, strict=True):
        if isinstance(head, UnservedError):
            silent.append(head)
        elif isinstance(head, BaseException):
            raise head
        else:
            serving.setdefault(head.chain_id, []).append(rpc)
    known = sought.known
    configured = _configured(known) if network.from_environment else ()
    served = [chain_by_id(each, known) for each in sorted(serving)]
    reached = Reached(
        usual=tuple(dict.fromkeys((*served, *configured))) if sought.open else (),
        silent=() if sought.open else tuple(error.message for error in silent),
    )
    for chain in dict.fromkeys((*sought.named, *reached.usual)):
        if chain.id in serving:
            reached.pools[chain.id] = pool(chain, serving[chain.id], cache)
        elif chain in configured:
            _add(client, network, chain, cache, reached)
        elif silent:
            reason = "; ".join(error.message for error in silent)
            reached.unscanned.append(Unscanned(chain=chain, reason=reason))
        else:
            raise _not_served(chain, serving, known)
    reached.others = {
        each: pool(chain_by_id(each, known), rpcs, cache)
        for each, rpcs in serving.items()
        if each not in reached.pools
    }
    if sought.open:
        reached.unscanned += [
            Unscanned(
                reason=f"{error.message}; which chain it serves nobody says "
                "(--chain says which are meant)"
            )
            for error in silent
        ]
    return reached


def _not_served(
    chain: Chain, serving: dict[int, list[HttpRpc]], known: Sequence[Chain]
) -> UsageError:
    served = ", ".join(
        f"{rpc.host} serves {chain_by_id(each, known).name} ({each})"
        for each, rpcs in serving.items()
        for rpc in rpcs
    )
    return UsageError(
        f"no endpoint serves {chain.name} ({chain.id}): {served}",
        hint="give an --rpc-url of that chain",
    )


def usual(known: Sequence[Chain]) -> tuple[Chain, ...]:
    """What is meant where nothing says which: the configured chains, or Ethereum."""
    return _configured(known) or (chain_by_id(DEFAULT, known),)


def _configured(known: Sequence[Chain]) -> tuple[Chain, ...]:
    return tuple(
        chain
        for chain in known
        if any(isinstance(url, ConfiguredUrl) for url in chain.endpoints)
    )


def rpc_of(client: HttpClient, network: Network, endpoint: Endpoint) -> HttpRpc:
    """One endpoint, to be asked."""
    from allowctl.rpc.http import HttpRpc

    return HttpRpc(client, endpoint, concurrency=network.concurrency)


def _headers_from_environment() -> list[str]:
    text = os.environ.get("ALLOWCTL_RPC_HEADERS") or os.environ.get("ETH_RPC_HEADERS")
    return [line for line in (text or "").splitlines() if line.strip()]
