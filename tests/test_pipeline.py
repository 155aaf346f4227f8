"""A scan as a whole: nothing that was named is lost, whatever the world does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allowctl.errors import UnservedError, UsageError
from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices import PriceBook
from allowctl.intel.prices.source import Query, Told
from allowctl.model.approval import Candidate, DeadReason, Fate, Kind, Origin
from allowctl.model.chain import (
    Address,
    Answer,
    BlockRange,
    Call,
    Returned,
    Sent,
    Unserved,
)
from allowctl.model.finding import Level
from allowctl.model.missing import Lack
from allowctl.model.question import Pair
from allowctl.model.report import Scan, Unscanned
from allowctl.model.value import Unpriced
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.scan.around import Sources
from allowctl.scan.discover import nominate
from allowctl.scan.resolve import candidate_of
from allowctl.standards import STANDARD_OF
from allowctl.store.cache import Cache
from tests import strategies
from tests.build import (
    OWNER,
    PERMIT2,
    SPENDER,
    TOKEN,
    TRANSACTION,
    address,
    candidate,
)
from tests.fakes.engine import Engine
from tests.fakes.rpc import BURNT, EMPTY, REVERTS, FakeContract, FakeRpc
from tests.fakes.worlds import World, approval_log, permit2_root

ERC20 = candidate()
NFT = address(0x4F7)
ITEM = candidate(kind=Kind.ERC721, token=NFT, token_id=7)
OPERATOR = candidate(kind=Kind.OPERATOR, token=NFT)
CHILD = candidate(kind=Kind.PERMIT2)
LIVE = (ERC20, ITEM, OPERATOR, CHILD)


def keys(scan: Scan) -> list[object]:
    """The key of every candidate of a scan, in whatever fate."""
    records = [each.record for each in scan.allowances] + list(scan.dormant)
    fates: tuple[Fate, ...] = (*scan.dead, *scan.refused, *scan.unserved)
    return [
        *(each.allowance.candidate.key for each in records),
        *(candidate_of(each).key for each in fates),
    ]


def live(scan: Scan) -> set[object]:
    return {each.record.allowance.candidate.key for each in scan.allowances}


def test_an_honest_world() -> None:
    """One approval of each kind: each is found, enriched and ranked."""
    world = World()
    for named in LIVE:
        world.approves(named)
    scan = world.scan()
    assert live(scan) == {each.key for each in (*LIVE, permit2_root())}
    assert scan.complete
    assert (scan.dead, scan.dormant, scan.refused, scan.unserved) == ((), (), (), ())
    assert scan.coverage.blocks == BlockRange(0, 1_000)
    assert scan.coverage.endpoints == ("node.test",)
    assert scan.as_of == world.rpc.block_at(1_000)
    levels = [each.level for each in scan.allowances]
    assert levels == sorted(levels, reverse=True)


def test_an_empty_wallet() -> None:
    """Nothing named, nothing found, and that is complete."""
    world = World()
    scan = world.scan()
    assert (scan.candidates, scan.complete) == (0, True)
    # The head, the newest final block, the canary's blooms, the logs, the end.
    assert world.rpc.asked == {"block": 3, "bloom": 1, "logs": 1}


# the law

_few = st.integers(1, 4).map(address)
_named = st.builds(
    lambda kind, token, spender: candidate(kind=kind, token=token, spender=spender),
    st.sampled_from(Kind),
    _few,
    _few,
)
_behaviours: st.SearchStrategy[Answer] = strategies.answers | st.sampled_from(
    [EMPTY, BURNT, REVERTS, Unserved("not now")]
)

_codes: st.SearchStrategy[bytes | Unserved] = st.sampled_from(
    [b"", b"\x60", Unserved("not now")]
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An arbitrary world, and what its logs name."""

    world: World
    named: tuple[Candidate, ...]


@st.composite
def worlds(draw: st.DrawFn) -> Drawn:
    """Few tokens and spenders, honest and hostile, on an endpoint with any limits."""
    drawn = draw(st.lists(st.tuples(_named, st.integers(0, 2**161)), max_size=12))
    rpc = FakeRpc(
        newest=50,
        multicall=draw(st.booleans()),
        aggregate_limit=draw(st.none() | st.integers(1, 40)),
        max_blocks=draw(st.none() | st.integers(1, 60)),
        max_results=draw(st.none() | st.integers(0, 12)),
    )
    world = World(rpc=rpc)
    for index, (each, value) in enumerate(drawn):
        if draw(st.booleans()):
            world.grants(each, value % 2**160)
        number = draw(st.integers(0, 50))
        rpc.logs_.append(approval_log(each, value=value, number=number, index=index))
    for place in draw(st.lists(_few | st.just(PERMIT2), max_size=4)):
        rpc.contract(place).default = draw(_behaviours)
    for each, _ in drawn:
        for call in STANDARD_OF[each.kind].reads(each):
            if draw(st.integers(0, 4)) == 0:
                rpc.contract(call.to).answers[call.data] = draw(_behaviours)
    for place in draw(st.lists(_few, max_size=2)):
        rpc.codes_[place] = draw(_codes)
    return Drawn(world, nominate(rpc.logs_, OWNER).candidates)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(worlds())
def test_law(drawn: Drawn) -> None:
    """Live + dead + dormant + refused + unserved = candidates, each exactly once.

    A named approval is missing only if its block is in a gap, or if the other
    reading of its log took its place.
    """
    world = drawn.world
    scan = world.scan()
    found = keys(scan)
    assert len(found) == len(set(found)) == scan.candidates

    gaps = [gap.blocks for gap in scan.coverage.gaps]
    logs = [log for log in world.rpc.logs_ if not any(log.block in g for g in gaps)]
    reached = nominate(logs, OWNER)
    for named in reached.candidates:
        others = {each.key for each in reached.other_readings.get(named.key, ())}
        if named.origin is Origin.LOG and named.key not in found:
            assert others & set(found)
    allowed = {each.key for each in reached.candidates}
    allowed |= {e.key for every in reached.other_readings.values() for e in every}
    allowed |= {permit2_root(each.token).key for each in reached.candidates}
    allowed |= {
        permit2_root(e.token).key
        for every in reached.other_readings.values()
        for e in every
    }
    assert set(found) <= allowed
    served = not (scan.unserved or scan.coverage.gaps or scan.half_known)
    assert scan.complete is served


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(worlds(), st.integers(1, 8), st.integers(1, 60))
def test_limits_change_no_row(drawn: Drawn, limit: int, width: int) -> None:
    """What an endpoint takes at once changes the requests, never the report."""
    world = drawn.world
    world.rpc.max_results = world.rpc.max_blocks = None
    world.rpc.aggregate_limit, world.rpc.multicall = None, True
    wide = world.scan()
    world.rpc.max_blocks, world.rpc.aggregate_limit = width, limit
    narrow = world.scan()
    world.rpc.multicall = False
    single = world.scan()
    for other in (narrow, single):
        assert sorted(map(str, keys(other))) == sorted(map(str, keys(wide)))
        assert live(other) == live(wide)
        # Without Multicall3 and any code, nothing shows that there is state.
        gone = {d.candidate.key for d in wide.dead if d.reason is DeadReason.NO_CODE}
        lost = {f.candidate.key for f in other.unserved}
        lost -= {f.candidate.key for f in wide.unserved}
        assert lost <= (gone if other is single else set())
        assert [d for d in wide.dead if d.candidate.key not in lost] == list(other.dead)
        assert other.refused == wide.refused


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(worlds(), st.integers(0, 50), st.integers(0, 50))
def test_memory_changes_no_row(drawn: Drawn, finality: int, head: int) -> None:
    """What an earlier run remembers, of whatever part, never changes the report."""
    world = drawn.world
    rpc = world.rpc
    rpc.finality = finality
    fresh = world.scan()
    logs = rpc.logs_
    with Cache.open(None) as cache:
        engine = Engine(rpcs=(rpc,), cache=cache)
        rpc.newest, rpc.logs_ = head, [log for log in logs if log.block <= head]
        engine.scan(world.question)
        rpc.newest, rpc.logs_ = 50, logs
        (known,) = engine.scan(world.question)
    assert sorted(map(str, keys(known))) == sorted(map(str, keys(fresh)))
    assert live(known) == live(fresh)
    assert known.complete is fresh.complete


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(worlds(), st.none() | st.integers(1, 60), st.sampled_from([0.0, 40.0, 100.0]))
def test_second_endpoint_changes_no_row(
    drawn: Drawn, width: int | None, verify: float
) -> None:
    """Two that tell the same tell no more and no less than one, checked or not."""
    world = drawn.world
    one = world.rpc
    alone = world.scan()
    other = replace(one, host="other.test", max_blocks=width, asked=Counter())
    (both,) = Engine(rpcs=(one, other), verify=verify).scan(world.question)
    assert both.coverage.differences == ()
    if not alone.coverage.gaps:
        assert both.coverage.gaps == ()
        assert sorted(map(str, keys(both))) == sorted(map(str, keys(alone)))
        assert live(both) == live(alone)


# planted logs


@pytest.mark.parametrize(
    "behaviour",
    [REVERTS, BURNT, EMPTY, Returned(b"\xff" * 31), Returned(b"\x01")],
    ids=["reverts", "burns", "empty", "garbage", "short"],
)
def test_a_hundred_planted_logs(behaviour: Answer) -> None:
    """They neither hide nor spoil a real row, and leave the scan complete."""
    alone = World()
    alone.approves(ERC20, 2**256 - 1)
    (before,) = alone.scan().allowances

    world = World()
    for number in range(101, 151):
        fake = candidate(token=address(number))
        world.emits(fake, 2**256 - 1)
        world.rpc.contract(fake.token).default = behaviour
    world.approves(ERC20, 2**256 - 1)
    for number in range(151, 201):
        fake = candidate(kind=Kind.OPERATOR, token=address(number))
        world.emits(fake)
        world.rpc.contract(fake.token).default = behaviour
    scan = world.scan()
    (after,) = scan.allowances
    assert after.record.allowance.candidate.key == ERC20.key
    assert (after.record.token, after.record.spender, after.findings) == (
        before.record.token,
        before.record.spender,
        before.findings,
    )
    assert len(scan.refused) == 100
    assert scan.complete


def test_planted_rows_that_live() -> None:
    """A live fake whose name burns all gas leaves the real row its name."""
    world = World()
    fake = candidate(token=address(1))
    world.approves(fake)
    grant = STANDARD_OF[Kind.ERC20].reads(fake)[0]
    answer = world.rpc.contracts[fake.token].answers[grant.data]
    world.rpc.contracts[fake.token] = FakeContract(
        answers={grant.data: answer}, default=BURNT
    )
    world.approves(ERC20)
    rows = {
        each.record.token.address: each.record.token
        for each in (world.scan().allowances)
    }
    assert rows[TOKEN].symbol == "TKN"
    assert rows[TOKEN].balance == 1_000
    assert rows[fake.token].symbol is None


@pytest.mark.parametrize("from_block", [0, 1])
def test_planted_by_a_stranger(from_block: int) -> None:
    """A live fake with a neutral name ranks last; cut off, nobody knows who began."""
    world = World()
    world.approves(ERC20)
    world.rpc.sent[TRANSACTION] = Sent(SPENDER, TOKEN)
    world.question = replace(world.question, from_block=from_block)
    (row,) = world.scan().allowances
    assert row.record.plain_owner is (None if from_block else True)
    assert row.spam is not bool(from_block)


class Down:
    """A source of prices that never answers."""

    by_feeds: ClassVar[bool] = False

    def serves(self, table: ChainFeeds) -> bool:
        del table
        return True

    async def prices(self, query: Query) -> dict[Address, Told]:
        return dict.fromkeys(query.tokens, Unpriced.UNSERVED)


@pytest.mark.parametrize("down", [False, True])
def test_a_price_source_that_is_down(down: bool) -> None:  # noqa: FBT001 - one fact
    """What it kept to itself is a blind spot, and no gap."""
    world = World()
    world.approves(ERC20)
    book = PriceBook([Down()] if down else [])
    engine = Engine(rpcs=(world.rpc,), sources=Sources(prices=book))
    (scan,) = engine.scan(world.question)
    told = "what 1 allowance is worth: a price source did not answer"
    assert (told in scan.blind_spots) is down
    assert scan.complete


# Permit2


def test_permit2_in_silence() -> None:
    """The maximum that a token gives Permit2 without a log is found, and ranked."""
    world = World()
    world.approves(ERC20)
    world.grants(permit2_root(), 2**256 - 1)
    scan = world.scan()
    (root,) = [r for r in scan.allowances if r.record.allowance.spender == PERMIT2]
    assert "permit2-root" in {finding.rule for finding in root.findings}
    assert root.record.allowance.candidate.last_changed is None


def test_permit2_is_not_probed_where_erc20_is_not_asked_for() -> None:
    """Kinds that were not asked for are not read."""
    world = World()
    world.approves(OPERATOR)
    world.grants(permit2_root(NFT), 9)
    world.question = replace(world.question, kinds=frozenset({Kind.OPERATOR}))
    assert live(world.scan()) == {OPERATOR.key}


# kinds, blocks, pairs


@pytest.mark.parametrize("kind", Kind)
def test_one_kind(kind: Kind) -> None:
    """Only that kind is reported, and the others are named as not asked for."""
    world = World()
    for named in LIVE:
        world.approves(named)
    world.question = replace(world.question, kinds=frozenset({kind}))
    scan = world.scan()
    found = {each.record.allowance.candidate.kind for each in scan.allowances}
    assert found == {kind}
    assert any("kinds not asked for" in spot for spot in scan.blind_spots)


def test_from_block() -> None:
    """Earlier logs are not sought, and that is said."""
    world = World()
    for named in LIVE:
        world.approves(named)
    world.question = replace(world.question, from_block=4, kinds=frozenset(Kind))
    scan = world.scan()
    assert live(scan) == {CHILD.key, permit2_root().key}
    assert scan.coverage.blocks == BlockRange(4, 1_000)
    assert any("before block 4" in spot for spot in scan.blind_spots)


def test_to_block() -> None:
    """Logs up to the block, state at it."""
    world = World()
    for named in LIVE:
        world.approves(named)
    world.question = replace(world.question, to_block=1)
    scan = world.scan()
    assert scan.as_of == world.rpc.block_at(1)
    assert ERC20.key in live(scan)
    assert CHILD.key not in live(scan)


@pytest.mark.parametrize(
    ("from_block", "to_block", "message"),
    [
        (0, 1_001, "block 1001 is not there yet"),
        (1_001, None, "above the last block"),
        (9, 8, "above the last block"),
    ],
)
def test_blocks_that_are_none(
    from_block: int, to_block: int | None, message: str
) -> None:
    """A range that cannot be is the asker's mistake."""
    world = World()
    world.question = replace(world.question, from_block=from_block, to_block=to_block)
    with pytest.raises(UsageError, match=message):
        world.scan()


def test_pairs() -> None:
    """Named pairs are read without a log; the token's own silence is a note."""
    world = World()
    world.grants(ERC20, 5)
    world.question = replace(
        world.question, pairs=(Pair(token=TOKEN, spender=SPENDER),)
    )
    scan = world.scan()
    assert live(scan) == {ERC20.key}
    assert {(d.candidate.kind, d.reason) for d in scan.dead} == {
        (Kind.PERMIT2, DeadReason.NO_CODE)
    }
    assert scan.coverage.blocks is None
    assert world.rpc.asked["logs"] == 0
    assert f"{TOKEN} does not answer as operator" in scan.blind_spots
    assert scan.complete


# reorganisations


def reorganising(world: World, times: int) -> None:
    """Replace the blocks above finality during each of the first reads."""
    world.rpc.forked_from = 937
    left = times

    def before(method: str) -> None:
        nonlocal left
        if method == "account" and left:
            left -= 1
            world.rpc.fork += 1

    world.rpc.before = before


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_reorganisation(times: int) -> None:
    """State whose block went away is read anew, at the block that took its place.

    Logs are sought anew too, but only above finality.
    """
    world = World()
    world.approves(ERC20)
    reorganising(world, times)
    scan = world.scan()
    assert live(scan) == {ERC20.key}
    assert scan.as_of == world.rpc.block_at(1_000)
    assert world.rpc.fork == times
    sought = [blocks for _, blocks in world.rpc.sought]
    assert sought == [BlockRange(0, 1_000), *times * [BlockRange(937, 1_000)]]


def test_a_chain_that_does_not_hold_still() -> None:
    """After four times nothing is claimed."""
    world = World()
    world.approves(ERC20)
    reorganising(world, 99)
    (outcome,) = Engine(rpcs=(world.rpc,)).outcomes(world.question)
    assert isinstance(outcome, Unscanned)
    assert outcome.reason == "ethereum was reorganised under 4 scans"
    assert world.rpc.asked["account"] == 4


def test_an_approval_that_a_reorganisation_takes_away() -> None:
    """What the vanished blocks said is in no report, not even as dead."""
    world = World()
    world.approves(ERC20)
    gone = candidate(spender=address(0x60))
    world.grants(gone)
    world.rpc.logs_.append(approval_log(gone, number=990))

    def before(method: str) -> None:
        if method == "account" and not world.rpc.fork:
            world.rpc.fork, world.rpc.forked_from = 1, 980
            world.rpc.logs_.pop()

    world.rpc.before = before
    scan = world.scan()
    assert keys(scan) == [ERC20.key]
    assert scan.complete


def test_a_head_that_moves() -> None:
    """New blocks during a scan change nothing: it stays at the block it began at."""
    world = World()
    world.approves(ERC20)

    def before(method: str) -> None:
        del method
        world.rpc.newest += 1

    world.rpc.before = before
    scan = world.scan()
    assert scan.as_of.number == 1_001
    assert scan.coverage.blocks == BlockRange(0, 1_001)


# endpoints that do not serve


def refusing(*methods: str) -> Callable[[str], UnservedError | None]:
    return lambda method: (
        RefusalError("down", kind=RefusalKind.TRANSIENT) if method in methods else None
    )


def test_logs_not_served() -> None:
    """Nothing found and nothing served is not "clean"."""
    world = World(rpc=FakeRpc(before=refusing("logs")))
    world.approves(ERC20)
    scan = world.scan()
    assert (scan.candidates, scan.complete) == (0, False)
    assert [gap.blocks for gap in scan.coverage.gaps] == [BlockRange(0, 1_000)]


def test_state_not_served() -> None:
    """What logs name and nobody can read is unserved: each of it."""
    world = World(rpc=FakeRpc(before=refusing("call", "code")))
    for named in LIVE:
        world.approves(named)
    scan = world.scan()
    # The two tokens' rights to Permit2 are not known either.
    roots = {permit2_root(TOKEN).key, permit2_root(NFT).key}
    assert set(keys(scan)) == {each.key for each in LIVE} | roots
    assert len(scan.unserved) == scan.candidates
    assert not scan.complete


def test_spenders_not_served() -> None:
    """A row stays; what could not be judged is named."""
    world = World(rpc=FakeRpc(multicall=False))
    world.approves(ERC20)
    world.rpc.codes_[SPENDER] = Unserved("not now")
    scan = world.scan()
    (row,) = scan.allowances
    assert row.level is Level.UNKNOWN
    failed = {each.rule for each in scan.not_evaluated if each.lack is Lack.FAILED}
    assert failed == set(row.failed) >= {"eoa-spender", "codeless-spender"}
    assert not scan.complete


@pytest.mark.parametrize("method", ["block"])
def test_no_head(method: str) -> None:
    """Without a block there is nothing a report could be true at."""
    with pytest.raises(UnservedError, match="down"):
        World(rpc=FakeRpc(before=refusing(method))).scan()


def test_requests_are_told() -> None:
    """How much was asked stands in the report."""
    world = World()
    scan = world.scan()
    assert 0 < scan.coverage.requests <= world.rpc.requests


def test_reads_are_pinned() -> None:
    """All state is read at the block of the report."""
    seen: list[Sequence[Call]] = []
    blocks: set[int] = set()

    class Watching(FakeRpc):
        __slots__ = ()

        async def calls(
            self, calls: Sequence[Call], at: object, *, gas: int | None = None
        ) -> list[Answer]:
            block = self.block_at(1_000)
            assert at == block
            blocks.add(block.number)
            seen.append(calls)
            return await FakeRpc.calls(self, calls, block, gas=gas)

    world = World(rpc=Watching())
    world.approves(ERC20)
    world.scan()
    assert seen
    assert blocks == {1_000}


def test_addresses_are_whole() -> None:
    """A token that lives at any address is read there and nowhere else."""
    world = World()
    places = [Address("0x" + f"{n:02x}" * 20) for n in (1, 0xAB, 0xFF)]
    for place in places:
        world.approves(candidate(token=place))
    scan = world.scan()
    assert {each.record.token.address for each in scan.allowances} == set(places)


# probes


def probing(world: World, *pairs: Pair) -> Scan:
    (scan,) = Engine(rpcs=(world.rpc,)).scan(replace(world.question, probes=pairs))
    return scan


def test_a_probe_finds_what_no_log_names() -> None:
    """A token that emits nothing: seen with a probe alone, and nothing else changes."""
    world = World()
    world.approves(OPERATOR)
    world.grants(ERC20)
    blind = world.scan()
    scan = probing(world, Pair(token=TOKEN, spender=SPENDER))
    assert live(blind) == {OPERATOR.key}
    # The token's allowance to Permit2 is looked at as for any other token.
    assert live(scan) == {OPERATOR.key, ERC20.key}
    assert [dead.candidate.key for dead in scan.dead] == [CHILD.key]
    assert (scan.restricted, scan.complete) == (False, True)
    assert scan.coverage.blocks == blind.coverage.blocks
    assert f"{TOKEN} does not answer as operator" in scan.blind_spots


def test_a_probe_of_what_a_log_names() -> None:
    """One row, by the log, with its age."""
    world = World()
    world.approves(ERC20)
    (row,) = (
        each.record.allowance.candidate
        for each in probing(world, Pair(token=TOKEN, spender=SPENDER)).allowances
    )
    assert (row.key, row.origin) == (ERC20.key, Origin.LOG)
    assert row.raised is not None


def test_a_probe_that_does_not_answer() -> None:
    """A contract that refuses is a row that says so; one that is not there is dead."""
    world = World()
    world.rpc.contract(TOKEN).default = REVERTS
    refused = probing(world, Pair(token=TOKEN, spender=SPENDER))
    assert {each.candidate.kind for each in refused.refused} == {
        Kind.ERC20,
        Kind.OPERATOR,
    }
    world = World()
    gone = probing(world, Pair(token=TOKEN, spender=SPENDER))
    assert {each.reason for each in gone.dead} == {DeadReason.NO_CODE}
    assert f"no contract is at {TOKEN}: right chain?" in gone.blind_spots
    world = World(rpc=FakeRpc(before=refusing("call", "code")))
    unserved = probing(world, Pair(token=TOKEN, spender=SPENDER))
    assert {each.candidate.kind for each in unserved.unserved} >= {
        Kind.ERC20,
        Kind.OPERATOR,
        Kind.PERMIT2,
    }
    assert not unserved.complete


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(worlds(), st.lists(st.builds(lambda t, s: Pair(token=t, spender=s), _few, _few)))
def test_probes_keep_the_law(drawn: Drawn, pairs: list[Pair]) -> None:
    """Every candidate in one fate, once; nothing that logs name is lost by them."""
    plain, scan = drawn.world.scan(), probing(drawn.world, *pairs)
    found = keys(scan)
    assert len(found) == len(set(found)) == scan.candidates
    assert live(plain) <= live(scan)
    assert {each for each in keys(plain) if each not in found} == set()
    assert scan.restricted is plain.restricted
