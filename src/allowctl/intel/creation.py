"""When contracts came to be: exactly where old state can be read, else a bound."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from itertools import islice

from allowctl.intel.proxies import failed
from allowctl.model.chain import Address, Block, Unserved
from allowctl.model.facts import Creation
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.archive import Archive, Then

PROBES = 8
"""Blocks at which each contract is looked for in a round: of 24 million, eight
rounds leave one."""
_NO_BOUND = Missing(
    Lack.UNAVAILABLE, "nobody has old state, and no log says since when it is there"
)

MOST_SEARCHED = 500
"""Contracts of one chain whose creation is searched for in one run: each costs some
sixty small questions at an endpoint with old state, once."""
_MANY = Missing(
    Lack.FAILED, f"more than {MOST_SEARCHED} new spenders at once: scan again"
)

There = Mapping[int, bool | Unserved]
"""Whether a contract was there, by block."""


async def creations(
    archive: Archive,
    at: Block,
    firsts: Mapping[Address, int | None],
    known: Mapping[Address, Creation],
    *,
    room: int = MOST_SEARCHED,
) -> dict[Address, Creation | Missing]:
    """The block that each contract, there at block `at`, was created in.

    `firsts` has every contract with the block of the first approval that names it,
    or None. Where no endpoint keeps old state that block is all there is to tell: a
    bound, and an assumption, for one may approve what is not deployed yet, and
    anyone may plant a log that seems to. What is exact in `known` is not asked again.
    Of the others the first `room` are searched for, and the rest FAILED. So is what
    was not served, and all of it where nobody even says that old state is lost.

    Exact is what the state of each block says: what was destroyed and created again
    counts from the last time. An endpoint that has thrown old state away and says 0
    instead of refusing makes contracts look newer, never older.
    """
    found: dict[Address, Creation | Missing] = {}
    bounds: dict[Address, int | None] = {}
    for address, first in firsts.items():
        match known.get(address):
            case Creation(exact=True, block=block) as exact if block <= at.number:
                found[address] = exact
            case Creation(exact=False, block=block) if first is None or block < first:
                bounds[address] = block
            case _:
                bounds[address] = first
    if not bounds:
        return found
    some = next(iter(bounds))
    match await archive.keep([(some, max(1, at.number // part)) for part in (2, 3)]):
        case Unserved() as lost:
            return found | dict.fromkeys(bounds, failed(lost))
        case False:
            return found | {each: _bounded(first) for each, first in bounds.items()}
        case True:
            chosen = dict(islice(bounds.items(), room))
            rest = dict.fromkeys(bounds, _MANY)
            return found | rest | await _searched(archive, at, chosen)


async def _searched(
    archive: Archive, at: Block, bounds: Mapping[Address, int | None]
) -> dict[Address, Creation | Missing]:
    """Round by round, all side by side, until each search has ended."""
    found: dict[Address, Creation | Missing] = {}
    searches = {each: _search(at.number, first) for each, first in bounds.items()}
    looks = {each: next(search) for each, search in searches.items()}
    while looks:
        told = await _told(archive, looks)
        looks = {}
        for address, there in told.items():
            try:
                looks[address] = searches[address].send(there)
            except StopIteration as end:
                found[address] = end.value
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Where a search looks next."""

    by_code: bool
    """Else by nonce: much less to send."""
    blocks: tuple[int, ...]


async def _told(
    archive: Archive, looks: Mapping[Address, _Look]
) -> dict[Address, There]:
    nonces: list[Then] = []
    codes: list[Then] = []
    for address, look in looks.items():
        asked = codes if look.by_code else nonces
        asked += [(address, number) for number in look.blocks]
    answers = await asyncio.gather(archive.nonces(nonces), archive.codes(codes))
    told: dict[Address, dict[int, bool | Unserved]] = {}
    for (address, number), state in zip(
        (*nonces, *codes), (*answers[0], *answers[1]), strict=True
    ):
        there = state if isinstance(state, Unserved) else bool(state)
        told.setdefault(address, {})[number] = there
    return dict(told)


def _search(
    head: int, first: int | None
) -> Generator[_Look, There, Creation | Missing]:
    """One contract's first block, between one without it and one with it.

    A nonce is 1 from the creation on (EIP-161). Where it still is 0 the contract is
    from before that, or the chain is of another kind: then the code tells. So too
    where there is code in the block before the nonce rose.
    """
    low, high, by_code = -1, head, False
    blocks = {*_spread(low, high), head if first is None else first, head}
    there = yield _Look(by_code=False, blocks=tuple(sorted(blocks)))
    match there[head]:
        case Unserved() as lost:
            return _unknown([lost], low, first, None)
        case True:
            low, high = _narrowed(low, high, there)
        case False:
            by_code, there = True, {}
    while True:
        if unserved := _lost(low, high, there):
            return _unknown(unserved, low, first, high if high < head else None)
        if high - low > 1:
            there = yield _Look(by_code=by_code, blocks=_spread(low, high))
            low, high = _narrowed(low, high, there)
        elif by_code or low < 0:
            return Creation(block=high, exact=True)
        else:
            there = yield _Look(by_code=True, blocks=(low,))
            by_code = True
            match there[low]:
                case Unserved() as lost:
                    return _unknown([lost], low, first, high)
                case True:
                    low, high, there = -1, low, {}


def _spread(low: int, high: int) -> tuple[int, ...]:
    """Blocks between the two, as evenly as they can be."""
    parts = PROBES + 1
    between = {low + (high - low) * part // parts for part in range(1, parts)}
    return tuple(sorted(between - {low}))


def _narrowed(low: int, high: int, there: There) -> tuple[int, int]:
    """The last block without it that is known now, and the first after it with it."""
    low = max((n for n, it in there.items() if it is False), default=low)
    return low, min(n for n in (high, *there) if n > low and there.get(n, True) is True)


def _lost(low: int, high: int, there: There) -> list[Unserved]:
    """Why nothing is known of blocks between the two that were asked for."""
    return [
        it for n, it in there.items() if isinstance(it, Unserved) and low < n < high
    ]


def _unknown(
    lost: list[Unserved], low: int, first: int | None, high: int | None
) -> Creation | Missing:
    """What can be said where some block's state was not served."""
    failure = next((it for it in lost if not it.expired), None)
    if failure is not None:
        return failed(failure)
    bounds = [each for each in (first, high) if each is not None and each > low]
    return _bounded(min(bounds, default=None))


def _bounded(block: int | None) -> Creation | Missing:
    return _NO_BOUND if block is None else Creation(block=block, exact=False)
