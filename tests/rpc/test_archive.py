"""Old state wherever it is kept: one endpoint that has it is enough."""

from __future__ import annotations

import asyncio

from allowctl.errors import UnservedError
from allowctl.model.chain import Unserved
from allowctl.rpc.archive import Archive
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from tests.build import MAINNET, TOKEN, address
from tests.fakes.rpc import CODE, FakeRpc

LOST = Unserved("missing trie node", expired=True)
OTHER = address(0x07)
ASKED = [(TOKEN, 10), (TOKEN, 99), (TOKEN, 100), (OTHER, 100), (TOKEN, 10)]


def node(host: str = "node.test", *, keeps: int | None = None) -> FakeRpc:
    """A token that is there from block 100 on, at a node with some old state."""
    return FakeRpc(
        host=host,
        codes_={TOKEN: CODE},
        nonces_={TOKEN: 1},
        born={TOKEN: 100},
        keep_states=keeps,
    )


def over(*rpcs: FakeRpc) -> Archive:
    return Archive([Node(rpc) for rpc in rpcs])


def down(method: str) -> UnservedError:
    return RefusalError(f"{method} is down", kind=RefusalKind.TRANSIENT)


def test_nonces_and_codes() -> None:
    """Each at its own block, in the order asked, the same one twice too."""
    archive = over(node())

    assert asyncio.run(archive.nonces(ASKED)) == [0, 0, 1, 0, 0]
    assert asyncio.run(archive.codes(ASKED)) == [b"", b"", CODE, b"", b""]


def test_nothing_asked() -> None:
    """No question, no request."""
    rpc = node()

    assert asyncio.run(over(rpc).nonces([])) == []
    assert rpc.requests == 0


def test_the_next_has_it() -> None:
    """What one has lost comes from another; what it has is not asked there."""
    some, every = node("some.test", keeps=905), node("every.test")
    archive = over(some, every)

    assert asyncio.run(archive.nonces(ASKED)) == [0, 0, 1, 0, 0]
    assert every.old_asked == 1


def test_who_has_nothing_is_asked_last() -> None:
    """From the second question on."""
    empty, full = node("empty.test", keeps=0), node("full.test")
    archive = over(empty, full)

    async def twice() -> None:
        await archive.nonces(ASKED)
        await archive.nonces(ASKED)

    asyncio.run(twice())

    assert (empty.requests, full.requests) == (1, 2)


def test_lost_everywhere() -> None:
    """It is expired only where nobody says anything else."""
    lost, silent = node("lost.test", keeps=0), node("silent.test")
    silent.before = down

    assert asyncio.run(over(lost).nonces(ASKED[:1])) == [LOST]
    for rpcs in ((lost, silent), (silent, lost)):
        (found,) = asyncio.run(over(*rpcs).codes(ASKED[:1]))
        assert found == Unserved("old code is down")
    (nobody,) = asyncio.run(over().codes(ASKED[:1]))
    assert isinstance(nobody, Unserved)
    assert nobody.expired


def test_keep() -> None:
    """Where one has it, the others are asked no more, whatever they say."""
    lost, silent, full = node(keeps=0), node(), node()
    silent.before = down
    archive = over(lost, silent, full)

    async def ask() -> bool | Unserved:
        kept = await archive.keep(ASKED[:2])
        await archive.nonces(ASKED)
        return kept

    assert asyncio.run(ask()) is True
    assert [rpc.requests for rpc in (lost, silent, full)] == [1, 2, 2]
    assert asyncio.run(over(lost, silent).keep(ASKED[:2])) is False
    assert asyncio.run(over().keep(ASKED[:2])) is False


def test_only_lost_is_lost() -> None:
    """Who fails is asked again; that nobody has old state, somebody has to say."""
    silent, stumbling = node(), node()
    silent.before = down
    stumbling.before = lambda it: down(it) if stumbling.requests == 1 else None

    for _ in range(2):
        kept = asyncio.run(over(silent).keep(ASKED[:2]))
        assert kept == Unserved("old nonce is down")
    assert silent.requests == 4
    assert asyncio.run(over(stumbling).keep(ASKED[:2])) is True


def test_pool_gives_its_usable_endpoints() -> None:
    """One that was dropped is not asked."""
    gone, there = node("gone.test"), node("there.test")
    nodes = [Node(gone), Node(there)]
    nodes[0].dropped = "gone"

    assert asyncio.run(Pool(MAINNET, nodes).archive().nonces(ASKED)) == [0, 0, 1, 0, 0]
    assert (gone.requests, there.requests) == (0, 1)
