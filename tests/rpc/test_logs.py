"""Every log of a range, whatever the endpoint takes, or the blocks it lacks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import DeadlineError, OversizeError, UnservedError
from allowctl.model.chain import BlockRange, Gap, Log, LogFilter
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.logs import FoundLogs, fetch, merge
from tests.build import candidate
from tests.fakes.rpc import FakeRpc
from tests.fakes.worlds import approval_log

EVERYTHING = LogFilter(topics=())
WHOLE = BlockRange(0, 999)

numbers = st.lists(st.integers(0, 999), max_size=40)
caps = st.none() | st.integers(1, 1_200)


def logs_at(blocks: list[int]) -> list[Log]:
    return [
        approval_log(candidate(), number=number, index=index)
        for index, number in enumerate(blocks)
    ]


def found(
    rpc: FakeRpc,
    blocks: BlockRange = WHOLE,
    *,
    concurrency: int = 4,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> FoundLogs:
    return asyncio.run(
        fetch(rpc, EVERYTHING, blocks, concurrency=concurrency, progress=progress)
    )


def refusing(
    kind: RefusalKind, blocks: Callable[[BlockRange], bool] = lambda _: True
) -> Callable[[BlockRange], UnservedError | None]:
    def refuse(asked: BlockRange) -> UnservedError | None:
        return RefusalError("no", kind=kind) if blocks(asked) else None

    return refuse


def positions(logs: tuple[Log, ...] | list[Log]) -> list[tuple[int, int]]:
    return sorted((log.block, log.index) for log in logs)


def blocks_of(gaps: tuple[Gap, ...]) -> list[int]:
    return [
        number
        for gap in gaps
        for number in range(gap.blocks.first, gap.blocks.last + 1)
    ]


def test_one_request_where_one_will_do() -> None:
    """The whole range is tried first."""
    rpc = FakeRpc(logs_=logs_at([1, 500, 999]))
    assert positions(found(rpc).logs) == [(1, 0), (500, 1), (999, 2)]
    assert rpc.ranges == [WHOLE]


@given(numbers, caps, caps, st.integers(1, 8))
def test_whatever_the_caps(
    blocks: list[int],
    max_blocks: int | None,
    max_results: int | None,
    concurrency: int,
) -> None:
    """Any caps on blocks and results lead to the same logs, each once.

    Unless one block alone holds more than the endpoint gives: then it is named.
    """
    rpc = FakeRpc(logs_=logs_at(blocks), max_blocks=max_blocks, max_results=max_results)
    result = found(rpc, concurrency=concurrency)
    dense = {b for b in blocks if max_results and blocks.count(b) > max_results}
    assert blocks_of(result.gaps) == sorted(dense)
    assert positions(result.logs) == positions(
        [log for log in rpc.logs_ if log.block not in dense]
    )


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
    )
    result = found(rpc)
    missing = set(blocks_of(result.gaps))
    assert len(missing) == len(blocks_of(result.gaps))
    assert bad <= missing
    assert positions(result.logs) == positions(
        [log for log in rpc.logs_ if log.block not in missing]
    )


@given(
    numbers,
    st.lists(
        st.sampled_from(["range", "results", "deadline", "size", "down", "ok"]),
        max_size=60,
    ),
)
def test_any_moods(blocks: list[int], moods: list[str]) -> None:
    """An endpoint that changes its mind with every request loses no block."""
    left = list(moods)
    errors: dict[str, UnservedError] = {
        "range": RefusalError("range", kind=RefusalKind.RANGE),
        "results": RefusalError("results", kind=RefusalKind.RESULTS),
        "deadline": DeadlineError("late"),
        "size": OversizeError("large"),
        "down": UnservedError("down"),
    }
    rpc = FakeRpc(
        logs_=logs_at(blocks),
        refuse_range=lambda _: errors.get(left.pop(0)) if left else None,
    )
    result = found(rpc)
    missing = set(blocks_of(result.gaps))
    assert positions(result.logs) == positions(
        [log for log in rpc.logs_ if log.block not in missing]
    )
    assert missing <= set(range(1000))


def test_results_shrink_only_where_they_are() -> None:
    """A dense place is halved; the rest is asked as before."""
    rpc = FakeRpc(logs_=logs_at([700] * 5 + [10]), max_results=3, max_blocks=500)
    result = found(rpc)
    assert blocks_of(result.gaps) == [700]
    assert BlockRange(0, 499) in rpc.ranges


def test_a_range_cap_is_learned_once() -> None:
    """Until something is served, one request is under way: then the span is known."""
    rpc = FakeRpc(max_blocks=100)
    found(rpc, concurrency=8)
    refused = [each for each in rpc.ranges if len(each) > 100]
    assert [len(each) for each in refused] == [1000, 500, 250, 125]
    # 17 are the fewest of 62 blocks each; what was refused leaves a rest each.
    assert len(rpc.ranges) <= 4 + 17 + 4


def test_newest_first() -> None:
    """What was approved last is found first."""
    rpc = FakeRpc(max_blocks=100)
    found(rpc, concurrency=1)
    served = [each.last for each in rpc.ranges if len(each) <= 100]
    assert served == sorted(served, reverse=True)


def test_concurrency() -> None:
    """Once a range was served, as many as allowed are under way, and no more."""
    now = most = 0

    class Counting(FakeRpc):
        __slots__ = ()

        async def logs(self, wanted: LogFilter, blocks: BlockRange) -> list[Log]:
            nonlocal now, most
            now += 1
            most = max(most, now)
            for _ in range(5):
                await asyncio.sleep(0)
            now -= 1
            return list(await FakeRpc.logs(self, wanted, blocks))

    found(Counting(max_blocks=10), concurrency=6)
    assert most == 6


@pytest.mark.parametrize("kind", [RefusalKind.FATAL, RefusalKind.UNSUPPORTED])
def test_an_endpoint_that_will_not(kind: RefusalKind) -> None:
    """After a clear no everything is a gap, and nobody is asked again."""
    rpc = FakeRpc(refuse_range=refusing(kind))
    assert found(rpc).gaps == (Gap(blocks=WHOLE, reason="no"),)
    assert len(rpc.ranges) == 1


def test_one_bad_reply_among_good_ones() -> None:
    """After ranges were served, a no is a gap of its own, and the rest goes on."""
    rpc = FakeRpc(logs_=logs_at(list(range(0, 1000, 7))), max_blocks=100)
    nth: list[int] = []

    def once(blocks: BlockRange) -> RefusalError | None:
        nth.append(len(blocks))
        if len(nth) == 8:
            return RefusalError("no", kind=RefusalKind.FATAL)
        return None

    rpc.refuse_range = once
    (gap,) = found(rpc, concurrency=1).gaps

    assert (gap.reason, len(gap.blocks) <= 100) == ("no", True)


def test_deadlines_are_not_waited_out_for_ever() -> None:
    """Four in a row, each on fewer blocks, and the rest is given up."""
    rpc = FakeRpc(refuse_range=lambda _: DeadlineError("late"))
    assert found(rpc).gaps == (Gap(blocks=WHOLE, reason="late"),)
    assert [len(each) for each in rpc.ranges] == [1000, 250, 62, 15]


def test_a_deadline_now_and_then() -> None:
    """A reply in between starts the count anew."""
    late = {1, 2, 3, 10}
    rpc = FakeRpc(logs_=logs_at(list(range(0, 1000, 7))))
    rpc.refuse_range = lambda _: (
        DeadlineError("late") if len(rpc.ranges) in late else None
    )
    result = found(rpc, concurrency=1)
    assert result.gaps == ()
    assert len(result.logs) == len(rpc.logs_)


@pytest.mark.parametrize("kind", RefusalKind)
def test_it_ends(kind: RefusalKind) -> None:
    """A chain that is refused block by block is given up, and told whole."""
    blocks = BlockRange(0, 24_000_000)
    rpc = FakeRpc(refuse_range=refusing(kind))
    assert found(rpc, blocks).gaps == (Gap(blocks=blocks, reason="no"),)
    assert len(rpc.ranges) < 200


def test_progress() -> None:
    """It only grows, and ends with everything done, gaps included."""
    seen: list[tuple[int, int]] = []
    rpc = FakeRpc(max_blocks=70, refuse_range=refusing(RefusalKind.RATE, _odd))
    found(rpc, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (1000, 1000)


def _odd(asked: BlockRange) -> bool:
    return asked.last % 2 == 1 and len(asked) <= 70


def test_a_foreign_error_gets_out() -> None:
    """A bug is not taken for a gap."""

    def broken(_: BlockRange) -> UnservedError | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        found(FakeRpc(refuse_range=broken))


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5), st.sampled_from("ab")))
)
def test_merge(drawn: list[tuple[int, int, str]]) -> None:
    """Merged gaps hold the same blocks, in order; like neighbours are one."""
    gaps: list[Gap] = []
    taken: set[int] = set()
    for first, more, reason in drawn:
        blocks = range(first, first + more + 1)
        if taken.isdisjoint(blocks):
            taken.update(blocks)
            gaps.append(Gap(blocks=BlockRange(first, first + more), reason=reason))
    merged = merge(gaps)
    assert blocks_of(merged) == sorted(taken)
    for left, right in itertools.pairwise(merged):
        touching = left.blocks.last + 1 == right.blocks.first
        assert not touching or left.reason != right.reason
