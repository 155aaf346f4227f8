"""Many reads in few requests: each answer is the one it would have had alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import packed, words
from allowctl.model.chain import (
    Address,
    Answer,
    Block,
    Call,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.rpc.aggregate import (
    FIRST,
    MOST,
    PLACE,
    Batching,
    Way,
    passing_code,
)
from allowctl.rpc.alone import ALONE_GAS, PROBATION
from allowctl.rpc.client import RefusalError
from allowctl.rpc.multicall import StateReader
from tests.build import TOKEN, address
from tests.fakes.rpc import (
    BURNT,
    EMPTY,
    MULTICALL,
    REVERTS,
    FakeContract,
    FakeRpc,
    aggregate_reply,
    aggregated,
)

GOOD = Returned(b"\x01")
GARBAGE = Returned(b"\xff" * 7)
LONG = Returned(b"\xff" * 5_000)
behaviours: st.SearchStrategy[Answer] = st.sampled_from(
    [
        Returned(b"\x00" * 31 + b"\x01"),
        Returned(b"\x00" * 32),
        GARBAGE,
        LONG,
        EMPTY,
        REVERTS,
        BURNT,
        Unserved("not now"),
    ]
)


def reader(rpc: FakeRpc, batching: Batching | None = None) -> StateReader:
    at = rpc.block_at(rpc.newest)
    return StateReader(rpc, at, MULTICALL, batching=batching)


def read(
    rpc: FakeRpc, calls: Sequence[Call], impatient: Sequence[Call] = ()
) -> list[Answer]:
    return asyncio.run(reader(rpc).read(calls, impatient=impatient))


def world(
    answers: Sequence[Answer], *, aggregate_limit: int | None = None
) -> tuple[FakeRpc, list[Call]]:
    """One contract for each answer, and the call that gets it."""
    calls = [Call(address(0x999 + n), bytes([n % 256])) for n in range(len(answers))]
    contracts = {
        call.to: FakeContract(default=answer)
        for call, answer in zip(calls, answers, strict=True)
    }
    return FakeRpc(contracts=contracts, aggregate_limit=aggregate_limit), calls


def told_alone(rpc: FakeRpc) -> list[Call]:
    """The calls that were made on their own."""
    return [call for call in rpc.called if call.to not in {PLACE, MULTICALL}]


@given(
    answers=st.lists(behaviours, max_size=40),
    overrides=st.booleans(),
    multicall=st.booleans(),
    creates=st.booleans(),
    limit=st.integers(0, 50),
)
def test_each_as_if_alone(
    *,
    answers: list[Answer],
    overrides: bool,
    multicall: bool,
    creates: bool,
    limit: int,
) -> None:
    """No neighbour changes an answer: by burning gas, by garbage, by reverting.

    Whatever the endpoint can do.
    """
    rpc, calls = world(answers, aggregate_limit=limit)
    rpc.overrides, rpc.multicall, rpc.creates = overrides, multicall, creates
    assert read(rpc, calls) == answers


def test_one_round_trip_to_begin_with() -> None:
    """Two ways are tried at once, and the first answers are in them."""
    rpc, calls = world([GOOD] * FIRST)
    assert read(rpc, calls) == [GOOD] * FIRST
    assert rpc.asked == {"call": 2}


def test_one_request_for_a_thousand() -> None:
    """Aggregates double, and the next reader of the endpoint begins where one was."""
    batching = Batching()
    rpc, calls = world([GOOD] * MOST)
    for requests in (2 + 1, 1, 1):
        rpc.asked.clear()
        found = asyncio.run(reader(rpc, batching).read(calls))
        assert found == [GOOD] * MOST
        assert rpc.asked == {"call": requests}
    assert batching == Batching(size=MOST, way=Way.PLACED)


@pytest.mark.parametrize(
    ("overrides", "multicall", "creates", "way", "requests"),
    [
        (True, True, True, Way.PLACED, 2),
        (True, False, False, Way.PLACED, 2),
        (False, True, True, Way.MULTICALL, 2 + 1),
        (False, False, True, Way.PASSING, 2 + 1),
        (False, False, False, None, 2 + 2 + 1),
    ],
)
def test_ways(
    *, overrides: bool, multicall: bool, creates: bool, way: Way | None, requests: int
) -> None:
    """The best one that there is; Multicall3's word is checked once."""
    rpc, calls = world([GOOD] * 100)
    rpc.overrides, rpc.multicall, rpc.creates = overrides, multicall, creates
    state = reader(rpc)
    assert asyncio.run(state.read(calls)) == [GOOD] * 100
    assert state.batching.way is way
    assert rpc.asked == {"call": requests}
    assert asyncio.run(reader(rpc, state.batching).read(calls)) == [GOOD] * 100
    assert rpc.asked == {"call": requests + (1 if way else requests)}


def test_only_what_failed_is_read_alone() -> None:
    """Where each has its own gas, a burner costs its own re-reading."""
    rpc, calls = world([GOOD, GOOD, BURNT, GOOD, REVERTS])
    assert read(rpc, calls) == [GOOD, GOOD, BURNT, GOOD, REVERTS]
    assert told_alone(rpc) == [calls[2], calls[4]]


def test_gas_alone() -> None:
    """What is read alone has ample gas, and no more."""
    rpc, calls = world([GOOD, REVERTS])
    read(rpc, calls)
    alone = dict(zip(rpc.called, rpc.gas_given, strict=True))
    assert alone[calls[1]] == ALONE_GAS


def test_a_call_is_made_once() -> None:
    """The same call twice is one read with two takers."""
    rpc, (call,) = world([GOOD])
    assert read(rpc, [call, call, call]) == [GOOD] * 3
    assert rpc.called == [call]


@pytest.mark.parametrize(
    "reply",
    [
        EMPTY,
        GARBAGE,
        REVERTS,
        Unserved("not now"),
        Returned(b"\x00" * 64),
        Returned(b"\xff" * 320),
        Returned((32).to_bytes(32, "big") + (3).to_bytes(32, "big") + b"\xff" * 96),
    ],
)
@pytest.mark.parametrize("creates", [True, False])
def test_a_multicall_that_is_none(reply: Answer, *, creates: bool) -> None:
    """What something else at that address answers is never taken for answers."""
    rpc, calls = world([GOOD, Returned(b"\x02"), REVERTS])
    rpc.overrides, rpc.multicall, rpc.creates = False, False, creates
    rpc.contracts[MULTICALL] = FakeContract(default=reply)
    assert read(rpc, calls) == [GOOD, Returned(b"\x02"), REVERTS]


class False3(FakeContract):
    """Knows the interface and the time, and invents what tokens say."""

    def answer(self, data: bytes) -> Answer:
        time = words.uint(FakeRpc().block_at(1_000).timestamp)
        items = [(True, words.uint(7)) for _ in aggregated(data)]
        items[0] = (True, time)
        items[1] = (True, aggregated(data)[1].data)
        return Returned(aggregate_reply(items))


def test_a_multicall_that_invents() -> None:
    """On a chain nobody knows, even the right time and echo prove too little."""
    rpc, calls = world([GOOD, Returned(b"\x02"), REVERTS])
    rpc.overrides = rpc.multicall = False
    rpc.contracts[MULTICALL] = False3()
    assert read(rpc, calls) == [GOOD, Returned(b"\x02"), REVERTS]


def test_one_token_that_lies_to_contracts_proves_nothing() -> None:
    """Multicall3 is believed if any contract says the same alone."""

    class TwoFaced(FakeRpc):
        __slots__ = ()

        async def calls(
            self, calls: Sequence[Call], at: Block, *, gas: int | None = None
        ) -> list[Answer]:
            found = await FakeRpc.calls(self, calls, at, gas=gas)
            lies = [call.to == TOKEN for call in calls]
            return [GARBAGE if x else y for x, y in zip(lies, found, strict=True)]

    rpc, calls = world([GOOD, GOOD])
    liar = Call(TOKEN, b"")
    contracts = rpc.contracts | {TOKEN: FakeContract(default=GOOD)}
    two_faced = TwoFaced(contracts=contracts, overrides=False)
    state = reader(two_faced)
    assert asyncio.run(state.read([*calls, liar])) == [GOOD] * 3
    assert state.batching.way is Way.MULTICALL


@pytest.mark.parametrize("overrides", [True, False])
@pytest.mark.parametrize("multicall", [True, False])
def test_state_of_another_block(*, overrides: bool, multicall: bool) -> None:
    """An endpoint whose state has another time than the block is found out."""
    rpc, calls = world([GOOD, Returned(b"\x02")])
    rpc.overrides, rpc.multicall, rpc.skew = overrides, multicall, 12
    with pytest.raises(RefusalError, match="reads state at another block"):
        read(rpc, calls)


def test_state_of_another_block_in_a_single_read() -> None:
    """Where there is one call only, the doubt is cleared when it is asked for."""
    rpc, calls = world([REVERTS])
    rpc.skew = 12
    state = reader(rpc)
    assert asyncio.run(state.read(calls)) == [REVERTS]
    with pytest.raises(RefusalError, match="reads state at another block"):
        asyncio.run(state.proven())


@pytest.mark.parametrize("overrides", [True, False])
def test_an_aggregate_beyond_the_gas(*, overrides: bool) -> None:
    """It is halved until it fits, and never made so large again."""
    rpc, calls = world([GOOD] * 100, aggregate_limit=30)
    rpc.overrides = overrides
    state = reader(rpc)
    assert asyncio.run(state.read(calls)) == [GOOD] * 100
    assert state.batching.ceiling == 25
    rpc.asked.clear()
    assert asyncio.run(state.read(calls)) == [GOOD] * 100
    assert rpc.asked == {"call": 4}


def test_a_culprit_does_not_shrink_what_follows() -> None:
    """One call that spoils aggregates says nothing of how large they may be."""
    rpc, calls = world([GOOD] * 99 + [Unserved("not now")])
    state = reader(rpc)
    assert asyncio.run(state.read(calls)) == [GOOD] * 99 + [Unserved("not now")]
    assert state.batching.ceiling >= 100


def test_impatience() -> None:
    """What is good to know and no more is not asked twice."""
    rpc, calls = world([GOOD, REVERTS, EMPTY, REVERTS])
    assert read(rpc, calls, calls[:3]) == [GOOD, REVERTS, EMPTY, REVERTS]
    assert told_alone(rpc) == calls[3:]


def test_impatience_behind_a_burner() -> None:
    """Where a neighbour left no gas, a failure is no answer: it is read again."""
    rpc, calls = world([BURNT, GOOD, REVERTS])
    rpc.overrides = False
    assert read(rpc, calls, calls) == [BURNT, GOOD, REVERTS]


def test_an_endpoint_that_lost_the_block() -> None:
    """It costs a few requests, not one for each call."""
    rpc, calls = world([GOOD] * 900)
    rpc.expired = {rpc.newest}
    gone = Unserved("missing trie node", expired=True)
    assert read(rpc, calls) == [gone] * 900
    assert rpc.asked["call"] <= 3


def test_nothing_to_read() -> None:
    """No calls, no answers."""
    rpc = FakeRpc()
    assert read(rpc, []) == []
    assert rpc.requests == 0


def test_a_flood_of_burners() -> None:
    """A contract that burns everything is asked a few times, and told of each time.

    Its neighbours are read as if it were not there.
    """
    rpc, good = world([GOOD, Returned(b"\x02"), REVERTS])
    burner = Address("0x" + "bb" * 20)
    rpc.contracts[burner] = FakeContract(default=BURNT)
    flood = [Call(burner, number.to_bytes(4, "big")) for number in range(600)]

    answers = read(rpc, [*good, *flood])

    assert answers[:3] == [GOOD, Returned(b"\x02"), REVERTS]
    reasons = [each.reason for each in answers[3:] if isinstance(each, Reverted)]
    assert len(reasons) == 600
    assert all(reason.startswith("burns its gas") for reason in reasons)
    assert len(told_alone(rpc)) == 1 + PROBATION


def test_a_contract_with_many_honest_calls() -> None:
    """Permit2, asked for two hundred allowances, takes no second look."""
    rpc = FakeRpc(contracts={TOKEN: FakeContract(default=GOOD)})
    calls = [Call(TOKEN, number.to_bytes(4, "big")) for number in range(200)]
    assert read(rpc, calls) == [GOOD] * 200
    assert rpc.asked == {"call": 2}


@given(st.lists(st.integers(0, 40_000), max_size=30), st.integers(1, 10))
def test_cut(sizes: list[int], most: int) -> None:
    """Aggregates are the calls in order, few enough, and small enough if they can."""
    calls = [Call(TOKEN, bytes(size)) for size in sizes]
    for way in (Way.PLACED, Way.PASSING):
        chunks = list(Batching(size=most, way=way).cut(calls))
        assert [call for chunk in chunks for call in chunk] == calls
        for chunk in chunks:
            assert 0 < len(chunk) <= most
            asked = packed.encode(chunk)
            creation = packed.constructor(passing_code(), asked)
            small = len(creation) <= 49_152 if way is Way.PASSING else True
            assert len(chunk) == 1 or (small and len(asked) <= 150_100)
