"""Synthetic chains of any size: who approved what, when, and what became of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypedDict, Unpack

from tests.fakes.provider_logs import Emitted
from tests.fakes.provider_state import (
    APPROVAL,
    FOR_ALL,
    PERMIT2_APPROVAL,
    Change,
    Contract,
    Slot,
)
from tests.fakes.provider_world import HEAD_TIME, PERMIT2, World

KINDS = ("erc20", "erc20", "operator", "permit2", "erc721")
_NONE = f"0x{0:064x}"
_ONE = f"0x{1:064x}"
_AMOUNTS = ["0x" + "ff" * 32, *(f"0x{10**n:064x}" for n in range(6, 26))]
_CHILD = f"0x{10**18:064x}{HEAD_TIME + 10**8:064x}"
_NO_CHILD = f"0x{0:064x}{HEAD_TIME:064x}"
_PARTS = {"erc20": 0x70, "operator": 0x71, "erc721": 0x72}


class WorldParts(TypedDict, total=False):
    """What of a `World` can be given besides its size."""

    chain_id: int
    block_time: float | None
    clock: Callable[[], float]
    finality: int
    background_every: int
    contracts: Mapping[str, Contract] | None
    multicall: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One approval of one owner, with the words it needs each time it changes."""

    owner: str
    slot: Slot
    topics: tuple[str, ...]
    revoked: str
    """The data, and for an item the spender, once it is taken back."""


def owner_of(index: int) -> str:
    """The address of an owner, the same in every world."""
    return f"0x0a{index + 1:038x}"


def build(  # noqa: PLR0913 - each is one size of the world
    *,
    owners: int = 1,
    approvals: int = 10,
    logs: int | None = None,
    blocks: int = 24_000_000,
    seed: int = 0,
    kinds: Sequence[str] = KINDS,
    revoked: float = 0.3,
    spent: float = 0.1,
    **world: Unpack[WorldParts],
) -> World:
    """A chain up to block `blocks` in which each owner has so many approvals.

    Each approval has one log at least; the rest of `logs` (in all) are repeated
    approvals. `revoked`: the share of logs that take it back. `spent`: the share
    of ERC-20 approvals that are used up without a log. A Permit2 approval comes
    with one more, of its token to Permit2. `world` goes to `World`.
    """
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    pairs = [
        pair
        for owner in range(owners)
        for pair in _pairs(owner_of(owner), approvals, kinds, dice)
    ]
    count = max(len(pairs), logs or 0) if pairs else 0
    numbers = sorted(dice.randrange(1, blocks + 1) for _ in range(count))
    order = list(range(len(pairs)))
    order += [dice.randrange(len(pairs)) for _ in range(count - len(pairs))]
    dice.shuffle(order)
    silent = [
        Change(pair.owner, pair.slot, blocks, 0)
        for pair in pairs
        if pair.slot.kind == "erc20" and dice.random() < spent
    ]
    emitted = (
        _emitted(number, pairs[which], dice, revoked)
        for number, which in zip(numbers, order, strict=True)
    )
    return World(emitted, head=blocks, seed=seed, silent=silent, **world)


def _pairs(
    owner: str, approvals: int, kinds: Sequence[str], dice: random.Random
) -> Iterator[_Pair]:
    for index in range(approvals):
        kind = kinds[index % len(kinds)]
        topics: tuple[str, ...]
        spender = _SPENDERS[dice.randrange(len(_SPENDERS))]
        token = _contract(_PARTS.get(kind, 0x70), index)
        match kind:
            case "erc20":
                yield _amount(owner, token, spender)
            case "operator":
                slot = Slot(kind, token, token, spender)
                topics = (FOR_ALL, _word(owner), _word(spender))
                yield _Pair(owner=owner, slot=slot, topics=topics, revoked=_NONE)
            case "permit2":
                yield _amount(owner, token, PERMIT2)
                slot = Slot(kind, PERMIT2, token, spender)
                topics = (PERMIT2_APPROVAL, *map(_word, (owner, token, spender)))
                yield _Pair(owner=owner, slot=slot, topics=topics, revoked=_NO_CHILD)
            case "erc721":
                item = int(owner[4:], 16) << 32 | index
                slot = Slot(kind, token, token, "", item)
                topics = (APPROVAL, *map(_word, (owner, spender)), f"0x{item:064x}")
                yield _Pair(owner=owner, slot=slot, topics=topics, revoked=_NONE)
            case _:
                raise ValueError(kind)


def _amount(owner: str, token: str, spender: str) -> _Pair:
    slot = Slot("erc20", token, token, spender)
    topics = (APPROVAL, _word(owner), _word(spender))
    return _Pair(owner=owner, slot=slot, topics=topics, revoked=_NONE)


def _emitted(number: int, pair: _Pair, dice: random.Random, revoked: float) -> Emitted:
    taken = dice.random() < revoked
    topics = pair.topics
    match pair.slot.kind:
        case "erc20":
            data = _AMOUNTS[int(dice.random() * len(_AMOUNTS))]
        case "operator":
            data = _ONE
        case "permit2":
            data = _CHILD
        case _:
            data = "0x"
            if taken:
                topics = (*topics[:2], pair.revoked, topics[3])
            return Emitted(number, pair.slot.contract, topics, data)
    return Emitted(number, pair.slot.contract, topics, pair.revoked if taken else data)


@cache
def _word(address: str) -> str:
    """An address as a topic: one string for a million logs."""
    return "0x" + "00" * 12 + address[2:]


@cache
def _contract(part: int, index: int) -> str:
    return f"0x{part:02x}{index:038x}"


_SPENDERS = [f"0x5e{index * 7 + 1:038x}" for index in range(500)]
