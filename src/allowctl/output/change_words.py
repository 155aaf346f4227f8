"""One change of an approval in words. Every foreign word in it is in quotes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from allowctl.codec.shown import quoted
from allowctl.codec.words import checksum
from allowctl.model.approval import Amount, Everything, Item, Kind
from allowctl.model.chain import Chain
from allowctl.model.plan import Change, Method, Plan, Role, Step
from allowctl.output.amounts import units, until
from allowctl.output.names import NO_SYMBOL, cut, label_text, short
from allowctl.output.prose import Fact

_SYMBOL = 16
_LONG_ITEM = 10**9
_MOST_DECIMALS = 255
"""What a uint8 holds; anybody's word beyond it is no number of decimals."""
LEGEND = "in quotes: what a token calls itself, or what a list calls a spender"


def token(change: Change, longest: int = _SYMBOL) -> str:
    """What the token calls itself, in quotes: it is its own word alone."""
    symbol = change.symbol or ""
    return quoted(symbol, longest) if symbol.strip() else NO_SYMBOL


def spender(change: Change, room: int = 80) -> str:
    """Its short address, behind as much of its label as there is room for."""
    address = short(change.allowance.spender)
    label = "" if change.label is None else label_text(change.label, None)
    return f"{cut(label, room - len(address) - 1)} {address}".lstrip()


def granted(
    change: Change, amount: int, write: Callable[[int, int | None], str] = units
) -> str:
    """So much of what the approval is about: an amount, an item, everything.

    `write`: an amount with the token's decimals.
    """
    if amount == 0:
        return "nothing"
    match change.allowance.grant:
        case Item(token_id=token_id) if token_id < _LONG_ITEM:
            return f"#{token_id}"
        case Item(token_id=token_id):
            return f"#{str(token_id)[:5]}..."
        case Everything():
            return "all items"
        case Amount(maximum=maximum) if amount >= maximum:
            return "unlimited"
        case Amount():
            return write(amount, decimals(change))
        case _:
            assert_never(change.allowance.grant)


def decimals(change: Change) -> int | None:
    """The token's, where they can be any."""
    known = change.decimals
    return known if known is not None and 0 <= known <= _MOST_DECIMALS else None


def what(change: Change, chain: Chain) -> str:
    """The approval as it stood: what may be taken, by whom."""
    before = granted(change, change.before)
    return f"{token(change)} ({before}){_inside(change, chain)} to {spender(change)}"


def change_words(change: Change, chain: Chain) -> str:
    """What is done to it."""
    name, before = token(change), granted(change, change.before)
    inside, who = _inside(change, chain), spender(change)
    if change.revokes:
        return f"revoke {name} ({before}){inside} from {who}"
    after = granted(change, change.after)
    return f"lower {name} from {before} to {after}{inside} for {who}"


def step_words(step: Step, plan: Plan) -> str:
    """What a transaction does to its approvals."""
    first = step.changes[0]
    match step.role:
        case Role.WHOLE if len(step.changes) > 1:
            where = _inside(first, plan.chain)
            return f"lock {len(step.changes)} allowances{where}"
        case Role.WHOLE:
            return change_words(first, plan.chain)
        case Role.CANCEL:
            pairs = ", ".join(
                f"{token(each)} to {spender(each)}" for each in step.changes
            )
            return f"cancel signatures{_inside(first, plan.chain)} for {pairs}"
        case Role.ZERO:
            return _first(first, step, plan)
        case Role.SET:
            return f"{change_words(first, plan.chain)}: {_second(first, step)}"
        case _:
            assert_never(step.role)


def whole(change: Change, step: Step | None = None) -> Iterator[Fact]:
    """What must not be short where somebody is to sign: addresses, ids, amounts.

    Of a step without the contract that it calls, which is named already.
    """
    candidate = change.allowance.candidate
    if step is None or step.call.to != candidate.token:
        yield "token", checksum(candidate.token)
    yield "spender", checksum(change.allowance.spender)
    match change.allowance.grant:
        case Item(token_id=token_id):
            yield "item", f"#{token_id}"
        case Everything():
            pass
        case Amount(amount=amount, expiration=expiration):
            if 0 < change.after < amount:
                yield "exactly", f"from {amount} to {change.after} smallest units"
            yield "works", "" if expiration is None else until(expiration)
        case _:
            assert_never(change.allowance.grant)
    if step is not None and step.method is Method.INVALIDATE_NONCES:
        yield "nonce", f"of Permit2, to {change.permit2_nonce}"


def _first(change: Change, step: Step, plan: Plan) -> str:
    """The first of two transactions, with what both together are for."""
    goals = (each.changes[0] for each in plan.steps if each.waits_for == step.number)
    goal = next(goals, None)
    if goal is None:
        return change_words(change, plan.chain)
    first = "0" if change.after == 0 else granted(change, change.after)
    then = f"first to {first}, then to {granted(goal, goal.after)}"
    return f"{change_words(goal, plan.chain)}: {then} once that is final"


def _second(change: Change, step: Step) -> str:
    """What of it the second does: it may set less than was planned, never more."""
    now = f"now to {granted(change, change.after)}"
    return f"{now}, or to what is unspent if less, once step {step.waits_for} is final"


def _inside(change: Change, chain: Chain) -> str:
    candidate = change.allowance.candidate
    if candidate.kind is not Kind.PERMIT2:
        return ""
    if candidate.contract == chain.permit2:
        return " in Permit2"
    return f" in a COPY of Permit2, {short(candidate.contract)},"
