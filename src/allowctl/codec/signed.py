"""A signed transaction read back, as our own journal keeps it."""

from __future__ import annotations

from allowctl.codec.transaction import DYNAMIC, Unsigned
from allowctl.errors import CodecError
from allowctl.model.chain import Address
from allowctl.model.plan import Fees

_DYNAMIC_FIELDS = 12
_LEGACY_FIELDS = 9
_ADDRESS_BYTES = 20
_PROTECTED = 35
"""From here on v tells the chain's id (EIP-155)."""


def of_signed(raw: bytes) -> Unsigned:
    """What was signed: EIP-1559, or EIP-155. CodecError for anything else."""
    import rlp  # type: ignore[import-untyped]  # noqa: PLC0415 - no types; late

    dynamic = raw[:1] == bytes((DYNAMIC,))
    try:
        fields = rlp.decode(raw[1:] if dynamic else raw)
    except rlp.exceptions.RLPException:
        raise CodecError("not a signed transaction") from None
    wanted = _DYNAMIC_FIELDS if dynamic else _LEGACY_FIELDS
    if not isinstance(fields, list) or len(fields) != wanted:
        raise CodecError("not a signed transaction")
    flat = [each if isinstance(each, bytes) else b"" for each in fields]
    if len(flat[5 if dynamic else 3]) != _ADDRESS_BYTES:
        raise CodecError("a signed transaction without a contract to call")
    if dynamic:
        chain_id, nonce, tip, max_fee, gas = map(_number, flat[:5])
        fees, (to, data) = Fees(max_fee=max_fee, tip=tip), (flat[5], flat[7])
    else:
        nonce, price, gas = map(_number, flat[:3])
        fees, (to, data) = Fees(max_fee=price, tip=None), (flat[3], flat[5])
        if _number(flat[6]) < _PROTECTED:
            raise CodecError("a signed transaction for no chain")
        chain_id = (_number(flat[6]) - _PROTECTED) // 2
    return Unsigned(
        chain_id=chain_id,
        nonce=nonce,
        fees=fees,
        gas=gas,
        to=Address("0x" + to.hex()),
        data=data,
    )


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
