"""The canary: from which block on an endpoint is believed about logs."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allowctl.errors import UnservedError
from allowctl.model.chain import BlockRange, LogFilter, Unserved
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.floor import Floor, find_floor
from tests.fakes.rpc import FakeRpc
from tests.rpc.seeking import logs_at

HEAD = 100_000


def floor(rpc: FakeRpc, canary: int | None = None) -> Floor:
    return asyncio.run(find_floor(rpc, HEAD, canary))


def busy(**more: object) -> FakeRpc:
    """Every fortieth block holds a log."""
    return FakeRpc(logs_=logs_at(range(0, HEAD, 40)), newest=HEAD, **more)  # type: ignore[arg-type]


def test_one_that_keeps_all() -> None:
    """It shows the oldest log that was sampled, in two requests."""
    rpc = busy()
    found = floor(rpc)
    assert found.block == 0
    assert found.proven is not None
    assert rpc.requests == 2


def test_a_known_event_proves_nothing_of_older_blocks() -> None:
    """One that has pruned may well have it: older blocks are sampled all the same."""
    assert floor(busy(oldest=60_000), 80_000).block >= 60_000
    assert floor(busy(oldest=60_000), 60_000).block >= 60_000


def test_a_known_event_that_is_not_told() -> None:
    """Where no bloom gives anything away, another endpoint's event does."""
    assert floor(FakeRpc(newest=HEAD), 50_000).block > 50_000


def test_no_receipts_are_no_excuse() -> None:
    """Blooms and no log, and nothing that shows why: it is not believed."""

    class Mute(FakeRpc):
        __slots__ = ()

        async def logs(self, wanted: LogFilter, blocks: BlockRange) -> list[object]:  # type: ignore[override]
            del wanted, blocks
            return []

    def no_receipts(method: str) -> UnservedError | None:
        unsupported = RefusalError("no", kind=RefusalKind.UNSUPPORTED)
        return unsupported if method == "receipts" else None

    rpc = Mute(logs_=logs_at(range(HEAD)), newest=HEAD, before=no_receipts)
    assert floor(rpc).block == HEAD + 1


@settings(deadline=None, max_examples=20)
@given(st.integers(0, HEAD - 300))
def test_the_border_is_found(oldest: int) -> None:
    """Never below it: what is believed is kept. And not far above it."""
    found = floor(busy(oldest=oldest))
    assert found.proven is not None
    assert found.proven >= oldest, "no older log was shown"
    assert found.block in {0, found.proven}
    assert not found.block or found.block <= oldest + 300, "near the border"


def test_a_refusal_is_as_good_as_silence() -> None:
    """One that says that it has pruned has pruned."""
    rpc = busy()
    rpc.refuse_range = lambda asked: (
        RefusalError("pruned", kind=RefusalKind.PRUNED)
        if asked.first < 60_000
        else None
    )
    assert 60_000 <= floor(rpc).block <= 61_000


def test_nothing_to_try() -> None:
    """A chain without a log proves nothing, and nothing is held against it."""
    assert floor(FakeRpc(newest=HEAD)) == Floor(block=0, proven=None)


def test_blooms_that_mean_something_else() -> None:
    """Where even the newest block with a bloom has no log, blooms say nothing."""

    class Dreaming(FakeRpc):
        __slots__ = ()

        async def blooms(self, numbers: list[int]) -> list[bool | Unserved]:  # type: ignore[override]
            return [True for _ in numbers]

    assert floor(Dreaming(newest=HEAD)) == Floor(block=0, proven=None)


def test_receipts_give_it_away() -> None:
    """All logs gone, though its own receipts hold them: nothing is believed."""

    class Blind(FakeRpc):
        __slots__ = ()

        async def logs(self, wanted: LogFilter, blocks: BlockRange) -> list[object]:  # type: ignore[override]
            del wanted, blocks
            return []

    rpc = Blind(logs_=logs_at(range(HEAD)), newest=HEAD)
    assert floor(rpc).block == HEAD + 1


def test_no_newer_block_to_compare_with() -> None:
    """A quiet chain whose old logs are not told: they are not believed to be none."""
    found = floor(FakeRpc(logs_=logs_at([3, 6]), newest=HEAD, oldest=50))
    assert found.block == 0 or found.proven is None


@pytest.mark.parametrize("kind", [RefusalKind.RATE, RefusalKind.TRANSIENT])
def test_what_cannot_be_tried(kind: RefusalKind) -> None:
    """A refusal that says nothing of age gets out."""
    rpc = busy(refuse_range=lambda _: RefusalError("no", kind=kind))
    with pytest.raises(UnservedError):
        floor(rpc)
