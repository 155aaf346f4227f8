"""The composition root: where endpoints, clock and pipeline are put together."""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from allowctl import __version__
from allowctl.chains.owners import OwnerAddress, OwnerName, parse_owner
from allowctl.chains.registry import chain_by_id, chain_by_name
from allowctl.errors import UsageError
from allowctl.model.approval import Kind
from allowctl.model.chain import Address, Chain
from allowctl.model.endpoint import Endpoint
from allowctl.model.question import Pair, Question
from allowctl.model.report import Report, Scan
from allowctl.rpc.client import Rpc

_MAINNET = 1

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How nodes are reached."""

    endpoints: tuple[Endpoint, ...]
    timeout: float
    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of every owner, before the endpoints say which chains there are."""

    owners: tuple[OwnerAddress | OwnerName, ...]
    chains: tuple[Chain, ...]
    """Empty for whatever the endpoints serve."""
    kinds: frozenset[Kind]
    from_block: int
    to_block: int | None
    pairs: tuple[Pair, ...]


def endpoints(urls: Sequence[str], headers: Sequence[str]) -> tuple[Endpoint, ...]:
    """The endpoints named. UsageError if there is none, or a header is malformed."""
    if not urls:
        raise UsageError(
            "no endpoint: nothing says where the chain is",
            hint="give --rpc-url or set ETH_RPC_URL; to look around: allowctl demo",
        )
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


def wanted(
    *,
    owners: Sequence[str],
    chains: Sequence[str] = (),
    kinds: frozenset[Kind] = frozenset(Kind),
    blocks: tuple[int, int | None] = (0, None),
    pairs: tuple[Pair, ...] = (),
) -> Wanted:
    """What the command line asks. UsageError for what cannot be."""
    from_block, to_block = blocks
    if to_block is not None and from_block > to_block:
        raise UsageError(
            f"--from-block {from_block} is above --to-block {to_block}",
            hint="swap them, or leave one out",
        )
    if pairs and from_block:
        raise UsageError(
            "named pairs are read from state: --from-block means nothing to them",
            hint="leave it out; --to-block says which state",
        )
    if pairs and kinds == {Kind.ERC721}:
        raise UsageError(
            "a token and a spender do not name a single NFT",
            hint="leave --token and --spender out: its approvals are found by log",
        )
    names = [name for each in chains for name in each.split(",") if name.strip()]
    return Wanted(
        owners=tuple(dict.fromkeys(parse_owner(owner) for owner in owners)),
        chains=tuple(dict.fromkeys(chain_by_name(name) for name in names)),
        kinds=kinds,
        from_block=from_block,
        to_block=to_block,
        pairs=pairs,
    )


async def scan_all(network: Network, asked: Wanted, progress: Progress) -> Report:
    """Every owner on every chain that was asked for."""
    from allowctl.pipeline import scan

    async with _connected(network) as rpcs:
        scans: dict[tuple[int, Address], Scan] = {}
        for owner in asked.owners:
            address, name = await _resolved(owner, rpcs)
            for chain in _chains(owner, asked, rpcs):
                if (chain.id, address) in scans:
                    continue
                question = Question(
                    chain=chain,
                    owner=address,
                    owner_name=name,
                    asked_at=int(time.time()),
                    kinds=asked.kinds,
                    from_block=asked.from_block,
                    to_block=asked.to_block,
                    pairs=asked.pairs,
                )
                scans[chain.id, address] = await scan(
                    rpcs[chain.id],
                    question,
                    concurrency=network.concurrency,
                    progress=progress,
                )
    return Report(
        version=__version__, created_at=int(time.time()), scans=tuple(scans.values())
    )


@asynccontextmanager
async def _connected(network: Network) -> AsyncIterator[dict[int, Rpc]]:
    """Each endpoint under the id of the chain that it says it serves."""
    from allowctl.net.http import HttpClient
    from allowctl.rpc.http import HttpRpc

    async with HttpClient(
        deadline=network.timeout, connections=network.concurrency
    ) as client:
        rpcs: dict[int, Rpc] = {}
        for endpoint in network.endpoints:
            rpc = HttpRpc(client, endpoint, concurrency=network.concurrency)
            chain_id = await rpc.chain_id()
            if chain_id in rpcs:
                raise UsageError(
                    f"{rpcs[chain_id].host} and {rpc.host} both serve "
                    f"{chain_by_id(chain_id).name}",
                    hint="give one --rpc-url for each chain",
                )
            rpcs[chain_id] = rpc
        yield rpcs


def _chains(
    owner: OwnerAddress | OwnerName, asked: Wanted, rpcs: dict[int, Rpc]
) -> tuple[Chain, ...]:
    """The chains to scan an owner on. UsageError if one of them is not served."""
    chains = asked.chains or tuple(chain_by_id(each) for each in sorted(rpcs))
    if isinstance(owner, OwnerAddress) and owner.chain is not None:
        if asked.chains and owner.chain not in asked.chains:
            raise UsageError(
                f"the owner is given on {owner.chain.name}, --chain asks for "
                + ", ".join(chain.name for chain in asked.chains)
            )
        chains = (owner.chain,)
    for chain in chains:
        if chain.id not in rpcs:
            served = ", ".join(
                f"{rpc.host} serves {chain_by_id(each).name} ({each})"
                for each, rpc in rpcs.items()
            )
            raise UsageError(
                f"no endpoint serves {chain.name} ({chain.id}): {served}",
                hint="give an --rpc-url of that chain",
            )
    return chains


async def _resolved(
    owner: OwnerAddress | OwnerName, rpcs: dict[int, Rpc]
) -> tuple[Address, str | None]:
    match owner:
        case OwnerAddress(address=address):
            return address, None
        case OwnerName(name=name):
            if _MAINNET not in rpcs:
                raise UsageError(
                    f"{name!a} is a name, and names are resolved on mainnet",
                    hint="give a mainnet --rpc-url too, or the 0x address",
                )
            from allowctl.rpc.ens import resolve_name

            return await resolve_name(rpcs[_MAINNET], name), name


def _headers_from_environment() -> list[str]:
    text = os.environ.get("ALLOWCTL_RPC_HEADERS") or os.environ.get("ETH_RPC_HEADERS")
    return [line for line in (text or "").splitlines() if line.strip()]
