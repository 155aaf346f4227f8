"""Every log of what is sought, whatever the endpoints take, or the blocks it lacks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allowctl.errors import DeadlineError, OversizeError, UnservedError
from allowctl.model.chain import Address, BlockRange, Log, LogFilter
from allowctl.model.coverage import Checked, Gap
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node
from allowctl.rpc.logs import merge
from allowctl.rpc.pace import Pace
from tests.fakes.rpc import FakeRpc
from tests.rpc.seeking import WHOLE, Heard, logs_at, seek, wanted

numbers = st.lists(st.integers(0, 999), max_size=40)
caps = st.none() | st.integers(1, 1_200)


def refusing(
    kind: RefusalKind, blocks: Callable[[BlockRange], bool] = lambda _: True
) -> Callable[[BlockRange], UnservedError | None]:
    def refuse(asked: BlockRange) -> UnservedError | None:
        return RefusalError("no", kind=kind) if blocks(asked) else None

    return refuse


def places(rpc: FakeRpc, missing: Sequence[int] = ()) -> list[tuple[int, int]]:
    gone = set(missing)
    return sorted((g.block, g.index) for g in rpc.logs_ if g.block not in gone)


def gaps(heard: Heard) -> tuple[Gap, ...]:
    return merge(each.gap for each in heard.fetched.missed)


def test_one_request_where_one_will_do() -> None:
    """The whole range is tried first."""
    rpc = FakeRpc(logs_=logs_at([1, 500, 999]))
    assert seek(rpc).places == [(1, 0), (500, 1), (999, 2)]
    assert [blocks for _, blocks in rpc.sought] == [WHOLE]


@settings(deadline=None)
@given(numbers, caps, caps, st.integers(1, 8))
def test_whatever_the_caps(
    blocks: list[int], max_blocks: int | None, max_results: int | None, most: int
) -> None:
    """Any caps on blocks and results lead to the same logs, each once.

    What one block has too many of is told by its receipts.
    """
    rpc = FakeRpc(logs_=logs_at(blocks), max_blocks=max_blocks, max_results=max_results)
    heard = seek(rpc, most=most)
    assert heard.missed == []
    assert heard.blocks == list(range(1000))
    assert heard.places == places(rpc)


@settings(deadline=None)
@given(
    numbers,
    st.sets(st.integers(0, 999), max_size=12),
    st.sampled_from(RefusalKind),
    caps,
)
def test_served_and_gaps_are_the_whole(
    blocks: list[int], bad: set[int], kind: RefusalKind, max_blocks: int | None
) -> None:
    """Whatever is refused and why: each block was served once, or is in a gap."""
    rpc = FakeRpc(
        logs_=logs_at(blocks),
        max_blocks=max_blocks,
        refuse_range=refusing(kind, lambda asked: any(b in asked for b in bad)),
        before=lambda method: (
            RefusalError("no", kind=kind) if method == "receipts" else None
        ),
    )
    heard = seek(rpc)
    assert sorted(heard.missed + heard.blocks) == list(range(1000))
    assert bad <= set(heard.missed)
    assert heard.places == places(rpc, heard.missed)


@settings(deadline=None)
@given(
    numbers,
    st.lists(
        st.sampled_from(
            ["range", "results", "deadline", "size", "down", "rate", "topics", "ok"]
        ),
        max_size=60,
    ),
    st.integers(1, 3),
)
def test_any_moods(blocks: list[int], moods: list[str], endpoints: int) -> None:
    """Endpoints that change their minds with every request lose no block."""
    left = list(moods)
    errors: dict[str, UnservedError] = {
        "range": RefusalError("range", kind=RefusalKind.RANGE),
        "results": RefusalError("results", kind=RefusalKind.RESULTS),
        "rate": RefusalError("rate", kind=RefusalKind.RATE),
        "topics": RefusalError("topics", kind=RefusalKind.TOPICS),
        "deadline": DeadlineError("late"),
        "size": OversizeError("large"),
        "down": UnservedError("down"),
    }
    rpcs = [
        FakeRpc(
            logs_=logs_at(blocks),
            host=f"node{index}.test",
            refuse_range=lambda _: errors.get(left.pop(0)) if left else None,
        )
        for index in range(endpoints)
    ]
    heard = seek(*rpcs)
    assert sorted(heard.missed + heard.blocks) == list(range(1000))
    assert heard.places == places(rpcs[0], heard.missed)


def test_results_shrink_only_where_they_are() -> None:
    """A dense place is halved; the rest is asked as before."""
    rpc = FakeRpc(logs_=logs_at([700] * 5 + [10]), max_results=3, max_blocks=500)
    heard = seek(rpc)
    assert heard.places == places(rpc)
    assert BlockRange(0, 499) in rpc.ranges
    assert rpc.asked["receipts"] == 1


def test_a_range_cap_is_learned_once() -> None:
    """Until something is served, one request is under way: then the span is known."""
    rpc = FakeRpc(max_blocks=100)
    seek(rpc, most=8)
    refused = [len(blocks) for _, blocks in rpc.sought if len(blocks) > 100]
    assert refused[:4] == [1000, 800, 500, 200], "down the usual caps, one by one"
    assert refused[4:] == [150, 125], "and up again, one request at a time"
    assert len(rpc.sought) <= 6 + 12


def test_a_stated_cap_is_taken_at_its_word() -> None:
    """One refusal, and then as many blocks as it named."""
    rpc = FakeRpc()
    rpc.refuse_range = lambda asked: (
        RefusalError("ten", kind=RefusalKind.RANGE, width=10)
        if len(asked) > 10
        else None
    )
    seek(rpc)
    assert [len(blocks) for _, blocks in rpc.sought] == [1000] + [10] * 100


def test_newest_first() -> None:
    """What was approved last is found first."""
    rpc = FakeRpc(max_blocks=100)
    seek(rpc, most=1)
    served = [each.last for _, each in rpc.sought if len(each) <= 100]
    assert served == sorted(served, reverse=True)


def test_concurrency() -> None:
    """Once a range was served, as many as allowed are under way, and no more."""
    now = most = 0

    class Counting(FakeRpc):
        __slots__ = ()

        async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
            nonlocal now, most
            now += 1
            most = max(most, now)
            for _ in range(5):
                await asyncio.sleep(0)
            now -= 1
            return await FakeRpc.logs(self, wanted, blocks)

    def node(rpc: FakeRpc) -> Node:
        return Node(rpc, pace=Pace(6, first=6))

    seek(Counting(max_blocks=10), node=node)
    assert most == 6


@pytest.mark.parametrize("kind", [RefusalKind.FATAL, RefusalKind.UNSUPPORTED])
def test_an_endpoint_that_will_not(kind: RefusalKind) -> None:
    """After a clear no everything is a gap, and nobody is asked again."""
    rpc = FakeRpc(refuse_range=refusing(kind))
    assert gaps(seek(rpc)) == (Gap(blocks=WHOLE, reason="no"),)
    assert len(rpc.sought) == 1


def test_one_bad_reply_among_good_ones() -> None:
    """After ranges were served, a single no is only tried again."""
    rpc = FakeRpc(logs_=logs_at(list(range(0, 1000, 7))), max_blocks=100)
    nth: list[int] = []

    def once(blocks: BlockRange) -> RefusalError | None:
        nth.append(len(blocks))
        if len(nth) == 8:
            return RefusalError("no", kind=RefusalKind.FATAL)
        return None

    rpc.refuse_range = once
    heard = seek(rpc, most=1)
    assert gaps(heard) == ()
    assert heard.places == places(rpc)


def test_deadlines_are_not_waited_out_for_ever() -> None:
    """Four in a row, each on fewer blocks, and the rest is given up."""
    rpc = FakeRpc(refuse_range=lambda _: DeadlineError("late"))
    assert gaps(seek(rpc)) == (Gap(blocks=WHOLE, reason="late"),)
    assert [len(blocks) for _, blocks in rpc.sought] == [1000, 62, 3, 1]


def test_a_deadline_now_and_then() -> None:
    """A reply in between starts the count anew."""
    late = {1, 2, 3, 10}
    rpc = FakeRpc(logs_=logs_at(list(range(0, 1000, 7))))
    rpc.refuse_range = lambda _: (
        DeadlineError("late") if len(rpc.sought) in late else None
    )
    heard = seek(rpc, most=1)
    assert gaps(heard) == ()
    assert heard.places == places(rpc)


@pytest.mark.parametrize("kind", RefusalKind)
def test_it_ends(kind: RefusalKind) -> None:
    """A chain that is refused block by block is given up, and told whole."""
    blocks = BlockRange(0, 24_000_000)
    rpc = FakeRpc(
        newest=24_000_000,
        refuse_range=refusing(kind),
        before=lambda method: (
            RefusalError("no", kind=kind) if method == "receipts" else None
        ),
    )
    (gap,) = gaps(seek(rpc, blocks=blocks))
    assert gap.blocks == blocks
    assert "no" in gap.reason
    assert len(rpc.ranges) < 200


@pytest.mark.parametrize("most", [1, 4])
def test_progress(most: int) -> None:
    """It only grows, and ends with everything done, gaps included."""
    odd = refusing(RefusalKind.UNSUPPORTED, lambda asked: asked.last % 2 == 1)
    heard = seek(FakeRpc(max_blocks=70, refuse_range=odd), most=most)
    done = [tick.done for tick in heard.ticks]
    assert done == sorted(done)
    assert (heard.ticks[-1].done, heard.ticks[-1].total) == (1000, 1000)


def test_a_foreign_error_gets_out() -> None:
    """A bug is not taken for a gap."""

    def broken(_: BlockRange) -> UnservedError | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        seek(FakeRpc(refuse_range=broken))


def test_a_round_number_is_read_again() -> None:
    """A thousand logs look like a cap; where they are not, nothing else happens."""
    rpc = FakeRpc(logs_=logs_at([index % 900 for index in range(1000)]))
    heard = seek(rpc)
    assert heard.places == places(rpc)
    assert [len(blocks) for _, blocks in rpc.sought] == [1000, 500, 500]


def test_a_silent_cap_is_found_out() -> None:
    """What is cut off at a thousand without a word is read in parts."""

    class Cutting(FakeRpc):
        __slots__ = ()

        async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
            return list(await FakeRpc.logs(self, wanted, blocks))[:1000]

    rpc = Cutting(logs_=logs_at([index % 990 for index in range(4100)]))
    assert seek(rpc).places == places(rpc)


def test_many_owners_in_few_filters() -> None:
    """As many alternatives as the endpoint takes, and the rest apart."""
    owners = [f"0x{index:040x}" for index in range(1, 101)]
    rpc = FakeRpc()
    real = FakeRpc.logs

    class Few(FakeRpc):
        __slots__ = ()

        async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
            if len(wanted.topics[-1]) > 30:
                raise RefusalError("no", kind=RefusalKind.TOPICS, cap=30)
            return await real(self, wanted, blocks)

    rpc = Few()
    heard = seek(rpc, filters=[wanted(*map(Address, owners))])
    asked = [each.wanted.topics[-1] for each in heard.served]
    assert sorted(map(len, asked)) == [10, 30, 30, 30]
    assert len({topic for each in asked for topic in each}) == 100
    assert heard.fetched.missed == ()


def test_what_one_refuses_another_serves() -> None:
    """Failover is by range: the pruned part of one is the other's work."""
    blocks = list(range(0, 1000, 9))
    pruned = FakeRpc(logs_=logs_at(blocks), host="pruned.test")
    pruned.refuse_range = refusing(RefusalKind.PRUNED, lambda asked: asked.first < 400)
    whole = FakeRpc(logs_=logs_at(blocks), host="whole.test", max_blocks=100)
    heard = seek(pruned, whole)
    assert heard.missed == []
    assert heard.places == places(whole)


def test_a_pruned_endpoint_alone_leaves_a_gap() -> None:
    """The newer part is served, the older one named; few requests find the border."""
    rpc = FakeRpc(logs_=logs_at(list(range(0, 1000, 9))))
    rpc.refuse_range = refusing(RefusalKind.PRUNED, lambda asked: asked.first < 400)
    heard = seek(rpc)
    assert set(range(400)) <= set(heard.missed)
    assert len(heard.missed) < 550
    assert heard.places == places(rpc, heard.missed)


def test_silence_about_old_blocks_is_not_believed() -> None:
    """The canary: an endpoint that has lost old logs is not asked about them."""
    blocks = list(range(0, 20_000, 50))
    rpc = FakeRpc(logs_=logs_at(blocks), newest=20_000, oldest=12_000)
    heard = seek(rpc, blocks=BlockRange(0, 20_000))
    assert heard.missed
    assert max(heard.missed) >= 11_900
    assert heard.places == places(rpc, heard.missed)
    assert set(range(12_000)) <= set(heard.missed)


def test_the_canary_tells_from_where_it_is_believed() -> None:
    """One that keeps all shows it once, with the oldest log that was sampled."""
    rpc = FakeRpc(logs_=logs_at(list(range(0, 20_000, 50))), newest=20_000)
    heard = seek(rpc, blocks=BlockRange(0, 20_000))
    assert heard.missed == []
    assert heard.fetched.canary is not None
    again = seek(rpc, blocks=BlockRange(0, 20_000), canary=heard.fetched.canary)
    assert again.fetched.canary == heard.fetched.canary


def test_an_endpoint_behind_the_head_does_not_serve_it() -> None:
    """What is above its head goes to one that has it; what is below it may serve."""
    behind = FakeRpc(logs_=logs_at([5, 990]), newest=900, host="behind.test")
    ahead = FakeRpc(logs_=logs_at([5, 990]), newest=1000, host="ahead.test")
    heard = seek(ahead, behind)
    assert heard.places == [(5, 0), (990, 1)]
    assert all(blocks.last <= 900 for _, blocks in behind.sought)


def test_all_behind_the_head_is_a_gap() -> None:
    """After some looks at the heads, what nobody has is said to be missing."""
    rpc = FakeRpc(logs_=logs_at([5]), newest=900)
    heard = seek(rpc)
    assert heard.missed == list(range(901, 1000))
    assert "has not all of the blocks yet" in gaps(heard)[0].reason


@pytest.mark.parametrize("verify", [50.0, 100.0])
def test_a_second_witness_agrees(verify: float) -> None:
    """What is read twice is told once."""
    one = FakeRpc(logs_=logs_at(list(range(0, 1000, 3))), max_blocks=50, host="a.test")
    two = FakeRpc(logs_=list(one.logs_), max_blocks=80, host="b.test")
    heard = seek(one, two, verify=verify)
    assert heard.places == places(one)
    assert heard.blocks == list(range(1000))
    assert heard.fetched.differences == ()
    whole = Checked.AGREED if verify == 100 else Checked.SAMPLED
    assert heard.fetched.checked is whole


def test_a_difference_is_told_and_both_are_used() -> None:
    """What either tells is nominated; the range and both hosts are named."""
    one = FakeRpc(logs_=logs_at([10, 20, 30]), host="a.test")
    two = FakeRpc(logs_=logs_at([10, 20]), host="b.test")
    heard = seek(one, two, verify=100)
    assert {block for block, _ in heard.places} == {10, 20, 30}
    (difference,) = heard.fetched.differences
    assert set(difference.hosts) == {"a.test", "b.test"}
    assert any(each.disputed for each in heard.served)


def test_one_machine_is_one_witness() -> None:
    """Two names of it confirm nothing."""
    one = FakeRpc(logs_=logs_at([10]), host="127.0.0.1:8545")
    two = FakeRpc(logs_=logs_at([10]), host="localhost:8545")
    assert seek(one, two, verify=100).fetched.checked is Checked.UNCHECKED


def test_other_data_is_another_log() -> None:
    """Some standards name the spender in the data: both are nominated."""
    (log,) = logs_at([10])
    other = msgspec.structs.replace(log, data="0x" + "ee" * 32)
    one = FakeRpc(logs_=[log], host="a.test")
    two = FakeRpc(logs_=[other], host="b.test")
    heard = seek(one, two, verify=100)
    assert {each.data for each in heard.logs} == {log.data, other.data}
    assert heard.fetched.differences


def test_an_event_that_one_shows_the_other_must_know() -> None:
    """One without a bloom or a log is not believed beside one that shows both."""
    honest = FakeRpc(
        logs_=logs_at(range(0, 20_000, 50)), newest=20_000, host="honest.test"
    )
    empty = FakeRpc(newest=20_000, host="empty.test")
    heard = seek(empty, honest, blocks=BlockRange(0, 20_000))
    assert heard.missed == []
    assert heard.places == places(honest)


def test_without_a_second_endpoint_nothing_is_checked() -> None:
    """One witness alone: it is said."""
    heard = seek(FakeRpc(logs_=logs_at([10])), verify=100)
    assert heard.fetched.checked is Checked.UNCHECKED
    assert heard.blocks == list(range(1000))


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5), st.sampled_from("ab")))
)
def test_merge(drawn: list[tuple[int, int, str]]) -> None:
    """Merged gaps hold the same blocks, in order; like neighbours are one."""
    found: list[Gap] = []
    taken: set[int] = set()
    for first, more, reason in drawn:
        blocks = range(first, first + more + 1)
        if taken.isdisjoint(blocks):
            taken.update(blocks)
            found.append(Gap(blocks=BlockRange(first, first + more), reason=reason))
    merged = merge(found)
    blocks_of = [n for g in merged for n in range(g.blocks.first, g.blocks.last + 1)]
    assert blocks_of == sorted(taken)
    for left, right in itertools.pairwise(merged):
        touching = left.blocks.last + 1 == right.blocks.first
        assert not touching or left.reason != right.reason
