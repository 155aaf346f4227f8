"""What came back from a signer, against real signatures of eth_account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import rlp  # type: ignore[import-untyped] # it ships no types
from eth_account import Account
from eth_keys.datatypes import Signature
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import GuardError
from allowctl.model.chain import Address
from allowctl.revoke.guard import Bounds, check, check_signed
from tests.revoke.making_guarded import (
    APPROVE,
    GOOD_CALLS,
    GWEI,
    OTHER,
    OWNER,
    SPENDER,
    Tx,
    amount,
    bounds,
    call,
)

KEY = keccak(text="a key of these tests")
WHO = Address(Account.from_key(KEY).address.lower())
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

GOOD = Tx(data=call(APPROVE, SPENDER, 0))
LEGACY = replace(GOOD, tip=None)
BOUNDS = bounds(amount(), sender=WHO)

TYPED = ["chain id", "nonce", "tip", "max fee", "gas", "target", "value", "data"]
UNTYPED = ["nonce", "gas price", "gas", "target", "value", "data"]

Signed = list[bytes]
"""The fields of a signed transaction."""


def sign(tx: Tx) -> bytes:
    """By eth_account."""
    return bytes(Account.sign_transaction(tx.given(), KEY).raw_transaction)


def recovered(raw: bytes) -> Address:
    """By eth_account."""
    return Address(Account.recover_transaction(raw).lower())


def judge(raw: bytes, tx: Tx = GOOD, limits: Bounds = BOUNDS) -> None:
    """Check what came back, signed by the right one."""
    check_signed(raw, tx.payload(), WHO, limits)


def mended(tx: Tx, change: Callable[[Signed], object]) -> bytes:
    """A good signed transaction, its fields changed."""
    raw = sign(tx)
    kind = b"" if tx.tip is None else raw[:1]
    fields = list(rlp.decode(raw[len(kind) :]))
    change(fields)
    return kind + bytes(rlp.encode(fields))


def put(position: int, value: bytes) -> Callable[[Signed], object]:
    """One field, replaced."""
    return lambda fields: fields.__setitem__(position, value)


def high(fields: Signed) -> None:
    """The other s that makes the same signature good (EIP-2 forbids it)."""
    fields[-1] = (ORDER - int.from_bytes(fields[-1], "big")).to_bytes(32, "big")


@pytest.mark.parametrize("tip", [GWEI, None], ids=["typed", "legacy"])
@pytest.mark.parametrize("chain_id", [1, 137, 2**40])
@pytest.mark.parametrize("name", GOOD_CALLS)
def test_what_eth_account_signs_passes(
    name: str, chain_id: int, tip: int | None
) -> None:
    """Each kind, in both types, and its signer is who it was signed by."""
    limits, data = GOOD_CALLS[name]
    limits = replace(limits, sender=WHO, chain_id=chain_id)
    tx = Tx(to=limits.target, data=data, tip=tip, chain_id=chain_id)
    raw = sign(tx)

    check(tx.payload(), limits)
    check_signed(raw, tx.payload(), recovered(raw), limits)


@given(st.integers(0, 2**64 - 2), st.booleans())
def test_every_signature_passes(nonce: int, legacy: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever r, s and parity come out; and the payload is what is hashed."""
    tx = replace(LEGACY if legacy else GOOD, nonce=nonce)
    raw = sign(tx)
    *_, mark, r, s = rlp.decode(raw if legacy else raw[1:])
    parity = int.from_bytes(mark, "big") - (37 if legacy else 0)
    numbers = (parity, int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    by = Signature(vrs=numbers).recover_public_key_from_msg_hash(keccak(tx.payload()))

    assert by.to_address() == WHO
    judge(raw, tx, replace(BOUNDS, nonce=nonce))


@pytest.mark.parametrize(
    ("tx", "position", "name"),
    [
        *((GOOD, at, name) for at, name in enumerate(TYPED)),
        *((LEGACY, at, name) for at, name in enumerate(UNTYPED)),
    ],
)
def test_a_swapped_field_is_refused(tx: Tx, position: int, name: str) -> None:
    """A signer that signs something else is found out, by the field's name."""
    raw = mended(tx, put(position, b"\x01\x02"))
    with pytest.raises(GuardError, match=f"not sent: {name} is not what was to be"):
        judge(raw, tx)


@pytest.mark.parametrize("other", [{"nonce": 8}, {"value": 1}, {"to": OTHER}])
@pytest.mark.parametrize("tx", [GOOD, LEGACY], ids=["typed", "legacy"])
def test_a_good_signature_of_another_transaction_is_refused(
    tx: Tx, other: dict[str, object]
) -> None:
    """It is whole in itself, and not what was asked for."""
    raw = sign(replace(tx, **other))  # type: ignore[arg-type] # fields by name
    with pytest.raises(GuardError, match="is not what was to be signed"):
        judge(raw, tx)


@pytest.mark.parametrize(
    ("tx", "change", "message"),
    [
        (GOOD, high, "s is out of range"),
        (LEGACY, high, "s is out of range"),
        (GOOD, put(-1, b""), "s is out of range"),
        (GOOD, put(-2, b""), "r is out of range"),
        (GOOD, put(-2, ORDER.to_bytes(32, "big")), "r is out of range"),
        (GOOD, put(-2, b"\xff" * 33), "r is a number of 33 bytes"),
        (GOOD, put(-1, b"\0" + b"\1" * 31), "s has leading zeros"),
        (GOOD, put(-3, b"\2"), "v 2 is not one of this chain"),
        (GOOD, put(-3, b"\x1b"), "v 27 is not one of this chain"),
        (GOOD, put(-3, b"\0"), "v has leading zeros"),
        (LEGACY, put(-3, b"\x1b"), "v 27 is not one of this chain"),
        (LEGACY, put(-3, b"\x1c"), "v 28 is not one of this chain"),
        (LEGACY, put(-3, b"\x24"), "v 36 is not one of this chain"),
        (LEGACY, put(-3, b"\x27"), "v 39 is not one of this chain"),
        (LEGACY, put(-3, b""), "v 0 is not one of this chain"),
        (GOOD, put(8, b""), "access list is not what was to be signed"),
        (GOOD, put(8, [[bytes(20), []]]), "a list that is not empty"),  # type: ignore[arg-type] # a list for once
        (GOOD, put(-1, []), "s is a list"),  # type: ignore[arg-type] # a list for once
        (GOOD, lambda fields: fields.pop(), "11 fields, not 12"),
        (GOOD, lambda fields: fields.append(b""), "more than 12 fields"),
        (LEGACY, lambda fields: fields.append(b""), "10 fields, not 9"),
        (LEGACY, lambda fields: fields.pop(), "8 fields, not 9"),
    ],
)
def test_a_signature_that_is_none_is_refused(
    tx: Tx, change: Callable[[Signed], object], message: str
) -> None:
    """High s, numbers out of range, another chain's v, fields too many or too few."""
    with pytest.raises(GuardError, match=message):
        judge(mended(tx, change), tx)


@pytest.mark.parametrize(
    ("raw", "tx", "message"),
    [
        (sign(LEGACY), GOOD, "of another type"),
        (sign(GOOD), LEGACY, "of another type"),
        (b"\x01" + sign(GOOD)[1:], LEGACY, "no RLP list"),
        (b"\x01" + sign(GOOD)[1:], GOOD, "of another type"),
        (b"", GOOD, "of another type"),
        (b"", LEGACY, "no RLP list"),
        (GOOD.payload(), GOOD, "9 fields, not 12"),
        (LEGACY.payload(), LEGACY, "v 1 is not one of this chain"),
        (sign(GOOD) + b"\0", GOOD, "1 bytes after the end"),
        (sign(GOOD)[:-1], GOOD, "ends before its content"),
    ],
)
def test_something_else_is_refused(raw: bytes, tx: Tx, message: str) -> None:
    """Another type, the payload itself, bytes too many or too few."""
    with pytest.raises(GuardError, match=message):
        judge(raw, tx)


@pytest.mark.parametrize("tx", [GOOD, LEGACY], ids=["typed", "legacy"])
def test_another_signer_is_refused(tx: Tx) -> None:
    """Whoever it is: rights of one are not another's to change."""
    raw = sign(tx)
    with pytest.raises(GuardError, match=f"signed by {OTHER}, not by {WHO}"):
        check_signed(raw, tx.payload(), OTHER, BOUNDS)
    with pytest.raises(GuardError, match=f"signed by {WHO}, not by {OWNER}"):
        check_signed(raw, tx.payload(), WHO, replace(BOUNDS, sender=OWNER))


def test_a_signed_raise_is_refused_again() -> None:
    """What the first check would not let through is not sent either."""
    tx = replace(GOOD, data=call(APPROVE, SPENDER, 101))
    with pytest.raises(GuardError, match="not sent: amount 101 is not lower than 100"):
        judge(sign(tx), tx)


@given(st.binary(max_size=300))
def test_no_bytes_whatever_break_it(raw: bytes) -> None:
    """It refuses, and does nothing else."""
    for tx in (GOOD, LEGACY):
        for each in (raw, b"\x02" + raw):
            with pytest.raises(GuardError, match="not sent"):
                judge(each, tx)


@given(st.data())
def test_one_byte_changed_is_refused_or_part_of_the_signature(
    data: st.DataObject,
) -> None:
    """All else of the signed bytes is the payload's: only r, s and parity are free."""
    tx = data.draw(st.sampled_from((GOOD, LEGACY)))
    raw = bytearray(sign(tx))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        judge(bytes(raw), tx)
    except GuardError:
        return

    assert at >= len(raw) - 67
    assert recovered_or_none(bytes(raw)) != WHO


def recovered_or_none(raw: bytes) -> Address | None:
    """Who signed it, if anybody can have."""
    try:
        return recovered(raw)
    except Exception:  # noqa: BLE001 - the library's own, for signatures that are none
        return None
