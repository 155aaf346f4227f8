"""What nodes tell of an account is read strictly, whatever they send."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import UnservedError
from allowctl.model.chain import BlockRange
from allowctl.model.outcome import Receipt
from allowctl.rpc import account
from tests.build import OWNER, TOKEN, word
from tests.nodes.jsonrpc import Json

HOST = "node.test"
HASH = word(0xAB)
BEFORE = Receipt(
    transaction=HASH,
    block=20,
    block_hash=word(20),
    index=3,
    succeeded=True,
    sender=OWNER,
    to=TOKEN,
    gas_used=1,
    paid=1,
)
SOUGHT = account.Sought(token=TOKEN, owner=OWNER, blocks=BlockRange(10, 20))
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["0x1", HASH, OWNER, TOKEN, account.TRANSFER, word(OWNER)]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("transactionHash", "blockHash", "blockNumber", "status"),
                    *("transactionIndex", "from", "to", "gasUsed", "address"),
                    *("topics", "data", "baseFeePerGas", "gasUsedRatio", "reward"),
                ]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


@given(anything)
def test_whatever_is_sent(value: Json) -> None:
    """It is what it should be, or an UnservedError; nothing else is raised."""
    with contextlib.suppress(UnservedError):
        assert 0 <= account.quantity(value, HOST, 64) < 2**64
    with contextlib.suppress(UnservedError):
        account.base_fee(value, HOST)
    with contextlib.suppress(UnservedError):
        found = account.prices(value, HOST, 20)
        assert len(found.rewards) < len(found.base_fees) <= 21
    with contextlib.suppress(UnservedError):
        receipt = account.receipt(value, HOST, HASH)
        assert receipt is None or receipt.transaction == HASH
    with contextlib.suppress(UnservedError):
        moved = account.moved(value, HOST, SOUGHT, BEFORE)
        assert moved is None or moved >= 0


@given(st.integers(0, 2**256 - 1), st.integers(1, 256))
def test_quantities(number: int, bits: int) -> None:
    """As wide as is asked for, and no wider."""
    if number >> bits:
        with pytest.raises(UnservedError, match="a number in a form that is none"):
            account.quantity(hex(number), HOST, bits)
    else:
        assert account.quantity(hex(number), HOST, bits) == number


@pytest.mark.parametrize("read", [account.quantity, account.base_fee])
def test_an_error_is_raised_as_it_is(read: Json) -> None:
    """What came of one request of several may be why there is nothing."""
    with pytest.raises(UnservedError, match="no such method"):
        read(UnservedError("no such method"), HOST)


@given(
    st.lists(
        st.tuples(st.integers(10, 20), st.integers(0, 6), st.integers(0, 2**256 - 1)),
        max_size=12,
    )
)
def test_what_moved_before(places: list[tuple[int, int, int]]) -> None:
    """The sum of what stands before the transaction's place, of any number of logs."""
    logs = [
        {
            "address": TOKEN,
            "topics": [account.TRANSFER, word(OWNER), word(1)],
            "data": f"0x{amount:064x}",
            "blockNumber": hex(block),
            "blockHash": word(block),
            "transactionIndex": hex(index),
        }
        for block, index, amount in places
    ]
    expected = sum(
        amount for block, index, amount in places if (block, index) < (20, 3)
    )
    assert account.moved(logs, HOST, SOUGHT, BEFORE) == expected
