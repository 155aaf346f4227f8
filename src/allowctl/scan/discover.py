"""Logs nominate: every approval that any log of an owner mentions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from allowctl.errors import CodecError
from allowctl.model.approval import Candidate, Kind, Origin, Undecodable
from allowctl.model.chain import Address, Log
from allowctl.standards import STANDARDS
from allowctl.standards.base import reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What the logs of a range mention."""

    candidates: tuple[Candidate, ...]
    """Each approval once, with the newest log that names it."""
    other_readings: dict[Hashable, tuple[Candidate, ...]]
    """By a candidate's key: what its logs mean if the contract refuses it."""
    undecodable: tuple[Undecodable, ...] = ()


def nominate(
    logs: Iterable[Log],
    owner: Address,
    kinds: frozenset[Kind] = frozenset(Kind),
) -> Discovery:
    """The candidates that logs name, in whatever order the logs come.

    One of a kind that was not asked for stays in while another reading of its
    logs is of a kind that was: which of them is right, state decides.
    """
    named: dict[Hashable, Candidate] = {}
    probes: dict[Hashable, Candidate] = {}
    others: dict[Hashable, dict[Hashable, Candidate]] = {}
    undecodable: list[Undecodable] = []
    for log in logs:
        for standard in STANDARDS:
            try:
                found = standard.nominate(log, owner)
            except CodecError as error:
                undecodable.append(_undecodable(log, error))
                continue
            for candidate in found:
                pool = probes if candidate.origin is Origin.PROBE else named
                _keep_newest(pool, candidate)
            if found:
                pool = others.setdefault(found[0].key, {})
                for reading in standard.other_readings(log, owner):
                    _keep_newest(pool, reading)
    unnamed = (each for key, each in probes.items() if key not in named)
    every = sorted((*named.values(), *unnamed), key=_place)
    return Discovery(
        candidates=tuple(
            candidate
            for candidate in every
            if candidate.kind in kinds
            or any(
                other.kind in kinds for other in others.get(candidate.key, {}).values()
            )
        ),
        other_readings={
            key: tuple(sorted(pool.values(), key=_place))
            for key, pool in others.items()
        },
        undecodable=tuple(undecodable),
    )


def _keep_newest(pool: dict[Hashable, Candidate], candidate: Candidate) -> None:
    known = pool.get(candidate.key)
    if known is None or _when(known) < _when(candidate):
        pool[candidate.key] = candidate


def _place(candidate: Candidate) -> tuple[str, ...]:
    """An order that does not depend on which reply came first."""
    c = candidate
    return (c.kind, c.token, c.spender, c.contract, str(c.token_id))


def _when(candidate: Candidate) -> tuple[int, int]:
    where = candidate.last_changed
    return (-1, -1) if where is None else (where.block, where.index)


def _undecodable(log: Log, error: CodecError) -> Undecodable:
    return Undecodable(
        contract=Address(log.address),
        reason=error.message,
        where=reference(log),
    )
