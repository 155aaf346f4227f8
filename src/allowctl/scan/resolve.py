"""State decides: what each candidate is worth at one block."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from allowctl.model.approval import (
    Candidate,
    Dead,
    DeadReason,
    Dormant,
    Fate,
    Kind,
    Live,
    NotServed,
    Origin,
    Refused,
)
from allowctl.model.chain import Address, Answer, Chain, Unserved
from allowctl.rpc.state import State
from allowctl.standards import STANDARD_OF
from allowctl.standards.base import Told


async def resolve(
    state: State,
    candidates: Sequence[Candidate],
    other_readings: Mapping[Hashable, Sequence[Candidate]],
) -> list[Fate]:
    """Every candidate's fate.

    Where the contract refuses the first reading of a log and answers another,
    the others take its place. Where the first is dead, another may be live all
    the same (an ERC-404's item in the log of an amount): they are read as
    probes. A probe counts only if state shows a grant, or if nobody could read
    it.
    """
    first = await _fates(state, candidates)
    seconds = _distinct(
        (
            replace(other, origin=Origin.PROBE)
            for fate in first
            for other in _others(fate, other_readings)
        ),
        known={candidate.key for candidate in candidates},
    )
    guesses = await _fates(state, seconds, guessed=True)
    probed = {fate_key(fate): fate for fate in guesses}
    read = {fate_key(fate): fate for fate in first} | probed
    fates: dict[Hashable, Fate] = {}
    named: set[Hashable] = set()
    for fate in first:
        others = [read[r.key] for r in _others(fate, other_readings)]
        if isinstance(fate, Refused) and not all(
            isinstance(each, Refused) for each in others
        ):
            # The log named these: they count, whatever they are.
            named.update(map(fate_key, others))
            fates.update((fate_key(each), each) for each in others)
        else:
            fates[fate_key(fate)] = fate
    for key, fate in probed.items():
        fates.setdefault(key, fate)
    return [fate for key, fate in fates.items() if key in named or _counts(fate)]


def _others(
    fate: Fate, readings: Mapping[Hashable, Sequence[Candidate]]
) -> Sequence[Candidate]:
    """What else a log may mean whose first reading came to this."""
    match fate:
        case Refused():
            return readings.get(fate_key(fate), ())
        case Dead(reason=reason) if reason is not DeadReason.NO_CODE:
            return readings.get(fate_key(fate), ())
        case _:
            return ()


async def probe_permit2(
    state: State, chain: Chain, owner: Address, fates: Sequence[Fate]
) -> list[Fate]:
    """What the tokens of these fates let Permit2 move, with or without a log.

    Some tokens give Permit2 the maximum and emit nothing. A contract that has
    answered as an ERC-20 elsewhere and refuses here is told; one that has not
    is simply no ERC-20.
    """
    known = {fate_key(fate) for fate in fates}
    answers_as_erc20 = {
        candidate_of(fate).token for fate in fates if _proves_erc20(fate)
    }
    probes = _distinct(
        (
            Candidate(
                kind=Kind.ERC20,
                owner=owner,
                contract=candidate_of(fate).token,
                token=candidate_of(fate).token,
                spender=chain.permit2,
                origin=Origin.PROBE,
            )
            for fate in fates
        ),
        known=known,
    )
    found = await _fates(state, probes, guessed=True)
    return [
        fate
        for fate in found
        if _counts(fate)
        or (isinstance(fate, Refused) and fate.candidate.token in answers_as_erc20)
    ]


def candidate_of(fate: Fate) -> Candidate:
    """The candidate that a fate is about."""
    match fate:
        case Live(allowance=allowance) | Dormant(allowance=allowance):
            return allowance.candidate
        case Dead() | Refused() | NotServed():
            return fate.candidate


def fate_key(fate: Fate) -> Hashable:
    """The key of its candidate."""
    return candidate_of(fate).key


async def _fates(
    state: State, candidates: Sequence[Candidate], *, guessed: bool = False
) -> list[Fate]:
    """The fate of each.

    Of a guess, a failure that had ample gas is taken as it is: most of them fail,
    and each would be a call of its own.
    """
    calls = [STANDARD_OF[c.kind].reads(c) for c in candidates]
    every = [call for each in calls for call in each]
    read = await state.read(every, impatient=every if guessed else ())
    answers = iter(read)
    fates = [
        _judge(state, candidate, [next(answers) for _ in each])
        for candidate, each in zip(candidates, calls, strict=True)
    ]
    return await _without_code(state, fates)


def _judge(state: State, candidate: Candidate, answers: Sequence[Answer]) -> Fate:
    told: list[Told] = []
    for answer in answers:
        if isinstance(answer, Unserved):
            return NotServed(candidate=candidate, reason=answer.reason)
        told.append(answer)
    return STANDARD_OF[candidate.kind].parse(candidate, told, state.at)


async def _without_code(state: State, fates: Sequence[Fate]) -> list[Fate]:
    """The same, but dead where the silence is that of an address without code.

    A probe that is refused counts for nothing either way: it is not looked into.
    """
    suspects = sorted(
        {
            address
            for fate in fates
            if isinstance(fate, Refused) and fate.candidate.origin is not Origin.PROBE
            for address in (fate.candidate.contract, fate.candidate.token)
        }
    )
    codes = dict(zip(suspects, await state.codes(suspects), strict=True))
    answered = any(isinstance(fate, Live | Dormant | Dead) for fate in fates)
    if suspects and not answered and not await state.proven():
        codes = await _doubted(state, codes)
    return [_recoded(fate, codes) for fate in fates]


async def _doubted(
    state: State, codes: Mapping[Address, bytes | Unserved]
) -> dict[Address, bytes | Unserved]:
    """Codes at an endpoint at which no call has been answered yet.

    It may have no state of the block (then nothing has code), or make no calls
    (then Multicall3 has code and says nothing either).
    """
    at, host = state.at.number, " and ".join(state.hosts)
    (multicall,) = await state.codes((state.multicall3,))
    if multicall:
        reason = f"{host} answers no call at block {at}, not even Multicall3's"
        return dict.fromkeys(codes, Unserved(reason))
    if any(codes.values()):
        return dict(codes)
    reason = f"no address has code at block {at}: {host} may have no state of it"
    return dict.fromkeys(codes, Unserved(reason))


def _recoded(fate: Fate, codes: Mapping[Address, bytes | Unserved]) -> Fate:
    if not isinstance(fate, Refused):
        return fate
    candidate = fate.candidate
    for address in (candidate.contract, candidate.token):
        match codes.get(address):
            case b"":
                return Dead(candidate=candidate, reason=DeadReason.NO_CODE)
            case Unserved(reason=reason):
                return NotServed(candidate=candidate, reason=reason)
            case _:
                pass
    return fate


def _distinct(
    candidates: Iterable[Candidate], *, known: Iterable[Hashable]
) -> list[Candidate]:
    seen = set(known)
    found: list[Candidate] = []
    for candidate in candidates:
        if candidate.key not in seen:
            seen.add(candidate.key)
            found.append(candidate)
    return found


def _proves_erc20(fate: Fate) -> bool:
    match fate:
        case Dead(reason=reason):
            return fate.candidate.kind is Kind.ERC20 and reason is DeadReason.ZERO
        case Live() | Dormant():
            return candidate_of(fate).kind in {Kind.ERC20, Kind.PERMIT2}
        case _:
            return False


def _counts(fate: Fate) -> bool:
    return candidate_of(fate).origin is not Origin.PROBE or not isinstance(
        fate, Dead | Refused
    )
