"""Since when contracts are there: exact where old state is, a bound elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from allowctl.intel.creation import creations
from allowctl.model.chain import Address, Unserved
from allowctl.model.facts import Creation
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.archive import Archive
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node
from tests.build import address
from tests.fakes.rpc import CODE, FakeRpc
from tests.fakes.virtual import simulate

HEAD = 24_000_000
ONE, TWO, THREE = map(address, (0x01, 0x02, 0x03))
UNAVAILABLE = Missing(
    Lack.UNAVAILABLE, "nobody has old state, and no log says since when it is there"
)

blocks = st.integers(0, HEAD)


def chain(
    born: Mapping[Address, int], *, head: int = HEAD, keeps: int | None = None
) -> FakeRpc:
    """Contracts that came in some block and are still there."""
    return FakeRpc(
        newest=head,
        born=dict(born),
        nonces_=dict.fromkeys(born, 1),
        codes_=dict.fromkeys(born, CODE),
        keep_states=keeps,
    )


def found(
    rpcs: FakeRpc | Sequence[FakeRpc],
    firsts: Mapping[Address, int | None],
    known: Mapping[Address, Creation] | None = None,
) -> dict[Address, Creation | Missing]:
    nodes = [rpcs] if isinstance(rpcs, FakeRpc) else rpcs
    at = nodes[0].block_at(nodes[0].newest)
    archive = Archive([Node(each) for each in nodes])
    return asyncio.run(creations(archive, at, firsts, known or {}))


def exact(block: int) -> Creation:
    return Creation(block=block, exact=True)


def bound(block: int) -> Creation:
    return Creation(block=block, exact=False)


@given(st.lists(blocks, min_size=1, max_size=5), st.data())
def test_exact(born: list[int], data: st.DataObject) -> None:
    """The first block with it, wherever that is, and whatever the logs say."""
    contracts = {address(1 + n): number for n, number in enumerate(born)}
    firsts = {each: data.draw(st.none() | blocks) for each in contracts}

    assert found(chain(contracts), firsts) == born_exactly(contracts)


@given(st.integers(1, 30), st.data())
def test_exact_on_a_young_chain(head: int, data: st.DataObject) -> None:
    """Also where there are fewer blocks than would be looked at in one round."""
    born = data.draw(st.integers(0, head))

    assert found(chain({ONE: born}, head=head), {ONE: None}) == {ONE: exact(born)}


@given(blocks)
def test_by_code_where_the_nonce_is_none(born: int) -> None:
    """From before EIP-161: the nonce is 0 for ever."""
    rpc = chain({ONE: born})
    rpc.nonces_[ONE] = 0

    assert found(rpc, {ONE: None}) == {ONE: exact(born)}


class LateNonce(FakeRpc):
    """A contract of which the nonce rose long after it was made."""

    async def old_nonces(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[int | Unserved]:
        # Not super(): a dataclass with slots is another class than its body knows.
        told = await FakeRpc.old_nonces(self, asked)
        return [
            it if isinstance(it, Unserved) or number >= HEAD - 5 else 0
            for it, (_, number) in zip(told, asked, strict=True)
        ]


@given(st.integers(0, HEAD - 6))
def test_by_code_where_the_nonce_rose_later(born: int) -> None:
    """The first block with a nonce is not the first one: there was code before."""
    rpc = LateNonce(newest=HEAD, born={ONE: born}, nonces_={ONE: 2}, codes_={ONE: CODE})

    assert found(rpc, {ONE: None}) == {ONE: exact(born)}


class Reborn(FakeRpc):
    """A contract that was gone for a while."""

    async def old_nonces(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[int | Unserved]:
        return [int(1_000 <= n < 9_000_000 or n >= 12_345_678) for _, n in asked]

    async def old_codes(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[bytes | Unserved]:
        nonces = await self.old_nonces(asked)
        return [CODE if nonce else b"" for nonce in nonces]


def test_what_came_back_counts_from_then() -> None:
    """Created, destroyed and created again: it is as new as its last creation."""
    rpc = Reborn(newest=HEAD, nonces_={ONE: 1})

    assert found(rpc, {ONE: None}) == {ONE: exact(12_345_678)}


# Without old state


def test_bound() -> None:
    """The first approval is all there is to tell, or nothing is."""
    rpc = chain({ONE: 5, TWO: 6}, keeps=128)

    assert found(rpc, {ONE: 700, TWO: None}) == {ONE: bound(700), TWO: UNAVAILABLE}


def test_bound_costs_one_question() -> None:
    """Whether there is old state is asked once at each endpoint, whoever it is."""
    rpcs = [chain({ONE: 5, TWO: 6}, keeps=128) for _ in range(3)]
    found(rpcs, {ONE: 700, TWO: None})

    assert [rpc.requests for rpc in rpcs] == [1, 1, 1]
    assert [rpc.old_asked for rpc in rpcs] == [1, 1, 1]


def test_nobody_asked() -> None:
    """No contract, no request."""
    rpc = chain({})

    assert found(rpc, {}) == {}
    assert rpc.requests == 0


@given(st.integers(0, HEAD - 1), st.none() | blocks)
def test_some_old_state(born: int, first: int | None) -> None:
    """Where state reaches back only so far: exact within that, true before it."""
    floor = 10_000_000
    rpc = chain({ONE: born}, keeps=HEAD - floor)
    (told,) = found(rpc, {ONE: first}).values()

    if isinstance(told, Missing):
        assert told == UNAVAILABLE
        assert born <= floor
        assert first is None
    elif told.exact:
        assert told.block == born
        assert born > floor
    else:
        assert told.block == first or told.block >= born


class Holed(FakeRpc):
    """A node that has lost the blocks around the creation, and those only."""

    async def old_nonces(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[int | Unserved]:
        lost = Unserved("missing trie node", expired=True)
        return [
            lost if 13_000_000 < n < 19_000_000 else int(n > 14_000_000)
            for _, n in asked
        ]


def test_hole_in_old_state() -> None:
    """A first approval that state contradicts is no bound: there was nothing yet."""
    rpc = Holed(newest=HEAD, nonces_={ONE: 1})
    (early,) = found(rpc, {ONE: 500}).values()
    (late,) = found(rpc, {ONE: 15_000_000}).values()

    assert isinstance(early, Creation)
    assert not early.exact
    assert early.block >= 19_000_000
    assert late == bound(15_000_000)


def test_another_endpoint_has_it() -> None:
    """One that keeps old state is enough."""
    rpcs = [chain({ONE: 77}, keeps=100), chain({ONE: 77})]

    assert found(rpcs, {ONE: None}) == {ONE: exact(77)}


def failing(rpc: FakeRpc, after: int) -> FakeRpc:
    """The same, down after so many requests."""

    def fail(method: str) -> RefusalError | None:
        if rpc.requests <= after:
            return None
        return RefusalError(f"{method} is down", kind=RefusalKind.TRANSIENT)

    rpc.before = fail
    return rpc


def test_not_served() -> None:
    """An endpoint that fails on the way: asked for and not served, not guessed."""
    born, first = {ONE: 123_456}, {ONE: 200_000}
    healthy = chain(born)

    assert found(healthy, first) == born_exactly(born)
    for after in range(1, healthy.requests):
        (told,) = found(failing(chain(born), after), first).values()
        assert isinstance(told, Missing)
        assert told.lack is Lack.FAILED
    assert found(failing(chain(born), healthy.requests), first) == born_exactly(born)


def born_exactly(born: Mapping[Address, int]) -> dict[Address, Creation]:
    return {each: exact(number) for each, number in born.items()}


# What is known already


def test_known() -> None:
    """What was exact once is not asked again; what was not, is, and may be better."""
    rpc = chain({ONE: 100, TWO: 200, THREE: 300})
    known = {ONE: exact(99), TWO: bound(900), THREE: exact(300)}
    told = found(rpc, {ONE: None, TWO: 1_000, THREE: None}, known)

    assert told == {ONE: exact(99), TWO: exact(200), THREE: exact(300)}


def test_known_bound() -> None:
    """Without old state the older of two bounds counts."""
    rpc = chain({ONE: 5, TWO: 5, THREE: 5}, keeps=128)
    known = {ONE: bound(900), TWO: bound(900), THREE: bound(900)}
    told = found(rpc, {ONE: 1_000, TWO: 0, THREE: None}, known)

    assert told == {ONE: bound(900), TWO: bound(0), THREE: bound(900)}


def test_known_costs_nothing() -> None:
    """Nothing at all is asked where all is known."""
    rpc = chain({ONE: 100})
    found(rpc, {ONE: 500}, {ONE: exact(100)})

    assert rpc.requests == 0


def test_known_of_a_later_block() -> None:
    """What was seen later than the block asked at says nothing of that."""
    rpc = chain({ONE: 5}, keeps=128)

    assert found(rpc, {ONE: None}, {ONE: exact(HEAD + 1)}) == {ONE: UNAVAILABLE}


# What it costs


def test_rounds() -> None:
    """Two hundred contracts among 24 million blocks: eight rounds, and two more.

    One for whether there is old state, one for whether there was no code before.
    """
    born = {address(1 + n): 7_919 * n * 13 % HEAD for n in range(200)}
    rpc = chain(born)
    rpc.latency = 1.0

    async def ask() -> float:
        archive, loop = Archive([Node(rpc)]), asyncio.get_running_loop()
        told = await creations(archive, rpc.block_at(HEAD), dict.fromkeys(born), {})
        assert told == born_exactly(born)
        return loop.time()

    assert simulate(ask()) <= 10
    assert rpc.old_asked <= 200 * 8 * 8 + 2 * 200 + 1
