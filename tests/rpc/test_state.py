"""One block's state wherever it can be had: what is known stays known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from allowctl.errors import UnservedError
from allowctl.model.chain import Block, Call, Returned, Unserved
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State, StateExpiredError
from tests.build import TOKEN, address
from tests.fakes.rpc import CODE, MULTICALL, FakeContract, FakeRpc

CALLS = [Call(address(0x999 + n), bytes([n])) for n in range(5)]
GOOD = [Returned(bytes([n])) for n in range(5)]
AT = FakeRpc().block_at(1_000)


def node(host: str, *known: int, **more: object) -> FakeRpc:
    """An endpoint that serves some of the calls."""
    rpc = FakeRpc(host=host)
    for number, call in enumerate(CALLS):
        answer = Returned(bytes([number])) if number in known else Unserved("not now")
        rpc.contracts[call.to] = FakeContract(default=answer)
        rpc.nonces_[call.to] = number
    for name, value in more.items():
        setattr(rpc, name, value)
    return rpc


def over(*nodes: FakeRpc, final: bool = False) -> State:
    return State([StateReader(each, AT, MULTICALL) for each in nodes], final=final)


def down(method: str) -> RefusalError:
    return RefusalError(f"{method} is down", kind=RefusalKind.TRANSIENT)


def test_one_endpoint() -> None:
    """It is as the reader itself."""
    state = over(node("one.test", *range(5)))
    assert asyncio.run(state.read(CALLS)) == GOOD
    assert state.hosts == ("one.test",)
    assert state.at == AT


def test_the_next_is_asked_for_the_rest_only() -> None:
    """What one endpoint does not serve comes from another, at the same block."""
    one, two = node("one.test", 0, 1, 2), node("two.test", 3, 4)
    state = over(one, two)
    assert asyncio.run(state.read(CALLS)) == GOOD
    assert state.hosts == ("one.test", "two.test")
    assert not {call.to for call in CALLS[:3]} & {call.to for call in two.called}


def test_the_next_is_left_alone() -> None:
    """Where the first serves everything, nobody else is asked."""
    one, two = node("one.test", *range(5)), node("two.test", *range(5))
    asyncio.run(over(one, two).read(CALLS))
    assert two.requests == 0


def test_what_nobody_serves() -> None:
    """It is unserved, and the rest is not."""
    state = over(node("one.test", 0), node("two.test", 1))
    found = asyncio.run(state.read(CALLS))
    assert found == [*GOOD[:2], *[Unserved("not now")] * 3]


def test_codes_nonces_accounts() -> None:
    """They come from the next endpoint too."""
    one, two = node("one.test", before=down), node("two.test")
    state = over(one, two)
    addresses = [call.to for call in CALLS] + [address(0x55)]
    codes = [CODE] * 5 + [b""]
    nonces = [0, 1, 2, 3, 4, 0]

    async def all_of_it() -> None:
        assert await state.codes(addresses) == codes
        assert await state.nonces(addresses) == nonces
        found = await state.accounts(addresses)
        assert found == list(zip(codes, nonces, strict=True))

    asyncio.run(all_of_it())
    assert state.hosts == ("two.test",)
    assert one.requests == 1, "who has nothing to say is asked last"


def test_slots() -> None:
    """Storage comes from the next endpoint too, and is asked for together."""
    one, two = node("one.test"), node("two.test")
    place, lost, word = (TOKEN, 1), (TOKEN, 2), b"\x01" * 32
    one.slots_[lost] = Unserved("not now")
    two.slots_ = {place: word, lost: word}
    one.slots_[place] = word
    state = over(one, two)

    async def side_by_side() -> list[list[bytes | Unserved]]:
        asked = ([place, (TOKEN, 3)], [lost, place])
        return await asyncio.gather(*map(state.slots, asked))

    assert asyncio.run(side_by_side()) == [[word, bytes(32)], [word, word]]
    assert one.stored == [place, (TOKEN, 3), lost]
    assert two.stored == [lost]


def test_slots_of_an_expired_block() -> None:
    """Like all state: a newer block is to be read."""
    with pytest.raises(StateExpiredError):
        asyncio.run(over(node("one.test", expired={AT.number})).slots([(TOKEN, 0)]))


def test_another_block_is_left_out() -> None:
    """An endpoint that reads elsewhere gives nothing, and the reason is kept."""
    one, two = node("one.test", *range(5), skew=12), node("two.test", *range(5))
    state = over(one, two)
    assert asyncio.run(state.read(CALLS)) == GOOD
    assert state.hosts == ("two.test",)
    assert "another block" in state.left_out["one.test"]
    assert asyncio.run(state.read(CALLS)) == GOOD


def test_nobody_is_left() -> None:
    """The last one's reason is the error, and later reads say it again."""
    state = over(node("one.test", skew=12), node("two.test", skew=12))
    with pytest.raises(RefusalError, match="another block"):
        asyncio.run(state.read(CALLS))
    with pytest.raises(UnservedError, match="no endpoint is left"):
        asyncio.run(state.codes([TOKEN]))


def test_expired_everywhere() -> None:
    """A newer block is to be read: that is not the same as a gap."""
    lost = {AT.number}
    nodes = [node(host, *range(5), expired=lost) for host in ("a.test", "b.test")]
    with pytest.raises(StateExpiredError, match="state of block 1000"):
        asyncio.run(over(*nodes).read(CALLS))
    with pytest.raises(StateExpiredError):
        asyncio.run(over(*nodes).accounts([TOKEN]))
    found = asyncio.run(over(*nodes, final=True).read(CALLS))
    assert found == [Unserved("missing trie node", expired=True)] * 5


def test_expired_while_reading() -> None:
    """A block that goes away between two reads ends the second."""
    rpc = node("one.test", *range(5))
    state = over(rpc)

    async def twice() -> None:
        assert await state.read(CALLS) == GOOD
        rpc.expired = {AT.number}
        await state.read(CALLS)

    with pytest.raises(StateExpiredError):
        asyncio.run(twice())


def test_expired_at_one() -> None:
    """Another that still has the block serves it; and is asked first from then on."""
    one = node("one.test", *range(5), expired={AT.number})
    two = node("two.test", *range(5))
    state = over(one, two)

    async def twice() -> None:
        assert await state.read(CALLS) == GOOD
        before = one.requests
        assert await state.read(CALLS) == GOOD
        assert one.requests == before

    asyncio.run(twice())


def test_expired_at_one_and_down_at_the_other() -> None:
    """Whether a newer block would help is not known: it is unserved."""
    one = node("one.test", *range(5), expired={AT.number})
    two = node("two.test", before=down)
    found = asyncio.run(over(one, two).read(CALLS))
    assert all(isinstance(each, Unserved) and not each.expired for each in found)


def test_proven_means_all_that_answered() -> None:
    """One endpoint without state is not made good by another."""
    empty = FakeRpc(host="empty.test", multicall=False)
    full = node("full.test", *range(5))
    state = over(empty, full)

    async def ask(other: State) -> bool:
        await other.codes([TOKEN])
        return await other.proven()

    assert not asyncio.run(ask(state))
    assert asyncio.run(ask(over(full)))
    assert not asyncio.run(over(full).proven()), "nobody has said a word"


def test_proven_at_another_block() -> None:
    """An endpoint that gives itself away is left out then."""
    rpc = node("one.test", *range(5), skew=12)
    state = over(rpc)

    async def ask() -> bool:
        await state.codes([TOKEN])
        return await state.proven()

    assert not asyncio.run(ask())
    assert "another block" in state.left_out["one.test"]


def test_readers_of_different_blocks() -> None:
    """Blocks are never mixed."""
    rpc = FakeRpc()
    blocks: Sequence[Block] = (AT, rpc.block_at(999))
    with pytest.raises(ValueError, match="one block"):
        State([StateReader(rpc, each, MULTICALL) for each in blocks])
    with pytest.raises(ValueError, match="at least one"):
        State([])


def test_nothing_to_read() -> None:
    """No question, no request."""
    rpc = node("one.test")
    state = over(rpc)
    assert asyncio.run(state.read([])) == []
    assert asyncio.run(state.accounts([])) == []
    assert rpc.requests == 0
