"""The scheduler of a log search: who is asked for which range next."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import replace

from allowctl.errors import OversizeError, UnservedError
from allowctl.model.chain import BlockRange, Log
from allowctl.model.coverage import Difference, Gap
from allowctl.rpc import dense, reactions
from allowctl.rpc.canary import Canary
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node, oldest_shown
from allowctl.rpc.logs import Fetched, Missed, Served, Sought, Terms, Tick, checked
from allowctl.rpc.queue import Queue, why_not
from allowctl.rpc.unit import Told, Unit, same, union

_TOO_LONG = 1.0
"""Seconds of rest for which an endpoint is passed over."""
_HEAD_ROUNDS = 8
_HEAD_PAUSE = 1.0


async def fetch(
    nodes: Sequence[Node], sought: Iterable[Sought], head: int, terms: Terms
) -> Fetched:
    """Every log of what is sought, range by range into the sink.

    About old blocks an endpoint is believed only from the one on that its canary
    shows.
    """
    search = _Search(nodes, sought, head, terms)
    try:
        return await search.run()
    finally:
        search.cancel()


class _Search:
    def __init__(
        self,
        nodes: Sequence[Node],
        sought: Iterable[Sought],
        head: int,
        terms: Terms,
    ) -> None:
        self._nodes = nodes
        self._terms = terms
        self._canary = Canary(nodes, head, terms.canary, terms.sleep)
        units = [Unit(wanted=each.wanted, blocks=each.blocks) for each in sought]
        self._total = sum(unit.size for unit in units)
        self._queue = Queue(nodes, units)
        self._done = 0
        self._logs = 0
        self._agreed = 0
        self._compared = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._missed: list[Missed] = []
        self._differences: list[Difference] = []
        self._believed: set[Node] = set()
        self._head_rounds = 0
        self._finished: asyncio.Future[None] = (
            asyncio.get_running_loop().create_future()
        )
        self._alarm: asyncio.TimerHandle | None = None

    async def run(self) -> Fetched:
        self._pump()
        await self._finished
        return Fetched(
            missed=tuple(self._missed),
            differences=tuple(self._differences),
            checked=checked(self._agreed, self._total, self._compared, self._missed),
            canary=oldest_shown(self._believed),
        )

    def cancel(self) -> None:
        """Let nothing of it go on."""
        if self._alarm is not None:
            self._alarm.cancel()
        for task in self._tasks:
            task.cancel()
        self._canary.cancel()

    def _pump(self) -> None:
        """Give every endpoint with a free place its next range."""
        busy = True
        while busy and self._queue:
            busy = False
            for node in self._nodes:
                if not node.free or node.pace.resting > _TOO_LONG:
                    continue
                unit = self._queue.take(node)
                if unit is not None:
                    busy = True
                    node.under_way += 1
                    self._start(self._serve(node, unit))
        if not self._tasks and not self._finished.done():
            self._idle()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if self._finished.done():
            return
        if error is not None:
            self._finished.set_exception(error)
        else:
            self._pump()

    def _idle(self) -> None:
        """Nobody is asked: all is done, or those who could be have to rest."""
        for unit in self._queue.drop_hopeless():
            self._leave(unit)
        if not self._queue:
            self._finished.set_result(None)
            return
        rests = [n.pace.resting for n in self._nodes if n.usable and n.pace.resting > 0]
        if rests:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(min(rests), self._pump)
        else:
            self._start(self._look_at_heads())

    async def _serve(self, node: Node, unit: Unit) -> None:
        await self._terms.room()
        try:
            old = unit.blocks.first < self._canary.old
            if old:
                self._canary.begin()
            started = asyncio.get_running_loop().time()
            logs = await self._ask(node, unit)
            seconds = asyncio.get_running_loop().time() - started
            node.clean(len(unit.blocks), seconds=seconds, logs=len(logs))
        except UnservedError as error:
            node.under_way -= 1
            parts = reactions.react(node, unit, error)
            if len(parts) == 1 and len(unit.blocks) > node.span:
                self._queue.back(parts[0])
            else:
                for part in parts:
                    self._queue.first(part)
        else:
            node.under_way -= 1
            if old and not self._canary.judged(node):
                # Others are asked meanwhile.
                self._pump()
                await self._canary.verdict(node)
            self._take_in(node, unit, logs)

    async def _ask(self, node: Node, unit: Unit) -> Sequence[Log]:
        number = unit.blocks.first
        single = len(unit.blocks) == 1
        try:
            logs = await node.rpc.logs(unit.wanted, unit.blocks)
        except OversizeError:
            if not single:
                raise
            return await dense.one_block(node.rpc, unit.wanted, number)
        except RefusalError as refusal:
            if not single or refusal.kind not in dense.SMALLER:
                raise
            if refusal.kind is RefusalKind.RANGE and not node.served:
                # It has never served a range: its receipts, block by block, are
                # no way to read a chain.
                raise
            try:
                return await dense.one_block(node.rpc, unit.wanted, number)
            except UnservedError:
                raise refusal from None
        if dense.looks_cut(len(logs), node.results):
            if single:
                return await dense.one_block(node.rpc, unit.wanted, number)
            raise reactions.cut(node.host, len(logs))
        return logs

    def _take_in(self, node: Node, unit: Unit, logs: Sequence[Log]) -> None:
        floor = node.floor or 0
        if floor > unit.blocks.first:
            reason = f"{node.host} keeps no logs before block {floor}"
            last = min(unit.blocks.last, floor - 1)
            below = unit.part(BlockRange(unit.blocks.first, last))
            self._queue.first(below.refused_by(id(node), reason))
            if floor > unit.blocks.last:
                return
            unit = unit.part(BlockRange(floor, unit.blocks.last))
            logs = [log for log in logs if log.block >= floor]
        if unit.blocks.first < self._canary.old:
            self._believed.add(node)
        if unit.told is not None:
            self._compare(node, unit, unit.told, logs)
        elif self._terms.again() and self._another(node):
            told = Told(
                host=node.host,
                key=node.key,
                machine=node.machine,
                logs=tuple(logs),
            )
            self._queue.last(replace(unit, told=told, attempts={}, refused={}))
        else:
            self._deliver(unit, logs, node)

    def _another(self, node: Node) -> bool:
        return any(each.usable and each.machine != node.machine for each in self._nodes)

    def _compare(self, node: Node, unit: Unit, told: Told, logs: Sequence[Log]) -> None:
        self._compared += 1
        if same(told.logs, logs):
            self._agreed += unit.size
            self._deliver(unit, told.logs, told)
            return
        self._differences.append(
            Difference(blocks=unit.blocks, hosts=(told.host, node.host))
        )
        self._deliver(unit, union(told.logs, logs), told, disputed=True)

    def _deliver(
        self,
        unit: Unit,
        logs: Sequence[Log],
        by: Node | Told,
        *,
        disputed: bool = False,
    ) -> None:
        self._logs += len(logs)
        self._terms.sink(
            Served(
                wanted=unit.wanted,
                blocks=unit.blocks,
                logs=logs,
                host=by.host,
                key=by.key,
                disputed=disputed,
            )
        )
        self._finish(unit)

    def _leave(self, unit: Unit) -> None:
        """Nobody serves it. What was to be confirmed stands by one word alone."""
        if unit.told is not None:
            self._deliver(unit, unit.told.logs, unit.told)
            return
        gap = Gap(blocks=unit.blocks, reason=why_not(self._nodes, unit))
        self._missed.append(Missed(wanted=unit.wanted, gap=gap))
        self._finish(unit)

    def _finish(self, unit: Unit) -> None:
        self._done += unit.size
        self._terms.progress(
            Tick(
                done=self._done,
                total=self._total,
                logs=self._logs,
                requests=sum(node.rpc.requests for node in self._nodes),
            )
        )

    async def _look_at_heads(self) -> None:
        """Ask the endpoints that lag whether they have caught up."""
        self._head_rounds += 1
        waiting = [node for node in self._nodes if node.usable]
        if self._head_rounds > _HEAD_ROUNDS:
            for node in waiting:
                node.mute = f"{node.host} has not all of the blocks yet"
            return
        await self._terms.sleep(_HEAD_PAUSE)
        for node in waiting:
            try:
                node.head = await node.rpc.block()
            except UnservedError as error:
                node.failed(error.message)
