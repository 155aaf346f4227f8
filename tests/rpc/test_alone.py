"""Heavy calls: each by itself, a few at a time, and not for ever in vain."""

from __future__ import annotations

import asyncio

from allowctl.model.chain import Answer, Block, Call, Returned, Reverted, Unserved
from allowctl.rpc.alone import HEAVY_AT_ONCE, read_heavy
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State
from tests.build import address
from tests.fakes.rpc import MULTICALL, FakeContract, FakeRpc

AT = FakeRpc().block_at(1_000)
COUNT = 3 * HEAVY_AT_ONCE + 1
CALLS = [Call(address(0x999 + n), bytes([n])) for n in range(COUNT)]
LOST = Unserved("not now")


def node(host: str, *lost: int) -> FakeRpc:
    """An endpoint that serves all but some of the calls."""
    rpc = FakeRpc(host=host)
    for number, call in enumerate(CALLS):
        answer: Answer = LOST if number in lost else Returned(bytes([number]))
        rpc.contracts[call.to] = FakeContract(default=answer)
    return rpc


def test_all_the_gas_there_is() -> None:
    """Each call is its own, in order, and no gas is named: the node gives its most."""
    rpc = node("one.test")
    found = asyncio.run(read_heavy(rpc, CALLS, AT))
    assert found == [Returned(bytes([n])) for n in range(COUNT)]
    assert rpc.called == CALLS
    assert {*rpc.gas_given} == {None}
    assert rpc.requests == COUNT


def test_a_few_at_a_time() -> None:
    """A node is never given more of them at once."""

    class Slow(FakeRpc):
        under_way = most = 0

        async def call(self, call: Call, at: Block, **_: object) -> Answer:
            Slow.under_way += 1
            Slow.most = max(Slow.most, Slow.under_way)
            found = await super().call(call, at)
            Slow.under_way -= 1
            return found

    rpc = Slow()
    rpc.contracts |= {call.to: FakeContract() for call in CALLS}
    found = asyncio.run(read_heavy(rpc, CALLS, AT))
    assert found == [Reverted("reverts")] * COUNT
    assert Slow.most == HEAVY_AT_ONCE


def test_a_node_that_serves_none() -> None:
    """After the first few in vain the rest is not asked of it."""
    rpc = node("one.test", *range(COUNT))
    assert asyncio.run(read_heavy(rpc, CALLS, AT)) == [LOST] * COUNT
    assert rpc.requests == HEAVY_AT_ONCE


def test_one_that_it_serves_is_hope() -> None:
    """A few hostile ones among the first take nothing from the others."""
    rpc = node("one.test", *range(1, HEAVY_AT_ONCE))
    found = asyncio.run(read_heavy(rpc, CALLS, AT))
    assert found.count(LOST) == HEAVY_AT_ONCE - 1
    assert rpc.requests == COUNT


def test_the_next_endpoint_is_asked_for_the_rest() -> None:
    """As with every read of a state: what one does not serve, another may."""
    one, two = node("one.test", 0, 5), node("two.test", 5)
    state = State([StateReader(each, AT, MULTICALL) for each in (one, two)])
    found = asyncio.run(state.heavy(CALLS))
    assert found == [LOST if n == 5 else Returned(bytes([n])) for n in range(COUNT)]
    assert two.called == [CALLS[0], CALLS[5]]
    assert asyncio.run(state.heavy([])) == []
