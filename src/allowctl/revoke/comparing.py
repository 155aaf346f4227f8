"""State at one block by every endpoint's word: believed where none contradicts.

An endpoint that does not answer, or that has another block there, is left out as
long as one answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import assert_never

from allowctl.errors import UnservedError
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Dead,
    Dormant,
    Everything,
    Fate,
    Item,
    Live,
    NotServed,
    Origin,
    Refused,
)
from allowctl.model.chain import Address, Block, Unserved
from allowctl.revoke.everyone import differ, quoted, stood
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from allowctl.rpc.state import State
from allowctl.scan.resolve import fate_key, resolve
from allowctl.standards.items import has_items, item_calls

Read = dict[Hashable, Fate] | UnservedError
"""One endpoint's fates by their candidates' keys, or why there are none."""


async def fates(pool: Pool, candidates: Sequence[Candidate], at: Block) -> list[Fate]:
    """What becomes of each candidate, in their order.

    NotServed where nobody answers and where they differ. A probe is read as if
    somebody had named it: then a dead one is told, too.
    """
    wanted = [_named(candidate) for candidate in candidates]
    states = pool.states(at)
    found = await asyncio.gather(
        *(_fates(pool, node, state, wanted) for node, state in states)
    )
    hosts = [node.host for node, _ in states]
    return [
        agreed(
            candidate,
            [
                (host, _fate(read, candidate))
                for host, read in zip(hosts, found, strict=True)
            ],
        )
        for candidate in wanted
    ]


def _named(candidate: Candidate) -> Candidate:
    if candidate.origin is not Origin.PROBE:
        return candidate
    return replace(candidate, origin=Origin.NAMED)


async def _fates(
    pool: Pool, node: Node, state: State, candidates: Sequence[Candidate]
) -> Read:
    try:
        found = await resolve(state, candidates, {})
        await stood(pool, node, state.at)
    except UnservedError as error:
        return error
    return {fate_key(fate): fate for fate in found}


def _fate(read: Read, candidate: Candidate) -> Fate:
    if isinstance(read, UnservedError):
        return NotServed(candidate=candidate, reason=read.message)
    return read[candidate.key]


def agreed(candidate: Candidate, told: Sequence[tuple[str, Fate]]) -> Fate:
    """One candidate's fate out of what each endpoint, by its host, says of it."""
    if not told:
        return NotServed(candidate=candidate, reason="no endpoint is there to be asked")
    served = [(host, fate) for host, fate in told if not isinstance(fate, NotServed)]
    if not served:
        return told[0][1]
    said = [(host, meaning(fate)) for host, fate in served]
    if len({what for _, what in said}) == 1:
        return served[0][1]
    return NotServed(candidate=candidate, reason=f"endpoints differ: {quoted(said)}")


def meaning(fate: Fate) -> str:
    """What is left by it, in words: the same for two fates that come to the same."""
    match fate:
        case Live(allowance=allowance):
            return _left(allowance)
        case Dormant(allowance=allowance):
            return f"asleep, {_left(allowance)}"
        case Dead(allowance=left):
            return "nothing" if left is None else f"expired, {_left(left)}"
        case Refused():
            return "no answer of the contract's"
        case NotServed():
            return "not served"


def _left(allowance: Allowance) -> str:
    match allowance.grant:
        case Amount(
            amount=amount,
            expiration=expiration,
            permit2_nonce=nonce,
            root_amount=root,
        ):
            more = (("until", expiration), ("nonce", nonce), ("root", root))
            parts = [f"{word} {number}" for word, number in more if number is not None]
            return " ".join((f"{amount}", *parts))
        case Item(token_id=token_id):
            return f"item {token_id} to {allowance.spender}"
        case Everything():
            return "everything"
        case unknown:
            assert_never(unknown)


async def items(
    pool: Pool, contracts: Sequence[Address], at: Block
) -> dict[Address, bool]:
    """Whether each answers as a contract of single NFTs, or may do so.

    It does if anybody says so, or if nobody could say.
    """
    nobody = pool.chain.permit2
    told = await asyncio.gather(
        *(
            _items(pool, node, state, contracts, nobody)
            for node, state in pool.states(at)
        )
    )
    found: dict[Address, bool] = {}
    for contract in contracts:
        said = [each[contract] for each in told if each[contract] is not None]
        found[contract] = any(said) or not said
    return found


async def _items(
    pool: Pool,
    node: Node,
    state: State,
    contracts: Sequence[Address],
    nobody: Address,
) -> dict[Address, bool | None]:
    """By one endpoint; None where it does not answer."""
    calls = [call for each in contracts for call in item_calls(each, nobody, nobody)]
    try:
        read = await state.read(calls, impatient=calls)
        await stood(pool, node, state.at)
    except UnservedError:
        return dict.fromkeys(contracts)
    found: dict[Address, bool | None] = {}
    for index, contract in enumerate(contracts):
        answers = read[3 * index : 3 * index + 3]
        silent = any(isinstance(each, Unserved) for each in answers)
        yes = has_items(answers)
        found[contract] = None if silent and not yes else yes
    return found


async def code(pool: Pool, address: Address, at: Block) -> bytes:
    """An account's code. UnservedError where nobody answers, or where they differ."""
    states = pool.states(at)
    read = await asyncio.gather(
        *(_code(pool, node, state, address) for node, state in states)
    )
    told = [
        (node.host, each)
        for (node, _), each in zip(states, read, strict=True)
        if isinstance(each, bytes)
    ]
    if not told:
        reasons = [each for each in read if isinstance(each, UnservedError)]
        raise reasons[0] if reasons else UnservedError("no endpoint is there")
    if len({each for _, each in told}) > 1:
        said = [(host, f"{len(each)} bytes") for host, each in told]
        raise differ(f"the code at {address}", said)
    return told[0][1]


async def _code(
    pool: Pool, node: Node, state: State, address: Address
) -> bytes | UnservedError:
    try:
        (found,) = await state.codes((address,))
        await stood(pool, node, state.at)
    except UnservedError as error:
        return error
    return found if isinstance(found, bytes) else UnservedError(found.reason)
