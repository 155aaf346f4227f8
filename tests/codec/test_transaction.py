"""What is signed, compared with what eth-account signs."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec.transaction import Unsigned, gas_of, payload, signed_hash
from allowctl.errors import CodecError
from allowctl.model.chain import Address
from allowctl.model.plan import Fees
from tests.nodes.node import throwaway

TO = Address("0x" + "0b" * 20)
DYNAMIC = Unsigned(
    chain_id=1,
    nonce=7,
    fees=Fees(max_fee=30, tip=2, base_fee=14),
    gas=50_000,
    to=TO,
    data=b"\x09\x5e\xa7\xb3" + bytes(64),
)
LEGACY = replace(DYNAMIC, fees=Fees(max_fee=30, tip=None))

fees = st.tuples(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1)).map(
    lambda pair: Fees(max_fee=max(pair), tip=min(pair))
) | st.builds(Fees, max_fee=st.integers(0, 2**256 - 1), tip=st.none())
unsigned = st.builds(
    Unsigned,
    chain_id=st.integers(1, 2**53),
    nonce=st.integers(0, 2**64 - 2),
    fees=fees,
    gas=st.integers(1, 2**64 - 1),
    to=st.binary(min_size=20, max_size=20).map(lambda raw: Address("0x" + raw.hex())),
    data=st.binary(max_size=200),
)


def signing_hash(tx: Unsigned) -> bytes:
    """What eth-account would sign of the same transaction."""
    fields: dict[str, Any] = {
        "chainId": tx.chain_id,
        "nonce": tx.nonce,
        "gas": tx.gas,
        "to": bytes.fromhex(tx.to[2:]),
        "value": 0,
        "data": tx.data,
    }
    if tx.fees.tip is None:
        from eth_account._utils.legacy_transactions import (  # noqa: PLC0415 - private
            serializable_unsigned_transaction_from_dict,
        )

        legacy = fields | {"gasPrice": tx.fees.max_fee}
        return bytes(serializable_unsigned_transaction_from_dict(legacy).hash())
    more = {"maxFeePerGas": tx.fees.max_fee, "maxPriorityFeePerGas": tx.fees.tip}
    typed = {key: value for key, value in (fields | more).items() if key != "to"}
    return bytes(
        TypedTransaction.from_dict(
            typed | {"type": 2, "accessList": [], "to": fields["to"]}
        ).hash()
    )


@given(unsigned)
def test_the_same_is_hashed_as_eth_account_hashes(tx: Unsigned) -> None:
    """Byte for byte, of both types."""
    assert keccak(payload(tx)) == signing_hash(tx)


@given(unsigned)
def test_the_gas_is_found_again(tx: Unsigned) -> None:
    """In what is signed, whatever stands around it."""
    assert gas_of(payload(tx)) == tx.gas


@given(st.binary(max_size=80))
def test_no_transaction_has_no_gas(noise: bytes) -> None:
    """Noise is an error of the codec's, or some number; nothing else comes of it."""
    with contextlib.suppress(CodecError):
        assert 0 <= gas_of(noise) < 2**64


def test_the_form_of_both_types() -> None:
    """Type 2 begins with its number, a legacy one with its list."""
    assert payload(DYNAMIC)[0] == 2
    assert payload(LEGACY)[0] >= 0xC0


def test_the_hash_of_a_signed_transaction() -> None:
    """It is the one that nodes answer with."""
    signed = Account.sign_transaction(
        {
            "chainId": 1,
            "nonce": 0,
            "gas": 21_000,
            "gasPrice": 1,
            "to": bytes(20),
            "value": 0,
        },
        throwaway(0).key,
    )
    raw = bytes(signed.raw_transaction)
    assert signed_hash(raw) == "0x" + bytes(signed.hash).hex()


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (replace(DYNAMIC, chain_id=0), "chain id"),
        (replace(DYNAMIC, chain_id=-1), "chain id"),
        (replace(DYNAMIC, nonce=-1), "nonce"),
        (replace(DYNAMIC, nonce=2**64 - 1), "nonce"),
        (replace(DYNAMIC, fees=Fees(max_fee=1, tip=2)), "tip"),
        (replace(DYNAMIC, fees=Fees(max_fee=1, tip=-1)), "tip"),
        (replace(DYNAMIC, fees=Fees(max_fee=2**256, tip=1)), "fee"),
        (replace(LEGACY, fees=Fees(max_fee=-1, tip=None)), "fee"),
        (replace(DYNAMIC, gas=0), "gas limit"),
        (replace(DYNAMIC, gas=2**64), "gas limit"),
        (replace(DYNAMIC, to=Address("0x" + "0b" * 19)), "address"),
        (replace(DYNAMIC, to=Address("0b" * 20)), "address"),
        (replace(DYNAMIC, to=Address("0x" + "zz" * 20)), "address"),
        (replace(DYNAMIC, to=Address("0x" + "0b " * 20)), "address"),
    ],
)
def test_fields_out_of_range(wrong: Unsigned, what: str) -> None:
    """Nothing is encoded, and the field is named."""
    with pytest.raises(CodecError, match=f"a transaction's {what} is out of range"):
        payload(wrong)
