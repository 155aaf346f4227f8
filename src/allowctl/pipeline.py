"""A scan on one screen: seek, nominate, resolve, enrich, audit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from allowctl.errors import UnservedError
from allowctl.model.approval import Dead, Dormant, Fate, Kind, Live, NotServed, Refused
from allowctl.model.chain import BlockRange
from allowctl.model.coverage import Checked, Coverage
from allowctl.model.question import Question
from allowctl.model.report import Scan, Unscanned
from allowctl.risk.audit import audit
from allowctl.risk.rule import Context
from allowctl.rpc.pool import Pin, Pool
from allowctl.rpc.state import State, StateExpiredError
from allowctl.scan import blind, kinds, named, narrow
from allowctl.scan.around import Around
from allowctl.scan.discover import Discovery, nominate
from allowctl.scan.enrich import enrich
from allowctl.scan.resolve import probe_permit2, resolve
from allowctl.scan.seek import Found, Seeker, gaps_of, together

_TRIES = 4
"""How often state is read anew when its block expires or is reorganised away."""
_FRESH = 4.0
"""Seconds for which a pinned head is recent enough to read state at: some nodes
keep no more than 64 states of a quarter of a second each."""
_WAVE = 25
"""Owners whose state is read at one block together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a scan of one chain works with."""

    pool: Pool
    seeker: Seeker
    around: Around
    clock: Callable[[], float] = time.monotonic


async def scan_chain(
    work: Work, questions: Sequence[Question]
) -> list[Scan | Unscanned]:
    """Many owners on one chain, each true at one block, in order.

    All ask the same blocks. UsageError if these are none; UnservedError if no
    endpoint tells its head, or one turns out to be of another chain: then nothing
    that it said is remembered.
    """
    try:
        return await _scan_all(work, questions)
    finally:
        try:
            await work.seeker.close()
        finally:
            if work.pool.tainted:
                work.seeker.forget()


async def _scan_all(
    work: Work, questions: Sequence[Question]
) -> list[Scan | Unscanned]:
    first, to_block = questions[0].from_block, questions[0].to_block
    seen = _Seen(pin=await work.pool.pin(to_block, from_block=first), at=work.clock())
    if not questions[0].named:
        owners = [question.owner for question in questions]
        seen.history, _ = await asyncio.gather(
            work.seeker.history(owners, first, seen.pin),
            work.pool.learn(seen.pin.block),
        )
        seen.sought = seen.pin.block.hash
    scans: list[Scan | Unscanned] = []
    rest = iter(questions)
    while wave := list(islice(rest, _WAVE)):
        try:
            scans += await _wave(work, seen, wave)
        except UnservedError as error:
            if work.pool.tainted:
                raise
            scans += [
                Unscanned(reason=error.message, chain=each.chain, owner=each.owner)
                for each in wave
            ]
    return scans


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What is known of the chain so far."""

    pin: Pin
    at: float
    """The clock when it was pinned."""
    sought: str = ""
    """Hash of the block up to which the history was sought."""
    history: Found = field(default_factory=Found)


async def _wave(work: Work, seen: _Seen, questions: Sequence[Question]) -> list[Scan]:
    """Some owners at one block; at a newer one if that does not last so long."""
    first, to_block = questions[0].from_block, questions[0].to_block
    owners = [question.owner for question in questions]
    for attempt in range(_TRIES):
        aged = to_block is None and work.clock() - seen.at > _FRESH
        if attempt or aged:
            new = await work.pool.pin(to_block, from_block=first)
            seen.pin, seen.at = replace(new, final=seen.pin.final), work.clock()
        found = [seen.history]
        if not questions[0].named and seen.pin.block.hash != seen.sought:
            found = [
                seen.history.up_to(seen.pin.settled),
                await work.seeker.tail(owners, first, seen.pin),
            ]
        last_try = to_block is not None or attempt == _TRIES - 1
        state = work.pool.state(seen.pin.block, final=last_try)
        try:
            scans = await _all(
                _scan(work, seen.pin, found, state, each) for each in questions
            )
            if (seconds := questions[0].unused_for) is not None:
                scans = await work.around.usage.told(scans, seconds)
        except StateExpiredError:
            continue
        except UnservedError:
            # Who has lost the block to another one answers out of that.
            asked = (*state.hosts, *state.left_out)
            if await work.pool.stands(seen.pin.block, asked):
                raise
            continue
        if await work.pool.stands(seen.pin.block, state.hosts):
            return scans
    raise UnservedError(
        f"{work.pool.chain.name} was reorganised under {_TRIES} scans",
        hint="ask an older block with --to-block, or another --rpc-url",
    )


async def _all(scans: Iterable[Coroutine[None, None, Scan]]) -> list[Scan]:
    """All of them, or the first error; then none of the others goes on."""
    tasks = [asyncio.create_task(each) for each in scans]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


async def _scan(
    work: Work,
    pin: Pin,
    found: Sequence[Found],
    state: State,
    question: Question,
) -> Scan:
    """One owner: what was found of it, as it stands at the pinned block."""
    discovery, fates, notes = await _fates(work, pin, found, state, question)
    if Kind.ERC20 in question.kinds and not question.candidates:
        fates += await probe_permit2(state, question.chain, question.owner, fates)
    fates = narrow.asked(fates, question)
    live = [fate.allowance for fate in fates if isinstance(fate, Live)]
    dormant = [fate.allowance for fate in fates if isinstance(fate, Dormant)]
    ended = [f.allowance for f in fates if isinstance(f, Dead) and f.allowance]
    every = [*live, *dormant, *ended]
    whole = not (question.from_block or gaps_of(found, question.owner))
    records = iter(await enrich(work.around, state, question.owner, every, whole=whole))
    context = Context(
        chain=question.chain,
        as_of=pin.block,
        weights=work.around.sources.weights,
        absent=(await work.around.sources.lists()).absent(),
    )
    audited = audit(islice(records, len(live)), context)
    asleep = tuple(islice(records, len(dormant)))
    expired = audit(records, context)
    coverage = _coverage(work, pin, found, state, question)
    return Scan(
        chain=question.chain,
        owner=question.owner,
        owner_name=question.owner_name,
        as_of=pin.block,
        settled=pin.settled,
        coverage=coverage,
        allowances=audited.records,
        dormant=asleep,
        expired=expired.records,
        dead=tuple(fate for fate in fates if isinstance(fate, Dead)),
        refused=tuple(fate for fate in fates if isinstance(fate, Refused)),
        unserved=tuple(fate for fate in fates if isinstance(fate, NotServed)),
        restricted=question.restricted,
        blind_spots=(
            *blind.spots(question, coverage, pin.block, discovery.undecodable),
            *blind.unpriced(audited.records),
            *notes,
        ),
        not_evaluated=audited.not_evaluated,
    )


async def _fates(
    work: Work,
    pin: Pin,
    found: Sequence[Found],
    state: State,
    question: Question,
) -> tuple[Discovery, list[Fate], Sequence[str]]:
    if question.candidates:
        nothing = Discovery(candidates=question.candidates, other_readings={})
        return nothing, await resolve(state, question.candidates, {}), ()
    if question.pairs:
        nothing = Discovery(candidates=(), other_readings={})
        named_fates = await resolve(state, named.candidates(question), {})
        kept, notes = named.without_foreign_kinds(named_fates)
        return nothing, kinds.asked(nothing, kept, question.kinds), notes
    # The logs of many owners do not wait in memory while their state is read.
    every = nominate(
        work.seeker.logs(question.owner, question.from_block, pin, found),
        question.owner,
        question.kinds,
    )
    probed = named.probed(narrow.of_tokens(every, question), question)
    discovery = named.beside(probed.discovery, question)
    fates = await resolve(state, discovery.candidates, discovery.other_readings)
    kept, notes = named.without_foreign_kinds(fates, probed.keys)
    return discovery, kinds.asked(discovery, kept, question.kinds), notes


def _coverage(
    work: Work,
    pin: Pin,
    found: Sequence[Found],
    state: State,
    question: Question,
) -> Coverage:
    pool = work.pool
    told = [node.host for node in pool.nodes if node.served]
    sought = BlockRange(question.from_block, pin.block.number)
    return Coverage(
        blocks=None if question.named else sought,
        gaps=gaps_of(found, question.owner),
        differences=tuple(each for one in found for each in one.differences),
        checked=together(one.checked for one in found) or Checked.UNCHECKED,
        remembered=found[0].remembered.get(question.owner, 0),
        canary=found[0].canary,
        endpoints=tuple(dict.fromkeys((*told, *state.hosts))),
        state_by=state.hosts,
        requests=pool.requests,
        items=pool.items,
    )
