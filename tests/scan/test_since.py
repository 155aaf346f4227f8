"""The first block of a stretch of time: never too late, and found in few requests."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import UnservedError
from allowctl.model.chain import Block, Unserved
from allowctl.model.missing import Lack, Missing
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from allowctl.scan.since import first_block, points
from tests.build import MAINNET
from tests.fakes.rpc import FakeRpc

DAY = 86_400


@dataclass(slots=True, kw_only=True)
class Timed(FakeRpc):
    """A chain whose blocks come when it says."""

    times: Sequence[int] = ()

    def block_at(self, number: int) -> Block:
        return Block(number=number, hash="0x", timestamp=self.times[number])


def found(
    rpc: FakeRpc, seconds: int, *others: FakeRpc, block_ms: int | None = 12_000
) -> int | Missing:
    pool = Pool(
        replace(MAINNET, block_ms=block_ms), [Node(each) for each in (rpc, *others)]
    )
    return asyncio.run(first_block(pool, rpc.block_at(rpc.newest), seconds))


@given(
    st.lists(st.integers(0, 50_000), min_size=1, max_size=300),
    st.integers(1, 3_000_000),
    st.sampled_from([None, 250, 12_000]),
)
def test_law(steps: list[int], seconds: int, block_ms: int | None) -> None:
    """All of the time comes after it, and hardly any other, however blocks come."""
    times = [1_700_000_000]
    for step in steps:
        times.append(times[-1] + step)
    rpc = Timed(newest=len(times) - 1, times=times)
    first = found(rpc, seconds, block_ms=block_ms)
    assert isinstance(first, int)
    since = times[-1] - seconds
    last_before = bisect_right(times, since) - 1
    assert first <= max(last_before, 0)
    if first < last_before:
        assert since - times[first] <= seconds // 256


def test_few_requests() -> None:
    """On a chain like mainnet three round trips, whatever it says of its blocks."""
    for newest, block_ms in ((24_000_000, 12_000), (24_000_000, None), (900, 12_000)):
        rpc = FakeRpc(newest=newest)
        first = found(rpc, 90 * DAY, block_ms=block_ms)
        exact = max(0, newest - 90 * DAY // 12)
        assert isinstance(first, int)
        assert exact - 90 * DAY // 12 // 256 <= first <= exact
        assert rpc.asked["blocks"] <= 3


def test_a_young_chain() -> None:
    """One that began within that time begins with its first block."""
    assert found(FakeRpc(newest=1_000), DAY) == 0
    assert found(FakeRpc(newest=0), DAY) == 0


def test_the_next_endpoint_is_asked() -> None:
    """For blocks that the first does not have, or does not serve."""

    def refusing(method: str) -> UnservedError | None:
        return UnservedError("no") if method == "blocks" else None

    newest = 24_000_000
    recent = FakeRpc(newest=newest, oldest=newest - 128)
    for first in (FakeRpc(newest=newest, before=refusing), recent):
        assert isinstance(found(first, 90 * DAY, FakeRpc(newest=newest)), int)
        told = found(first, 90 * DAY)
        assert isinstance(told, Missing)
        assert told.lack is Lack.FAILED
        assert "90 days" in told.reason


def test_a_clock_that_stands_still() -> None:
    """Blocks of one time end the search all the same."""
    rpc = Timed(newest=999, times=[1_700_000_000] * 1_000)
    assert found(rpc, DAY) == 0


class Nowhere(FakeRpc):
    """It never has any block."""

    __slots__ = ()

    async def blocks(self, numbers: Sequence[int]) -> list[Block | Unserved]:
        return [Unserved("no such block", expired=True) for _ in numbers]


def test_nobody() -> None:
    """Nothing is guessed."""
    assert isinstance(found(Nowhere(), DAY), Missing)


@pytest.mark.parametrize("guess", [-(10**9), 0, 7, 10**9])
@given(st.integers(0, 1_000), st.integers(2, 1_000))
def test_points(guess: int, low: int, width: int) -> None:
    """Some blocks between the two, in order, however wild the guess."""
    found = points(low, low + width, guess)
    assert found == sorted(set(found))
    assert low < found[0] <= found[-1] < low + width
