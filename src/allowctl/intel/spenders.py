"""What is known of a spender from the chain: what it is, what it runs, who may swap it.

However many spenders there are, it takes six round trips, each of many requests side
by side: their code; the slots of what may be a proxy; three on the way from an admin
to who decides, while what the slots point to is read; and a Safe's singleton. A
contract that answers with floods costs another one where it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allowctl.intel.authority import OWNER, STEPS, address_of, authority
from allowctl.intel.proxies import (
    SLOTS,
    Pointer,
    code_hash,
    delegate_of,
    failed,
    pointer,
    runs_others,
    target_of,
)
from allowctl.intel.rounds import Board, Steps
from allowctl.model.chain import Address, Answer, Call, Unserved
from allowctl.model.facts import (
    Authority,
    Proxy,
    ProxyKind,
    SpenderFacts,
    SpenderKind,
)
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.state import State

IMPLEMENTATION = bytes.fromhex("5c60da1b")
"""implementation(), of a beacon (EIP-1967)."""
_HOPS = 2
"""Minimal proxies behind each other that are followed, at most."""
_UNEXPLAINED = Missing(
    Lack.UNAVAILABLE, "it may run other code: which, no slot that is known tells"
)
"""Of honest contracts too: libraries are run this way, and an own batch of calls."""


async def spender_facts(
    state: State, spenders: Sequence[Address]
) -> dict[Address, SpenderFacts]:
    """What stands at each spender's address.

    What was not served is Missing in its place, and never guessed. A proxy is what
    its slots, or the bytes of a minimal one, say; who may swap its implementation is
    the admin in its slot, else its own or its beacon's `owner()`, followed to the
    end (see `authority`). Code that may run others' and fills no slot that is known
    is not taken for what runs none: its proxy is UNAVAILABLE. StateExpiredError as
    `State` raises it.
    """
    if not spenders:
        return {}
    accounts = await state.accounts(spenders)
    board = Board(state)
    found = await board.settle(
        board.together(
            *(
                _facts(board, spender, code, nonce)
                for spender, (code, nonce) in zip(spenders, accounts, strict=True)
            )
        )
    )
    return {each.address: each for each in found}


def spender_kind(code: bytes | Unserved, nonce: int | Unserved) -> SpenderKind:
    """What an address is, by its code and the number of its transactions."""
    match code, nonce:
        case Unserved(), _:
            return SpenderKind.UNKNOWN
        case b"", int(sent):
            return SpenderKind.EOA if sent else SpenderKind.UNUSED
        case b"", Unserved():
            return SpenderKind.EOA
        case bytes(found), _ if delegate_of(found) is not None:
            return SpenderKind.DELEGATED_EOA
        case _:
            return SpenderKind.CONTRACT


def _facts(
    board: Board, spender: Address, code: bytes | Unserved, nonce: int | Unserved
) -> Steps[SpenderFacts]:
    kind = spender_kind(code, nonce)
    if isinstance(code, Unserved):
        why = failed(code)
        return SpenderFacts(address=spender, kind=kind, proxy=why, code_hash=why)
    delegate = delegate_of(code)
    if delegate is not None:
        runs = yield from _running(board, delegate)
        return SpenderFacts(
            address=spender,
            kind=kind,
            delegate=delegate,
            through=runs.through,
            code_hash=runs.hash,
        )
    if not runs_others(code):
        own = code_hash(code) if code else None
        return SpenderFacts(address=spender, kind=kind, code_hash=own)
    proxy, runs = yield from _proxy(board, spender, code)
    return SpenderFacts(
        address=spender,
        kind=kind,
        proxy=proxy,
        through=runs.through,
        code_hash=runs.hash,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    """The code that runs in the end."""

    code: bytes | Unserved
    """Empty where there is none."""
    through: tuple[Address, ...] = ()
    """The targets of the minimal proxies before it."""

    @property
    def hash(self) -> str | Missing | None:
        """None where there is no code."""
        if isinstance(self.code, Unserved):
            return failed(self.code)
        return code_hash(self.code) if self.code else None


Found = tuple[Proxy | Missing | None, _Runs]
"""The proxy that a contract is, if it is one, and the code it runs."""


def _proxy(board: Board, spender: Address, code: bytes) -> Steps[Found]:
    target = target_of(code)
    places = tuple((spender, slot) for slot in SLOTS)
    own = Call(spender, OWNER)
    yield (*places, own, *(() if target is None else (target,)))
    found = pointer({slot: board.slots[spender, slot] for slot in SLOTS})
    if target is not None:
        theirs = board.codes[target]
        looks = isinstance(theirs, Unserved) or runs_others(theirs)
        if found is None or not looks:
            # A minimal proxy's slots count only where what it runs may look at them.
            runs = yield from _running(board, target)
            return _minimal(target, runs), runs
        if isinstance(theirs, Unserved):
            return failed(theirs), _Runs(code=theirs)
    match found:
        case Missing(reason=reason):
            return found, _Runs(code=Unserved(reason))
        case None:
            return _UNEXPLAINED, _Runs(code=code)
        case Pointer(kind=ProxyKind.BEACON):
            return (yield from _behind_beacon(board, found.to))
    who, runs = yield from board.both(
        _upgrader(board, found, board.answers[own]), _running(board, found.to)
    )
    proxy = Proxy(kind=found.kind, implementation=found.to, authority=who)
    return proxy, runs


def _minimal(target: Address, runs: _Runs) -> Proxy:
    """It always runs the target; what that runs may be for somebody to decide."""
    who: Missing | None = None
    if isinstance(runs.code, Unserved):
        who = failed(runs.code)
    elif runs_others(runs.code):
        who = _UNEXPLAINED
    return Proxy(kind=ProxyKind.MINIMAL, implementation=target, authority=who)


def _upgrader(board: Board, found: Pointer, own: Answer) -> Steps[Authority | Missing]:
    match found.admin:
        case Missing() as missing:
            return missing
        case None:
            return (yield from _owner(board, own, STEPS, "it names no owner"))
        case admin:
            return (yield from authority(board, admin))


def _behind_beacon(board: Board, beacon: Address) -> Steps[Found]:
    says, owned = Call(beacon, IMPLEMENTATION), Call(beacon, OWNER)
    yield (says, owned)
    told = board.answers[says]
    if isinstance(told, Unserved):
        return failed(told), _Runs(code=told)
    implementation = address_of(told)
    who, runs = yield from board.both(
        _owner(board, board.answers[owned], STEPS - 1, "its beacon names no owner"),
        _running(board, implementation),
    )
    proxy = Proxy(
        kind=ProxyKind.BEACON,
        implementation=implementation,
        beacon=beacon,
        authority=who,
    )
    return proxy, runs


def _owner(
    board: Board, told: Answer, steps: int, nobody: str
) -> Steps[Authority | Missing]:
    """Who decides, from what a contract answered to `owner()`."""
    if isinstance(told, Unserved):
        return failed(told)
    owner = address_of(told)
    if owner is None:
        return Missing(Lack.UNAVAILABLE, nobody)
    return (yield from authority(board, owner, steps=steps))


def _running(board: Board, address: Address | None) -> Steps[_Runs]:
    """The code at the end of a way of minimal proxies; none, where nobody is."""
    code: bytes | Unserved = b""
    through: tuple[Address, ...] = ()
    for _ in range(1 + _HOPS):
        if address is None:
            break
        yield (address,)
        code = board.codes[address]
        address = None if isinstance(code, Unserved) else target_of(code)
        if address is not None:
            through += (address,)
    return _Runs(code=code, through=through)
