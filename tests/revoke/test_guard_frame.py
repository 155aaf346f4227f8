"""What surrounds the call: type, chain, nonce, target, money, gas and fees."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rlp  # type: ignore[import-untyped] # it ships no types
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import ExitCode, GuardError
from allowctl.model.chain import Address
from allowctl.revoke.guard import Bounds, Transaction, check, transaction
from tests.revoke.making_guarded import (
    APPROVE,
    GOOD_CALLS,
    GWEI,
    OTHER,
    OWNER,
    SPENDER,
    TOKEN,
    Tx,
    amount,
    bounds,
    call,
    zeroing,
)
from tests.strategies import addresses, uints

REVOKE = call(APPROVE, SPENDER, 0)
GOOD = Tx(data=REVOKE)
LEGACY = replace(GOOD, tip=None)
BOUNDS = bounds(amount())
KEYS = [[bytes(20), [bytes(32)]]]


@pytest.mark.parametrize("tip", [GWEI, 0, None])
@pytest.mark.parametrize("name", GOOD_CALLS)
def test_each_kind_passes_in_both_types(name: str, tip: int | None) -> None:
    """EIP-1559 and EIP-155."""
    limits, data = GOOD_CALLS[name]

    check(Tx(to=limits.target, data=data, tip=tip).payload(), limits)


@pytest.mark.parametrize(
    ("tx", "limits"),
    [
        (replace(GOOD, gas=300_000), BOUNDS),
        (replace(GOOD, gas=21_000), BOUNDS),
        (replace(GOOD, max_fee=100 * GWEI), BOUNDS),
        (replace(GOOD, max_fee=GWEI), BOUNDS),
        (replace(LEGACY, max_fee=0), BOUNDS),
        (GOOD, replace(BOUNDS, cost=60_000 * 30 * GWEI)),
        (replace(GOOD, nonce=0), replace(BOUNDS, nonce=0)),
        (replace(GOOD, chain_id=2**63), replace(BOUNDS, chain_id=2**63)),
    ],
)
def test_what_reaches_a_limit_passes(tx: Tx, limits: Bounds) -> None:
    """Limits are inclusive."""
    check(tx.payload(), limits)


@pytest.mark.parametrize("base", [GOOD, LEGACY], ids=["typed", "legacy"])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"chain_id": 5}, "chain id 5, not 1"),
        ({"chain_id": 0}, "chain id 0, not 1"),
        ({"nonce": 8}, "nonce 8, not 7"),
        ({"nonce": 6}, "nonce 6, not 7"),
        ({"value": 1}, "value 1, not 0"),
        ({"to": OTHER}, f"target {OTHER}, not {TOKEN}"),
        ({"to": "0x"}, "the target is no address"),
        ({"to": TOKEN + "00"}, "the target is no address"),
        ({"gas": 300_001}, "gas 300001 is not within 21000..300000"),
        ({"gas": 20_999}, "gas 20999 is not within"),
        ({"max_fee": 100 * GWEI + 1}, "max fee 100000000001 is above 100000000000"),
        ({"gas": 300_000, "max_fee": 34 * GWEI}, "cost 10200000000000000 is above"),
        ({"data": REVOKE + b"\0"}, "65 bytes of arguments, not 64"),
        ({"data": REVOKE[:-1]}, "63 bytes of arguments, not 64"),
        ({"data": b""}, "takes nothing back"),
    ],
)
def test_a_changed_field_is_refused(
    base: Tx, changed: dict[str, object], message: str
) -> None:
    """Each by its name, with the numbers."""
    with pytest.raises(GuardError, match="not signed: ") as caught:
        check(replace(base, **changed).payload(), BOUNDS)  # type: ignore[arg-type] # fields by name

    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code is ExitCode.TRANSACTION


@pytest.mark.parametrize(
    ("tx", "message"),
    [
        (replace(GOOD, tip=30 * GWEI + 1), "tip 30000000001 is above the max fee"),
        (replace(GOOD, access=tuple(KEYS)), "field 9 is a list that is not empty"),
    ],
)
def test_what_only_a_typed_one_has_is_checked(tx: Tx, message: str) -> None:
    """A tip above all that is paid, and an access list."""
    with pytest.raises(GuardError, match=message):
        check(tx.payload(), BOUNDS)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (bounds(amount(), sender=TOKEN), "is the sender"),
        (bounds(amount(), replace(amount(), contract=OTHER)), "a right on"),
        (
            bounds(amount(), zeroing=replace(zeroing(5), contract=OTHER)),
            "a zeroing on",
        ),
        (bounds(), "0 allowances of"),
    ],
)
def test_bounds_that_do_not_fit_together_let_nothing_through(
    limits: Bounds, message: str
) -> None:
    """A mistake of the caller's is no way round."""
    with pytest.raises(GuardError, match=message):
        check(GOOD.payload(), limits)


def test_a_chain_without_an_id_is_refused() -> None:
    """Even where the bounds say 0: its signatures would hold anywhere."""
    with pytest.raises(GuardError, match="chain id 0"):
        check(replace(LEGACY, chain_id=0).payload(), replace(BOUNDS, chain_id=0))


@pytest.mark.parametrize("first", [0, 1, 3, 4, 5, 0x7F, 0x80, 0xBF])
def test_another_type_is_refused(first: int) -> None:
    """Access lists (1), blobs (3), delegations (4), and what is yet to come."""
    with pytest.raises(GuardError, match=f"a transaction of type {first}$"):
        check(bytes([first]) + GOOD.payload()[1:], BOUNDS)


@pytest.mark.parametrize(
    "fields",
    [
        LEGACY.fields()[:6],
        [*LEGACY.fields()[:7], 1, 0],
        [*LEGACY.fields()[:7], 0, 1],
        [*LEGACY.fields(), 0],
        LEGACY.fields()[:8],
        [],
        [LEGACY.fields()],
    ],
)
def test_a_legacy_one_is_eip_155(fields: list[object]) -> None:
    """Without the chain id, or with a signature's r and s, it is none."""
    with pytest.raises(GuardError, match="not signed"):
        check(rlp.encode(fields), BOUNDS)


@pytest.mark.parametrize("position", range(9))
@pytest.mark.parametrize("tx", [GOOD, LEGACY], ids=["typed", "legacy"])
def test_a_field_of_another_shape_is_refused(tx: Tx, position: int) -> None:
    """A list for a string, a string for a list, leading zeros, too many bytes."""
    kind = tx.payload()[:1] if tx.tip is not None else b""
    for wrong in ([], [b"\1"], b"\0", b"\0\7", b"\1" * 33, b"\1" * 21):
        fields = tx.fields()
        if fields[position] == wrong:
            continue
        fields[position] = wrong
        with pytest.raises(GuardError, match="not signed"):
            check(kind + rlp.encode(fields), BOUNDS)


def test_no_bytes_are_no_transaction() -> None:
    """Nor is a type byte alone."""
    with pytest.raises(GuardError, match="a transaction without bytes"):
        check(b"", BOUNDS)
    with pytest.raises(GuardError, match="no RLP list"):
        check(b"\x02", BOUNDS)


@given(
    tip=st.none() | uints(),
    numbers=st.tuples(uints(), uints(), uints(), uints(), uints()),
    to=addresses,
    data=st.binary(max_size=300),
)
def test_a_transaction_is_shown_as_it_was_encoded(
    tip: int | None, numbers: tuple[int, ...], to: Address, data: bytes
) -> None:
    """Whatever its numbers are: `transaction` decodes, it does not judge."""
    chain_id, nonce, max_fee, gas, value = numbers
    tx = Tx(
        chain_id=chain_id,
        nonce=nonce,
        tip=tip,
        max_fee=max_fee,
        gas=gas,
        to=to,
        value=value,
        data=data,
    )

    assert transaction(tx.payload()) == Transaction(
        chain_id=chain_id,
        nonce=nonce,
        max_fee=max_fee,
        tip=tip,
        gas=gas,
        to=to,
        value=value,
        data=data,
    )


def test_a_message_holds_no_raw_bytes() -> None:
    """What a token or a node could have written is not repeated."""
    with pytest.raises(GuardError) as caught:
        check(replace(GOOD, data=b"\x1b[2J" + REVOKE).payload(), BOUNDS)

    assert caught.value.message.isprintable()
    assert "1b5b" not in caught.value.message
    assert OWNER not in caught.value.message
