"""When allowances may last have been used: transfers out of their owners.

Logs nominate: a transfer of a token out of an owner may be a use of any allowance
of that token, unless its transaction shows that it was none (`uses`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace

from allowctl.codec import words
from allowctl.errors import UnservedError
from allowctl.intel.moments import Moments
from allowctl.model.approval import Kind, LogRef
from allowctl.model.chain import Address, Block, BlockRange
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import AuditedRecord, Scan
from allowctl.rpc.endpoints import Node
from allowctl.rpc.logs import Terms, Tick
from allowctl.rpc.pool import Pool
from allowctl.rpc.search import fetch
from allowctl.scan.senders import Senders
from allowctl.scan.since import first_block
from allowctl.scan.transfers import MOST, Pair, TooManyError, Transfers, sought
from allowctl.scan.uses import Case, Held, Movers, never_used

_TOKENS = 8
"""Contracts in one filter: some endpoints refuse ten."""
_STEPS = (1, 4, 16, 64, MOST + 1)
"""How many transactions of each allowance are looked up, until one counts; they are
those of its token and a log of its own."""
_HOUR = 3_600

Asked = Mapping[Pair, Sequence[Held]]
Used = int | Missing | None
"""As `Record.used_at`."""


class Usage:
    """When the allowances of one chain may last have been used."""

    def __init__(self, pool: Pool, senders: Senders, moments: Moments) -> None:
        self._pool = pool
        self._senders = senders
        self._moments = moments
        self._began: tuple[int, int, int] | None = None
        """A stretch of time, in seconds and from when on, and its first block."""
        self._lock = asyncio.Lock()

    async def told(self, scans: Sequence[Scan], seconds: int) -> list[Scan]:
        """Scans at one block, with the uses in so many seconds before it.

        Nobody is asked about allowances that were raised within that time, nor about
        those of spam, nor where state itself shows that there was no use.
        """
        at = scans[0].as_of
        asked = _asked(scans, seconds)
        try:
            used = await self._used(asked, at, seconds) if asked else {}
        except UnservedError as error:
            used = _all(asked, Missing(Lack.FAILED, error.message))

        def dated(row: AuditedRecord) -> AuditedRecord:
            if not _matters(row, at, seconds):
                return row
            key = row.record.allowance.candidate.key
            when = None if never_used(row.record) else used[key]
            return replace(row, record=replace(row.record, used_at=when))

        requests, items = self._pool.requests, self._pool.items
        return [
            replace(
                scan,
                allowances=tuple(map(dated, scan.allowances)),
                coverage=replace(scan.coverage, requests=requests, items=items),
            )
            for scan in scans
        ]

    async def _used(
        self, asked: Asked, at: Block, seconds: int
    ) -> dict[Hashable, Used]:
        """By the keys of what is asked about."""
        first = await self._first(at, seconds)
        if isinstance(first, Missing):
            return _all(asked, first)
        blocks = BlockRange(min(first, at.number), at.number)
        used: dict[Hashable, Used] = {}
        groups = deque(grouped(asked, _TOKENS))
        while groups:
            group = groups.popleft()
            transfers = Transfers(_kinds(group))
            missed = await self._fetched(group, blocks, at, transfers)
            found = await self._judged(transfers, group, blocks, at, seconds)
            used |= found
            lacking = {
                pair: [
                    each for each in group[pair] if not isinstance(found[each.key], int)
                ]
                for pair in missed
            }
            lacking = {pair: some for pair, some in lacking.items() if some}
            for pair, some in lacking.items():
                used |= {each.key: missed[pair] for each in some}
            if len(grouped(group, 1)) > 1:
                # One that floods, or is too much for a node, costs itself alone.
                groups.extend(grouped(lacking, 1))
        return used

    async def _first(self, at: Block, seconds: int) -> int | Missing:
        """The first block of that time, or of an hour before."""
        since = at.timestamp - seconds
        async with self._lock:
            if self._began is not None:
                length, began, block = self._began
                if length == seconds and began <= since <= began + _HOUR:
                    return block
            first = await first_block(self._pool, at, seconds)
            if isinstance(first, int):
                self._began = seconds, since, first
            return first

    async def _judged(
        self,
        transfers: Transfers,
        asked: Asked,
        blocks: BlockRange,
        at: Block,
        seconds: int,
    ) -> dict[Hashable, Used]:
        """Of each, as if no more transfers had been there than came in."""
        cases = [
            Case(held, newest, blocks.first)
            for pair, every in asked.items()
            for newest in (transfers.newest(pair),)
            for held in every
        ]
        await self._looked_up(cases)
        places = {case.found.block for case in cases if case.found is not None}
        times = await self._moments.of(places, at=at) if places else {}
        used: dict[Hashable, Used] = {}
        for case in cases:
            told = case.told()
            when = times[told.block] if isinstance(told, LogRef) else told
            early = isinstance(when, int) and at.timestamp - when > seconds
            used[case.held.key] = None if early else when
        return used

    async def _looked_up(self, cases: Sequence[Case]) -> None:
        """Let each find its newest use: those before it are not looked up."""
        done = 0
        for step in _STEPS:
            every: set[str] = set()
            hashes = sorted(every.union(*(case.asks(done, step) for case in cases)))
            sent = dict(zip(hashes, await self._senders.sent(hashes), strict=True))
            for case in cases:
                case.look(done, step, sent)
            done = step

    async def _fetched(
        self, asked: Asked, blocks: BlockRange, at: Block, transfers: Transfers
    ) -> dict[Pair, Missing]:
        """Why some of the transfers may not have come; each pair that may lack some."""
        terms = Terms(sink=transfers.take, progress=_quiet, room=transfers.room)
        # What nodes make of these logs is no lesson about others.
        nodes = [_anew(node) for node in self._pool.usable]
        try:
            fetched = await fetch(
                nodes, sought(_kinds(asked), blocks), at.number, terms
            )
        except TooManyError as error:
            return dict.fromkeys(asked, Missing(Lack.UNAVAILABLE, str(error)))
        missed: dict[Pair, Missing] = {}
        for each in fetched.missed:
            why = Missing(Lack.FAILED, f"transfers not served: {each.gap.reason}")
            for topic in each.wanted.topics[-1]:
                owner = words.address_of_topic(topic)
                missed |= {(owner, token): why for token in each.wanted.addresses}
        return {pair: why for pair, why in missed.items() if pair in asked}


def grouped(asked: Asked, most: int) -> list[dict[Pair, Sequence[Held]]]:
    """The same in parts of so many tokens."""
    tokens = sorted({token for _, token in asked})
    parts = [set(tokens[at : at + most]) for at in range(0, len(tokens), most)]
    return [
        {pair: every for pair, every in asked.items() if pair[1] in part}
        for part in parts
    ]


def _asked(scans: Sequence[Scan], seconds: int) -> dict[Pair, list[Held]]:
    """What nodes have to be asked about."""
    asked: dict[Pair, list[Held]] = {}
    for scan in scans:
        live: dict[Address, list[AuditedRecord]] = {}
        for row in scan.allowances:
            live.setdefault(row.record.allowance.candidate.token, []).append(row)
        for token, rows in live.items():
            allowances = (row.record.allowance for row in rows)
            movers = Movers.of(allowances, token, scan.chain.permit2)
            every = [
                Held(record=row.record, movers=movers)
                for row in rows
                if _matters(row, scan.as_of, seconds) and not never_used(row.record)
            ]
            if every:
                asked[scan.owner, token] = every
    return asked


def _all(asked: Asked, why: Missing) -> dict[Hashable, Used]:
    """The same for every one."""
    return {each.key: why for every in asked.values() for each in every}


def _kinds(asked: Asked) -> dict[Pair, Collection[Kind]]:
    return {
        pair: {each.record.allowance.candidate.kind for each in every}
        for pair, every in asked.items()
    }


def _matters(row: AuditedRecord, at: Block, seconds: int) -> bool:
    raised = row.record.raised_at
    recent = isinstance(raised, int) and at.timestamp - raised <= seconds
    return not (recent or row.spam)


def _anew(node: Node) -> Node:
    """The same endpoint with what is known of it, and nothing held against it."""
    made = Node(node.rpc, key=node.key, pace=node.pace, limits=node.limits(now=0))
    made.head, made.mute = node.head, node.mute
    return made


def _quiet(_tick: Tick) -> None:
    """Nobody is told how far it is."""
