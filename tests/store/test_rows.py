"""Logs as rows, and rows of ranges as fewer rows."""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.model.approval import Candidate
from allowctl.model.chain import Address, Log
from allowctl.scan.discover import nominate
from allowctl.store.rows import MAX_INTEGER, LogRow, pack, unpack
from allowctl.store.values import batches, merged
from tests import build
from tests.strategies import addresses, arbitrary_logs, hostile_text, nominations, words

_hashes = words.map(lambda raw: "0x" + raw.hex())
sound_logs: st.SearchStrategy[Log] = st.builds(
    Log,
    address=addresses,
    topics=st.lists(_hashes, max_size=4).map(tuple),
    data=st.binary(max_size=256).map(lambda raw: "0x" + raw.hex()),
    block_hex=st.integers(0, MAX_INTEGER).map(hex),
    index_hex=st.integers(0, MAX_INTEGER).map(hex),
    transaction=_hashes | st.just(""),
)
_odd_texts = hostile_text | st.sampled_from(("0x0", "0xzz", "0x 1", "\ud800", "0X"))
_odd_logs = st.builds(
    lambda log, block, index, text, part: msgspec.structs.replace(
        log, block_hex=block, index_hex=index, **({part: text} if part else {})
    ),
    arbitrary_logs,
    st.integers(0, MAX_INTEGER).map(hex),
    st.integers(0, 2**80).map(hex) | st.sampled_from(("", "-0x1", "pending", "0x_1")),
    _odd_texts,
    st.sampled_from(("", "address", "data", "transaction")),
)
"""Logs as only a broken or hostile node sends them, in a block all the same."""


@given(sound_logs)
def test_a_sound_log_comes_back_as_it_was(log: Log) -> None:
    """Nothing of it is lost: a second run sees what the first one saw."""
    assert unpack(pack(log)) == log


@given(sound_logs)
def test_upper_case_comes_back_in_lower_case(log: Log) -> None:
    """The same bytes are the same log, however a node writes them."""
    shouted = msgspec.structs.replace(
        log,
        address=log.address.upper(),
        topics=tuple(topic.upper() for topic in log.topics),
        data=log.data.upper(),
        block_hex=log.block_hex.upper(),
        transaction=log.transaction.upper(),
    )

    assert unpack(pack(shouted)) == log


@given(_odd_logs)
def test_any_log_in_a_block_can_be_kept(log: Log) -> None:
    """Each column fits SQLite; what comes back is kept the same way again."""
    row = pack(log)
    back = unpack(row)

    assert 0 <= row.position <= MAX_INTEGER
    assert len(row.data) < 20_000
    assert back.block == log.block
    assert pack(back) == row


def meaning(log: Log, owner: Address) -> tuple[list[tuple[object, ...]], int]:
    """The approvals a log names, and in how many standards it is garbage."""
    found = nominate([log], owner)

    def told(each: Candidate) -> tuple[object, ...]:
        where = each.last_changed
        return (each.key, where and where.block, where and where.transaction)

    return [told(each) for each in found.candidates], len(found.undecodable)


@given(nominations(), _odd_texts, st.integers(0, 3), st.integers(0, 64))
def test_a_log_means_the_same_when_it_comes_back(
    drawn: tuple[Log, Candidate], text: str, at: int, cut: int
) -> None:
    """Whatever a node did to it: an approval is named, or garbage is garbage."""
    log, candidate = drawn
    topics = list(log.topics)
    if 0 < at < len(topics):
        topics[at] = topics[at][: 66 - cut] + text
    broken = msgspec.structs.replace(
        log, topics=tuple(topics), data=log.data if at else log.data + text
    )

    assert meaning(unpack(pack(broken)), candidate.owner) == meaning(
        broken, candidate.owner
    )


@pytest.mark.parametrize("topic", ["0x" + "zz" * 32, "0x" + "a " * 32, "1" * 66])
def test_a_topic_of_the_right_length_may_be_no_hex(topic: str) -> None:
    """It comes back as it was: what it means is not for the store to say."""
    log = build.log(build.word(1), topic)

    assert unpack(pack(log)) == log


def test_long_data_is_cut() -> None:
    """256 bytes are more than any approval has; garbage behind them is garbage."""
    log = build.log(data="0x" + "ab" * 1_000_000)
    torn = build.log(data="0x" + "ab" * 1_000 + "zz")

    assert unpack(pack(log)).data == "0x" + "ab" * 256
    assert unpack(pack(torn)).data[:514] == "0x" + "ab" * 256
    with pytest.raises(ValueError, match="hex"):
        bytes.fromhex(unpack(pack(torn)).data[2:])


def test_a_log_in_no_block_is_refused() -> None:
    """It could be kept in no range."""
    with pytest.raises(ValueError, match="pending"):
        pack(msgspec.structs.replace(build.log(), block_hex="pending"))


@pytest.mark.parametrize(
    "row",
    [
        LogRow(1, 1, b"", b"", b"", b""),
        LogRow(1, 1, b"", b"", b"[1, 2, 3]", b""),
        LogRow(1, 1, b"", b"", b'["a", ["b"], null]', b""),
        LogRow(1, 1, b"", b"", b"\xff", b""),
        LogRow("x", 1, b"a", b"", b"", b""),  # type: ignore[arg-type]
        LogRow(1, 1, b"a", "text", b"", b""),  # type: ignore[arg-type]
        LogRow(1, 1, b"a", b"", None, b""),  # type: ignore[arg-type]
    ],
    ids=str,
)
def test_a_row_that_nobody_wrote_is_told(row: LogRow) -> None:
    """Damage is not passed off as a log."""
    with pytest.raises(CodecError):
        unpack(row)


_spans = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 9)).map(
        lambda drawn: (drawn[0], drawn[1], drawn[1] + drawn[2])
    )
)


@given(_spans)
def test_merged_ranges_cover_the_same_blocks(spans: list[tuple[int, int, int]]) -> None:
    """Not one more, not one less; and no two that touch are left."""
    found = list(merged(sorted(spans)))

    def blocks(rows: list[tuple[int, int, int]]) -> set[tuple[int, int]]:
        return {(of, at) for of, first, last in rows for at in range(first, last + 1)}

    assert blocks(found) == blocks(spans)
    for (of, _, last), (next_of, first, _) in pairwise(found):
        assert (of, last + 1) < (next_of, first)


@pytest.mark.parametrize("span", [(0, 2, 1), (0, -1, 1), (0, "1", 2), (0, 1, None)])
def test_a_range_that_is_none_is_told(span: tuple[int, int, int]) -> None:
    """A damaged row must not prove a block."""
    with pytest.raises(CodecError, match=re.escape("a block range that is none")):
        list(merged([span]))


@given(st.lists(st.integers()), st.integers(1, 5))
def test_batches_are_the_items(items: list[int], most: int) -> None:
    """In order, none too long, none empty."""
    found = list(batches(items, most))

    assert [item for some in found for item in some] == items
    assert all(1 <= len(some) <= most for some in found)
