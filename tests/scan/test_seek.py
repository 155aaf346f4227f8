"""Logs are sought once: what is final and known is not asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.errors import UnservedError
from allowctl.model.approval import Candidate
from allowctl.model.chain import Address, BlockRange, Log, LogFilter
from allowctl.model.coverage import Checked, Difference, Gap
from allowctl.model.question import Question
from allowctl.model.report import Scan, Unscanned
from allowctl.pipeline import Work, scan_chain
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.logs import Served
from allowctl.scan import seek
from allowctl.scan.around import Around, Sources
from allowctl.scan.keep import Keeper, told_by
from allowctl.scan.seek import Found, Seeker, gaps_of, together
from allowctl.scan.shape import Shape, filters, subtracted
from allowctl.standards import STANDARDS
from allowctl.standards.base import Event
from allowctl.store.cache import Cache
from tests.build import MAINNET, OWNER, address, candidate
from tests.fakes.engine import Engine
from tests.fakes.rpc import FakeRpc
from tests.fakes.worlds import World, approval_log

(SHAPE,) = filters(STANDARDS)
OTHER = address(0x0B)
FINALITY = 64
OLDER, NEWER = candidate(spender=address(0x51)), candidate(spender=address(0x52))


@pytest.fixture
def cache() -> Iterator[Cache]:
    with Cache.open(None) as cache:
        yield cache


@dataclass(slots=True, kw_only=True)
class Life:
    """One chain and one cache, and scan after scan."""

    cache: Cache
    world: World = field(default_factory=lambda: World(rpc=FakeRpc(finality=FINALITY)))

    @property
    def rpc(self) -> FakeRpc:
        return self.world.rpc

    def scan(
        self, *owners: Address, from_block: int = 0, to_block: int | None = None
    ) -> list[Scan]:
        """Scan anew."""
        questions = [
            Question(
                chain=MAINNET, owner=owner, from_block=from_block, to_block=to_block
            )
            for owner in owners or (OWNER,)
        ]
        self.rpc.sought.clear()
        return Engine(rpcs=(self.rpc,), cache=self.cache).scan(*questions)

    def only(self, *, from_block: int = 0, to_block: int | None = None) -> Scan:
        (scan,) = self.scan(from_block=from_block, to_block=to_block)
        return scan

    @property
    def sought(self) -> list[tuple[int, int]]:
        """First and last block of each search of the last scan."""
        return [(blocks.first, blocks.last) for _, blocks in self.rpc.sought]

    def covered(self, owner: Address = OWNER) -> tuple[BlockRange, ...]:
        return self.cache.covered(1, SHAPE.version, [owner])[owner]

    def approves(self, named: Candidate, number: int) -> None:
        self.world.grants(named)
        self.rpc.logs_.append(approval_log(named, number=number))


@pytest.fixture
def life(cache: Cache) -> Life:
    return Life(cache=cache)


def spenders(scan: Scan) -> set[Address]:
    return {each.record.allowance.spender for each in scan.allowances}


# filters


def test_one_filter_for_everything() -> None:
    """All events have the owner in the same place: one question per range."""
    wanted = SHAPE.of((OWNER, OTHER))
    events = {event.topic0 for each in STANDARDS for event in each.events}
    owners = (words.topic(OWNER), words.topic(OTHER))
    assert wanted.topics == (tuple(sorted(events)), owners)
    assert len(events) == 5


@dataclass(frozen=True, slots=True)
class Other:
    """A standard with the owner in another place."""

    events: tuple[Event, ...]


def test_another_position_is_another_filter() -> None:
    """Positions between the signature and the owner are left open."""
    deep = replace(STANDARDS[0].events[0], owner_position=3)
    standards: Sequence[object] = (*STANDARDS, Other((deep,)))
    first, second = filters(standards)  # type: ignore[arg-type]
    assert first == SHAPE
    assert second.of((OWNER,)).topics == ((deep.topic0,), (), (), (words.topic(OWNER),))


def test_version_is_of_the_events() -> None:
    """A new event, or the owner elsewhere, is another filter: none of it is known."""
    more = Shape(topics=((*SHAPE.topics[0], "0x" + "ee" * 32),))
    elsewhere = Shape(topics=(*SHAPE.topics, ()))
    versions = {each.version for each in (SHAPE, more, elsewhere)}
    assert len(versions) == 3
    assert SHAPE.version == Shape(topics=SHAPE.topics).version


# what is missing

_spans = st.lists(st.integers(0, 60), unique=True, max_size=8).map(sorted)


@st.composite
def known_ranges(draw: st.DrawFn) -> tuple[BlockRange, ...]:
    """Disjoint ranges in order, none touching the next."""
    edges = draw(_spans)
    ends = [edges[i : i + 2] for i in range(0, len(edges) - 1, 2)]
    ranges = [BlockRange(first, last) for first, last in ends]
    apart: list[BlockRange] = []
    for each in ranges:
        if not apart or apart[-1].last + 1 < each.first:
            apart.append(each)
    return tuple(apart)


@given(st.integers(0, 60), st.integers(0, 60), known_ranges(), st.integers(-1, 70))
def test_what_is_missing(
    first: int, width: int, known: tuple[BlockRange, ...], settled: int
) -> None:
    """Each block that was asked for is either known and final, or missing: once."""
    asked = BlockRange(first, first + width)
    missing = subtracted(asked, known, settled)
    blocks = [number for each in missing for number in range(each.first, each.last + 1)]
    final = {n for each in known for n in range(each.first, each.last + 1)}
    final = {number for number in final if number <= settled}
    assert len(blocks) == len(set(blocks))
    assert set(blocks) == set(range(asked.first, asked.last + 1)) - final
    assert all(newer.first > older.last for newer, older in pairwise(missing))


# the second run


def test_second_run_asks_for_what_is_new(life: Life) -> None:
    """100 blocks later: the new blocks, and those above finality, in one request."""
    life.approves(OLDER, 500)
    first = life.only()
    assert life.sought == [(0, 1_000)]
    assert first.coverage.remembered == 0

    life.rpc.newest += 100
    life.approves(NEWER, 1_050)
    life.rpc.asked.clear()
    second = life.only()

    assert life.sought == [(937, 1_100)]
    assert second.coverage.remembered == 937
    assert second.coverage.blocks == BlockRange(0, 1_100)
    assert spenders(second) == {OLDER.spender, NEWER.spender}
    # Head, anchor, logs and end. No canary: nothing old is asked.
    assert {k: life.rpc.asked[k] for k in ("block", "bloom", "logs")} == {
        "block": 3,
        "bloom": 0,
        "logs": 1,
    }


def test_final_blocks_alone_are_remembered(life: Life) -> None:
    """Coverage and logs are kept up to finality; all above is read each time."""
    life.approves(OLDER, 936)
    life.approves(NEWER, 937)
    for _ in range(2):
        scan = life.only()
        assert spenders(scan) == {OLDER.spender, NEWER.spender}
        assert life.covered() == (BlockRange(0, 936),)
    assert life.sought == [(937, 1_000)]
    kept = life.cache.logs(1, SHAPE.version, OWNER, BlockRange(0, 10_000))
    assert [log.block for log in kept] == [936]


def test_chain_without_finality_is_remembered_by_depth(cache: Cache) -> None:
    """Where no node knows the tag, so many blocks below the head count as final."""
    life = Life(cache=cache, world=World(rpc=FakeRpc(finality=None)))
    life.only()
    assert life.covered() == (BlockRange(0, 1_000 - MAINNET.finality),)


def test_short_chain_is_not_remembered(cache: Cache) -> None:
    """Below that depth nothing is final, and nothing is kept."""
    life = Life(cache=cache, world=World(rpc=FakeRpc(newest=MAINNET.finality - 1)))
    life.approves(OLDER, 5)
    for _ in range(2):
        assert spenders(life.only()) == {OLDER.spender}
        assert life.sought == [(0, MAINNET.finality - 1)]
    assert life.covered() == ()


def test_everything_known_is_not_sought(life: Life) -> None:
    """Up to a block that is final and covered no log is asked for."""
    life.approves(OLDER, 5)
    life.only()
    scan = life.only(to_block=900)
    assert life.sought == []
    assert spenders(scan) == {OLDER.spender}
    assert scan.coverage.remembered == 901
    assert scan.complete


def test_earlier_block_forgets_nothing(life: Life) -> None:
    """A scan up to an old block leaves what is known of the later ones."""
    life.only()
    life.rpc.newest += 10
    life.only(to_block=100)
    life.only()
    assert life.covered() == (BlockRange(0, 946),)
    assert life.sought == [(937, 1_010)]


def test_from_block_leaves_the_rest_open(life: Life) -> None:
    """What was not sought is not known: a whole scan asks for it, and no more."""
    life.approves(OLDER, 5)
    life.approves(NEWER, 600)
    assert spenders(life.only(from_block=500)) == {NEWER.spender}
    assert life.covered() == (BlockRange(500, 936),)
    assert spenders(life.only()) == {OLDER.spender, NEWER.spender}
    assert life.sought == [(937, 1_000), (0, 499)]
    # What is remembered from before is not told of by a scan that begins later.
    assert spenders(life.only(from_block=500)) == {NEWER.spender}
    assert spenders(life.only(from_block=950)) == set()


# reorganisations between runs


def test_reorganisation_above_finality(life: Life) -> None:
    """An approval in a block that vanished vanishes from the next report."""
    life.approves(OLDER, 500)
    life.approves(NEWER, 990)
    assert spenders(life.only()) == {OLDER.spender, NEWER.spender}

    life.rpc.logs_.pop()
    life.rpc.fork, life.rpc.forked_from = 1, 980
    scan = life.only()
    assert spenders(scan) == {OLDER.spender}
    assert scan.candidates == 1
    assert life.sought == [(937, 1_000)]


def test_reorganisation_below_finality(life: Life) -> None:
    """What rests on blocks that are gone is forgotten, up to the last that stands."""
    life.approves(OLDER, 300)
    for newest in (400, 700, 1_000):
        life.rpc.newest = newest
        life.only()
    life.approves(NEWER, 950)
    life.rpc.newest = 1_100
    assert spenders(life.only()) == {OLDER.spender, NEWER.spender}
    assert [number for number, _ in life.cache.anchors(1)] == [1_036, 936, 636, 336]

    life.rpc.logs_.pop()
    life.rpc.fork, life.rpc.forked_from = 1, 800
    scan = life.only()
    assert life.sought == [(637, 1_100)]
    assert spenders(scan) == {OLDER.spender}
    assert scan.candidates == 1
    assert [number for number, _ in life.cache.anchors(1)] == [1_036, 636, 336]
    assert life.covered() == (BlockRange(0, 1_036),)


def test_few_questions_find_what_stands(life: Life) -> None:
    """Of many anchors few are asked for."""
    for newest in range(100, 1_000, 10):
        life.rpc.newest = newest
        life.only()
    life.rpc.fork, life.rpc.forked_from = 1, 400
    life.rpc.asked.clear()
    life.only()
    assert life.sought == [(397, 990)]
    assert life.rpc.asked["block"] <= 10


@pytest.mark.parametrize("newest", [1_000, 1_001, 500, 80, 10])
def test_chain_that_began_anew(life: Life, newest: int) -> None:
    """The same chain id, another chain: all is forgotten, however long it is."""
    life.approves(OLDER, 5)
    life.only()
    life.rpc.logs_.clear()
    life.rpc.fork, life.rpc.newest = 1, newest
    scan = life.only()
    assert (scan.candidates, scan.complete) == (0, True)
    assert life.sought == [(0, newest)]
    stored = [BlockRange(0, newest - FINALITY)] if newest >= FINALITY else []
    assert life.covered() == tuple(stored)


def test_shorter_chain_is_believed_as_far_as_it_goes(life: Life) -> None:
    """A head below what was final once: what cannot be confirmed is read again."""
    for newest in (400, 1_000):
        life.rpc.newest = newest
        life.only()
    life.rpc.newest = 500
    scan = life.only()
    assert life.sought == [(337, 500)]
    assert scan.coverage.remembered == 337


@given(
    st.lists(st.integers(0, 200), max_size=12),
    st.lists(
        st.tuples(
            st.integers(1, 60), st.none() | st.integers(0, 80), st.integers(1, 40)
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 70),
)
def test_memory_changes_nothing(
    numbers: list[int],
    steps: list[tuple[int, int | None, int]],
    finality: int,
) -> None:
    """However a chain grows, is reorganised and is cut up: as if all were read anew."""
    logs = [
        approval_log(candidate(spender=address(100 + index)), number=number)
        for index, number in enumerate(numbers)
    ]
    with Cache.open(None) as cache:
        rpc = FakeRpc(newest=0, finality=finality)
        life = Life(cache=cache, world=World(rpc=rpc))
        for more, undone, span in steps:
            if undone is not None:
                rpc.fork += 1
                rpc.forked_from = max(0, rpc.newest - undone)
                logs = [each for each in logs if each.block < rpc.forked_from]
            rpc.newest += more
            rpc.logs_ = [each for each in logs if each.block <= rpc.newest]
            rpc.max_blocks = span
            fresh = World(rpc=rpc).scan()
            known = life.only()
            assert _told(known) == _told(fresh)
            assert known.complete
            assert len(_told(known)) == known.candidates


def _told(scan: Scan) -> list[object]:
    return [(dead.candidate, dead.reason) for dead in scan.dead]


# many owners


def test_owners_share_their_questions(life: Life) -> None:
    """What is missing of all is asked for all at once."""
    owners = [address(0xA00 + n) for n in range(40)]
    for number, owner in enumerate(owners):
        life.approves(candidate(owner=owner), 100 + number)
    scans = life.scan(*owners)
    ((wanted, blocks),) = life.rpc.sought
    assert (blocks.first, blocks.last) == (0, 1_000)
    assert set(wanted.topics[1]) == set(map(words.topic, owners))
    assert [scan.owner for scan in scans] == owners
    assert [len(scan.allowances) for scan in scans] == [1] * 40


def test_owners_are_grouped_by_what_is_missing(life: Life) -> None:
    """One that is known is asked for the tail alone, a new one for all."""
    new = [address(0xA01), address(0xA02)]
    life.scan(OWNER, OTHER)
    scans = life.scan(OWNER, new[0], OTHER, new[1])
    asked = {
        frozenset(wanted.topics[1]): (blocks.first, blocks.last)
        for wanted, blocks in life.rpc.sought
    }
    assert asked == {
        frozenset(map(words.topic, (OWNER, OTHER))): (937, 1_000),
        frozenset(map(words.topic, new)): (0, 1_000),
    }
    assert [each.coverage.remembered for each in scans] == [937, 0, 937, 0]


def refusing(blocks: BlockRange, rpc: FakeRpc) -> None:
    """Make a node refuse whatever touches some blocks."""

    def refuse(asked: BlockRange) -> UnservedError | None:
        touches = asked.first <= blocks.last and blocks.first <= asked.last
        return RefusalError("gone", kind=RefusalKind.PRUNED) if touches else None

    rpc.refuse_range = refuse


def test_gaps_are_each_owner_s_own(life: Life) -> None:
    """What nobody serves of one owner is known of another, and no gap of it."""
    life.scan(OWNER)
    refusing(BlockRange(0, 99), life.rpc)
    known, new = life.scan(OWNER, OTHER)
    assert known.complete
    assert known.coverage.gaps == ()
    assert not new.complete
    assert [gap.blocks for gap in new.coverage.gaps] == [BlockRange(0, 99)]
    assert life.covered() == (BlockRange(0, 936),)
    assert life.covered(OTHER) == (BlockRange(100, 936),)


def test_single_block_may_be_a_gap(life: Life) -> None:
    """All around a block that nobody serves is found, and only it is missing."""

    def refuse(blocks: BlockRange) -> UnservedError | None:
        dead = 500 in blocks
        return RefusalError("no", kind=RefusalKind.RESULTS) if dead else None

    life.rpc.refuse_range = refuse
    life.rpc.before = lambda method: (
        RefusalError("no", kind=RefusalKind.UNSUPPORTED)
        if method == "receipts"
        else None
    )
    (gap,) = life.only().coverage.gaps
    assert gap.blocks == BlockRange(500, 500)
    assert life.covered() == (BlockRange(0, 499), BlockRange(501, 936))


def test_gap_is_asked_for_again(life: Life) -> None:
    """A range that nobody served is not remembered: the next run closes it."""
    life.approves(OLDER, 50)
    refusing(BlockRange(0, 99), life.rpc)
    assert not life.only().complete
    life.rpc.refuse_range = None
    scan = life.only()
    assert life.sought == [(937, 1_000), (0, 99)]
    assert scan.complete
    assert spenders(scan) == {OLDER.spender}


# by whose word


@dataclass(slots=True, kw_only=True)
class Witnesses:
    """Two nodes on one chain, of which one may tell less."""

    world: World
    second: FakeRpc

    @property
    def rpcs(self) -> tuple[FakeRpc, FakeRpc]:
        return self.world.rpc, self.second

    @property
    def sought(self) -> bool:
        """Whether logs were sought at both."""
        return all(rpc.sought for rpc in self.rpcs)

    def engine(self, cache: Cache) -> Engine:
        """One that reads everything twice."""
        return Engine(rpcs=self.rpcs, cache=cache, verify=100)

    def scan(self, cache: Cache | None = None, **how: float) -> Scan:
        """With `verify` in percent; `every`: each so-manieth range is chosen."""
        drawn = iter(range(10**6))
        every = int(how.get("every", 1))
        (scan,) = Engine(
            rpcs=self.rpcs,
            cache=cache,
            verify=how.get("verify", 0),
            chance=lambda: float(next(drawn) % every),
        ).scan(self.world.question)
        return scan


@pytest.fixture
def witnesses() -> Witnesses:
    """Each knows a log that the other does not tell, and both a third."""
    world = World(rpc=FakeRpc(finality=FINALITY, host="one.test", max_blocks=100))
    second = FakeRpc(
        finality=FINALITY,
        host="two.test",
        max_blocks=100,
        contracts=world.rpc.contracts,
    )
    for named in (OLDER, NEWER, candidate()):
        world.grants(named)
    shared = approval_log(candidate(), number=5)
    world.rpc.logs_ = [shared, approval_log(OLDER, number=210)]
    second.logs_ = [shared, approval_log(NEWER, number=220)]
    return Witnesses(world=world, second=second)


def test_one_word_is_unchecked(witnesses: Witnesses) -> None:
    """Without --verify each range is told by one endpoint, and that is said."""
    scan = witnesses.scan()
    assert scan.coverage.checked is Checked.UNCHECKED
    assert set(scan.coverage.endpoints) == {"one.test", "two.test"}
    assert any("--verify 100" in spot for spot in scan.blind_spots)


def test_difference_is_read_whole_and_told(witnesses: Witnesses) -> None:
    """What two endpoints tell differently is incomplete, and all of both is read."""
    scan = witnesses.scan(verify=100)
    assert spenders(scan) == {OLDER.spender, NEWER.spender, candidate().spender}
    assert not scan.complete
    assert scan.coverage.gaps == ()
    assert all(
        {210, 220} & set(range(each.blocks.first, each.blocks.last + 1))
        and set(each.hosts) == {"one.test", "two.test"}
        for each in scan.coverage.differences
    )
    assert scan.coverage.differences
    assert scan.coverage.checked is Checked.SAMPLED


def test_two_that_agree(witnesses: Witnesses) -> None:
    """Where every range is told twice alike, nothing is by one word."""
    witnesses.second.logs_ = witnesses.world.rpc.logs_
    scan = witnesses.scan(verify=100)
    assert scan.complete
    assert scan.coverage.checked is Checked.AGREED
    assert not any("alone" in spot and "logs" in spot for spot in scan.blind_spots)


def test_sample(witnesses: Witnesses) -> None:
    """Of a sample it is said that not everything was told twice."""
    witnesses.second.logs_ = witnesses.world.rpc.logs_
    scan = witnesses.scan(verify=1, every=3)
    assert scan.complete
    assert scan.coverage.checked is Checked.SAMPLED


def test_disputed_ranges_are_not_remembered(witnesses: Witnesses, cache: Cache) -> None:
    """Nor anything else: who errs in one is not believed about the others."""
    witnesses.scan(cache, verify=100)
    assert cache.covered(1, SHAPE.version, [OWNER])[OWNER] == ()


def test_dispute_shakes_what_was_known(witnesses: Witnesses, cache: Cache) -> None:
    """What an earlier run believed of a disputed range is forgotten, too."""
    (before,) = Engine(rpcs=(witnesses.second,), cache=cache).scan(
        witnesses.world.question
    )
    assert spenders(before) == {NEWER.spender, candidate().spender}
    witnesses.scan(cache, verify=100)
    witnesses.second.logs_ = witnesses.world.rpc.logs_
    after = witnesses.scan(cache)
    assert after.complete
    assert spenders(after) == {OLDER.spender, candidate().spender}
    assert {log.block for log in _kept(cache)} == {5, 210}


def _kept(cache: Cache) -> list[Log]:
    return cache.logs(1, SHAPE.version, OWNER, BlockRange(0, 10_000))


def test_verifying_asks_for_all_anew(witnesses: Witnesses, cache: Cache) -> None:
    """What is remembered was told once: to check it, it is read again."""
    witnesses.second.logs_ = witnesses.world.rpc.logs_
    witnesses.scan(cache)
    scan = witnesses.scan(cache, verify=100)
    assert scan.coverage.remembered == 0
    assert scan.coverage.checked is Checked.AGREED


Ending = Callable[[Witnesses, Cache], None]
"""A run in which everything is read twice, and that comes to no good end."""


def unread(witnesses: Witnesses, cache: Cache) -> None:
    """No endpoint serves the state."""
    for rpc in witnesses.rpcs:
        rpc.before = lambda method: (
            RefusalError("no state", kind=RefusalKind.FATAL)
            if method in {"account", "call"}
            else None
        )
    (scan,) = witnesses.engine(cache).scan(witnesses.world.question)
    assert scan.unserved


def headless(witnesses: Witnesses, cache: Cache) -> None:
    """None has a block when a newer one is to be pinned for the state."""

    def before(method: str) -> UnservedError | None:
        refused = method == "block" and witnesses.sought
        return RefusalError("gone", kind=RefusalKind.FATAL) if refused else None

    for rpc in witnesses.rpcs:
        rpc.before = before
    engine = witnesses.engine(cache)
    engine.clock = lambda: 10.0 * witnesses.sought
    (outcome,) = engine.outcomes(witnesses.world.question)
    assert isinstance(outcome, Unscanned)


def turned(witnesses: Witnesses, cache: Cache) -> None:
    """One is of another chain when the state is read: that is an error of all."""

    def before(method: str) -> None:
        if method == "account":
            witnesses.second.chain = 5

    for rpc in witnesses.rpcs:
        rpc.before = before
    with pytest.raises(UnservedError, match="changed its chain"):
        witnesses.engine(cache).outcomes(witnesses.world.question)


def stopped_at_the_state(witnesses: Witnesses, cache: Cache) -> None:
    """Ctrl-C when all logs are told."""

    def listen(stop: Callable[[], object]) -> None:
        def before(method: str) -> None:
            if method == "account":
                stop()

        for rpc in witnesses.rpcs:
            rpc.before = before

    _stopped(witnesses, cache, listen)


def stopped_at_the_difference(witnesses: Witnesses, cache: Cache) -> None:
    """Ctrl-C when other ranges are still to be told."""

    def listen(stop: Callable[[], object]) -> None:
        class Watched(Keeper):
            def take(self, served: Served) -> None:
                super().take(served)
                if served.disputed:
                    stop()

        patch.setattr(seek, "Keeper", Watched)

    with pytest.MonkeyPatch.context() as patch:
        _stopped(witnesses, cache, listen)


def _stopped(
    witnesses: Witnesses, cache: Cache, listen: Callable[[Callable[[], object]], None]
) -> None:
    """`listen` is given what stops the scan."""

    async def work(seeker: Seeker) -> None:
        questions = [witnesses.world.question]
        scan = scan_chain(
            Work(
                pool=seeker.pool,
                seeker=seeker,
                around=Around(seeker.pool, Sources()),
            ),
            questions,
        )
        running = asyncio.create_task(scan)
        listen(running.cancel)
        with pytest.raises(asyncio.CancelledError):
            await running

    witnesses.engine(cache).run(work)


@pytest.mark.parametrize(
    "ending",
    [unread, headless, turned, stopped_at_the_state, stopped_at_the_difference],
)
def test_difference_is_heeded_however_the_scan_ends(
    witnesses: Witnesses, cache: Cache, ending: Ending
) -> None:
    """Without a report, too, nothing is left that this run believed, or an earlier."""
    Engine(rpcs=(witnesses.second,), cache=cache).scan(witnesses.world.question)
    assert cache.covered(1, SHAPE.version, [OWNER])[OWNER]
    ending(witnesses, cache)
    assert cache.covered(1, SHAPE.version, [OWNER])[OWNER] == ()
    assert _kept(cache) == []


def test_difference_above_finality(witnesses: Witnesses, cache: Cache) -> None:
    """Of blocks that are sought anew when a newer one is pinned: as of any other."""
    for rpc in witnesses.rpcs:
        rpc.logs_ = [log for log in rpc.logs_ if log.block < 200]

    def before(method: str) -> None:
        # The history is told alike, and from then on there is one log more.
        rpc = witnesses.world.rpc
        if method == "account" and rpc.newest == 1_000:
            rpc.logs_ = [*rpc.logs_, approval_log(OLDER, number=1_010)]
            for each in witnesses.rpcs:
                each.newest, each.expired = 1_020, {1_000}

    witnesses.world.rpc.before = witnesses.second.before = before
    scan = witnesses.scan(cache, verify=100)
    assert scan.as_of.number == 1_020
    assert scan.coverage.differences
    assert spenders(scan) == {OLDER.spender, candidate().spender}
    assert cache.covered(1, SHAPE.version, [OWNER])[OWNER] == ()


@given(st.lists(st.none() | st.sampled_from(Checked), max_size=4))
def test_together(parts: list[Checked | None]) -> None:
    """All is agreed only if every part is; what was not asked says nothing."""
    told = [part for part in parts if part is not None]
    found = together(parts)
    assert (found is None) == (not told)
    assert (found is Checked.AGREED) == (set(told) == {Checked.AGREED})
    assert (found is Checked.UNCHECKED) == (set(told) == {Checked.UNCHECKED})


# who is asked no more, or not vouched for


def test_logs_of_whoever_was_dropped(cache: Cache) -> None:
    """What it told was written down under its name, and is still told of."""
    rpc = FakeRpc(finality=FINALITY, host="goes.test")
    rpc.logs_ = [approval_log(OLDER, number=5), approval_log(NEWER, number=990)]

    async def run(seeker: Seeker) -> list[Log]:
        pin = await seeker.pool.pin(None)
        found = await seeker.history((OWNER,), 0, pin)
        await seeker.close()
        (node,) = seeker.pool.nodes
        node.dropped = "gone"
        return seeker.logs(OWNER, 0, pin, [found])

    logs = Engine(rpcs=(rpc,), cache=cache, keyed=True).run(run)
    version = told_by(SHAPE.version, "goes.test")
    kept = cache.logs(1, version, OWNER, BlockRange(0, 1_000))
    assert [log.block for log in kept] == [5]
    assert sorted(log.block for log in logs) == [5, 990]


def test_scan_of_what_somebody_told_who_is_gone(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An approval does not vanish with the endpoint that told of it."""
    monkeypatch.setattr(seek, "_FEW", 0)
    world = World(rpc=FakeRpc(finality=FINALITY, host="stays.test"))
    world.approves(OLDER)
    refusing(BlockRange(0, 936), world.rpc)
    goes = FakeRpc(finality=FINALITY, host="goes.test", logs_=world.rpc.logs_)
    goes.before = lambda method: (
        RefusalError("gone", kind=RefusalKind.FATAL)
        if method == "block" and goes.asked["logs"]
        else None
    )
    engine = Engine(rpcs=(goes, world.rpc), cache=cache, keyed=True)
    # So long that a newer block is pinned before state is read.
    engine.clock = lambda: 10.0 * goes.asked["logs"]
    (scan,) = engine.scan(world.question)
    assert scan.coverage.state_by == ("stays.test",)
    assert spenders(scan) == {OLDER.spender}
    assert scan.complete


def test_logs_of_whoever_is_not_vouched_for(cache: Cache) -> None:
    """What is found to be for this run alone when it is written is still told of."""
    rpc = FakeRpc(finality=FINALITY)
    rpc.logs_ = [approval_log(OLDER, number=5), approval_log(NEWER, number=990)]
    rpc.before = lambda method: (
        RefusalError("not now", kind=RefusalKind.TRANSIENT)
        if method == "chain_id"
        else None
    )

    async def run(seeker: Seeker) -> tuple[list[Log], list[Log]]:
        pin = await seeker.pool.pin(None)
        found = await seeker.history((OWNER,), 0, pin)
        before = seeker.logs(OWNER, 0, pin, [found])
        assert rpc.asked["chain_id"] == 0, "nothing was written so far"
        await seeker.close()
        return before, seeker.logs(OWNER, 0, pin, [found])

    for logs in Engine(rpcs=(rpc,), cache=cache).run(run):
        assert sorted(log.block for log in logs) == [5, 990]
    assert _kept(cache) == []


# what was found


def holding(cache: Cache, logs: Sequence[Log]) -> Keeper:
    """A keeper of one range, of which nothing is final."""
    keeper = Keeper(
        cache,
        chain_id=1,
        version=SHAPE.version,
        settled=-1,
        owners={words.topic(OWNER): OWNER},
        vouch=nobody,
    )
    wanted = SHAPE.of((OWNER,))
    blocks = BlockRange(0, 9)
    keeper.take(Served(wanted=wanted, blocks=blocks, logs=logs, host="node.test"))
    return keeper


async def nobody(_keys: Collection[str], _since: float) -> set[str]:
    return set()


def test_found_up_to_a_block(cache: Cache) -> None:
    """What lies above is left out; what reaches over it is cut."""
    gaps = [
        Gap(blocks=BlockRange(1, 9), reason="a"),
        Gap(blocks=BlockRange(7, 8), reason="b"),
    ]
    logs = [approval_log(candidate(), number=number) for number in (5, 6)]
    dispute = Difference(blocks=BlockRange(2, 3), hosts=("a", "b"))
    found = Found(
        keepers=[holding(cache, logs)],
        gaps={OWNER: gaps},
        differences=[dispute],
        canary=4,
    )
    below = found.up_to(5)
    assert (found.held(OWNER), found.held(OTHER)) == (logs, [])
    assert (below.held(OWNER), below.held(OTHER)) == (logs[:1], [])
    assert gaps_of([below], OWNER) == (Gap(blocks=BlockRange(1, 5), reason="a"),)
    assert (below.differences, below.canary) == ([dispute], 4)
    assert below.up_to(-1).gaps == {OWNER: []}


def test_other_owners(life: Life) -> None:
    """Logs of somebody else name nothing here."""
    stray = approval_log(candidate(owner=OTHER), number=3)
    life.rpc.logs_.append(stray)
    assert life.only().candidates == 0
    assert not LogFilter(topics=SHAPE.of((OWNER,)).topics).matches(stray)


def test_questions_need_not_be_of_one_kind(life: Life) -> None:
    """Owners share logs and blocks; what is reported of them is each one's own."""
    life.approves(OLDER, 5)
    named = Question(chain=MAINNET, owner=OTHER)
    life.approves(candidate(owner=OTHER), 6)
    one, other = Engine(rpcs=(life.rpc,), cache=life.cache).scan(
        life.world.question, named
    )
    assert (one.candidates, other.candidates) == (1, 1)
