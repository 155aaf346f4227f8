"""Blocks, ranges, logs and filters."""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.chain import ZERO_ADDRESS, BlockRange, Chain, Log, LogFilter
from tests import build
from tests.strategies import addresses, block_ranges

A, B, C = (build.word(number) for number in (0xA, 0xB, 0xC))


@given(block_ranges)
def test_halves_partition_a_range(blocks: BlockRange) -> None:
    """No block is in both halves, none in neither; a single one has no halves."""
    if len(blocks) == 1:
        with pytest.raises(ValueError, match="no block range"):
            blocks.halves()
        return
    older, newer = blocks.halves()

    assert (older.first, newer.last) == (blocks.first, blocks.last)
    assert older.last + 1 == newer.first
    assert abs(len(older) - len(newer)) <= 1


@given(block_ranges, st.integers(1, 5_000))
def test_cut_partitions_a_range(blocks: BlockRange, width: int) -> None:
    """The pieces follow each other without a gap, none wider than was asked."""
    pieces = list(blocks.cut(width))

    assert pieces[0].first == blocks.first
    assert pieces[-1].last == blocks.last
    for older, newer in pairwise(pieces):
        assert older.last + 1 == newer.first
    assert {len(piece) for piece in pieces[:-1]} <= {width}
    assert sum(map(len, pieces)) == len(blocks)


@pytest.mark.parametrize("width", [0, -1])
def test_cut_needs_a_width(width: int) -> None:
    """A width that is none must not drop the blocks in silence."""
    with pytest.raises(ValueError, match="width"):
        list(BlockRange(1, 10).cut(width))


@given(block_ranges, st.integers(-10, 2**41))
def test_a_range_contains_its_ends_and_what_is_between(
    blocks: BlockRange, number: int
) -> None:
    """Both ends are inclusive, as eth_getLogs counts them."""
    assert blocks.first in blocks
    assert blocks.last in blocks
    assert blocks.first - 1 not in blocks
    assert blocks.last + 1 not in blocks
    assert (number in blocks) is (blocks.first <= number <= blocks.last)
    assert "1" not in blocks


@pytest.mark.parametrize(("first", "last"), [(-1, 0), (2, 1), (-2, -1)])
def test_there_is_no_empty_and_no_negative_range(first: int, last: int) -> None:
    """A range has at least one block, and the first block is 0."""
    with pytest.raises(ValueError, match=re.escape(f"{first}..{last}")):
        BlockRange(first, last)


def test_a_log_is_read_from_the_wire() -> None:
    """Names and hex are the node's; what is not known is passed over."""
    text = (
        '{"address":"0xab","topics":["0x01"],"data":"0x","blockNumber":"0x10",'
        '"logIndex":"0x2","transactionHash":"0xcd","removed":false}'
    )
    log = msgspec.json.decode(text, type=Log)

    assert (log.address, log.topics, log.data) == ("0xab", ("0x01",), "0x")
    assert (log.block, log.index, log.transaction) == (16, 2, "0xcd")


def test_a_log_number_that_is_no_hex_is_told() -> None:
    """It is told where the number is asked for, not when the log is read."""
    log = msgspec.structs.replace(build.log(A), block_hex="pending", index_hex="")

    with pytest.raises(ValueError, match="pending"):
        _ = log.block
    with pytest.raises(ValueError, match="base 16"):
        _ = log.index


_alternatives = st.lists(st.sampled_from((A, B, C)), max_size=2).map(tuple)


@given(
    st.lists(_alternatives, max_size=4).map(tuple),
    st.lists(st.sampled_from((A, B, C)), max_size=4),
)
def test_a_filter_matches_what_was_asked_for(
    wanted: tuple[tuple[str, ...], ...], topics: list[str]
) -> None:
    """By position, in lower case; an empty position takes any topic."""
    asked = len(topics) >= len(wanted) and all(
        not alternatives or topic in alternatives
        for alternatives, topic in zip(wanted, topics, strict=False)
    )

    assert LogFilter(topics=wanted).matches(build.log(*topics)) is asked


def test_a_chain_has_the_usual_contracts_unless_told_otherwise() -> None:
    """Multicall3 and Permit2 stand at the same address nearly everywhere."""
    chain = Chain(id=5, name="five")

    assert chain.multicall == "0xca11bde05977b3631167028862be2a173976ca11"
    assert chain.permit2 == "0x000000000022d473030f116ddee9f6b43ac78ba3"


def test_the_zero_address_is_an_address() -> None:
    """It has 20 bytes, as every other."""
    assert build.address(0) == ZERO_ADDRESS


@given(addresses)
def test_addresses_drawn_for_tests_are_addresses(address: str) -> None:
    """They have the one form that the program knows."""
    assert re.fullmatch(r"0x[0-9a-f]{40}", address)


def test_a_filter_may_name_contracts() -> None:
    """Then it matches no other contract's logs."""
    wanted = LogFilter(topics=((A,),), addresses=(build.TOKEN,))
    assert wanted.matches(build.log(A))
    assert not wanted.matches(build.log(A, contract=build.address(7)))
    assert not wanted.matches(build.log(B))
