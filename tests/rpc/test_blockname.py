"""A block is named by its hash where the endpoint heeds that, by number elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from allowctl.model.chain import Answer, Block, Call, Returned, Unserved
from allowctl.model.endpoint import Limits
from allowctl.rpc.http import HttpRpc
from tests.build import TOKEN, block
from tests.fakes.client import over
from tests.fakes.server import Asked, Raw, ScriptedServer, as_json, error, result
from tests.nodes.jsonrpc import Json

AT = block(500)
LATER = block(501)
CALL = Call(TOKEN, b"\x01")
UNKNOWN = {"code": -32000, "message": "header not found"}
PRUNED = {"code": -32000, "message": "missing trie node"}
NO_OBJECTS = {"code": -32602, "message": "invalid argument 1: not a hex string"}
BUSY = {"code": -32005, "message": "too many requests"}

Node = Callable[[object], Json]
"""By block parameter: the error that it is refused with, or None."""


class At(ScriptedServer):
    """Answers at the blocks it knows. `asked_at` is what it was asked at."""

    def __init__(self, node: Node) -> None:
        self.asked_at: list[object] = []

        def one(asked: Json) -> Json:
            where = asked["params"][1]
            self.asked_at.append(where)
            refusal = node(where)
            return error(asked, refusal) if refusal else result(asked, "0x07")

        def answer(asked: Asked) -> Raw:
            found = [one(each) for each in asked.every]
            return as_json(found if asked.is_batch else found[0])

        super().__init__(answer)


def by_hash(where: Block) -> dict[str, str]:
    return {"blockHash": where.hash}


def known(*blocks: Block, unknown: Json = UNKNOWN) -> Node:
    """A node that heeds hashes, and has these blocks."""
    names: list[object] = [by_hash(each) for each in blocks]
    return lambda where: None if where in names else unknown


def test_a_node_that_knows_hashes() -> None:
    """It answers at the block's and refuses one that no block has."""

    async def ask(rpc: HttpRpc) -> tuple[Answer, bool | None]:
        return await rpc.call(CALL, AT), rpc.by_hash

    with At(known(AT)) as server:
        assert over(server, ask) == (Returned(b"\x07"), True)
        assert server.asked_at[-1] == by_hash(AT)


def test_it_is_found_out_once() -> None:
    """Two requests more, for all reads of the run."""

    async def ask(rpc: HttpRpc) -> int:
        await rpc.call(CALL, AT)
        await rpc.calls([CALL, CALL], LATER)
        await rpc.accounts([TOKEN], AT)
        return rpc.requests

    with At(known(AT, LATER)) as server:
        assert over(server, ask) == 5


def test_many_at_once_find_it_out_once() -> None:
    """Those who come meanwhile wait for the answer."""

    async def ask(rpc: HttpRpc) -> int:
        await asyncio.gather(*(rpc.learn(each) for each in (AT, LATER, AT)))
        return rpc.requests

    with At(known(AT, LATER)) as server:
        assert over(server, ask) == 2


def test_a_node_that_does_not_heed_hashes() -> None:
    """It answers for a hash no block has, so reads who knows what: numbers then."""

    async def ask(rpc: HttpRpc) -> tuple[Answer, bool | None]:
        return await rpc.call(CALL, AT), rpc.by_hash

    with At(lambda _: None) as server:
        assert over(server, ask) == (Returned(b"\x07"), False)
        assert server.asked_at[-1] == hex(AT.number)


def test_a_node_that_knows_numbers_alone() -> None:
    """Where it takes no such parameter, the number has to do."""

    def node(where: object) -> Json:
        return NO_OBJECTS if isinstance(where, dict) else None

    async def ask(rpc: HttpRpc) -> tuple[Answer, bool | None]:
        return await rpc.call(CALL, AT), rpc.by_hash

    with At(node) as server:
        assert over(server, ask) == (Returned(b"\x07"), False)


@pytest.mark.parametrize("gone", [UNKNOWN, PRUNED], ids=["unknown", "pruned"])
def test_an_expired_block_teaches_nothing(gone: Json) -> None:
    """Its state is expired; whether hashes are heeded is learned at the next one."""

    async def ask(rpc: HttpRpc) -> tuple[Answer, bool | None, Answer, bool | None]:
        before, taught = await rpc.call(CALL, AT), rpc.by_hash
        return before, taught, await rpc.call(CALL, LATER), rpc.by_hash

    with At(known(LATER, unknown=gone)) as server:
        before, taught, after, learned = over(server, ask)
    assert isinstance(before, Unserved)
    assert before.expired
    assert (taught, after, learned) == (None, Returned(b"\x07"), True)


def test_a_rate_limit_teaches_nothing() -> None:
    """It is waited out, and then it is learned."""
    turns = iter([BUSY, BUSY, BUSY])
    heeds = known(AT)

    def node(where: object) -> Json:
        return next(turns, None) or heeds(where)

    async def ask(rpc: HttpRpc) -> tuple[Answer, bool | None]:
        return await rpc.call(CALL, AT), rpc.by_hash

    with At(node) as server:
        assert over(server, ask) == (Returned(b"\x07"), True)


def test_an_endless_rate_limit_teaches_nothing() -> None:
    """Nothing is read, and nothing is known of hashes."""

    async def ask(rpc: HttpRpc) -> tuple[Answer, bool | None]:
        return await rpc.call(CALL, AT), rpc.by_hash

    with At(lambda _: BUSY) as server:
        found, learned = over(server, ask)
    assert isinstance(found, Unserved)
    assert not found.expired
    assert learned is None


def test_a_mishap_teaches_nothing() -> None:
    """One bad gateway is not the word of the node: it is asked once more."""
    turns = iter([Raw(status=502), Raw(status=502)])
    heeds = known(AT)

    def answer(asked: Asked) -> Raw:
        mishap = next(turns, None)
        if mishap:
            return mishap
        refusal = heeds(asked.json["params"][1])
        found = error(asked.json, refusal) if refusal else result(asked.json, "0x07")
        return as_json(found)

    async def ask(rpc: HttpRpc) -> tuple[Answer, bool | None]:
        return await rpc.call(CALL, AT), rpc.by_hash

    with ScriptedServer(answer) as server:
        assert over(server, ask) == (Returned(b"\x07"), True)


def test_silence_teaches_nothing() -> None:
    """Who does not answer at all says nothing."""

    async def ask(rpc: HttpRpc) -> tuple[Answer, bool | None]:
        return await rpc.call(CALL, AT), rpc.by_hash

    with ScriptedServer(lambda _: Raw(closes=True)) as server:
        found, learned = over(server, ask)
    assert isinstance(found, Unserved)
    assert learned is None


def test_what_is_known_is_not_asked() -> None:
    """From an earlier run: not a request more than the read."""

    async def ask(rpc: HttpRpc) -> int:
        rpc.recall(Limits(by_hash=True))
        await rpc.call(CALL, AT)
        return rpc.requests

    with At(known(AT)) as server:
        assert over(server, ask) == 1
