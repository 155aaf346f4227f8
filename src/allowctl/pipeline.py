"""A scan on one screen: discover, resolve, enrich, audit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from allowctl.errors import UnservedError, UsageError
from allowctl.model.approval import Dead, Dormant, Fate, Kind, Live, NotServed, Refused
from allowctl.model.chain import Block, BlockRange, Coverage
from allowctl.model.question import Question
from allowctl.model.report import Scan
from allowctl.risk.audit import audit
from allowctl.risk.rule import Context
from allowctl.rpc.client import Rpc
from allowctl.rpc.logs import Progress
from allowctl.rpc.multicall import StateReader
from allowctl.scan import blind, named
from allowctl.scan.discover import Discovery, discover
from allowctl.scan.enrich import enrich
from allowctl.scan.resolve import (
    candidate_of,
    fate_key,
    probe_permit2,
    resolve,
)

_TRIES = 3
"""How often a scan begins anew when its block is reorganised away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    discovery: Discovery
    fates: Sequence[Fate]
    notes: Sequence[str] = ()


async def scan(
    rpc: Rpc, question: Question, *, concurrency: int, progress: Progress
) -> Scan:
    """One owner on one chain, true at one block.

    UsageError if the blocks asked for are none; UnservedError if the endpoint
    does not even tell its head, or its head does not hold still.
    """
    for _ in range(_TRIES):
        as_of = await _pin(rpc, question)
        try:
            result = await _scan_at(
                rpc, question, as_of, concurrency=concurrency, progress=progress
            )
        except UnservedError:
            if (await rpc.block(as_of.number)).hash == as_of.hash:
                raise
            continue
        chain_id, block = await asyncio.gather(rpc.chain_id(), rpc.block(as_of.number))
        if chain_id != question.chain.id:
            raise UnservedError(
                f"{rpc.host} changed its chain under the scan",
                hint="it may be several nodes under one name: give another --rpc-url",
            )
        if block.hash == as_of.hash:
            return result
    raise UnservedError(
        f"{rpc.host} reorganised its chain under {_TRIES} scans",
        hint="ask an older block with --to-block, or another --rpc-url",
    )


async def _pin(rpc: Rpc, question: Question) -> Block:
    head = await rpc.block()
    to_block = question.to_block
    if to_block is not None and to_block > head.number:
        raise UsageError(
            f"block {to_block} is not there yet: the head of {rpc.host} "
            f"is {head.number}",
            hint="leave --to-block out to scan up to the head",
        )
    if question.from_block > (head.number if to_block is None else to_block):
        raise UsageError(
            f"--from-block {question.from_block} is above the last block asked for, "
            f"{head.number if to_block is None else to_block}",
            hint="leave --from-block out to seek all logs",
        )
    return head if to_block is None else await rpc.block(to_block)


async def _scan_at(
    rpc: Rpc,
    question: Question,
    as_of: Block,
    *,
    concurrency: int,
    progress: Progress,
) -> Scan:
    blocks = None if question.pairs else BlockRange(question.from_block, as_of.number)
    state = StateReader(rpc, as_of, question.chain.multicall)
    if blocks is None:
        found = await _read_pairs(state, question)
    else:
        discovery = await discover(
            rpc, question, blocks, concurrency=concurrency, progress=progress
        )
        fates = await resolve(state, discovery.candidates, discovery.other_readings)
        found = _Findings(discovery=discovery, fates=fates)
    fates = _asked(found, question)
    if Kind.ERC20 in question.kinds:
        fates += await probe_permit2(state, question.chain, question.owner, fates)
    live = [fate.allowance for fate in fates if isinstance(fate, Live)]
    dormant = [fate.allowance for fate in fates if isinstance(fate, Dormant)]
    records = await enrich(state, question.chain, question.owner, [*live, *dormant])
    audited = audit(records[: len(live)], Context(chain=question.chain, as_of=as_of))
    return Scan(
        chain=question.chain,
        owner=question.owner,
        owner_name=question.owner_name,
        as_of=as_of,
        coverage=Coverage(
            blocks=blocks,
            gaps=found.discovery.gaps,
            endpoints=(rpc.host,),
            requests=rpc.requests,
        ),
        allowances=audited.records,
        dormant=tuple(records[len(live) :]),
        dead=tuple(fate for fate in fates if isinstance(fate, Dead)),
        refused=tuple(fate for fate in fates if isinstance(fate, Refused)),
        unserved=tuple(fate for fate in fates if isinstance(fate, NotServed)),
        restricted=question.restricted,
        blind_spots=(
            *blind.spots(question, rpc.host, as_of, found.discovery.undecodable),
            *found.notes,
        ),
        not_evaluated=audited.not_evaluated,
    )


def _asked(found: _Findings, question: Question) -> list[Fate]:
    """The fates of the kinds that were asked for.

    A candidate of another kind was kept because its log may mean one that was
    asked for: as long as nobody could tell, it is told of as that one.
    """
    fates = {
        fate_key(fate): fate
        for fate in found.fates
        if candidate_of(fate).kind in question.kinds
    }
    for fate in found.fates:
        if not isinstance(fate, NotServed | Refused) or fate_key(fate) in fates:
            continue
        for other in found.discovery.other_readings.get(fate_key(fate), ()):
            if other.kind in question.kinds:
                fates.setdefault(other.key, replace(fate, candidate=other))
    return list(fates.values())


async def _read_pairs(state: StateReader, question: Question) -> _Findings:
    fates = await resolve(state, named.candidates(question), {})
    kept, notes = named.without_foreign_kinds(fates)
    nothing = Discovery(candidates=(), other_readings={})
    return _Findings(discovery=nothing, fates=kept, notes=notes)
