"""Who is there, which block is pinned, and whether it still stands in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from allowctl.errors import UnservedError, UsageError
from allowctl.model.chain import Block, Returned
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pin, Pool
from tests.build import MAINNET, TOKEN
from tests.fakes.rpc import FakeContract, FakeRpc, Script

T = TypeVar("T")
CHAIN = replace(MAINNET, finality=64)


class HonestRpc(FakeRpc):
    """Tells of a block that is not there as `HttpRpc` does."""

    async def block(self, number: int | None = None) -> Block:
        if number is not None and number > self.newest:
            raise RefusalError("no such block", kind=RefusalKind.HEAD)
        return await super().block(number)


def node(
    name: str = "a",
    newest: int = 1000,
    *,
    chain: int = 1,
    final: int | None = None,
    before: Script | None = None,
) -> FakeRpc:
    return HonestRpc(
        host=f"{name}.test", newest=newest, chain=chain, final=final, before=before
    )


def pool(*rpcs: FakeRpc) -> Pool:
    return Pool(CHAIN, [Node(rpc) for rpc in rpcs])


def pinned(*rpcs: FakeRpc, to: int | None = None, first: int = 0) -> Pin:
    return asyncio.run(pool(*rpcs).pin(to, from_block=first))


def in_turn(*steps: Callable[[], Awaitable[T]]) -> list[T]:
    async def run() -> list[T]:
        return [await step() for step in steps]

    return asyncio.run(run())


def gone(method: str) -> UnservedError:
    return UnservedError(f"no {method}", hint="try another")


# the head


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([1000], 1000),
        ([1000, 990], 990),
        ([1001, 1000], 1000),
        ([1000, 900], 1000),
        ([1000, 990, 10], 990),
        ([10, 999_999_999, 1000], 1000),
        ([5, 6, 7, 8], 6),
    ],
)
def test_the_lower_median_is_pinned(heads: Sequence[int], expected: int) -> None:
    """One alone that is ahead, in the future, or long behind, decides nothing."""
    rpcs = [node(str(n), newest) for n, newest in enumerate(heads)]
    assert pinned(*rpcs).block.number == expected


def test_the_whole_block_is_pinned() -> None:
    """Number, hash and time as the endpoint told them."""
    rpc = node()
    assert pinned(rpc).block == rpc.block_at(1000)


def test_each_endpoint_keeps_its_own_head() -> None:
    """One below the pinned block is not read at it."""
    rpcs = [node("a", 1000), node("b", 1000), node("c", 900)]
    found = pool(*rpcs)
    asyncio.run(found.pin(None))
    assert [n.head.number for n in found.nodes if n.head] == [1000, 1000, 900]


# who is not there


def test_another_chain_is_refused_by_host() -> None:
    """It is named without its path, and the others go on without it."""
    rpcs = [node("good"), node("bad", 5000, chain=56)]
    found = pool(*rpcs)
    pin = asyncio.run(found.pin(None))
    assert pin.block.number == 1000
    assert found.refusals() == ("bad.test serves chain 56, not ethereum (1)",)
    assert [each.host for each in found.usable] == ["good.test"]


def test_only_other_chains() -> None:
    """Then the chain is not served, and the reason says why."""
    with pytest.raises(UnservedError, match=r"bad\.test serves chain 56"):
        pinned(node("bad", chain=56))


def test_a_dead_endpoint_is_passed_over() -> None:
    """The others serve; its reason is kept."""
    found = pool(node("dead", before=gone), node("good"))
    assert asyncio.run(found.pin(None)).block.number == 1000
    assert found.refusals() == ("no block",)


def test_all_are_dead() -> None:
    """The error has every reason, and the hint of one."""
    with pytest.raises(UnservedError) as caught:
        pinned(node("a", before=gone), node("b", before=gone))
    assert (caught.value.message, caught.value.hint) == (
        "no block; no block",
        "try another",
    )


def test_no_endpoint_at_all() -> None:
    """That is told by the chain's name."""
    with pytest.raises(UnservedError, match="no endpoint is known for ethereum"):
        pinned()


def test_the_dropped_are_not_asked_again() -> None:
    """What was refused once stays refused for the run."""
    dead = node("dead", before=gone)
    found = pool(dead, node("good"))
    in_turn(lambda: found.pin(None), lambda: found.pin(None))
    assert dead.asked["block"] == 1


def test_a_chain_that_changes_between_pins() -> None:
    """One that has served logs and then serves another chain taints the scan."""
    rpc = node()
    found = pool(rpc, node("b"))

    async def run() -> None:
        await found.pin(None)
        found.nodes[0].served = 1
        rpc.chain = 56
        await found.pin(None)

    with pytest.raises(UnservedError, match=r"a\.test changed its chain"):
        asyncio.run(run())
    assert found.tainted


# what is final


def test_the_lowest_word_of_finality() -> None:
    """Coverage is kept only where all agree that nothing changes."""
    rpcs = [node("a", final=990), node("b", final=980), node("c", final=995)]
    pin = pinned(*rpcs)
    assert pin.final == rpcs[0].block_at(980)
    assert pin.settled == 980


def test_depth_where_nobody_knows_finality() -> None:
    """The chain's own number of blocks below the head."""
    assert pinned(node()).settled == 1000 - 64


def test_who_knows_finality_decides() -> None:
    """One tag is better than the depth."""
    assert pinned(node("a"), node("b", final=999)).settled == 999


def test_final_above_the_pinned_head() -> None:
    """A median head may be behind what is final already: all of it is final."""
    rpcs = [node("a", 1000, final=995), node("b", 990, final=995), node("c", 985)]
    pin = pinned(*rpcs)
    assert (pin.block.number, pin.settled) == (990, 990)


def test_a_young_chain_has_nothing_final() -> None:
    """Fewer blocks than the depth: nothing is kept."""
    pin = pinned(node(newest=63))
    assert (pin.final, pin.settled) == (None, -1)


def test_depth_that_nobody_serves() -> None:
    """Without a final block the scan goes on; nothing is kept."""
    rpc = node(newest=1000)

    async def run() -> Pin:
        found = pool(rpc)
        calls = 0

        def second(method: str) -> UnservedError | None:
            nonlocal calls
            calls += method == "block"
            return gone(method) if calls > 1 else None

        rpc.before = second
        return await found.pin(None)

    assert asyncio.run(run()).settled == -1


# the blocks asked for


def test_to_block() -> None:
    """State is read there; what is above it is not settled by it."""
    rpc = node(final=990)
    assert pinned(rpc, to=500) == Pin(block=rpc.block_at(500), final=rpc.block_at(990))
    assert pinned(rpc, to=500).settled == 500
    assert pinned(rpc, to=995).settled == 990
    assert pinned(rpc, to=1000).block == rpc.block_at(1000)


def test_to_block_above_the_head() -> None:
    """It is a usage error that names head and host."""
    with pytest.raises(UsageError, match=r"block 1001 .* head of a\.test is 1000"):
        pinned(node(), to=1001)


@pytest.mark.parametrize(("first", "to"), [(1001, None), (501, 500)])
def test_from_block_above_the_last(first: int, to: int | None) -> None:
    """An empty range is a mistake, and not a clean report."""
    with pytest.raises(UsageError, match=f"--from-block {first}"):
        pinned(node(), to=to, first=first)


@pytest.mark.parametrize(("first", "to"), [(1000, None), (500, 500), (0, 0)])
def test_one_block_is_a_range(first: int, to: int | None) -> None:
    """The last block itself may be asked for."""
    assert pinned(node(), to=to, first=first).block.number == (
        1000 if to is None else to
    )


def test_to_block_that_one_does_not_have() -> None:
    """Another is asked for it; a block that nobody has is an error."""
    lagging = node("b", 1000)
    found = pool(lagging, node("a"), node("c"))

    async def run(number: int) -> int:
        await found.pin(None)
        lagging.newest = 10
        return (await found.block(number)).number

    assert asyncio.run(run(500)) == 500
    with pytest.raises(RefusalError):
        asyncio.run(run(2000))


# state


def test_state_is_read_at_whoever_has_the_block() -> None:
    """Those below it are not asked."""
    behind, there = node("behind", 900), node("there")
    there.contracts[TOKEN] = FakeContract(default=Returned(b"\x07"))
    found = pool(behind, there, node("c"))

    async def run() -> None:
        pin = await found.pin(None)
        state = found.state(pin.block, final=False)
        await state.codes([TOKEN])

    asyncio.run(run())
    assert (behind.asked["code"], there.asked["code"]) == (0, 1)


def test_state_that_nobody_has() -> None:
    """A block above all heads is not read anywhere."""
    found = pool(node())

    async def run() -> None:
        pin = await found.pin(None)
        found.state(replace(pin.block, number=1001), final=False)

    with pytest.raises(UnservedError, match="nobody serves ethereum"):
        asyncio.run(run())


# whether it stands


def stands(
    found: Pool, change: Callable[[], None], hosts: Sequence[str] = ("a.test",)
) -> bool:
    """Whether the pinned block still stands after something has happened."""

    async def run() -> bool:
        pin = await found.pin(None)
        change()
        return await found.stands(pin.block, hosts)

    return asyncio.run(run())


def test_a_block_that_stands() -> None:
    """The chain has grown, nothing else: it stands."""
    rpc = node()
    assert stands(pool(rpc), lambda: setattr(rpc, "newest", 1010))


def test_a_reorganised_block() -> None:
    """Another hash at that number: it does not stand."""
    rpc = node()
    assert not stands(pool(rpc), lambda: setattr(rpc, "fork", 1))


def test_one_of_two_was_reorganised() -> None:
    """All that were believed have to know it."""
    rpcs = [node("a"), node("b")]
    hosts = ("a.test", "b.test")
    assert not stands(pool(*rpcs), lambda: setattr(rpcs[1], "fork", 1), hosts)


def test_who_was_not_believed_is_not_asked() -> None:
    """What an endpoint nobody used says now changes nothing."""
    rpcs = [node("a"), node("b")]
    assert stands(pool(*rpcs), lambda: setattr(rpcs[1], "fork", 1), ["a.test"])


def test_who_served_logs_is_asked() -> None:
    """Also where it was not read for state."""
    rpcs = [node("a"), node("b")]
    found = pool(*rpcs)

    def change() -> None:
        found.nodes[1].served = 3
        rpcs[1].fork = 1

    assert not stands(found, change, ["a.test"])


def test_a_head_that_went_backwards() -> None:
    """The block is not there any more: it does not stand."""
    rpc = node()
    assert not stands(pool(rpc), lambda: setattr(rpc, "newest", 990))


def test_one_that_was_behind_from_the_start() -> None:
    """It served older ranges, and never had the pinned block: nothing against it."""
    rpcs = [node("a", 1000), node("b", 1000), node("c", 900)]
    found = pool(*rpcs)

    def change() -> None:
        found.nodes[2].served = 1

    assert stands(found, change, ["a.test"])


def test_a_changed_chain() -> None:
    """Another chain behind the same name makes the whole scan void."""
    rpc = node()
    found = pool(rpc)
    with pytest.raises(UnservedError, match=r"a\.test changed its chain") as caught:
        stands(found, lambda: setattr(rpc, "chain", 56))
    assert caught.value.hint is not None
    assert found.tainted
    assert found.usable == []


def test_silence_of_one_of_two() -> None:
    """As long as another speaks, one that has gone says nothing."""
    rpcs = [node("a"), node("b")]
    hosts = ("a.test", "b.test")
    assert stands(pool(*rpcs), lambda: setattr(rpcs[0], "before", gone), hosts)


def test_silence_of_all() -> None:
    """Nobody confirms the block: that is no yes."""
    rpc = node()
    with pytest.raises(UnservedError, match="no block"):
        stands(pool(rpc), lambda: setattr(rpc, "before", gone))


def test_all_that_were_believed_are_dropped() -> None:
    """Nobody is left who could confirm what was read: that is no yes either."""
    found = pool(node("a"), node("b"))

    def change() -> None:
        found.nodes[0].dropped = "a.test went away"

    with pytest.raises(UnservedError, match=r"a\.test went away"):
        stands(found, change, ["a.test"])


def test_nothing_was_read() -> None:
    """Where nobody was believed, there is nothing to confirm."""
    assert stands(pool(node()), lambda: None, [])


def test_requests_are_those_of_all() -> None:
    """Dropped endpoints were asked too."""
    rpcs = [node("a"), node("b", chain=56)]
    found = pool(*rpcs)
    asyncio.run(found.pin(None))
    for each, requests, items in zip(rpcs, (3, 4), (5, 6), strict=True):
        each.requests, each.items = requests, items
    assert (found.requests, found.items) == (7, 11)


def test_only_who_still_serves_the_chain_is_vouched_for() -> None:
    """Asked before what they told is remembered; one that is gone is not."""
    sound, gone = node("a"), node("b")
    gone.before = lambda _: UnservedError("gone")
    both = pool(sound, gone)
    for each, key in zip(both.nodes, "ab", strict=True):
        each.key = key
    assert asyncio.run(both.vouch({"a", "b"}, time.monotonic())) == {"a"}
    sound.chain = 56
    with pytest.raises(UnservedError, match="changed its chain"):
        asyncio.run(both.vouch({"a"}, time.monotonic()))
    assert both.tainted


# following the head


def test_following_the_head() -> None:
    """Each time it is the head as it is then."""
    rpc = node(final=990)
    found = pool(rpc)

    async def run() -> list[Pin]:
        first = await found.follow()
        rpc.newest = 1001
        return [first, await found.follow()]

    assert asyncio.run(run()) == [
        Pin(block=rpc.block_at(number), final=rpc.block_at(990))
        for number in (1000, 1001)
    ]


def test_a_silence_is_passed_over_while_following() -> None:
    """Nobody is dropped for it: the next time it is asked again."""
    rpcs = [node("a", 1000), node("b", 1010)]
    found = pool(*rpcs)

    async def run() -> list[int]:
        heads = [(await found.follow()).block.number]
        rpcs[0].before = gone
        heads.append((await found.follow()).block.number)
        rpcs[1].before = gone
        with pytest.raises(UnservedError, match="no block; no block") as caught:
            await found.follow()
        assert caught.value.hint == "try another"
        rpcs[0].before = None
        return [*heads, (await found.follow()).block.number]

    assert asyncio.run(run()) == [1000, 1010, 1000]
    assert found.usable == list(found.nodes)


def test_another_chain_at_first_is_left_out() -> None:
    """It was never this chain's: that is a wrong address, and no change."""
    found = pool(node("a"), node("b", chain=56))
    assert asyncio.run(found.follow()).block.number == 1000
    assert found.refusals() == ("b.test serves chain 56, not ethereum (1)",)
    assert [each.host for each in found.met] == ["a.test"]


def test_a_chain_that_changes_while_following() -> None:
    """Whether it has served anything or not."""
    rpcs = [node("a"), node("b")]
    found = pool(*rpcs)

    async def run() -> None:
        await found.follow()
        rpcs[1].chain = 56
        with pytest.raises(UnservedError, match=r"b\.test changed its chain"):
            await found.follow()

    asyncio.run(run())
    assert found.tainted
    assert [each.host for each in found.met] == ["a.test"]


# whose block it is


def has(
    found: Pool, number: int, block_hash: str, change: Callable[[], None] = lambda: None
) -> bool:
    async def run() -> bool:
        await found.follow()
        change()
        return await found.has(number, block_hash)

    return asyncio.run(run())


def test_a_block_that_all_have() -> None:
    """Whoever has not come so far has nothing against it; one at least has it."""
    rpcs = [node("a", 1000), node("b", 990)]
    there = rpcs[0].block_at(1000).hash
    assert has(pool(*rpcs), 1000, there)
    assert not has(pool(*rpcs), 999, there)
    assert not has(pool(*rpcs), 1001, there)


def test_a_block_that_one_has_otherwise() -> None:
    """It is not everybody's."""
    rpcs = [node("a"), node("b")]
    there = rpcs[0].block_at(995).hash
    assert not has(pool(*rpcs), 995, there, lambda: setattr(rpcs[1], "fork", 1))
    assert not has(pool(*rpcs), 995, there, lambda: setattr(rpcs[1], "newest", 900))


def test_a_block_that_nobody_speaks_of() -> None:
    """Silence of one is nothing, of all it is no answer."""
    rpcs = [node("a"), node("b")]
    there = rpcs[0].block_at(995).hash
    assert has(pool(*rpcs), 995, there, lambda: setattr(rpcs[1], "before", gone))

    def hush() -> None:
        for rpc in rpcs:
            rpc.before = gone

    found = pool(node("a"), node("b"))
    rpcs = [each.rpc for each in found.nodes if isinstance(each.rpc, FakeRpc)]
    with pytest.raises(UnservedError, match="no block"):
        has(found, 995, there, hush)
    with pytest.raises(UnservedError, match="no endpoint is known"):
        asyncio.run(pool().has(1, there))


def test_states_are_one_for_each() -> None:
    """Each reads at its own endpoint alone."""
    rpcs = [node("a"), node("b")]
    rpcs[0].contracts[TOKEN] = FakeContract(default=Returned(b"\x07"))
    found = pool(*rpcs)

    async def run() -> list[object]:
        block = (await found.follow()).block
        return [
            (each.host, (await state.codes([TOKEN]))[0] != b"")
            for each, state in found.states(block)
        ]

    assert asyncio.run(run()) == [("a.test", True), ("b.test", False)]
