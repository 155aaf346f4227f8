"""Whether a call lowers rights: each kind by its own law, and nothing by default."""

from __future__ import annotations

from typing import assert_never

from allowctl.errors import GuardError
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.revoke.guard.calls import (
    Approve,
    Decoded,
    Decrease,
    ForAll,
    InvalidateNonces,
    Lockdown,
    Permit2Approve,
)
from allowctl.revoke.guard.rights import (
    AmountRight,
    Bounds,
    ItemRight,
    OperatorRight,
    Permit2Right,
    Zeroing,
)

NONCE_STEPS = (1024, 65_535)
"""By how much signatures are cancelled: by 1 the next one signed before would become
good, and above 65,535 Permit2 refuses."""

_NO_LIMIT = 2**256 - 1
_NO_LIMIT_IN_PERMIT2 = 2**160 - 1
_MOST_LEFT = 1


def must_lower(call: Decoded, bounds: Bounds) -> None:
    """GuardError unless the call lowers rights that `bounds` has, and raises none.

    That target and rights belong together is the caller's to check.
    """
    match call:
        case Approve(spender=spender) if spender == ZERO_ADDRESS:
            _item(call, bounds)
        case Approve():
            _amount(call, bounds)
        case Decrease():
            _decrease(call, bounds)
        case ForAll():
            _operator(call, bounds)
        case Permit2Approve():
            _permit2(call, bounds)
        case Lockdown():
            _lockdown(call, bounds)
        case InvalidateNonces():
            _nonces(call, bounds)
        case _:
            assert_never(call)


def _item(call: Approve, bounds: Bounds) -> None:
    """Nobody is approved for an item that somebody was approved for."""
    if not any(
        isinstance(right, ItemRight) and right.token_id == call.number
        for right in bounds.rights
    ):
        raise GuardError(f"id {call.number} is not one that is to be taken back")


def _amount(call: Approve, bounds: Bounds) -> None:
    """Less than there is, or after a zeroing no more than remains."""
    right = _amount_right(call.spender, bounds)
    new, zeroing = call.number, bounds.zeroing
    if zeroing is not None and (
        zeroing.spender != call.spender or zeroing.token is not None
    ):
        zeroing = None
    if zeroing is not None and new > zeroing.remaining:
        raise GuardError(f"amount {new} is more than remains: {zeroing.remaining}")
    if new < right.amount:
        if new > _MOST_LEFT and zeroing is None:
            # Whoever is quicker takes what is there, and then what is set.
            raise GuardError(f"amount {new} would be set over {right.amount}")
        return
    if zeroing is None or new == right.amount:
        raise GuardError(f"amount {new} is not lower than {right.amount}")
    # What is there already could be taken first, and then what is set now.
    if right.amount > min(zeroing.left, _MOST_LEFT):
        raise GuardError(f"amount {right.amount} was set after the zeroing")
    if new == _NO_LIMIT:
        raise GuardError("the amount is one that tokens take for no limit")


def _decrease(call: Decrease, bounds: Bounds) -> None:
    """By something, and by no more than there is."""
    right = _amount_right(call.spender, bounds)
    if not 1 <= call.delta <= right.amount:
        raise GuardError(f"{right.amount} cannot be lowered by {call.delta}")


def _operator(call: ForAll, bounds: Bounds) -> None:
    """Off, never on."""
    if call.flag != 0:
        raise GuardError("the operator's flag is not false")
    if not any(
        isinstance(right, OperatorRight) and right.operator == call.operator
        for right in bounds.rights
    ):
        raise GuardError(f"{call.operator} is no operator to be taken back")


def _permit2(call: Permit2Approve, bounds: Bounds) -> None:
    """No more, no longer, and not both as they are; never one that has expired.

    Nothing at all is the business of lockdown: here 0 is refused.
    """
    right = _permit2_right(call.token, call.spender, bounds)
    if right.expiration < bounds.now:
        raise GuardError(f"it has expired at {right.expiration}: now is {bounds.now}")
    most = _most_in_permit2(call, right, bounds.zeroing)
    if not 1 <= call.amount <= most:
        raise GuardError(f"amount {call.amount} is not within 1..{most}")
    # Permit2 takes 0 for the block's own time.
    if not 1 <= call.expiration <= right.expiration:
        raise GuardError(
            f"expiration {call.expiration} is not within 1..{right.expiration}"
        )
    if (call.amount, call.expiration) == (right.amount, right.expiration):
        raise GuardError(f"amount {call.amount} and expiration stay as they are")


def _most_in_permit2(
    call: Permit2Approve, right: Permit2Right, zeroing: Zeroing | None
) -> int:
    """What there is; after a lockdown of our own, what remains of what there was."""
    pair = (call.token, call.spender)
    if zeroing is None or (zeroing.token, zeroing.spender) != pair:
        return right.amount
    if right.amount != 0:
        raise GuardError(f"amount {right.amount} was set after the lockdown")
    return min(zeroing.remaining, _NO_LIMIT_IN_PERMIT2 - 1)


def _lockdown(call: Lockdown, bounds: Bounds) -> None:
    """Pairs that were read, each once."""
    known = {
        (right.token, right.spender)
        for right in bounds.rights
        if isinstance(right, Permit2Right)
    }
    for token, spender in call.pairs:
        if (token, spender) not in known:
            raise GuardError(f"{spender} on {token} is not one to be locked down")
    if len(set(call.pairs)) != len(call.pairs):
        raise GuardError("a pair stands twice in a lockdown")


def _nonces(call: InvalidateNonces, bounds: Bounds) -> None:
    """Far enough that no signature becomes good, and not further than Permit2 goes."""
    right = _permit2_right(call.token, call.spender, bounds)
    least, most = NONCE_STEPS
    if not least <= call.nonce - right.nonce <= most:
        raise GuardError(
            f"Permit2 nonce {call.nonce} is not {least} to {most} above {right.nonce}"
        )


def _amount_right(spender: Address, bounds: Bounds) -> AmountRight:
    """The one allowance of a spender, on a contract that has no single items.

    There `approve` and its like would hand out the item of that number.
    """
    if any(
        isinstance(right, ItemRight) or (isinstance(right, AmountRight) and right.items)
        for right in bounds.rights
    ):
        raise GuardError(f"{bounds.target} may take the amount for an item's id")
    found = [
        right
        for right in bounds.rights
        if isinstance(right, AmountRight) and right.spender == spender
    ]
    if len(found) != 1:
        raise GuardError(f"{len(found)} allowances of {spender} were read, not 1")
    return found[0]


def _permit2_right(token: Address, spender: Address, bounds: Bounds) -> Permit2Right:
    """The one allowance of a spender of a token."""
    found = [
        right
        for right in bounds.rights
        if isinstance(right, Permit2Right)
        and (right.token, right.spender) == (token, spender)
    ]
    if len(found) != 1:
        raise GuardError(
            f"{len(found)} allowances of {spender} on {token} were read, not 1"
        )
    return found[0]
