"""Many reads in few requests: each answer is the one it would have had alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.chain import (
    Address,
    Answer,
    Block,
    Call,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.rpc.client import RefusalError
from allowctl.rpc.multicall import BATCH, StateReader
from tests.build import TOKEN, address
from tests.fakes.rpc import (
    BURNT,
    EMPTY,
    MULTICALL,
    REVERTS,
    FakeContract,
    FakeRpc,
)

GARBAGE = Returned(b"\xff" * 7)
behaviours: st.SearchStrategy[Answer] = st.sampled_from(
    [
        Returned(b"\x00" * 31 + b"\x01"),
        Returned(b"\x00" * 32),
        GARBAGE,
        EMPTY,
        REVERTS,
        BURNT,
        Unserved("not now"),
    ]
)


def read(rpc: FakeRpc, calls: Sequence[Call], *, patient: bool = True) -> list[Answer]:
    state = StateReader(rpc, rpc.block_at(rpc.head), MULTICALL)
    return asyncio.run(state.read(calls, patient=patient))


def world(
    answers: Sequence[Answer], *, aggregate_limit: int | None = None
) -> tuple[FakeRpc, list[Call]]:
    """One contract for each answer, and the call that gets it."""
    calls = [Call(address(n), bytes([n % 256])) for n in range(1, len(answers) + 1)]
    contracts = {
        call.to: FakeContract(default=answer)
        for call, answer in zip(calls, answers, strict=True)
    }
    return FakeRpc(contracts=contracts, aggregate_limit=aggregate_limit), calls


@given(
    answers=st.lists(behaviours, max_size=40),
    multicall=st.booleans(),
    limit=st.integers(1, 50),
)
def test_each_as_if_alone(
    *, answers: list[Answer], multicall: bool, limit: int
) -> None:
    """No neighbour changes an answer: by burning gas, by garbage, by reverting."""
    rpc, calls = world(answers, aggregate_limit=limit)
    rpc.multicall = multicall
    assert read(rpc, calls) == answers


def test_few_requests() -> None:
    """Honest contracts cost one request for each aggregate, and one to find it."""
    rpc, calls = world([Returned(b"\x01")] * (2 * BATCH + 1))
    assert read(rpc, calls) == [Returned(b"\x01")] * len(calls)
    assert rpc.asked == {"call": 1 + 3}


def test_only_what_failed_is_read_alone() -> None:
    """One burner costs the re-reading of what came after it, not of the rest."""
    good = Returned(b"\x01")
    rpc, calls = world([good, good, BURNT, good, good])
    assert read(rpc, calls) == [good, good, BURNT, good, good]
    assert rpc.called[2:] == calls[2:]


def test_a_call_is_made_once() -> None:
    """The same call twice is one read with two takers."""
    rpc, (call,) = world([Returned(b"\x01")])
    assert read(rpc, [call, call, call]) == [Returned(b"\x01")] * 3
    assert rpc.called == [call]


def test_without_multicall() -> None:
    """Where no code is at its address, everything is read one by one."""
    rpc, calls = world([Returned(b"\x01"), REVERTS])
    rpc.multicall = False
    assert read(rpc, calls) == [Returned(b"\x01"), REVERTS]
    assert rpc.called[1:] == calls


def test_multicall_s_code_is_not_served() -> None:
    """Whether it lives there is unknown: it is not relied on."""
    rpc, calls = world([Returned(b"\x01"), REVERTS])
    aggregator = FakeContract(default=Unserved("not now"))
    rpc.multicall, rpc.contracts[MULTICALL] = False, aggregator
    assert read(rpc, calls) == [Returned(b"\x01"), REVERTS]


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
def test_a_multicall_that_is_none(reply: Answer) -> None:
    """What something else at that address answers is never taken for answers."""
    rpc, calls = world([Returned(b"\x01"), Returned(b"\x02"), REVERTS])
    rpc.multicall = False
    rpc.contracts[MULTICALL] = FakeContract(default=reply)
    assert read(rpc, calls) == [Returned(b"\x01"), Returned(b"\x02"), REVERTS]


def test_state_of_another_block() -> None:
    """An endpoint whose state has another time than the block is found out."""
    rpc, calls = world([Returned(b"\x01"), Returned(b"\x02")])
    rpc.multicall = False
    now = Returned((2_000_000_000).to_bytes(32, "big"))
    rpc.contracts[MULTICALL] = FakeContract(default=now)
    with pytest.raises(RefusalError, match="reads state at another block"):
        read(rpc, calls)


def test_an_aggregate_beyond_the_gas() -> None:
    """It is halved until it fits."""
    rpc, calls = world([Returned(b"\x01")] * 100, aggregate_limit=30)
    assert read(rpc, calls) == [Returned(b"\x01")] * 100
    assert rpc.asked["call"] == 1 + 1 + 2 + 4


def test_impatience() -> None:
    """What is good to know and no more is not asked twice."""
    rpc, calls = world([Returned(b"\x01"), REVERTS, EMPTY])
    assert read(rpc, calls, patient=False) == [
        Returned(b"\x01"),
        Reverted("reverts"),
        EMPTY,
    ]
    assert rpc.asked["call"] == 1 + 1


def test_nothing_to_read() -> None:
    """No calls, no answers."""
    assert read(FakeRpc(), []) == []


def test_all_at_one_block() -> None:
    """Every read names the block that the report is true at."""
    seen: set[Block] = set()

    class Watching(FakeRpc):
        __slots__ = ()

        async def calls(self, calls: Sequence[Call], at: Block) -> list[Answer]:
            seen.add(at)
            return await FakeRpc.calls(self, calls, at)

    rpc = Watching(contracts={TOKEN: FakeContract(default=EMPTY)})
    read(rpc, [Call(TOKEN, b"\x01"), Call(TOKEN, b"\x02")])
    assert seen == {rpc.block_at(1_000)}


def test_a_flood_of_burners() -> None:
    """A contract that burns everything is asked a few times, and told of each time.

    Its neighbours are read as if it were not there.
    """
    rpc, good = world([Returned(b"\x01"), Returned(b"\x02"), REVERTS])
    burner = Address("0x" + "bb" * 20)
    rpc.contracts[burner] = FakeContract(default=BURNT)
    flood = [Call(burner, number.to_bytes(4, "big")) for number in range(600)]

    answers = read(rpc, [*good, *flood])

    assert answers[:3] == [Returned(b"\x01"), Returned(b"\x02"), REVERTS]
    reasons = [each.reason for each in answers[3:] if isinstance(each, Reverted)]
    assert len(reasons) == 600
    assert all(reason.startswith("burns its gas") for reason in reasons)
    assert rpc.asked["call"] < 100
