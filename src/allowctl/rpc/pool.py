"""The endpoints of one chain: who is there, what the head is, who can read it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Sequence

from allowctl.errors import UnservedError
from allowctl.model.chain import Block, Chain
from allowctl.model.endpoint import Limits
from allowctl.rpc.aggregate import Batching
from allowctl.rpc.archive import Archive
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node
from allowctl.rpc.heads import Greeting, Pin, check_blocks, middle
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State

_VOUCH = 5.0
"""Seconds for an endpoint to say once more which chain it serves."""


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
    def met(self) -> list[Node]:
        """Those of them that have said that they serve this chain."""
        return [node for node in self.usable if node.head is not None]

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
        there = await self._greetings(patient=False)
        chosen = middle(there, self._clock())
        head = chosen.block
        check_blocks(from_block, to_block, head.number, chosen.host)
        final = await self._final(there, head)
        if to_block is None or to_block == head.number:
            return Pin(block=head, final=final)
        return Pin(block=await self.block(to_block), final=final)

    async def follow(self) -> Pin:
        """The head as it is now, for one who asks again and again.

        As `pin`, but who is silent is left out only this once, and who was of this
        chain before and is of another now is an UnservedError, served or not.
        """
        self.forgive()
        there = await self._greetings(patient=True)
        head = middle(there, self._clock()).block
        return Pin(block=head, final=await self._final(there, head))

    def forgive(self) -> None:
        """Let those that were given up for their silence be asked once more.

        For one who goes on for minutes: an outage of seconds is no reason to lose all.
        """
        for node in self.usable:
            node.rpc.forgive()

    async def learn(self, at: Block) -> None:
        """Have the endpoint that will be read first find out how the block is named."""
        for node in self._with(at)[:1]:
            with contextlib.suppress(UnservedError):
                await node.rpc.learn(at)

    def state(self, at: Block, *, final: bool) -> State:
        """Reads at a block, at whoever has it.

        `final`: what has expired is unserved, and not a reason to pin anew.
        """
        readers = [self._reader(node, at) for node in self._with(at)]
        if not readers:
            raise UnservedError(self._nobody())
        return State(readers, final=final)

    def states(self, at: Block) -> list[tuple[Node, State]]:
        """Reads at a block at each endpoint by itself, for comparing.

        At every one that has said which chain it serves: whether it has the block
        shows when it is read.
        """
        return [
            (node, State([self._reader(node, at)], final=True)) for node in self.met
        ]

    def archive(self) -> Archive:
        """Reads at older blocks, at whoever has them."""
        return Archive(self.usable)

    def _reader(self, node: Node, at: Block) -> StateReader:
        batching = self._batching.setdefault(id(node), Batching())
        return StateReader(node.rpc, at, self.chain.multicall, batching=batching)

    async def stands(self, at: Block, hosts: Iterable[str]) -> bool:
        """Whether the endpoints that were believed still know the block.

        One that has gone meanwhile says nothing, as long as another still speaks,
        believed or not. UnservedError if none does, or if one has changed its chain.
        """
        believed = set(hosts)
        asked = [node for node in self.usable if node.served or node.host in believed]
        if believed and not asked:
            raise UnservedError(self._nobody())
        told = await asyncio.gather(*(self.confirms(node, at) for node in asked))
        if told and all(isinstance(each, UnservedError) for each in told):
            others = [node for node in self._with(at) if node not in asked]
            told += await asyncio.gather(*(self.confirms(n, at) for n in others))
        silent = [each for each in told if isinstance(each, UnservedError)]
        if silent and len(silent) == len(told):
            raise silent[0]
        return False not in told

    async def has(self, number: int, block_hash: str) -> bool:
        """Whether that is the block of that number, by all who have come so far.

        Not if nobody has. UnservedError if nobody speaks, or if one has changed its
        chain.
        """
        at = Block(number=number, hash=block_hash, timestamp=0)
        told = await asyncio.gather(*(self.confirms(node, at) for node in self.met))
        silent = [each for each in told if isinstance(each, UnservedError)]
        if len(silent) == len(told):
            raise silent[0] if silent else UnservedError(self._nobody())
        return True in told and False not in told

    def _with(self, at: Block) -> list[Node]:
        return [
            node
            for node in self.usable
            if node.head is not None and node.head.number >= at.number
        ]

    async def confirms(self, node: Node, at: Block) -> bool | UnservedError | None:
        """Whether an endpoint has that block under its number.

        None if it has not come so far; UnservedError, as a value, if it is silent.
        """
        try:
            chain_id, block = await node.rpc.confirm(at.number)
        except RefusalError as refusal:
            behind = node.head is not None and node.head.number < at.number
            if refusal.kind is not RefusalKind.HEAD:
                return refusal
            return None if behind else False
        except UnservedError as error:
            return error
        self.check_chain(node, chain_id)
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
        self.check_chain(node, chain_id)
        return True

    def check_chain(self, node: Node, chain_id: int) -> None:
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

    async def _greetings(self, *, patient: bool) -> list[Greeting]:
        """Of all that are there; the patient drop nobody for a silence."""
        nodes = self.usable
        told = await asyncio.gather(*(self._greet(n, patient=patient) for n in nodes))
        silent: list[str] = []
        for node, each in zip(nodes, told, strict=True):
            if isinstance(each, UnservedError):
                silent.append(each.message)
                self._hint = each.hint
                node.dropped = node.dropped if patient else each.message
        there = [each for each in told if isinstance(each, Greeting)]
        if not there:
            raise UnservedError(
                self._nobody(silent if patient else ()), hint=self._hint
            )
        return there

    async def _greet(
        self, node: Node, *, patient: bool
    ) -> Greeting | UnservedError | None:
        try:
            head = await node.rpc.head()
        except UnservedError as error:
            return error
        if node.served or (patient and node.head is not None):
            self.check_chain(node, head.chain_id)
        if head.chain_id != self.chain.id:
            node.dropped = (
                f"{node.host} serves chain {head.chain_id}, "
                f"not {self.chain.name} ({self.chain.id})"
            )
            return None
        node.head = head.block
        return Greeting(node.host, head.block, head.final)

    async def _final(self, there: list[Greeting], head: Block) -> Block | None:
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

    def _nobody(self, silent: Sequence[str] = ()) -> str:
        if not self.nodes:
            return f"no endpoint is known for {self.chain.name}"
        reasons = "; ".join((*self.refusals(), *silent)[:3])
        return reasons or f"nobody serves {self.chain.name}"


__all__ = ["Pin", "Pool"]
