"""Logs nominate: every approval that any log of an owner mentions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from allowctl.errors import CodecError
from allowctl.model.approval import Candidate, Kind, LogRef, Undecodable
from allowctl.model.chain import Address, Log
from allowctl.standards import STANDARDS
from allowctl.standards.base import reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What the logs of a range mention."""

    candidates: tuple[Candidate, ...]
    """Each approval once, with what its logs say of how it came about."""
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
    named: dict[Hashable, _Course] = {}
    probes: dict[Hashable, _Course] = {}
    readings: dict[Hashable, _Course] = {}
    others: dict[Hashable, dict[Hashable, None]] = {}
    undecodable: list[Undecodable] = []
    for log in _in_order(logs):
        for standard in STANDARDS:
            try:
                found = standard.nominate(log, owner)
            except CodecError as error:
                undecodable.append(_undecodable(log, error))
                continue
            if not found:
                continue
            first, *rest = found
            key = _add(named, first)
            for probe in rest:
                _add(probes, probe)
            also = others.setdefault(key, {})
            for reading in standard.other_readings(log, owner):
                also[_add(readings, reading)] = None
    every = [each.told() for each in named.values()]
    every += [each.told() for key, each in probes.items() if key not in named]
    read = {key: each.told() for key, each in readings.items()}
    return Discovery(
        candidates=tuple(
            candidate
            for candidate in sorted(every, key=_place)
            if candidate.kind in kinds
            or any(read[key].kind in kinds for key in others.get(candidate.key, ()))
        ),
        other_readings={
            key: tuple(sorted((read[each] for each in also), key=_place))
            for key, also in others.items()
        },
        undecodable=tuple(undecodable),
    )


class _Course:
    """One approval's logs as they came one after the other, as far as they matter.

    They have to be added as the chain orders them. Several of one place are one
    log that came several times, or a node's nonsense: that which claims most counts.
    """

    __slots__ = ("_before", "_first", "_newest", "_raised")

    def __init__(self, candidate: Candidate) -> None:
        self._newest = candidate
        self._before: Candidate | None = None
        """The last of another place."""
        self._first: LogRef | None = None
        self._raised: LogRef | None = None

    def add(self, candidate: Candidate) -> None:
        """The next one, of this place or a later one."""
        if _in_one_place(candidate.last_changed, self._newest.last_changed):
            self._newest = max(self._newest, candidate, key=_weight)
            return
        self._settle()
        self._before, self._newest = self._newest, candidate

    def told(self) -> Candidate:
        """The newest, with what came before it."""
        self._settle()
        return replace(self._newest, first=self._first, raised=self._raised)

    def _settle(self) -> None:
        where = self._newest.last_changed
        self._first = self._first or where
        if _says_more(self._newest, self._before):
            self._raised = where


def _says_more(log: Candidate, before: Candidate | None) -> bool:
    """Whether one log grants more than the last one did, as far as they say.

    An equal amount is no more: many old tokens write it at every spend. In Permit2
    it is, for there it renews the expiration, and no spend is logged. For an item,
    another spender is: that one had nothing.
    """
    if log.claimed is None:
        return True
    had = 0
    if before is not None and before.spender == log.spender:
        had = before.claimed or 0
    renewed = log.kind is Kind.PERMIT2 and 0 < had == log.claimed
    return renewed or log.claimed > had


def _add(pool: dict[Hashable, _Course], candidate: Candidate) -> Hashable:
    """Add what one log says of an approval; the approval's key."""
    key = candidate.key
    known = pool.get(key)
    if known is None:
        pool[key] = _Course(candidate)
    else:
        known.add(candidate)
    return key


def _in_order(logs: Iterable[Log]) -> list[Log]:
    """As the chain has them, with 0 for a number that is none: see `reference`."""
    # Twice by one number takes half the memory of once by two.
    ordered = sorted(logs, key=_index)
    ordered.sort(key=_block)
    return ordered


def _index(log: Log) -> int:
    try:
        return log.index
    except ValueError:
        return 0


def _block(log: Log) -> int:
    try:
        return log.block
    except ValueError:
        return 0


def _in_one_place(one: LogRef | None, other: LogRef | None) -> bool:
    return (
        one is not None
        and other is not None
        and (one.block == other.block and one.index == other.index)
    )


def _weight(candidate: Candidate) -> tuple[bool, int, str, str]:
    """An order of what stands in one place, whichever reply came first."""
    c = candidate
    transaction = c.last_changed.transaction if c.last_changed else ""
    return (c.claimed is None, c.claimed or 0, transaction, c.spender)


def _place(candidate: Candidate) -> tuple[str, ...]:
    """An order that does not depend on which reply came first."""
    c = candidate
    return (c.kind, c.token, c.spender, c.contract, str(c.token_id))


def _undecodable(log: Log, error: CodecError) -> Undecodable:
    try:
        where = reference(log)
    except CodecError:
        where = LogRef(block=0, index=0, transaction="")
    return Undecodable(contract=Address(log.address), reason=error.message, where=where)
