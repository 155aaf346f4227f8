"""The bytes that are hashed for a signature, as the transaction they stand for."""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.errors import GuardError
from allowctl.model.chain import Address
from allowctl.revoke.guard import rlp

TYPED = b"\x02"
"""The first byte of an EIP-1559 transaction."""
TYPED_FIELDS = (
    "chain id",
    "nonce",
    "tip",
    "max fee",
    "gas",
    "target",
    "value",
    "data",
    "access list",
)
LEGACY_FIELDS = (
    "nonce",
    "gas price",
    "gas",
    "target",
    "value",
    "data",
    "chain id",
    "first zero",
    "second zero",
)
"""EIP-155: without the last three nothing says which chain it is for."""

_LEAST_LIST = 0xC0
_ADDRESS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction that is yet to be signed, decoded from its final bytes."""

    chain_id: int
    nonce: int
    max_fee: int
    """Wei per gas; of a legacy transaction its gas price."""
    tip: int | None
    """Wei per gas; None for a legacy transaction."""
    gas: int
    to: Address
    value: int
    """Wei."""
    data: bytes


def transaction(payload: bytes) -> Transaction:
    """What these bytes are. It says nothing of whether they may be signed.

    EIP-1559 with an empty access list, or EIP-155; GuardError for anything else.
    """
    fields = split(payload)
    if payload[:1] != TYPED:
        nonce, price, gas, to, value, data, chain_id, *zeros = fields
        for zero, name in zip(zeros, LEGACY_FIELDS[-2:], strict=True):
            if rlp.number(zero, name) != 0:
                raise GuardError(f"the {name} of EIP-155 is not 0")
        tip = None
    else:
        chain_id, nonce, tip, price, gas, to, value, data, access = fields
        if access is not None:
            raise GuardError("the access list is no list")
    return Transaction(
        chain_id=rlp.number(chain_id, "chain id"),
        nonce=rlp.number(nonce, "nonce"),
        max_fee=rlp.number(price, "max fee"),
        tip=None if payload[:1] != TYPED else rlp.number(tip, "tip"),
        gas=rlp.number(gas, "gas"),
        to=_address(to),
        value=rlp.number(value, "value"),
        data=_bytes(data),
    )


def split(payload: bytes) -> tuple[rlp.Field, ...]:
    """The nine fields of either layout; of which, its first byte says."""
    first = payload[:1]
    if first != TYPED and (not first or first[0] < _LEAST_LIST):
        what = f"of type {first[0]}" if first else "without bytes"
        raise GuardError(f"a transaction {what}")
    fields = rlp.fields(payload[1:] if first == TYPED else payload)
    if len(fields) != len(TYPED_FIELDS):
        raise GuardError(f"{len(fields)} fields, not {len(TYPED_FIELDS)}")
    return fields


def _address(field: rlp.Field) -> Address:
    if field is None or len(field) != _ADDRESS:
        raise GuardError("the target is no address")
    return Address("0x" + field.hex())


def _bytes(field: rlp.Field) -> bytes:
    if field is None:
        raise GuardError("the data is a list")
    return field
