"""The endpoints of one chain: who is there, what the head is, who can read it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from allowctl.errors import UnservedError, UsageError
from allowctl.model.chain import Block, Chain
from allowctl.model.endpoint import Limits
from allowctl.rpc.aggregate import Batching
from allowctl.rpc.archive import Archive
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State

_AHEAD = 120
"""Seconds by which a head may be dated after the clock."""
_VOUCH = 5.0
"""Seconds for an endpoint to say once more which chain it serves."""
_BEHIND = 300
"""Seconds by which a head may be older than the newest and still be fresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The block that a report is true at, and up to where the chain is final."""

    block: Block
    final: Block | None
    """Blocks up to this one are not reorganised any more."""

    @property
    def settled(self) -> int:
        """The last block of the report that is final; -1 for none."""
        return -1 if self.final is None else min(self.final.number, self.block.number)


class Pool:
    """One chain's endpoints, in order of preference."""

    def __init__(
        self,
        chain: Chain,
        nodes: Iterable[Node],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self.chain = chain
        self.nodes = tuple(nodes)
        self.tainted = False
        """Whether logs were served that may be another chain's."""
        self._hint: str | None = None
        self._batching: dict[int, Batching] = {}

    @property
    def usable(self) -> list[Node]:
        """Those that have not been dropped."""
        return [node for node in self.nodes if node.dropped is None]

    @property
    def requests(self) -> int:
        """HTTP requests sent to any of them."""
        return sum(node.rpc.requests for node in self.nodes)

    @property
    def items(self) -> int:
        """JSON-RPC requests in those."""
        return sum(node.rpc.items for node in self.nodes)

    def lessons(self, now: int) -> list[tuple[str, str, Limits]]:
        """Key, host and limits of each endpoint that served anything."""
        return [
            (node.key, node.host, node.limits(now))
            for node in self.nodes
            if node.served and node.dropped is None
        ]

    def refusals(self) -> tuple[str, ...]:
        """Why those that were dropped were."""
        return tuple(node.dropped for node in self.nodes if node.dropped)

    async def pin(self, to_block: int | None, *, from_block: int = 0) -> Pin:
        """The head, or the block asked for. Each endpoint's chain is checked.

        The head is the lower median of those that are fresh: most endpoints have
        it, and one alone that is ahead, or far behind, does not decide where the
        state is read. UsageError if the blocks asked for are none; UnservedError if
        there is no endpoint.
        """
        heads = await asyncio.gather(*(self._greet(node) for node in self.usable))
        there = [head for head in heads if head is not None]
        if not there:
            raise UnservedError(self._nobody(), hint=self._hint)
        middle = _middle(there, self._clock())
        head = middle.block
        _check_blocks(from_block, to_block, head.number, middle.host)
        final = await self._final(there, head)
        if to_block is None or to_block == head.number:
            return Pin(block=head, final=final)
        return Pin(block=await self.block(to_block), final=final)

    async def learn(self, at: Block) -> None:
        """Have the endpoint that will be read first find out how the block is named."""
        for node in self._with(at)[:1]:
            with contextlib.suppress(UnservedError):
                await node.rpc.learn(at)

    def state(self, at: Block, *, final: bool) -> State:
        """Reads at a block, at whoever has it.

        `final`: what has expired is unserved, and not a reason to pin anew.
        """
        readers = [
            StateReader(
                node.rpc,
                at,
                self.chain.multicall,
                batching=self._batching.setdefault(id(node), Batching()),
            )
            for node in self._with(at)
        ]
        if not readers:
            raise UnservedError(self._nobody())
        return State(readers, final=final)

    def archive(self) -> Archive:
        """Reads at older blocks, at whoever has them."""
        return Archive(self.usable)

    async def stands(self, at: Block, hosts: Iterable[str]) -> bool:
        """Whether the endpoints that were believed still know the block.

        One that has gone meanwhile says nothing, as long as another still speaks,
        believed or not. UnservedError if none does, or if one has changed its chain.
        """
        believed = set(hosts)
        asked = [node for node in self.usable if node.served or node.host in believed]
        if believed and not asked:
            raise UnservedError(self._nobody())
        told = await asyncio.gather(*(self._confirms(node, at) for node in asked))
        if told and all(isinstance(each, UnservedError) for each in told):
            others = [node for node in self._with(at) if node not in asked]
            told += await asyncio.gather(*(self._confirms(n, at) for n in others))
        said = [each for each in told if isinstance(each, bool)]
        silent = [each for each in told if isinstance(each, UnservedError)]
        if silent and not said:
            raise silent[0]
        return all(said)

    def _with(self, at: Block) -> list[Node]:
        return [
            node
            for node in self.usable
            if node.head is not None and node.head.number >= at.number
        ]

    async def _confirms(self, node: Node, at: Block) -> bool | UnservedError:
        try:
            chain_id, block = await node.rpc.confirm(at.number)
        except RefusalError as refusal:
            behind = node.head is not None and node.head.number < at.number
            if refusal.kind is not RefusalKind.HEAD:
                return refusal
            return behind
        except UnservedError as error:
            return error
        self._check_chain(node, chain_id)
        return block.hash == at.hash

    async def vouch(self, keys: Collection[str], since: float) -> set[str]:
        """Those of the endpoints that have said since then that they serve this chain.

        Before what they told is remembered: a balancer may have led elsewhere.
        UnservedError if one serves another chain now.
        """
        asked = [node for node in self.usable if node.key in keys]
        told = await asyncio.gather(*(self._vouched(node, since) for node in asked))
        return {node.key for node, sound in zip(asked, told, strict=True) if sound}

    async def _vouched(self, node: Node, since: float) -> bool:
        if node.confirmed_at >= since:
            return True
        try:
            async with asyncio.timeout(_VOUCH):
                chain_id = await node.rpc.chain_id()
        except (UnservedError, TimeoutError):
            return False
        self._check_chain(node, chain_id)
        return True

    def _check_chain(self, node: Node, chain_id: int) -> None:
        """UnservedError if an endpoint that has served is of another chain now."""
        if chain_id == self.chain.id:
            node.confirmed_at = time.monotonic()
            return
        node.dropped = f"{node.host} changed its chain under the scan"
        self.tainted = True
        raise UnservedError(
            node.dropped,
            hint="it may be several nodes under one name: give another --rpc-url",
        )

    async def _greet(self, node: Node) -> _Greeting | None:
        try:
            head = await node.rpc.head()
        except UnservedError as error:
            node.dropped = error.message
            self._hint = error.hint
            return None
        if node.served:
            self._check_chain(node, head.chain_id)
        if head.chain_id != self.chain.id:
            node.dropped = (
                f"{node.host} serves chain {head.chain_id}, "
                f"not {self.chain.name} ({self.chain.id})"
            )
            return None
        node.head = head.block
        return _Greeting(node.host, head.block, head.final)

    async def _final(self, there: list[_Greeting], head: Block) -> Block | None:
        told = [each.final for each in there if each.final is not None]
        if told:
            lowest = min(told, key=lambda block: block.number)
            return lowest if lowest.number <= head.number else head
        number = head.number - self.chain.finality
        try:
            return None if number < 0 else await self.block(number)
        except UnservedError:
            # Then nothing is final: all of it is read again next time.
            return None

    async def block(self, number: int) -> Block:
        """A block by number. UnservedError if nobody has it."""
        last: UnservedError | None = None
        for node in self.usable:
            try:
                return await node.rpc.block(number)
            except UnservedError as error:
                last = error
        raise last or UnservedError(self._nobody())

    def _nobody(self) -> str:
        if not self.nodes:
            return f"no endpoint is known for {self.chain.name}"
        return "; ".join(self.refusals()[:3]) or f"nobody serves {self.chain.name}"


@dataclass(frozen=True, slots=True)
class _Greeting:
    host: str
    block: Block
    final: Block | None


def _middle(there: Sequence[_Greeting], now: float) -> _Greeting:
    """Whose head is pinned: of those neither dated ahead nor long behind."""
    sound = [each for each in there if each.block.timestamp <= now + _AHEAD] or there
    newest = max(each.block.timestamp for each in sound)
    fresh = [each for each in sound if each.block.timestamp >= newest - _BEHIND]
    fresh.sort(key=lambda each: each.block.number)
    return fresh[(len(fresh) - 1) // 2]


def _check_blocks(from_block: int, to_block: int | None, head: int, host: str) -> None:
    if to_block is not None and to_block > head:
        raise UsageError(
            f"block {to_block} is not there yet: the head of {host} is {head}",
            hint="leave --to-block out to scan up to the head",
        )
    last = head if to_block is None else to_block
    if from_block > last:
        raise UsageError(
            f"--from-block {from_block} is above the last block asked for, {last}",
            hint="leave --from-block out to seek all logs",
        )
