"""From what is selected to what can be tried: every approval, and its ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from allowctl.codec.words import MAX_UINT48
from allowctl.model.approval import Amount, Everything, Item, Kind
from allowctl.model.chain import ZERO_ADDRESS, Address, Block
from allowctl.model.plan import (
    Attempt,
    Change,
    LeftOut,
    Method,
    Role,
    Stage,
    Way,
)
from allowctl.model.report import AuditedRecord, Record
from allowctl.revoke.goal import Goal, takes_all, wanted
from allowctl.revoke.select import Row, record_of
from allowctl.standards import STANDARD_OF
from allowctl.standards.base import CannotLower, whole
from allowctl.standards.permit2 import invalidate_call, lockdown_call

PAIRS = 100
"""Of one lockdown at most."""
ALREADY = "it is no more than that already"
"""Why a limit is not tried: there is nothing to be lowered."""
DELTAS = range(4_096, 65_536)
"""By how much a Permit2 nonce is raised: by 1 it would make the next permit good,
and Permit2 takes no more."""


def attempts(
    rows: Sequence[Row],
    goal: Goal,
    *,
    chain_id: int,
    at: Block,
    cancel: Callable[[], int] | None = None,
) -> tuple[tuple[Attempt, ...], tuple[LeftOut, ...]]:
    """What is to be tried, in the order of the rows, and what is not, and why.

    `at` is the block at which the rows were read. Revocations in one Permit2 are one
    lockdown, in the place of the first. `cancel` gives one of DELTAS for each pair
    in a Permit2: then their signatures are cancelled, directly before the first
    change there, since a lockdown that came first could be undone by one of them.
    Every row is in exactly one attempt, or left out once; so is every cancellation.
    ValueError for a delta that is none.
    """
    distinct = {record_of(row).allowance.fingerprint(chain_id): row for row in rows}
    cancels: list[Attempt] = []
    found: list[Attempt] = []
    left_out: list[LeftOut] = []
    for fingerprint, row in distinct.items():
        change = _change(row, fingerprint)
        if cancel is not None and change.allowance.candidate.kind is Kind.PERMIT2:
            _put(_cancellation(change, cancel()), cancels, left_out)
        _put(_attempt(change, record_of(row), goal, at), found, left_out)
    return tuple(_in_order(cancels, _merged(found))), tuple(left_out)


def _put(each: Attempt | LeftOut, to: list[Attempt], left_out: list[LeftOut]) -> None:
    if isinstance(each, Attempt):
        to.append(each)
    else:
        left_out.append(each)


def _change(row: Row, fingerprint: str) -> Change:
    """A change that changes nothing yet."""
    record = record_of(row)
    label = record.spender.label
    unchanged = Change(
        allowance=record.allowance,
        fingerprint=fingerprint,
        after=0,
        symbol=record.token.symbol,
        decimals=record.token.decimals,
        label=None if label is None else label.text,
        level=row.level if isinstance(row, AuditedRecord) else None,
    )
    return replace(unchanged, after=unchanged.before)


def _attempt(
    change: Change, record: Record, goal: Goal, at: Block
) -> Attempt | LeftOut:
    after = _after(record, goal)
    if isinstance(after, CannotLower):
        return LeftOut(change=change, reason=after.reason)
    aim = replace(change, after=min(after, change.before))
    reason = _ambiguous(record) or _barred(change, after, at)
    if reason:
        return LeftOut(change=aim, reason=reason)
    ways = STANDARD_OF[record.allowance.candidate.kind].ways(record.allowance, after)
    if isinstance(ways, CannotLower):
        return LeftOut(change=aim, reason=ways.reason)
    return Attempt(changes=(aim,), ways=ways)


def _after(record: Record, goal: Goal) -> int | CannotLower:
    match record.allowance.grant:
        case Amount():
            return wanted(goal, record)
        case Item() | Everything():
            if takes_all(goal):
                return 0
            return CannotLower("it can only be taken back whole")


def _barred(change: Change, after: int, at: Block) -> str:
    """Why it is not lowered so; empty if it may be."""
    if after >= change.before:
        return ALREADY
    grant = change.allowance.grant
    if after == 0 or not isinstance(grant, Amount):
        return ""
    if grant.expiration is not None and grant.expiration < at.timestamp:
        return "it has expired: it can only be taken back whole"
    if grant.root_amount == 0:
        return "it is dormant: it can only be taken back whole"
    return ""


def _ambiguous(record: Record) -> str:
    """Why no `approve` of a token is sent; empty if it may be: the guard's own law.

    ERC-721 and ERC-404 have that function, too: for them its number is an item's, and
    the zero address means that the item is nobody's to take.
    """
    if record.allowance.candidate.kind is not Kind.ERC20:
        return ""
    if "erc721" in record.token.interfaces:
        return "the contract has single items, too: it may take an amount for one"
    if record.allowance.spender == ZERO_ADDRESS:
        return "nobody has the zero address: nothing can be taken by it"
    return ""


def _cancellation(change: Change, delta: int) -> Attempt | LeftOut:
    """The attempt that makes its signatures useless. ValueError for a bad delta."""
    if delta not in DELTAS:
        raise ValueError(f"{delta} is not from {DELTAS[0]} to {DELTAS[-1]}")
    allowance = change.allowance
    candidate, grant = allowance.candidate, allowance.grant
    nonce = grant.permit2_nonce if isinstance(grant, Amount) else None
    if nonce is None or nonce + delta > MAX_UINT48:
        why = "is not known" if nonce is None else "is at its end"
        return LeftOut(
            change=change, reason=f"signatures not cancelled: the Permit2 nonce {why}"
        )
    raised = replace(change, permit2_nonce=nonce + delta)
    call = invalidate_call(
        candidate.contract, candidate.token, allowance.spender, nonce + delta
    )
    stage = Stage(
        role=Role.CANCEL,
        method=Method.INVALIDATE_NONCES,
        call=call,
        leaves=change.before,
    )
    return Attempt(changes=(raised,), ways=(Way(stages=(stage,)),))


def _merged(found: Iterable[Attempt]) -> list[Attempt]:
    """Lockdowns of one Permit2 as one, where its first stands; PAIRS at most."""
    merged: list[Attempt] = []
    open_at: dict[Address, int] = {}
    for each in found:
        contract = _lockdown_of(each)
        if contract is None:
            merged.append(each)
            continue
        place = open_at.get(contract)
        if place is None or len(merged[place].changes) == PAIRS:
            open_at[contract] = len(merged)
            merged.append(each)
        else:
            merged[place] = _lockdown(contract, (*merged[place].changes, *each.changes))
    return merged


def _lockdown_of(attempt: Attempt) -> Address | None:
    """The Permit2 in which it is a lockdown alone; None if it is something else."""
    stage, *then = attempt.ways[0].stages
    return stage.call.to if stage.method is Method.LOCKDOWN and not then else None


def _lockdown(contract: Address, changes: tuple[Change, ...]) -> Attempt:
    pairs = [
        (each.allowance.candidate.token, each.allowance.spender) for each in changes
    ]
    way = whole(Method.LOCKDOWN, lockdown_call(contract, pairs))
    return Attempt(changes=changes, ways=(way,))


def _in_order(cancels: Sequence[Attempt], found: Sequence[Attempt]) -> list[Attempt]:
    """With the cancellations directly before the first change in a Permit2."""
    first = next(
        (
            place
            for place, each in enumerate(found)
            if each.changes[0].allowance.candidate.kind is Kind.PERMIT2
        ),
        len(found),
    )
    return [*found[:first], *cancels, *found[first:]]
