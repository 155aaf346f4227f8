"""A target that carries out what the guard has let through, for its tests.

It is decoded by eth_abi, carried out as liberally as a contract might, and then no
right may have risen. It knows nothing of the guard's rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_abi.abi import decode
from eth_utils.address import to_normalized_address

from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.revoke.guard import (
    AmountRight,
    Bounds,
    ItemRight,
    OperatorRight,
    Permit2Right,
)
from tests import build
from tests.revoke.making_guarded import (
    APPROVE,
    DECREASE_ALLOWANCE,
    DECREASE_APPROVAL,
    FOR_ALL,
    GOOD,
    LOCKDOWN,
    PERMIT2_APPROVE,
    SPENDER,
    arguments,
    selector,
)

DATES = (
    *(0, build.NOW - 1, build.NOW, build.NOW + 1),
    *(build.NOW + 50, build.NOW + 1000, 2**48 - 2, 2**48 - 1),
)
SIGNED_AHEAD = range(10)
"""Permits that the owner has signed and nobody has handed in: the next nonces."""

Pair = tuple[Address, Address]


@dataclass(slots=True)
class World:
    """What a target's storage says of one owner."""

    amounts: dict[Address, int] = field(default_factory=dict)
    items: dict[int, Address] = field(default_factory=dict)
    operators: set[Address] = field(default_factory=set)
    permit2: dict[Pair, tuple[int, int]] = field(default_factory=dict)
    nonces: dict[Pair, int] = field(default_factory=dict)
    permits: set[tuple[Pair, int]] = field(default_factory=set)
    """Signed and not handed in."""

    def movable(self, pair: Pair, at: int) -> int:
        """What a spender could move at a moment."""
        amount, expiration = self.permit2.get(pair, (0, 0))
        return 0 if at > expiration else amount

    def redeemable(self) -> set[tuple[Pair, int]]:
        """Permits that are good now."""
        return {
            (pair, nonce)
            for pair, nonce in self.permits
            if self.nonces.get(pair, 0) == nonce
        }


def world(limits: Bounds) -> World:
    """As the rights say it stands."""
    made = World()
    for right in limits.rights:
        match right:
            case AmountRight(spender=spender, amount=amount):
                made.amounts[spender] = amount
            case ItemRight(token_id=token_id):
                made.items[token_id] = SPENDER
            case OperatorRight(operator=operator):
                made.operators.add(operator)
            case Permit2Right(token=token, spender=spender):
                pair = (token, spender)
                made.permit2[pair] = (right.amount, right.expiration)
                made.nonces[pair] = right.nonce
                made.permits |= {(pair, right.nonce + each) for each in SIGNED_AHEAD}
    return made


def carry_out(data: bytes, was: World, now: int, *, items: bool) -> World:
    """What the target does, read as liberally as a contract might."""
    done = World(
        dict(was.amounts),
        dict(was.items),
        set(was.operators),
        dict(was.permit2),
        dict(was.nonces),
        set(was.permits),
    )
    signature = next(each for each in GOOD if selector(each) == data[:4])
    values = decode(arguments(signature), data[4:], strict=False)
    named = [to_normalized_address(v) for v in values if isinstance(v, str)]
    who = [Address(each) for each in named]
    if signature == APPROVE:
        if items:
            done.items[values[1]] = who[0]
        if not items or who[0] != ZERO_ADDRESS:
            done.amounts[who[0]] = values[1]
    elif signature in {DECREASE_ALLOWANCE, DECREASE_APPROVAL}:
        # The oldest tokens do not look whether it goes below zero.
        done.amounts[who[0]] = (was.amounts.get(who[0], 0) - values[1]) % 2**256
    elif signature == FOR_ALL:
        (done.operators.add if any(data[36:68]) else done.operators.discard)(who[0])
    elif signature == PERMIT2_APPROVE:
        done.permit2[who[0], who[1]] = (values[2], values[3] or now)
    elif signature == LOCKDOWN:
        for token, spender in values[0]:
            pair = (
                Address(to_normalized_address(token)),
                Address(to_normalized_address(spender)),
            )
            done.permit2[pair] = (0, was.permit2.get(pair, (0, 0))[1])
    else:
        done.nonces[who[0], who[1]] = values[2]
    return done


def assert_nothing_rose(was: World, done: World, limits: Bounds) -> None:
    """No spender may take more, of anything, at any time from now on."""
    for spender, amount in done.amounts.items():
        before = was.amounts.get(spender, 0)
        if amount <= before:
            continue
        # Only with a zeroing of our own, from nothing, and to what is left.
        assert limits.zeroing is not None
        assert (limits.zeroing.token, limits.zeroing.spender) == (None, spender)
        assert before <= min(1, limits.zeroing.left)
        assert amount <= limits.zeroing.remaining
        assert amount != 2**256 - 1
    for token_id, approved in done.items.items():
        assert approved in {was.items.get(token_id), ZERO_ADDRESS}
    assert done.operators <= was.operators
    for pair, (amount, _) in done.permit2.items():
        if may_be_set(pair, was, limits):
            # As if what remains had been there until the end that is there.
            assert amount <= limits.zeroing.remaining  # type: ignore[union-attr] # may_be_set
            assert amount != 2**160 - 1
            was.permit2[pair] = (amount, was.permit2[pair][1])
        for at in (*DATES, was.permit2.get(pair, (0, 0))[1] + 1):
            if at >= limits.now:
                assert done.movable(pair, at) <= was.movable(pair, at)
    assert done.redeemable() <= was.redeemable()
    assert all(done.nonces[pair] >= nonce for pair, nonce in was.nonces.items())


def may_be_set(pair: Pair, was: World, limits: Bounds) -> bool:
    """Whether a lockdown of our own has emptied it."""
    zeroing = limits.zeroing
    if zeroing is None or (zeroing.token, zeroing.spender) != pair:
        return False
    amount, expiration = was.permit2.get(pair, (0, 0))
    return amount == 0 and expiration >= limits.now
