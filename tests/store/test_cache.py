"""What is committed is what is read, in whatever order and however often."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allowctl.model.chain import Address, BlockRange, Log
from allowctl.model.endpoint import Limits
from allowctl.store.cache import Cache
from allowctl.store.rows import MAX_INTEGER
from allowctl.store.values import ChainInfo, Piece
from tests import build

OWNERS = tuple(build.address(number) for number in (0xA1, 0xB2, 0xC3))
CHAINS = (1, 2**70)
EVERY = BlockRange(0, 200)
VERSION = "v1"


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with Cache.open(tmp_path / "cache.db") as opened:
        yield opened


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    """A served range of at most 40 blocks and up to five logs in it."""
    first = draw(st.integers(0, 100))
    blocks = BlockRange(first, first + draw(st.integers(0, 40)))
    owners = tuple(draw(st.sets(st.sampled_from(OWNERS), min_size=1)))
    logs = draw(
        st.lists(
            st.tuples(
                st.sampled_from(owners),
                st.builds(
                    build.log,
                    st.sampled_from((build.word(1), build.word(2))),
                    number=st.integers(blocks.first, blocks.last),
                    index=st.integers(0, 2),
                ),
            ),
            max_size=5,
        )
    )
    return Piece(owners=owners, blocks=blocks, logs=tuple(logs))


Act = tuple[int, list[Piece]] | tuple[int, int] | tuple[int, None]
_acts: st.SearchStrategy[list[Act]] = st.lists(
    st.tuples(st.sampled_from(CHAINS), st.lists(pieces(), max_size=3))
    | st.tuples(st.sampled_from(CHAINS), st.integers(-1, 150))
    | st.tuples(st.sampled_from(CHAINS), st.none()),
    max_size=8,
)
"""Commits, rewinds (a number) and compactions (None), on two chains."""


class Model:
    """What a cache says of one owner, as plain sets."""

    def __init__(self) -> None:
        self.blocks: dict[tuple[int, Address], set[int]] = {}
        self.logs: dict[tuple[int, Address], set[Log]] = {}

    def do(self, act: Act) -> None:
        chain, what = act
        if isinstance(what, list):
            for piece in what:
                covered = set(range(piece.blocks.first, piece.blocks.last + 1))
                for owner in piece.owners:
                    self.blocks.setdefault((chain, owner), set()).update(covered)
                for owner, log in piece.logs:
                    self.logs.setdefault((chain, owner), set()).add(log)
        elif what is not None:
            for owner in OWNERS:
                at = (chain, owner)
                self.blocks[at] = {b for b in self.blocks.get(at, ()) if b <= what}
                self.logs[at] = {x for x in self.logs.get(at, ()) if x.block <= what}


def do(cache: Cache, act: Act) -> None:
    chain, what = act
    if isinstance(what, list):
        cache.commit(chain, VERSION, what)
    elif what is None:
        cache.compact(chain, VERSION)
    else:
        cache.rewind(chain, what)


def contents(cache: Cache, chain: int) -> object:
    """All that a cache says of the owners on a chain."""
    covered = cache.covered(chain, VERSION, OWNERS)
    return [
        (owner, covered[owner], cache.logs(chain, VERSION, owner, EVERY))
        for owner in OWNERS
    ]


@settings(max_examples=60)
@given(_acts)
def test_it_says_what_was_done_to_it(acts: list[Act]) -> None:
    """Coverage is the union of what was committed, cut by rewinds; so are logs."""
    model = Model()
    with Cache.open(None) as cache:
        for act in acts:
            do(cache, act)
            model.do(act)
        for chain in CHAINS:
            covered = cache.covered(chain, VERSION, OWNERS)
            assert [*covered] == [*OWNERS]
            for owner, ranges in covered.items():
                blocks = {
                    b for each in ranges for b in range(each.first, each.last + 1)
                }
                logs = cache.logs(chain, VERSION, owner, EVERY)

                assert blocks == model.blocks.get((chain, owner), set())
                for older, newer in pairwise(ranges):
                    assert older.last + 1 < newer.first
                assert len(logs) == len({*logs})
                assert {*logs} == model.logs.get((chain, owner), set())
                places = [(log.block, log.index) for log in logs]
                assert places == sorted(places)


@settings(max_examples=30)
@given(st.lists(pieces(), max_size=5), st.randoms(), st.integers(1, 5))
def test_neither_order_nor_repetition_matters(
    some: list[Piece], random: object, most: int
) -> None:
    """In one commit or many, forwards or shuffled, once or twice: the same."""
    shuffled = [*some, *some[:most]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with Cache.open(None) as once, Cache.open(None) as often:
        once.commit(1, VERSION, some)
        for start in range(0, len(shuffled), most):
            often.commit(1, VERSION, shuffled[start : start + most])

        assert contents(once, 1) == contents(often, 1)


@settings(max_examples=40)
@given(pieces(), st.integers(0, 150), st.integers(0, 150))
def test_a_range_holds_only_its_own_logs(piece: Piece, one: int, other: int) -> None:
    """Both ends are inclusive."""
    asked = BlockRange(min(one, other), max(one, other))
    with Cache.open(None) as cache:
        cache.commit(1, VERSION, [piece])
        for owner in piece.owners:
            found = cache.logs(1, VERSION, owner, asked)
            wanted = {x for of, x in piece.logs if of == owner and x.block in asked}

            assert {*found} == wanted


def piece(*logs: Log, blocks: BlockRange = EVERY) -> Piece:
    """A range served for the first owner."""
    of = OWNERS[0]
    return Piece(owners=(of,), blocks=blocks, logs=tuple((of, log) for log in logs))


def test_versions_and_chains_know_nothing_of_each_other(cache: Cache) -> None:
    """Another filter, another proof."""
    cache.commit(1, VERSION, [piece(build.log())])

    assert cache.covered(1, "v2", OWNERS) == dict.fromkeys(OWNERS, ())
    assert cache.covered(2, VERSION, OWNERS) == dict.fromkeys(OWNERS, ())
    assert cache.logs(1, "v2", OWNERS[0], EVERY) == []


def test_it_is_there_when_opened_again(tmp_path: Path) -> None:
    """That is what it is for. Nothing lies beside the file once it is closed."""
    path = tmp_path / "cache.db"
    with Cache.open(path) as cache:
        cache.commit(1, VERSION, [piece(build.log())])
        before = contents(cache, 1)
    assert [each.name for each in tmp_path.iterdir()] == ["cache.db"]
    with Cache.open(path) as cache:
        assert contents(cache, 1) == before


def test_two_logs_in_one_position_both_stay(cache: Cache) -> None:
    """A node that numbers no log must not make one approval hide another."""
    logs = [build.log(data=build.word(number)) for number in (1, 2)]
    cache.commit(1, VERSION, [piece(*logs)])

    assert cache.logs(1, VERSION, OWNERS[0], EVERY) == logs


@pytest.mark.parametrize("index", ["0x" + "f" * 40, "-0x5", "nonsense"])
def test_a_hostile_index_loses_no_log(cache: Cache, index: str) -> None:
    """It is text of a node, and wider than any column where it wants to be."""
    log = msgspec.structs.replace(build.log(build.word(1)), index_hex=index)
    cache.commit(1, VERSION, [piece(log)])
    (found,) = cache.logs(1, VERSION, OWNERS[0], EVERY)

    assert found.topics == log.topics
    assert 0 <= found.index <= MAX_INTEGER


def test_blocks_beyond_what_fits_are_never_covered(cache: Cache) -> None:
    """A node may claim any head: nothing is believed that cannot be kept."""
    wide = BlockRange(5, 2**80)
    inside, outside = build.log(number=7), build.log(number=2**70)
    cache.commit(1, VERSION, [piece(inside, outside, blocks=wide)])
    cache.commit(1, VERSION, [piece(blocks=BlockRange(2**70, 2**71))])
    cache.add_anchor(1, 2**70, "0xaa")
    cache.save_canary(1, 2**70)

    assert cache.covered(1, VERSION, OWNERS[:1])[OWNERS[0]] == (
        BlockRange(5, MAX_INTEGER),
    )
    assert cache.logs(1, VERSION, OWNERS[0], wide) == [inside]
    assert cache.logs(1, VERSION, OWNERS[0], BlockRange(2**70, 2**71)) == []
    assert (cache.anchors(1), cache.canary(1)) == ([], None)
    cache.rewind(1, 2**70)
    assert cache.logs(1, VERSION, OWNERS[0], wide) == [inside]


@pytest.mark.parametrize(
    "wrong",
    [
        piece(build.log(number=11), blocks=BlockRange(1, 10)),
        Piece(
            owners=OWNERS[:1], blocks=EVERY, logs=((OWNERS[1], build.log(number=1)),)
        ),
    ],
    ids=["block", "owner"],
)
def test_a_log_outside_its_piece_spoils_the_whole_commit(
    cache: Cache, wrong: Piece
) -> None:
    """Nothing of the commit stays: neither logs nor coverage."""
    with pytest.raises(ValueError, match="its piece"):
        cache.commit(1, VERSION, [piece(build.log()), wrong])

    assert cache.covered(1, VERSION, OWNERS[:2]) == dict.fromkeys(OWNERS[:2], ())
    assert cache.logs(1, VERSION, OWNERS[0], EVERY) == []


def test_compaction_leaves_as_few_rows_as_there_are_ranges(tmp_path: Path) -> None:
    """300 flushes for three owners become three rows."""
    path = tmp_path / "cache.db"
    with Cache.open(path) as cache:
        for first in range(0, 3_000, 10):
            blocks = BlockRange(first, first + 9)
            cache.commit(1, VERSION, [Piece(owners=OWNERS, blocks=blocks, logs=())])
        cache.commit(2, VERSION, [piece()])
        cache.compact(1, VERSION)
        covered = cache.covered(1, VERSION, OWNERS)
    raw = sqlite3.connect(path)
    (rows,) = raw.execute("SELECT count(*) FROM coverage").fetchone()
    raw.close()

    assert rows == len(OWNERS) + 1
    assert covered == dict.fromkeys(OWNERS, (BlockRange(0, 2_999),))


def test_anchors_come_newest_first(cache: Cache) -> None:
    """The latest hash of a number is the one that counts; a rewind drops them."""
    for number, text in ((5, "0xaa"), (9, "0xbb"), (7, "0xcc"), (5, "0xdd")):
        cache.add_anchor(1, number, text)
    assert cache.anchors(1) == [(9, "0xbb"), (7, "0xcc"), (5, "0xdd")]
    assert cache.anchors(2) == []

    cache.rewind(1, 7)
    assert cache.anchors(1) == [(7, "0xcc"), (5, "0xdd")]
    cache.rewind(1, -1)
    assert cache.anchors(1) == []


def test_the_oldest_canary_is_kept(cache: Cache) -> None:
    """Until a rewind says that its block is another one now."""
    assert cache.canary(1) is None
    for block in (50, 40, 60):
        cache.save_canary(1, block)
    assert (cache.canary(1), cache.canary(2)) == (40, None)

    cache.rewind(1, 40)
    assert cache.canary(1) == 40
    cache.rewind(1, 39)
    assert cache.canary(1) is None


_numbers = st.none() | st.integers(0, MAX_INTEGER)


@settings(max_examples=40)
@given(
    st.builds(
        Limits,
        span=_numbers,
        refused_span=_numbers,
        results=_numbers,
        topics=_numbers,
        batch=_numbers,
        floor=_numbers,
        per_second=st.none() | st.floats(0, 1e6),
        by_hash=st.none() | st.booleans(),
        learned_at=st.integers(0, 2**40),
    )
)
def test_limits_come_back_as_they_were(limits: Limits) -> None:
    """By endpoint and chain; saved again, the later ones count."""
    with Cache.open(None) as cache:
        assert cache.limits("k", 1) is None
        cache.save_limits("k", "host", 1, Limits(span=3))
        cache.save_limits("k", "host", 1, limits)

        assert cache.limits("k", 1) == limits
        assert (cache.limits("k", 2), cache.limits("l", 1)) == (None, None)


def test_a_limit_that_no_reader_takes_is_bounded(cache: Cache) -> None:
    """Nodes name any number as their cap."""
    cache.save_limits("k", "host", 1, Limits(span=2**200, by_hash=True))

    assert cache.limits("k", 1) == Limits(span=MAX_INTEGER, by_hash=True)


def test_a_notice_is_said_once(tmp_path: Path) -> None:
    """Once for each, over all runs."""
    with Cache.open(tmp_path / "cache.db") as cache:
        assert not cache.noticed("public-endpoints")
        assert cache.noticed("public-endpoints")
    with Cache.open(tmp_path / "cache.db") as cache:
        assert cache.noticed("public-endpoints")
        assert not cache.noticed("another")


def test_it_tells_what_it_holds(cache: Cache, tmp_path: Path) -> None:
    """Blocks that two owners share count once; an endpoint on two chains, too."""
    logs = tuple((OWNERS[0], build.log(number=number)) for number in (1, 2, 3))
    cache.commit(
        9,
        VERSION,
        [
            Piece(owners=OWNERS, blocks=BlockRange(0, 9), logs=logs),
            Piece(owners=OWNERS[:1], blocks=BlockRange(5, 19), logs=()),
            Piece(owners=OWNERS[:1], blocks=BlockRange(30, 30), logs=()),
        ],
    )
    cache.commit(1, "v2", [Piece(owners=OWNERS[:2], blocks=EVERY, logs=())])
    for chain in (1, 9):
        cache.save_limits("k", "host", chain, Limits())
    info = cache.info()

    assert (info.path, info.logs, info.endpoints) == (tmp_path / "cache.db", 3, 1)
    assert info.bytes > 4096
    assert info.chains == (
        ChainInfo(chain_id=1, owners=2, blocks=201, logs=0),
        ChainInfo(chain_id=9, owners=3, blocks=21, logs=3),
    )


def test_an_empty_one_holds_nothing(cache: Cache) -> None:
    """Nothing committed is nothing written."""
    cache.commit(1, VERSION, [])
    cache.compact(1, VERSION)

    assert cache.info().chains == ()


def unnamed() -> set[str]:
    """What this process has open that has no name any more; Linux tells."""
    links = [fd for fd in Path("/proc/self/fd").glob("*") if fd.is_symlink()]
    return {name for fd in links if (name := str(fd.readlink())).endswith("(deleted)")}


def test_a_temporary_one_leaves_nothing() -> None:
    """--no-cache: what does not fit in memory is on disk, without a name."""
    before = unnamed()
    data = "0x" + "ab" * 256
    many = [build.log(data=data, number=1 + i % 100, index=i) for i in range(60_000)]
    with Cache.open(None) as cache:
        cache.commit(1, VERSION, [piece(*many)])
        info = cache.info()

        assert cache.location is None
        assert (info.path, info.bytes, info.logs) == (None, 0, len(many))
        assert unnamed() > before or sys.platform != "linux"
    assert unnamed() == before


def test_any_thread_may_use_it(cache: Cache) -> None:
    """The program keeps it in a worker; at the end another thread closes it."""
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for first in range(number * 100, number * 100 + 100, 10):
                blocks = BlockRange(first, first + 9)
                log = build.log(number=first)
                cache.commit(1, VERSION, [piece(log, blocks=blocks)])
                cache.covered(1, VERSION, OWNERS)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert cache.covered(1, VERSION, OWNERS[:1])[OWNERS[0]] == (BlockRange(0, 399),)
    assert len(cache.logs(1, VERSION, OWNERS[0], BlockRange(0, 399))) == 40
