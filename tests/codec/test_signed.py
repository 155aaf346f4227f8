"""A signed transaction, read back out of our own journal."""

from __future__ import annotations

import pytest
import rlp  # type: ignore[import-untyped] # it ships no types
from eth_account import Account
from hypothesis import example, given
from hypothesis import strategies as st

from allowctl.codec.signed import of_signed
from allowctl.codec.transaction import Unsigned, payload
from allowctl.errors import CodecError
from allowctl.model.plan import Fees
from allowctl.revoke.hardening import Secret
from allowctl.revoke.sign import KeystoreSigner
from tests.revoke.making_keys import KEY, OWNER
from tests.strategies import addresses, uints

_FEES = st.builds(
    lambda tip, more, legacy: Fees(max_fee=tip + more, tip=None if legacy else tip),
    uints(100),
    uints(100),
    st.booleans(),
)
_UNSIGNED = st.builds(
    Unsigned,
    chain_id=uints(64, 1),
    nonce=st.integers(0, 2**64 - 3),
    fees=_FEES,
    gas=uints(63, 1),
    to=addresses,
    data=st.binary(max_size=200),
)


def _forged(unsigned: Unsigned) -> bytes:
    """With a signature that is nobody's: it is not what is read."""
    body = payload(unsigned)
    if unsigned.fees.tip is not None:
        return b"\x02" + bytes(rlp.encode([*rlp.decode(body[1:]), 1, 2, 3]))
    mark = 35 + 2 * unsigned.chain_id
    return bytes(rlp.encode([*rlp.decode(body)[:6], mark, 2, 3]))


@given(_UNSIGNED)
def test_what_was_signed_comes_back(unsigned: Unsigned) -> None:
    """Every field of either type, whatever the parity of the signature."""
    assert of_signed(_forged(unsigned)) == unsigned


@pytest.mark.parametrize("tip", [None, 7])
def test_what_the_signer_makes_is_read(tip: int | None) -> None:
    """Of the real signer's bytes, too."""
    fees = Fees(max_fee=9, tip=tip)
    unsigned = Unsigned(
        chain_id=137, nonce=3, fees=fees, gas=60_000, to=OWNER, data=b"\x09\x5e"
    )
    raw = KeystoreSigner(Secret(KEY), OWNER).sign(payload(unsigned))
    assert of_signed(raw) == unsigned


@given(st.binary(max_size=300))
@example(b"")
@example(b"\x02")
@example(b"\x02\xc0")
@example(b"\xc1\x80")
@example(b"\x02" + b"\xc1" * 300)
@example(b"\xbf" + b"\xff" * 8)
def test_anything_else_is_refused_by_name(raw: bytes) -> None:
    """Random bytes are no signed transaction: CodecError, nothing else."""
    with pytest.raises(CodecError):
        of_signed(raw)


def test_one_without_a_chain_is_refused() -> None:
    """Before EIP-155 a signature was good on any chain."""
    signed = Account.sign_transaction(
        {"nonce": 0, "gasPrice": 1, "gas": 21_000, "to": bytes(20), "value": 0}, KEY
    )
    with pytest.raises(CodecError, match="for no chain"):
        of_signed(bytes(signed.raw_transaction))


@pytest.mark.parametrize("to", [b"", b"\x01" * 19, [b"\x01" * 20]])
def test_one_that_calls_no_contract_is_refused(to: bytes | list[bytes]) -> None:
    """Nobody creates a contract here, and a list is no address."""
    fields = [1, 0, 1, 2, 21_000, to, 0, b"", [], 0, 1, 1]
    with pytest.raises(CodecError, match="without a contract"):
        of_signed(b"\x02" + bytes(rlp.encode(fields)))
