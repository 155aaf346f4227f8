"""The gate itself: what may be signed, and whether what came back is that."""

from __future__ import annotations

from allowctl.errors import GuardError
from allowctl.model.chain import Address
from allowctl.revoke.guard import calls, reductions, rlp
from allowctl.revoke.guard.payload import (
    LEGACY_FIELDS,
    TYPED,
    TYPED_FIELDS,
    Transaction,
    split,
    transaction,
)
from allowctl.revoke.guard.rights import Bounds

LEAST_GAS = 21_000
"""What every transaction costs."""

_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""Of secp256k1 (SEC 2)."""
_V = 35
"""EIP-155: v is this, and twice the chain id, and the parity."""
_LEGACY_SIGNED = 6
"""Fields of a legacy transaction that stand before its signature."""
_HINT = "plan again; if it comes back, it is a bug in allowctl or a lie of an endpoint"


def check(payload: bytes, bounds: Bounds) -> None:
    """Let through what only takes back. GuardError, in words of our own, if not.

    `payload` is what is hashed: 0x02 and the RLP list of nine fields (EIP-1559), or
    the RLP list of nine (EIP-155).
    """
    try:
        _check(transaction(payload), bounds)
    except GuardError as error:
        raise GuardError(f"not signed: {error.message}", hint=_HINT) from None


def check_signed(raw: bytes, payload: bytes, signer: Address, bounds: Bounds) -> None:
    """Let out what is `payload`, all of it, and a signature. GuardError if not.

    `signer` is who was recovered from `raw`, by the caller. What `check` says holds
    here again.
    """
    try:
        _check(transaction(payload), bounds)
        _signature(raw, payload, bounds.chain_id)
        _signer(signer, bounds)
    except GuardError as error:
        raise GuardError(f"not sent: {error.message}", hint=_HINT) from None


def _check(found: Transaction, bounds: Bounds) -> None:
    _frame(found, bounds)
    _fees(found, bounds)
    reductions.must_lower(calls.decode(found.data), bounds)


def _frame(found: Transaction, bounds: Bounds) -> None:
    """Which chain, which nonce, which contract, and no money."""
    if found.chain_id != bounds.chain_id or found.chain_id < 1:
        raise GuardError(f"chain id {found.chain_id}, not {bounds.chain_id}")
    if found.nonce != bounds.nonce:
        raise GuardError(f"nonce {found.nonce}, not {bounds.nonce}")
    if found.value != 0:
        raise GuardError(f"value {found.value}, not 0")
    if found.to != bounds.target:
        raise GuardError(f"target {found.to}, not {bounds.target}")
    # Code that an account has been given (EIP-7702) obeys the account itself.
    if found.to == bounds.sender:
        raise GuardError(f"target {found.to} is the sender")
    for right in bounds.rights:
        if right.contract != bounds.target:
            raise GuardError(f"a right on {right.contract}, not on {bounds.target}")
    if bounds.zeroing and bounds.zeroing.contract != bounds.target:
        raise GuardError(f"a zeroing on {bounds.zeroing.contract}, not on the target")


def _fees(found: Transaction, bounds: Bounds) -> None:
    """No more gas, no higher price, no more in all."""
    if not LEAST_GAS <= found.gas <= bounds.gas:
        raise GuardError(f"gas {found.gas} is not within {LEAST_GAS}..{bounds.gas}")
    if found.max_fee > bounds.fee_per_gas:
        raise GuardError(f"max fee {found.max_fee} is above {bounds.fee_per_gas}")
    if found.tip is not None and found.tip > found.max_fee:
        raise GuardError(f"tip {found.tip} is above the max fee {found.max_fee}")
    cost = found.gas * found.max_fee
    if cost > bounds.cost:
        raise GuardError(f"cost {cost} is above {bounds.cost}")


def _signature(raw: bytes, payload: bytes, chain_id: int) -> None:
    """The payload's fields, the parity (or EIP-155's v), and r and s (EIP-2: low)."""
    typed = payload[:1] == TYPED
    if typed != (raw[:1] == TYPED):
        raise GuardError("signed as a transaction of another type")
    names = TYPED_FIELDS if typed else LEGACY_FIELDS[:_LEGACY_SIGNED]
    *given, mark, r, s = _many(raw[1:] if typed else raw, len(names) + 3)
    for name, was, now in zip(names, split(payload), given, strict=False):
        if was != now:
            raise GuardError(f"{name} is not what was to be signed")
    parity = rlp.number(mark, "v") - (0 if typed else _V + 2 * chain_id)
    if parity not in {0, 1}:
        raise GuardError(f"v {rlp.number(mark, 'v')} is not one of this chain")
    if not 1 <= rlp.number(r, "r") < _ORDER:
        raise GuardError("r is out of range")
    if not 1 <= rlp.number(s, "s") <= _ORDER // 2:
        raise GuardError("s is out of range")


def _signer(signer: Address, bounds: Bounds) -> None:
    """Nobody but the one whose rights these are."""
    if signer != bounds.sender:
        raise GuardError(f"signed by {signer}, not by {bounds.sender}")


def _many(data: bytes, count: int) -> tuple[rlp.Field, ...]:
    """So many fields."""
    fields = rlp.fields(data)
    if len(fields) != count:
        raise GuardError(f"{len(fields)} fields, not {count}")
    return fields
