"""Transfers out of owners: asked for by token, and kept as far as they may matter."""

from __future__ import annotations

import asyncio

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Kind
from allowctl.model.chain import Address, BlockRange, Log
from allowctl.rpc.account import TRANSFER
from allowctl.rpc.logs import Served
from allowctl.scan.transfers import (
    MOST,
    MOST_LOGS,
    TRANSFER_BATCH,
    TRANSFER_SINGLE,
    TooManyError,
    Transfers,
    sought,
)
from tests.build import OWNER, SPENDER, TOKEN, address, log, word

BLOCKS = BlockRange(0, 10**6)
NFT = address(0x4F7)
PAIR = (OWNER, TOKEN)


def transfer(
    number: int,
    *,
    transaction: int | None = None,
    value: int = 1,
    owner: Address = OWNER,
    token: Address = TOKEN,
) -> Log:
    plain = log(TRANSFER, word(owner), word(SPENDER), data=word(value), contract=token)
    return Log(
        address=plain.address,
        topics=plain.topics,
        data=plain.data,
        block_hex=hex(number),
        index_hex="0x0",
        transaction=word(number if transaction is None else transaction),
    )


def served(*logs: Log, kinds: frozenset[Kind] = frozenset({Kind.ERC20})) -> Served:
    (first, *_) = sought({PAIR: kinds}, BLOCKS)
    return Served(wanted=first.wanted, blocks=BLOCKS, logs=logs, host="node.test")


@pytest.mark.parametrize(
    ("topic", "signature"),
    [
        (TRANSFER, "Transfer(address,address,uint256)"),
        (TRANSFER_SINGLE, "TransferSingle(address,address,address,uint256,uint256)"),
        (TRANSFER_BATCH, "TransferBatch(address,address,address,uint256[],uint256[])"),
    ],
)
def test_topics(topic: str, signature: str) -> None:
    """They are the hashes of the events' signatures."""
    assert topic == "0x" + keccak(text=signature).hex()


def test_what_is_asked() -> None:
    """Of these tokens alone; editions only where there is an operator."""
    (amounts,) = sought({PAIR: {Kind.ERC20}}, BLOCKS)
    assert amounts.wanted.topics == ((TRANSFER,), (word(OWNER),))
    assert amounts.wanted.addresses == (TOKEN,)
    both, editions = sought({PAIR: {Kind.ERC20}, (OWNER, NFT): {Kind.OPERATOR}}, BLOCKS)
    assert both.wanted.addresses == tuple(sorted((TOKEN, NFT)))
    assert editions.wanted.addresses == (NFT,)
    events = (TRANSFER_SINGLE, TRANSFER_BATCH)
    assert editions.wanted.topics == (events, (), (word(OWNER),))


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 600)), max_size=700))
def test_the_newest_are_kept(drawn: list[tuple[int, int]]) -> None:
    """Each transaction once, by its last log, in whatever order they come."""
    transfers = Transfers({PAIR: {Kind.ERC20}})
    for start in range(0, len(drawn), 50):
        some = drawn[start : start + 50]
        transfers.take(served(*(transfer(n, transaction=t) for n, t in some)))
    newest = transfers.newest(PAIR)
    last: dict[str, int] = {}
    for number, transaction in drawn:
        key = word(transaction)
        last[key] = max(last.get(key, 0), number)
    blocks = sorted(last.values(), reverse=True)
    assert [each.block for each in newest] == blocks[: MOST + 1]
    assert len({each.transaction for each in newest}) == len(newest)


def test_what_does_not_matter() -> None:
    """Another token's, another owner's, and what moves nothing of an amount."""
    transfers = Transfers({PAIR: {Kind.ERC20, Kind.PERMIT2}})
    transfers.take(
        served(
            transfer(1, token=NFT),
            transfer(2, owner=SPENDER),
            transfer(3, value=0),
        )
    )
    assert transfers.newest(PAIR) == []


def test_nothing_may_be_an_item() -> None:
    """Where it may be item 0 of an old collection, it counts."""
    for kinds in ({Kind.OPERATOR}, {Kind.ERC20, Kind.ERC721}):
        transfers = Transfers({PAIR: kinds})
        transfers.take(served(transfer(3, value=0)))
        assert [each.block for each in transfers.newest(PAIR)] == [3]


def test_enough_is_enough() -> None:
    """No more is asked for after so many logs, whoever's they are."""
    transfers = Transfers({PAIR: {Kind.ERC20}})
    one = transfer(1, token=NFT)
    transfers.take(served(*[one] * MOST_LOGS))
    asyncio.run(transfers.room())
    transfers.take(served(one))
    with pytest.raises(TooManyError, match="20,000"):
        asyncio.run(transfers.room())
