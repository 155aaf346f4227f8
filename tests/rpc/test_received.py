"""Logs are what was asked for, or they are none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.chain import Address, BlockRange, Log, LogFilter
from allowctl.rpc.received import checked, lowered, of_logs, of_receipts
from tests.build import OWNER, TOKEN, word

BLOCKS = BlockRange(10, 20)
WANTED = LogFilter(topics=((word(1), word(2)), (), (word(OWNER),)))
ASKED = (word(1), word(7), word(OWNER))


def log(
    *topics: str, number: str = "0xf", index: str = "0x0", address: str = TOKEN
) -> Log:
    return Log(
        address=address,
        topics=topics or ASKED,
        data="0x",
        block_hex=number,
        index_hex=index,
    )


def upper(text: str) -> str:
    return "0x" + text[2:].upper()


def test_what_was_asked_for() -> None:
    """It comes through as it is, in its order."""
    found = [log(index="0x1"), log(index="0x0"), log(number="0x14")]
    assert checked(found, WANTED, BLOCKS) == found


@pytest.mark.parametrize(
    "topics",
    [
        (word(3), word(7), word(OWNER)),
        (word(1), word(7), word(TOKEN)),
        (word(1), word(7)),
        ("0x",),
        (word(7), word(1), word(OWNER)),
    ],
)
def test_what_nobody_asked_for(topics: tuple[str, ...]) -> None:
    """It is left out; the others stay."""
    kept = log()
    assert checked([log(*topics), kept], WANTED, BLOCKS) == [kept]


def test_more_topics_than_asked() -> None:
    """A filter says how an event begins."""
    found = log(*ASKED, word(9))
    assert checked([found], WANTED, BLOCKS) == [found]


@pytest.mark.parametrize("number", ["0x9", "0x15", "0x", "15", "-0xf", "0xzz", "", "f"])
def test_a_log_of_another_range(number: str) -> None:
    """The reply is none, though the other logs are sound."""
    with pytest.raises(ValueError, match=r"."):
        checked([log(), log(number=number)], WANTED, BLOCKS)


def test_the_range_is_checked_before_the_filter() -> None:
    """A foreign log of a foreign range shows a node that answers something else."""
    with pytest.raises(ValueError, match="range"):
        checked([log(word(3), number="0x9")], WANTED, BLOCKS)


@pytest.mark.parametrize("index", ["first", "", "0x", "0xg"])
def test_an_index_that_is_none(index: str) -> None:
    """A log without a place is none."""
    with pytest.raises(ValueError, match="invalid literal"):
        checked([log(index=index)], WANTED, BLOCKS)


@pytest.mark.parametrize(
    "address", ["", "0x", "0x12", TOKEN[2:], TOKEN + "0", "0x" + "zz" * 20]
)
def test_an_address_that_is_none(address: str) -> None:
    """A log of no contract is none."""
    with pytest.raises(ValueError, match="no address"):
        checked([log(address=address)], WANTED, BLOCKS)


def test_hex_in_upper_case() -> None:
    """It is the same log: address and topics come in lower case."""
    found = log(*map(upper, ASKED), address=upper(TOKEN), number="0xF")
    (kept,) = checked([found], WANTED, BLOCKS)
    assert (kept.address, kept.topics, kept.block) == (TOKEN, ASKED, 15)


def test_addresses_in_upper_case_each_time() -> None:
    """An address that was seen before is still made lower."""
    found = [log(address=upper(TOKEN)), log(), log(address=upper(TOKEN))]
    assert {each.address for each in checked(found, WANTED, BLOCKS)} == {TOKEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a log is drawn from."""

    number: int
    topics: tuple[int, ...]


places = st.builds(
    Place,
    number=st.integers(10, 20),
    topics=st.lists(st.integers(0, 3), max_size=4).map(tuple),
)


@given(
    places=st.lists(places, max_size=30),
    wanted=st.lists(st.sets(st.integers(0, 3)), max_size=3),
)
def test_exactly_those_that_match(places: list[Place], wanted: list[set[int]]) -> None:
    """What the filter says of each log decides, and nothing else."""
    shape = LogFilter(topics=tuple(tuple(map(word, sorted(each))) for each in wanted))
    found = [
        Log(
            address=TOKEN,
            topics=tuple(map(word, each.topics)),
            data="0x",
            block_hex=hex(each.number),
            index_hex="0x0",
        )
        for each in places
    ]
    expected = [each for each in found if shape.matches(each)]
    assert checked(found, shape, BLOCKS) == expected


def test_logs_of_receipts() -> None:
    """All of them, in the order of the receipts."""
    first, second = log(index="0x0"), log(index="0x1")
    receipts = msgspec.to_builtins(
        [{"logs": [first]}, {"logs": []}, {"logs": [second]}]
    )
    assert of_receipts(receipts) == [first, second]
    assert of_receipts([]) == []


@pytest.mark.parametrize("found", [None, {}, "0x", 0, [None], [{}], [{"logs": [{}]}]])
def test_no_receipts(found: object) -> None:
    """Anything else is no list of receipts, least of all an empty one."""
    with pytest.raises(ValueError, match=r"."):
        of_receipts(found)


@pytest.mark.parametrize("found", [None, {}, "0x", 0, [None], [{}]])
def test_no_logs(found: object) -> None:
    """Anything else is no list of logs."""
    with pytest.raises(ValueError, match=r"."):
        of_logs(found)


def test_lowered_changes_nothing_else() -> None:
    """Data, block and index stay as they were sent."""
    found = log(*map(upper, ASKED), number="0xF")
    assert lowered(found) == log(*ASKED, number="0xF")


def test_contracts_that_nobody_asked_about() -> None:
    """Where contracts are named, another's logs are left out, however it is spelt."""
    wanted = replace(WANTED, addresses=(Address(TOKEN),))
    mine, spelt, other = log(), log(address=upper(TOKEN)), log(address=OWNER)
    assert checked([other, mine, spelt], wanted, BLOCKS) == [mine, lowered(spelt)]
    shouted = log(*map(upper, ASKED), address=upper(OWNER))
    assert checked([shouted, mine], wanted, BLOCKS) == [mine]
