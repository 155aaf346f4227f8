"""Attempts at approvals that stand on a real node, and nodes that can do less."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from allowctl.codec import words
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Everything,
    Grant,
    Item,
    Kind,
)
from allowctl.model.chain import Address, Block, Chain
from allowctl.model.endpoint import Endpoint
from allowctl.model.plan import Attempt, Change, Settled, Way
from allowctl.net.http import HttpClient
from allowctl.revoke.simulate import Simulator
from allowctl.rpc.endpoints import Node
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.pool import Pool
from allowctl.standards import STANDARD_OF
from tests.fakes.range_proxy import RangeProxy, Refused
from tests.lab.abi import encode_call
from tests.lab.artifacts import PERMIT2
from tests.lab.reading import ALLOWANCE
from tests.lab.world import MAX_160
from tests.nodes.node import Node as AnyNode
from tests.nodes.node import address_of

GAS_CAP = 300_000


class Lacking(RangeProxy):
    """A node that has no eth_simulateV1, and may know no state override."""

    def __init__(self, upstream: str, *, overrides: bool = True) -> None:
        super().__init__(upstream)
        self.overrides = overrides
        self.refused_methods["eth_simulateV1"] = Refused(
            message="the method eth_simulateV1 does not exist/is not available",
            code=-32601,
        )

    def answer(self, body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body)
        for each in asked if isinstance(asked, list) else [asked]:
            if each["method"] == "eth_call" and not self.overrides:
                each["params"] = each["params"][:2]
        return super().answer(json.dumps(asked).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What settling gave, and what it cost."""

    settled: list[Settled]
    requests: int
    """HTTP requests, the greeting not counted."""
    at: Block


def settle(
    urls: Sequence[str],
    owner: Address,
    attempts: Sequence[Attempt],
    *,
    gas_cap: int = GAS_CAP,
    chain_id: int = 31337,
) -> Made:
    """Try attempts on the head of the endpoints."""
    return asyncio.run(_settle(urls, owner, attempts, gas_cap, chain_id))


async def _settle(
    urls: Sequence[str],
    owner: Address,
    attempts: Sequence[Attempt],
    gas_cap: int,
    chain_id: int,
) -> Made:
    async with HttpClient(deadline=60.0) as client:
        rpcs = [HttpRpc(client, Endpoint(url), sleep=_at_once) for url in urls]
        nodes = [Node(rpc, pace=rpc.pace) for rpc in rpcs]
        pool = Pool(Chain(id=chain_id, name="lab"), nodes)
        pin = await pool.pin(None)
        before = pool.requests
        simulator = Simulator(pool, owner, pin.block, gas_cap=gas_cap)
        settled = await simulator.settle(attempts)
        return Made(settled=settled, requests=pool.requests - before, at=pin.block)


async def _at_once(seconds: float) -> None:
    del seconds


def change(  # noqa: PLR0913 - the parts of an approval, all by name
    kind: Kind,
    owner: Address,
    token: Address,
    spender: Address,
    grant: Grant,
    *,
    contract: Address | None = None,
    after: int = 0,
    permit2_nonce: int | None = None,
) -> Change:
    """One approval that is to be brought down."""
    candidate = Candidate(
        kind=kind,
        owner=owner,
        contract=contract or token,
        token=token,
        spender=spender,
        token_id=grant.token_id if isinstance(grant, Item) else None,
    )
    found = Allowance(candidate=candidate, spender=spender, grant=grant)
    return Change(
        allowance=found,
        fingerprint=found.fingerprint(31337),
        after=after,
        permit2_nonce=permit2_nonce,
    )


def erc20(
    node: AnyNode, owner: Address, token: Address, spender: Address, after: int = 0
) -> Attempt:
    """An ERC-20 allowance as it stands now, to be brought down."""
    data = encode_call(ALLOWANCE, owner, spender)
    amount = words.uint_at(node.call(token, data), 0)
    grant = Amount(amount=amount, maximum=2**255)
    return whole(change(Kind.ERC20, owner, token, spender, grant, after=after))


def child(  # noqa: PLR0913 - the parts of a Permit2 allowance, all by name
    owner: Address,
    token: Address,
    spender: Address,
    amount: int,
    expiration: int,
    *,
    after: int = 0,
    permit2_nonce: int | None = None,
) -> Change:
    """A Permit2 allowance to be brought down."""
    grant = Amount(
        amount=amount, maximum=MAX_160, expiration=expiration, permit2_nonce=0
    )
    return change(
        Kind.PERMIT2,
        owner,
        token,
        spender,
        grant,
        contract=PERMIT2,
        after=after,
        permit2_nonce=permit2_nonce,
    )


def item(owner: Address, token: Address, spender: Address, token_id: int) -> Attempt:
    """A single NFT to be taken back."""
    grant = Item(token_id=token_id)
    return whole(change(Kind.ERC721, owner, token, spender, grant))


def operator(owner: Address, token: Address, spender: Address) -> Attempt:
    """An operator to be taken back."""
    return whole(change(Kind.OPERATOR, owner, token, spender, Everything()))


def whole(one: Change) -> Attempt:
    """One approval with the ways that its standard has."""
    kind = one.allowance.candidate.kind
    ways = STANDARD_OF[kind].ways(one.allowance, one.after)
    assert isinstance(ways, tuple)
    return Attempt(changes=(one,), ways=ways)


def send(node: AnyNode, settled: Settled) -> list[int]:
    """Really send what was settled, with the limits it says: the gas that was used."""
    assert isinstance(settled.way, Way)
    owner = settled.attempt.changes[0].allowance.candidate.owner
    keys = {address_of(key): key for key in node.accounts}
    sender = keys[owner]
    used = []
    for stage, gas in zip(settled.way.stages, settled.gas, strict=True):
        receipt = node.send(sender, stage.call.to, stage.call.data, gas=gas)
        used.append(int(receipt["gasUsed"], 16))
    return used


def left(node: AnyNode, settled: Settled) -> list[int]:
    """What state says is left of each of its approvals."""
    found = []
    for each in settled.attempt.changes:
        candidate = each.allowance.candidate
        calls = STANDARD_OF[candidate.kind].reads(candidate)
        # getApproved stands behind ownerOf; the others' first word is the amount.
        call = calls[1] if candidate.kind is Kind.ERC721 else calls[0]
        found.append(words.uint_at(node.call(call.to, call.data), 0))
    return found
