"""A report is true at one block, whatever becomes of the chain meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.errors import UnservedError
from allowctl.model.approval import Amount, Kind
from allowctl.model.chain import Address, Answer, Block, BlockRange, Call, Returned
from allowctl.model.question import Pair, Question
from allowctl.model.report import Record, Scan, Unscanned
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.scan.shape import filters
from allowctl.standards import STANDARDS
from allowctl.store.cache import Cache
from tests.build import MAINNET, OWNER, SPENDER, TOKEN, address, candidate
from tests.fakes.engine import Engine
from tests.fakes.rpc import FakeRpc
from tests.fakes.worlds import World, approval_log

(SHAPE,) = filters(STANDARDS)
STATE = {"call", "account", "code", "nonce"}
START = 100
"""Small enough for a token's decimals."""
TOKENS = [address(0x700 + n) for n in range(3)]


class Dated(FakeRpc):
    """Every contract answers any question with the block's number."""

    __slots__ = ()

    def _answer(self, call: Call, at: Block) -> Answer:
        if call.to in self.contracts:
            return Returned(words.uint(at.number))
        return super()._answer(call, at)


def dated(owners: int = 1) -> Dated:
    """Each owner has approved each token once."""
    rpc = Dated(newest=START, finality=64, keep_states=5)
    for token in TOKENS:
        rpc.contract(token)
        for number in range(owners):
            named = candidate(owner=owner_of(number), token=token)
            rpc.logs_.append(approval_log(named, number=30 + number))
    return rpc


def owner_of(number: int) -> Address:
    return address(0xA00 + number)


def asked(owners: int = 1, to_block: int | None = None) -> list[Question]:
    return [
        Question(
            chain=MAINNET,
            owner=owner_of(number),
            kinds=frozenset({Kind.ERC20}),
            to_block=to_block,
        )
        for number in range(owners)
    ]


def moments(record: Record) -> set[int | None]:
    """Every block at which any part of a row was read."""
    grant = record.allowance.grant
    assert isinstance(grant, Amount)
    token = record.token
    return {grant.amount, token.balance, token.total_supply, token.decimals}


def is_of_one_moment(scan: Scan) -> bool:
    rows = [each.record for each in scan.allowances]
    return all(moments(row) == {scan.as_of.number} for row in rows)


def leaping(rpc: FakeRpc, leaps: set[int], by: int) -> None:
    """Let the head leap ahead before some of the reads of state, by their number."""
    reads = 0

    def before(method: str) -> None:
        nonlocal reads
        if method in STATE:
            if reads in leaps:
                rpc.newest += by
            reads += 1

    rpc.before = before


@given(st.sets(st.integers(0, 12), max_size=3), st.integers(1, 30))
def test_state_that_expires_is_read_anew(leaps: set[int], by: int) -> None:
    """Where the block's state is gone, a newer block is pinned and all is read there.

    Never one number of one block beside another's, whenever it happens.
    """
    rpc = dated()
    leaping(rpc, leaps, by)
    (scan,) = Engine(rpcs=(rpc,)).scan(*asked())
    assert scan.complete
    assert len(scan.allowances) == 2 * len(TOKENS), "each token's, and its Permit2's"
    assert is_of_one_moment(scan)
    assert scan.as_of.number >= rpc.newest - 5
    assert scan.coverage.blocks == BlockRange(0, scan.as_of.number)


def test_logs_of_the_newer_blocks_are_found() -> None:
    """What was approved after the first pin, and before the last, is reported."""
    rpc = dated()
    late = candidate(owner=owner_of(0), token=address(0x799))

    def before(method: str) -> None:
        if method == "account" and rpc.newest == START:
            rpc.newest += 20
            rpc.contract(late.token)
            rpc.logs_.append(approval_log(late, number=START + 10))

    rpc.before = before
    (scan,) = Engine(rpcs=(rpc,)).scan(*asked())
    assert late.token in {each.record.token.address for each in scan.allowances}
    assert is_of_one_moment(scan)
    assert [blocks for _, blocks in rpc.sought] == [
        BlockRange(0, START),
        BlockRange(START - 64 + 1, START + 20),
    ]


def test_state_that_never_lasts() -> None:
    """After four blocks that expired, what is not read is unserved: never a mixture."""
    rpc = dated()
    leaping(rpc, set(range(200)), 10)
    (scan,) = Engine(rpcs=(rpc,)).scan(*asked())
    assert not scan.complete
    assert scan.allowances == ()
    assert len(scan.unserved) == scan.candidates >= len(TOKENS)
    assert rpc.asked["block"] >= 4


def test_asked_for_block_is_never_left() -> None:
    """--to-block N is read at N or not at all, however often its state is gone."""
    rpc = dated()
    rpc.expired.add(90)
    rpc.logs_.append(
        approval_log(candidate(owner=owner_of(0), spender=address(3)), number=91)
    )
    (scan,) = Engine(rpcs=(rpc,)).scan(*asked(to_block=90))
    assert scan.as_of == rpc.block_at(90)
    assert (scan.allowances, scan.complete) == ((), False)
    assert len(scan.unserved) == scan.candidates >= len(TOKENS)
    assert [blocks for _, blocks in rpc.sought] == [BlockRange(0, 90)]
    assert rpc.asked["block"] == 3, "the head, the block, and the block at the end"


def test_asked_for_block_is_read_there() -> None:
    """State and logs are those of N, though the head goes on."""
    rpc = dated()
    rpc.keep_states = None
    leaping(rpc, set(range(20)), 3)
    (scan,) = Engine(rpcs=(rpc,)).scan(*asked(to_block=70))
    assert scan.as_of == rpc.block_at(70)
    assert scan.allowances
    assert is_of_one_moment(scan)


def test_old_pin_is_renewed_before_state_is_read() -> None:
    """A discovery that took long is followed by a recent block, and its tail."""
    rpc = dated()
    rpc.keep_states = None

    def before(method: str) -> None:
        if method == "logs" and len(rpc.sought) == 0:
            rpc.newest += 50

    rpc.before = before
    engine = Engine(rpcs=(rpc,), clock=lambda: 10.0 * min(1, len(rpc.sought)))
    (scan,) = engine.scan(*asked())
    assert scan.as_of.number == START + 50
    assert is_of_one_moment(scan)
    assert [blocks for _, blocks in rpc.sought] == [
        BlockRange(0, START),
        BlockRange(START - 64 + 1, START + 50),
    ]


def test_many_owners_are_read_in_waves() -> None:
    """Each owner's rows are of one block; a later owner's may be of a later one."""
    rpc = dated(owners=60)

    def before(method: str) -> None:
        # Asked for a second time: the first wave is done.
        second = rpc.asked["block"] == 2
        if method in STATE and second and rpc.newest == START:
            rpc.newest += 30

    rpc.before = before
    scans = Engine(rpcs=(rpc,)).scan(*asked(owners=60))
    assert [scan.owner for scan in scans] == [owner_of(n) for n in range(60)]
    assert all(scan.complete and is_of_one_moment(scan) for scan in scans)
    numbers = [scan.as_of.number for scan in scans]
    assert numbers == 25 * [START] + 35 * [START + 30]


def test_another_node_may_still_have_the_state() -> None:
    """One of two has lost the block: the other is read, and nothing is pinned anew."""
    rpc = dated()
    archive = Dated(
        newest=START,
        finality=64,
        contracts=rpc.contracts,
        logs_=rpc.logs_,
        host="archive.test",
    )
    rpc.expired.add(START)
    (scan,) = Engine(rpcs=(rpc, archive)).scan(*asked())
    assert scan.as_of.number == START
    assert is_of_one_moment(scan)
    assert scan.complete
    assert scan.coverage.state_by == ("archive.test",)


# who goes, and who lies about the chain


@pytest.fixture
def cache() -> Iterator[Cache]:
    with Cache.open(None) as cache:
        yield cache


def changing(rpc: FakeRpc, method: str) -> None:
    """Let a node speak of another chain from some request on."""

    def before(each: str) -> None:
        if each == method:
            rpc.chain = 5

    rpc.before = before


@pytest.mark.parametrize("method", ["logs", "call", "account"])
def test_chain_that_changes_under_the_scan(cache: Cache, method: str) -> None:
    """What an endpoint of another chain said is neither told nor remembered."""
    world = World(rpc=FakeRpc(finality=64))
    world.approves(candidate())
    engine = Engine(rpcs=(world.rpc,), cache=cache)
    engine.scan(world.question)
    assert cache.covered(1, SHAPE.version, [OWNER])[OWNER]
    changing(world.rpc, method)
    with pytest.raises(UnservedError, match="changed its chain under the scan"):
        engine.outcomes(world.question)
    assert cache.covered(1, SHAPE.version, [OWNER])[OWNER] == ()
    assert cache.anchors(1) == []


def test_other_chain_from_the_start() -> None:
    """It serves nothing; another endpoint does."""
    world = World(rpc=FakeRpc(host="right.test"))
    world.approves(candidate())
    wrong = FakeRpc(chain=5, host="wrong.test")
    (scan,) = Engine(rpcs=(wrong, world.rpc)).scan(world.question)
    assert scan.complete
    assert scan.coverage.endpoints == ("right.test",)
    assert set(wrong.asked) == {"block"}


def test_endpoint_that_goes_away_at_the_end() -> None:
    """As long as another that was believed knows the block, the report stands."""
    world = World(rpc=FakeRpc(host="stays.test", max_blocks=100))
    world.approves(candidate())
    goes = FakeRpc(
        host="goes.test",
        logs_=world.rpc.logs_,
        contracts=world.rpc.contracts,
        max_blocks=100,
    )
    goes.before = lambda method: (
        RefusalError("gone", kind=RefusalKind.FATAL)
        if method == "block" and goes.asked["logs"]
        else None
    )
    (scan,) = Engine(rpcs=(goes, world.rpc)).scan(world.question)
    assert scan.complete
    assert len(scan.allowances) == 1


def test_nobody_is_left_at_the_end() -> None:
    """A block that nobody confirms is no report."""
    world = World()
    world.approves(candidate())
    world.rpc.before = lambda method: (
        RefusalError("gone", kind=RefusalKind.FATAL)
        if method == "block" and world.rpc.asked["account"]
        else None
    )
    (outcome,) = Engine(rpcs=(world.rpc,)).outcomes(world.question)
    assert isinstance(outcome, Unscanned)
    assert "gone" in outcome.reason


def test_pairs_are_of_one_moment() -> None:
    """Named pairs are pinned anew like all else, and no log is sought."""
    rpc = Dated(newest=START, finality=64, keep_states=5)
    rpc.contract(TOKEN)
    leaping(rpc, {2}, 10)
    question = Question(
        chain=MAINNET,
        owner=OWNER,
        kinds=frozenset({Kind.ERC20}),
        pairs=(Pair(token=TOKEN, spender=SPENDER),),
    )
    (scan,) = Engine(rpcs=(rpc,)).scan(question)
    assert scan.as_of.number == START + 10
    assert is_of_one_moment(scan)
    assert rpc.sought == []
