"""Transactions before they are signed: what is hashed, and what a hash is.

EIP-1559 (type 2), or where there is no base fee a legacy one with the chain's id in
it (EIP-155). No access list, no value: nothing here can send a coin.
"""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.errors import CodecError
from allowctl.model.chain import Address
from allowctl.model.plan import Fees

DYNAMIC = 2
"""EIP-1559's transaction type."""
_LEGACY_FIELDS = 9
_DYNAMIC_FIELDS = 9
_UINT64 = 2**64
_UINT256 = 2**256
_ADDRESS_BYTES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """A call of a contract, with what it may cost and nothing else."""

    chain_id: int
    nonce: int
    fees: Fees
    """Type 2 with a tip, legacy without one; `base_fee` is not sent."""
    gas: int
    """The limit."""
    to: Address
    data: bytes


def payload(tx: Unsigned) -> bytes:
    """What is hashed and signed: 0x02 and the RLP list, or the list of EIP-155.

    CodecError if a field is out of its range (EIP-2681, EIP-1559).
    """
    import rlp  # type: ignore[import-untyped]  # noqa: PLC0415 - no types; late

    _check(tx)
    to = bytes.fromhex(tx.to[2:])
    if tx.fees.tip is None:
        legacy = (tx.nonce, tx.fees.max_fee, tx.gas, to, 0, tx.data, tx.chain_id, 0, 0)
        return bytes(rlp.encode(legacy))
    dynamic = (
        *(tx.chain_id, tx.nonce, tx.fees.tip, tx.fees.max_fee, tx.gas),
        *(to, 0, tx.data, ()),
    )
    return bytes((DYNAMIC,)) + bytes(rlp.encode(dynamic))


def gas_of(unsigned: bytes) -> int:
    """The gas limit in what `payload` gave. CodecError if it is nothing of the kind."""
    import rlp  # noqa: PLC0415 - as above

    dynamic = unsigned[:1] == bytes((DYNAMIC,))
    try:
        fields = rlp.decode(unsigned[1:] if dynamic else unsigned)
    except rlp.exceptions.RLPException:
        raise CodecError("not an unsigned transaction") from None
    wanted = _DYNAMIC_FIELDS if dynamic else _LEGACY_FIELDS
    if not isinstance(fields, list) or len(fields) != wanted:
        raise CodecError("not an unsigned transaction")
    gas = fields[4 if dynamic else 2]
    if not isinstance(gas, bytes) or len(gas) > 8:  # noqa: PLR2004 - of a uint64
        raise CodecError("not an unsigned transaction")
    return int.from_bytes(gas, "big")


def signed_hash(raw: bytes) -> str:
    """The hash of a signed transaction: 0x and 64 lower-case hex digits."""
    from Crypto.Hash import keccak  # noqa: PLC0415 - a C library, for a few hashes

    return "0x" + keccak.new(data=raw, digest_bits=256).hexdigest()


def _check(tx: Unsigned) -> None:
    tip = tx.fees.tip or 0
    sound = {
        "chain id": 1 <= tx.chain_id < _UINT256,
        "nonce": 0 <= tx.nonce < _UINT64 - 1,
        "fee": 0 <= tx.fees.max_fee < _UINT256,
        "tip": 0 <= tip <= tx.fees.max_fee,
        "gas limit": 0 < tx.gas < _UINT64,
        "address": _is_address(tx.to),
    }
    wrong = next((what for what, right in sound.items() if not right), None)
    if wrong is not None:
        raise CodecError(f"a transaction's {wrong} is out of range")


def _is_address(text: str) -> bool:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        return False
    return text.startswith("0x") and len(found) == _ADDRESS_BYTES == (len(text) - 2) / 2
