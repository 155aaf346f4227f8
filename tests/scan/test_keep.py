"""What was served once is kept: whole ranges, whatever ends the run."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.errors import CacheError
from allowctl.model.chain import Address, BlockRange, Log
from allowctl.rpc.logs import Served
from allowctl.scan import keep, seek
from allowctl.scan.keep import Keeper, told_by
from allowctl.scan.seek import Seeker
from allowctl.scan.shape import filters
from allowctl.standards import STANDARDS
from allowctl.store.cache import Cache
from allowctl.store.database import Database
from allowctl.store.values import Piece
from tests.build import OWNER, address, candidate
from tests.fakes.engine import Engine
from tests.fakes.hurry import hurried
from tests.fakes.rpc import FakeRpc
from tests.fakes.worlds import approval_log

OTHER = address(0x0B)
OWNERS = (OWNER, OTHER)
(SHAPE,) = filters(STANDARDS)


class Slow(Cache):
    """A cache that notes what is committed, and may be held up or fail."""

    def __init__(self) -> None:
        super().__init__(Database(None))
        self.commits: list[Sequence[Piece]] = []
        self.free = threading.Event()
        self.free.set()
        self.failures = 0
        self.failed = threading.Event()

    def commit(self, chain_id: int, version: str, pieces: Sequence[Piece]) -> None:
        assert self.free.wait(10)
        if self.failures:
            self.failures -= 1
            self.failed.set()
            raise CacheError("the disk is full")
        self.commits.append(pieces)
        super().commit(chain_id, version, pieces)

    def known(self, owner: Address = OWNER) -> tuple[BlockRange, ...]:
        return self.covered(1, SHAPE.version, [owner])[owner]

    def blocks(self, owner: Address = OWNER) -> list[int]:
        whole = BlockRange(0, 10**6)
        return [log.block for log in self.logs(1, SHAPE.version, owner, whole)]


@pytest.fixture
def cache() -> Iterator[Slow]:
    with Slow() as cache:
        yield cache


def keeper_of(cache: Cache, settled: int = 936) -> Keeper:
    owners = {words.topic(owner): owner for owner in OWNERS}
    return Keeper(
        cache,
        chain_id=1,
        version=SHAPE.version,
        settled=settled,
        owners=owners,
        vouch=everybody,
    )


async def everybody(keys: Collection[str], _since: float) -> set[str]:
    return set(keys)


async def nobody(_keys: Collection[str], _since: float) -> set[str]:
    return set()


def served(
    first: int,
    last: int,
    *numbers: int,
    owners: tuple[Address, ...] = OWNERS,
    disputed: bool = False,
) -> Served:
    """A range, with a log of the first owner in each of these blocks."""
    logs = [_log(number, owners[0]) for number in numbers]
    return Served(
        wanted=SHAPE.of(owners),
        blocks=BlockRange(first, last),
        logs=logs,
        host="node.test",
        disputed=disputed,
    )


def _log(number: int, owner: Address = OWNER) -> Log:
    return approval_log(candidate(owner=owner), number=number)


def test_logs_and_coverage_are_one_commit(cache: Slow) -> None:
    """A range is never known without its logs, nor for one owner alone."""
    keeper = keeper_of(cache)
    keeper.take(served(0, 99, 5, 7))
    keeper.take(served(200, 299))
    assert (cache.known(), cache.blocks()) == ((), [])
    hurried(keeper.flush())
    for owner in OWNERS:
        assert cache.known(owner) == (BlockRange(0, 99), BlockRange(200, 299))
    assert (cache.blocks(), cache.blocks(OTHER)) == ([5, 7], [])
    (pieces,) = cache.commits
    assert [(piece.blocks.first, len(piece.logs)) for piece in pieces] == [
        (0, 2),
        (200, 0),
    ]


def test_neighbours_are_one_piece(cache: Slow) -> None:
    """Whatever order they came in, what touches is written as one range."""
    keeper = keeper_of(cache)
    for each in (served(20, 29, 21), served(0, 9, 3), served(10, 19), served(40, 49)):
        keeper.take(each)
    keeper.take(served(30, 39, owners=(OTHER,)))
    hurried(keeper.flush())
    (pieces,) = cache.commits
    assert sorted((piece.owners, piece.blocks) for piece in pieces) == sorted(
        [
            (OWNERS, BlockRange(0, 29)),
            (OWNERS, BlockRange(40, 49)),
            ((OTHER,), BlockRange(30, 39)),
        ]
    )
    assert cache.blocks() == [3, 21]


def test_tail_is_held(cache: Slow) -> None:
    """What is above finality is not written, a range that reaches over it in part."""
    keeper = keeper_of(cache, settled=50)
    keeper.take(served(40, 60, 50, 51))
    keeper.take(served(61, 70, 65))
    hurried(keeper.flush())
    assert (cache.known(), cache.blocks()) == ((BlockRange(40, 50),), [50])
    assert [log.block for log in keeper.of(OWNER)] == [51, 65]


def test_nothing_is_final(cache: Slow) -> None:
    """Without finality all is held, block 0 too."""
    keeper = keeper_of(cache, settled=-1)
    keeper.take(served(0, 60, 0))
    hurried(keeper.flush())
    assert (cache.known(), cache.commits) == ((), [])
    assert [log.block for log in keeper.of(OWNER)] == [0]


def test_dispute_is_held(cache: Slow) -> None:
    """What two endpoints tell differently is used, and not remembered."""
    keeper = keeper_of(cache)
    keeper.take(served(0, 99, 5, disputed=True))
    keeper.take(served(100, 199, 105))
    hurried(keeper.flush())
    assert (cache.known(), cache.blocks()) == ((BlockRange(100, 199),), [105])
    assert [log.block for log in keeper.of(OWNER)] == [5]


_cuts = st.lists(st.integers(1, 60), max_size=6, unique=True).map(sorted)


@given(st.sets(st.integers(0, 60)), _cuts, st.randoms(), st.integers(-1, 61))
def test_nothing_is_lost(
    numbers: set[int], cuts: list[int], dice: random.Random, settled: int
) -> None:
    """However a search was cut up, and in whatever order: each log once."""
    edges = [0, *cuts, 61]
    parts = [
        served(first, last - 1, *(n for n in numbers if first <= n < last))
        for first, last in pairwise(edges)
    ]
    dice.shuffle(parts)
    with Slow() as cache:
        keeper = keeper_of(cache, settled)
        for part in parts:
            keeper.take(part)
        hurried(keeper.flush())
        held = sorted(log.block for log in keeper.of(OWNER))
        final = min(settled, 60)
        assert cache.blocks() == sorted(n for n in numbers if n <= settled)
        assert held == sorted(n for n in numbers if n > settled)
        assert cache.known() == ((BlockRange(0, final),) if settled >= 0 else ())


# while it runs


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write whenever nothing is being written."""
    monkeypatch.setattr(keep, "_EVERY", -1.0)


@pytest.mark.usefixtures("eager")
def test_written_beside_the_search(cache: Slow) -> None:
    """What is served while a transaction lasts goes into the next one, together."""

    async def run() -> None:
        keeper = keeper_of(cache)
        cache.free.clear()
        keeper.take(served(0, 9))
        await asyncio.sleep(0)
        keeper.take(served(10, 19))
        keeper.take(served(20, 29))
        cache.free.set()
        await keeper.flush()

    asyncio.run(run())
    assert [[piece.blocks for piece in pieces] for pieces in cache.commits] == [
        [BlockRange(0, 9)],
        [BlockRange(10, 29)],
    ]


@pytest.mark.usefixtures("eager")
def test_what_is_being_written_can_be_read(cache: Slow) -> None:
    """Between memory and disk no log is nowhere."""

    async def run() -> list[int]:
        keeper = keeper_of(cache)
        cache.free.clear()
        keeper.take(served(0, 9, 7))
        for _ in range(5):
            await asyncio.sleep(0)
        found = [log.block for log in keeper.of(OWNER)]
        cache.free.set()
        await keeper.flush()
        assert keeper.of(OWNER) == []
        return found

    assert asyncio.run(run()) == [7]


@pytest.mark.usefixtures("eager")
def test_many_logs_wait_for_the_disk(
    cache: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond so many nothing more is asked for until they are written."""
    monkeypatch.setattr(keep, "_MOST", 3)

    async def run() -> None:
        keeper = keeper_of(cache)
        cache.free.clear()
        keeper.take(served(0, 9, 1, 2, 3))
        await asyncio.wait_for(keeper.room(), 1)
        await asyncio.sleep(0)
        keeper.take(served(10, 19, 11, 12, 13, 14))
        waiting = asyncio.create_task(keeper.room())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        cache.free.set()
        await asyncio.wait_for(waiting, 5)
        assert cache.blocks() == [1, 2, 3, 11, 12, 13, 14]

    asyncio.run(run())


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("failures", [1, 2])
def test_failed_transaction_is_not_forgotten(cache: Slow, failures: int) -> None:
    """It is tried again at the end; only then is it an error, and never nothing."""

    async def run() -> None:
        keeper = keeper_of(cache)
        cache.failures = failures
        keeper.take(served(0, 9, 5))
        assert await asyncio.to_thread(cache.failed.wait, 10)
        await asyncio.sleep(0.01)
        await keeper.flush()

    if failures == 1:
        asyncio.run(run())
        assert (cache.known(), cache.blocks()) == ((BlockRange(0, 9),), [5])
    else:
        with pytest.raises(CacheError, match="disk is full"):
            asyncio.run(run())
        assert cache.known() == ()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("after", [1, 2, 17, 50])
def test_interruption_loses_nothing(
    cache: Slow, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Whenever a search is cancelled: what was served is known, and nothing else."""
    rpc = FakeRpc(finality=64, max_blocks=10)
    rpc.logs_ = [_log(number) for number in range(3, 1_000, 7)]
    told: list[BlockRange] = []
    enough = asyncio.Event()

    class Watched(Keeper):
        def take(self, served: Served) -> None:
            super().take(served)
            told.append(served.blocks)
            if len(told) == after:
                enough.set()

    async def run(seeker: Seeker) -> None:
        pin = await seeker.pool.pin(None)
        search = asyncio.create_task(seeker.history(OWNERS, 0, pin))
        await enough.wait()
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search

    monkeypatch.setattr(seek, "Keeper", Watched)
    Engine(rpcs=(rpc,), cache=cache).run(run)
    known = {n for each in cache.known() for n in range(each.first, each.last + 1)}
    final = {n for each in told for n in range(each.first, min(936, each.last) + 1)}
    assert len(final) < 937
    assert known == final
    assert cache.blocks() == [n for n in range(3, 1_000, 7) if n in known]


def test_nobody_vouches(cache: Slow) -> None:
    """What may be another chain's is used in this run, and not remembered."""
    owners = {words.topic(owner): owner for owner in OWNERS}

    async def run() -> Keeper:
        keeper = Keeper(
            cache,
            chain_id=1,
            version=SHAPE.version,
            settled=936,
            owners=owners,
            vouch=nobody,
        )
        keeper.take(served(0, 99, 7))
        await keeper.flush()
        return keeper

    keeper = hurried(run())
    assert cache.covered(1, SHAPE.version, [OWNER])[OWNER] == ()
    assert [log.block for owner in OWNERS for log in keeper.of(owner)] == [7]


def test_each_endpoints_word_is_kept_apart(cache: Slow) -> None:
    """What one tells is not remembered as another's."""

    async def run() -> None:
        keeper = keeper_of(cache)
        keeper.take(replace(served(0, 99, 7), key="a" * 32))
        keeper.take(replace(served(100, 199), key="b" * 32))
        await keeper.flush()

    hurried(run())
    first, second = (told_by(SHAPE.version, each * 32) for each in "ab")
    assert cache.covered(1, first, [OWNER])[OWNER] == (BlockRange(0, 99),)
    assert cache.covered(1, second, [OWNER])[OWNER] == (BlockRange(100, 199),)
