"""When blocks were: each time its own or between two that are, at little cost."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import UnservedError
from allowctl.intel.moments import FINE, MOST, Moments, picked
from allowctl.model.chain import Block, Unserved
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from tests.build import MAINNET
from tests.fakes.rpc import FakeRpc

HEAD = 1_000_000
WEEK = 50_400
"""Blocks of 12 seconds."""


@dataclass(slots=True, kw_only=True)
class Clocked(FakeRpc):
    """A node that notes whose time it is asked for; its blocks may come unevenly."""

    newest: int = HEAD
    slow: int = 0
    """Blocks up to this one took 100 seconds more each."""
    late: int = 0
    """Seconds by which it dates its blocks too late."""
    read: list[int] = field(default_factory=list)

    async def blocks(self, numbers: Sequence[int]) -> list[Block | Unserved]:
        self.read += numbers
        return await FakeRpc.blocks(self, numbers)

    def block_at(self, number: int) -> Block:
        plain = FakeRpc.block_at(self, number)
        extra = 100 * min(number, self.slow) - 100 * self.slow + self.late
        return replace(plain, timestamp=plain.timestamp + extra)


def moments(*rpcs: FakeRpc) -> Moments:
    """Of the chain that these are nodes of, whose heads are known."""
    pool = Pool(MAINNET, [Node(rpc) for rpc in rpcs])
    for node, rpc in zip(pool.nodes, rpcs, strict=True):
        node.head = rpc.block_at(rpc.newest)
    return Moments(pool)


def times(
    of: Moments, *asked: Collection[int], at: Block | None = None
) -> list[dict[int, int | Missing]]:
    """What several who ask side by side get."""
    at = at or Clocked().block_at(HEAD)

    async def run() -> list[dict[int, int | Missing]]:
        return list(await asyncio.gather(*(of.of(each, at=at) for each in asked)))

    return asyncio.run(run())


def own(rpc: FakeRpc, numbers: Collection[int]) -> dict[int, int | Missing]:
    """Each block's own time."""
    return {number: rpc.block_at(number).timestamp for number in numbers}


def test_a_few_are_read_in_one_round_trip() -> None:
    """Up to 256 blocks have their own times, at one request."""
    rpc = Clocked(slow=500_000)
    numbers = range(7, 7 + 3_000 * MOST, 3_000)
    (found,) = times(moments(rpc), numbers, at=rpc.block_at(HEAD))

    assert found == own(rpc, numbers)
    assert (rpc.asked["blocks"], rpc.items) == (1, MOST)


def test_the_report_s_own_block_is_not_asked_for() -> None:
    """Its time is known."""
    rpc = Clocked()
    (found,) = times(moments(rpc), {HEAD}, at=rpc.block_at(HEAD))

    assert found == own(rpc, {HEAD})
    assert rpc.read == []


def test_nothing_asked_is_nothing_sent() -> None:
    """Nor for an empty list among many."""
    rpc = Clocked()

    assert times(moments(rpc), (), ()) == [{}, {}]
    assert rpc.asked["blocks"] == 0


def test_who_ask_side_by_side_share_one_question() -> None:
    """Each block once, whoever wants it; each gets what it asked for."""
    rpc = Clocked()
    asked = [range(first, first + 60) for first in range(0, 150, 30)]
    found = times(moments(rpc), *asked)

    assert found == [own(rpc, each) for each in asked]
    assert rpc.asked["blocks"] == 1
    assert len(rpc.read) == len(set(rpc.read))


def test_nothing_is_asked_twice() -> None:
    """A later wave of owners reads what is new alone."""
    rpc = Clocked()
    of = moments(rpc)
    times(of, range(100))
    (found,) = times(of, range(50, 120))

    assert found == own(rpc, range(50, 120))
    assert sorted(rpc.read) == [*range(120)]


def test_of_many_some_are_read_and_the_others_lie_between() -> None:
    """256 requests for 10,000 blocks; each is dated between its neighbours."""
    rpc = Clocked(slow=300_000)
    numbers = range(0, HEAD, 100)
    (found,) = times(moments(rpc), numbers, at=rpc.block_at(HEAD))
    read = sorted({*rpc.read, HEAD})
    off = 0
    for number, time in found.items():
        assert isinstance(time, int)
        upper = bisect_left(read, number)
        lower = max(0, upper - 1) if read[upper] != number else upper
        since, until = (rpc.block_at(read[each]).timestamp for each in (lower, upper))
        off = max(off, abs(time - rpc.block_at(number).timestamp))

        assert since <= time <= until
    widest = max(b - a for a, b in pairwise(read))

    assert (rpc.asked["blocks"], len(rpc.read)) == (1, MOST)
    assert widest <= 2 * HEAD // MOST
    assert off <= 100 * widest


def test_evenly_made_blocks_are_dated_to_the_second() -> None:
    """In proportion is then what they are."""
    rpc = Clocked()
    numbers = range(0, HEAD, 1_000)

    assert times(moments(rpc), numbers) == [own(rpc, numbers)]


def test_in_a_long_run_the_reads_come_to_an_end() -> None:
    """Once neighbours are a week apart, no wave of owners costs anything more."""
    rpc = Clocked()
    of = moments(rpc)
    reads = []
    for wave in range(12):
        times(of, range(wave, HEAD, 2_000))
        reads.append(len(rpc.read))

    assert reads[0] == MOST
    assert reads[-1] == reads[2]
    assert reads[-1] <= MOST + 2 * HEAD // WEEK


blocks = st.integers(0, 2_000)


@given(
    st.sets(blocks, min_size=1, max_size=60).map(sorted),
    st.dictionaries(blocks, st.integers(0, 10**9), max_size=5),
    st.integers(0, 60),
)
def test_what_is_picked_encloses_the_others(
    numbers: list[int], times_: dict[int, int], room: int
) -> None:
    """All if there is room; else whatever is not picked has a neighbour on each side.

    None is picked whose neighbours are no more than a week apart.
    """
    known = dict(zip(sorted(times_), sorted(times_.values()), strict=True))
    new = [number for number in numbers if number not in known]
    chosen = picked(new, known, room)
    marks = {*known, *chosen}

    assert set(chosen) <= set(new)
    assert chosen == sorted(chosen)
    if len(new) <= room:
        assert chosen == new
    elif new:
        assert min(marks) <= new[0]
        assert max(marks) >= new[-1]
        for number in chosen:
            below = [each for each in known if each < number]
            above = [each for each in known if each > number]
            if below and above:
                assert known[min(above)] - known[max(below)] > FINE


def test_the_next_endpoint_is_asked_for_what_one_lacks() -> None:
    """One that refuses, one that has pruned, one that is behind: then the last."""
    refuses = Clocked(before=lambda _: UnservedError("no"))
    pruned = Clocked(oldest=50)
    behind = Clocked(newest=60)
    last = Clocked()
    numbers = range(40, 70)
    (found,) = times(moments(refuses, pruned, behind, last), numbers)

    assert found == own(last, numbers)
    assert pruned.read == [*numbers]
    assert behind.read == [*range(40, 50)]
    assert last.read == []


def test_one_behind_is_not_asked_for_what_it_cannot_have() -> None:
    """Its head says so."""
    behind, last = Clocked(newest=60), Clocked()
    (found,) = times(moments(behind, last), range(40, 70))

    assert found == own(last, range(40, 70))
    assert (behind.read, last.read) == ([*range(40, 61)], [*range(61, 70)])


def test_a_dropped_endpoint_is_not_asked() -> None:
    """It may be another chain's."""
    dropped, last = Clocked(), Clocked()
    of = moments(dropped, last)
    of._pool.nodes[0].dropped = "gone"  # noqa: SLF001 - as the pool does it
    times(of, {5})

    assert (dropped.read, last.read) == ([], [5])


def test_a_block_younger_than_the_report_is_not_believed() -> None:
    """Another one is asked; the time of the report's own block is the limit."""
    wrong, right = Clocked(late=10**9), Clocked()
    (found,) = times(moments(wrong, right), {5})

    assert found == own(right, {5})
    assert wrong.read == right.read == [5]


def test_what_nobody_tells_has_failed() -> None:
    """It is no time at all, is not asked for again, and spoils no other."""
    rpc = Clocked(oldest=50)
    of = moments(rpc)
    (found,) = times(of, {40, 60})
    again = times(of, {40, 60})

    assert found[40] == Missing(Lack.FAILED, "nobody told the time of block 40")
    assert found[60] == rpc.block_at(60).timestamp
    assert again == [found]
    assert sorted(rpc.read) == [40, 60]


@pytest.mark.parametrize("oldest", [HEAD, HEAD // 2])
def test_between_blocks_that_failed_nothing_is_known(oldest: int) -> None:
    """A time is never put between one that is known and one that should be."""
    rpc = Clocked(oldest=oldest)
    numbers = range(0, HEAD, 500)
    (found,) = times(moments(rpc), numbers)
    first = min(number for number in {*rpc.read, HEAD} if number >= oldest)
    failed = {n for n, time in found.items() if isinstance(time, Missing)}

    assert failed == {number for number in numbers if number < first}
    assert {n: t for n, t in found.items() if n >= first} == own(
        rpc, [number for number in numbers if number >= first]
    )
