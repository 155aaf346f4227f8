"""Whose use a transfer may be, by who sent its transaction to whom. No I/O."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from allowctl.model.approval import Allowance, Amount, Everything, Item, Kind, LogRef
from allowctl.model.chain import Address, Sent
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.scan.transfers import MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Movers:
    """Who may move one token of one owner by the allowances that are live."""

    token: Address
    spenders: frozenset[Address]
    children: frozenset[tuple[Address, Address]]
    """A Permit2, and a spender inside it."""
    permit2s: frozenset[Address]

    @classmethod
    def of(cls, live: Iterable[Allowance], token: Address, permit2: Address) -> Movers:
        """Of one owner's allowances of it, where this is the chain's Permit2."""
        live = list(live)
        children = frozenset(
            (each.candidate.contract, each.spender) for each in live if _is_child(each)
        )
        return cls(
            token=token,
            # A wallet's own contract calls for whomever it likes.
            spenders=frozenset(
                each.spender for each in live if each.spender != each.candidate.owner
            ),
            children=children,
            permit2s=frozenset(contract for contract, _ in children) | {permit2},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An allowance that is asked about, and who else may move its token."""

    record: Record
    movers: Movers

    @property
    def key(self) -> Hashable:
        """As its candidate's."""
        return self.record.allowance.candidate.key


def moves(by: Sent, held: Held) -> bool:
    """Whether a transaction can have moved anything by an allowance.

    A token takes whoever calls it for the spender, and so does Permit2, which then
    moves by the token's allowance to itself.
    """
    of, movers = held.record.allowance, held.movers
    if by.to == movers.token:
        return not _is_child(of) and by.sender == of.spender
    if by.to not in movers.permit2s:
        return True
    if _is_child(of):
        return by.to == of.candidate.contract and by.sender == of.spender
    return by.to == of.spender


def uses(by: Sent, held: Held) -> bool:
    """Whether it may have done so for this spender, and not for another it went to.

    What went to a spender inside Permit2 may have used Permit2's own allowance, too.
    """
    of, movers = held.record.allowance, held.movers
    if not moves(by, held):
        return False
    if of.spender in {by.sender, by.to} or by.to not in movers.spenders:
        return True
    return not _is_child(of) and (of.spender, by.to) in movers.children


def never_used(record: Record) -> bool:
    """Whether it is as it was when it was last raised.

    A use lowers an amount that is not unlimited (EIP-20, Permit2), and ends what was
    granted of an item (EIP-721).
    """
    candidate = record.allowance.candidate
    match record.allowance.grant:
        case Item():
            return True
        case Everything():
            return False
        case Amount():
            return _as_claimed(record) and candidate.last_changed == candidate.raised


def suspects(
    record: Record, transfers: Iterable[LogRef], first: int
) -> tuple[list[LogRef], LogRef | None]:
    """What may be a use from a block on, newest first; that log of it which is its own.

    Its own is the newest log, if that says less than the one that raised it: many
    tokens log what a use leaves. After it there was none, if state says the same.
    """
    candidate = record.allowance.candidate
    raised, last = candidate.raised, candidate.last_changed
    found = list(transfers)
    if last is not None and _as_claimed(record):
        found = [each for each in found if each.block <= last.block]
    lowered = raised is not None and last is not None and raised < last
    if last is None or not lowered or candidate.kind is not Kind.ERC20:
        return found, None
    if last.block < first:
        return found, None
    others = [each for each in found if each.transaction != last.transaction]
    return sorted((*others, last), reverse=True), last


class Case:
    """The search for one allowance's newest use."""

    def __init__(self, held: Held, transfers: Sequence[LogRef], first: int) -> None:
        """`transfers`: newest first, and more than `MOST` where not all are there."""
        self.held = held
        self.found: LogRef | None = None
        """The newest that may be a use."""
        self._cut = len(transfers) > MOST
        self._lost = False
        self._logs, self._own = suspects(held.record, transfers[:MOST], first)

    def asks(self, start: int, stop: int) -> set[str]:
        """The transactions of some of them, until one is found."""
        if self.found is not None:
            return set()
        return {log.transaction for log in self._logs[start:stop]} - {""}

    def look(self, start: int, stop: int, sent: Mapping[str, Sent | None]) -> None:
        """Judge the same."""
        for log in self._logs[start:stop] if self.found is None else ():
            by = sent.get(log.transaction)
            if by is None:
                self._lost = True
            elif moves(by, self.held) if log == self._own else uses(by, self.held):
                self.found = log
                return

    def told(self) -> LogRef | Missing | None:
        """The newest that may be a use; None if there is none."""
        if self.found is not None:
            return self.found
        if self._lost:
            return Missing(Lack.FAILED, "nobody told who sent a transaction")
        if self._cut:
            none = f"none of the last {MOST} transfers was a use of it"
            return Missing(Lack.UNAVAILABLE, f"{none}: those before were not looked up")
        return None


def _is_child(of: Allowance) -> bool:
    return of.candidate.kind is Kind.PERMIT2


def _as_claimed(record: Record) -> bool:
    """Whether state shows what the newest log said, so that no use came after it."""
    candidate, grant = record.allowance.candidate, record.allowance.grant
    if not isinstance(grant, Amount) or candidate.last_changed is None:
        return False
    endless = grant.amount >= grant.maximum
    if candidate.kind is Kind.ERC20:
        # Some are told by their supply alone (UNI), and are not lowered either.
        endless = record.unlimited
    return not endless and candidate.claimed == grant.amount
