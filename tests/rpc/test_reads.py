"""State over HTTP beyond calls: storage, and accounts at blocks of old."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from allowctl.model.chain import Unserved
from allowctl.model.endpoint import Limits
from allowctl.rpc.http import HttpRpc
from tests.build import OWNER, TOKEN, block
from tests.fakes.client import over
from tests.fakes.server import (
    Raw,
    ScriptedServer,
    always,
    answering,
    refusing,
)
from tests.nodes.jsonrpc import Json

AT = block(500)
PLACES = [(TOKEN, 0), (OWNER, 2**256 - 1)]
Use = Callable[[HttpRpc], Awaitable[list[object]]]


async def slots(rpc: HttpRpc) -> list[object]:
    rpc.recall(Limits(by_hash=True))
    return list(await rpc.slots(PLACES, AT))


async def old_nonces(rpc: HttpRpc) -> list[object]:
    return list(await rpc.old_nonces([*PLACES[:1], (OWNER, 24)]))


async def old_codes(rpc: HttpRpc) -> list[object]:
    return list(await rpc.old_codes([*PLACES[:1], (OWNER, 24)]))


EVERY: list[Use] = [slots, old_nonces, old_codes]


def asked(method: str, value: Json, use: Use) -> tuple[list[object], list[Json]]:
    """What is found, and the parameters in the one request that was sent."""
    with ScriptedServer(answering({method: value})) as server:
        found = over(server, use)
        (request,) = server.asked
    return found, [each["params"] for each in request.every]


def test_slots() -> None:
    """The position in 32 bytes, at the block's hash; a short answer is padded."""
    found, params = asked("eth_getStorageAt", "0x5", slots)

    assert found == [bytes(31) + b"\x05"] * 2
    assert params == [
        [TOKEN, "0x" + "00" * 32, {"blockHash": AT.hash}],
        [OWNER, "0x" + "ff" * 32, {"blockHash": AT.hash}],
    ]


def test_old_nonces() -> None:
    """Each at its own block, by number, in one request."""
    found, params = asked("eth_getTransactionCount", "0x1", old_nonces)

    assert found == [1, 1]
    assert params == [[TOKEN, "0x0"], [OWNER, "0x18"]]


def test_old_codes() -> None:
    """The same."""
    found, params = asked("eth_getCode", "0x60", old_codes)

    assert found == [b"\x60"] * 2
    assert params == [[TOKEN, "0x0"], [OWNER, "0x18"]]


@pytest.mark.parametrize("use", EVERY)
@pytest.mark.parametrize("value", [None, 7, "", "many", [], {}])
def test_garbage(use: Use, value: Json) -> None:
    """What is no answer says nothing."""
    methods = ("eth_getStorageAt", "eth_getTransactionCount", "eth_getCode")
    with ScriptedServer(answering(dict.fromkeys(methods, value))) as server:
        found = over(server, use)

    assert len(found) == 2
    assert all(isinstance(each, Unserved) for each in found)


@pytest.mark.parametrize("use", EVERY)
def test_dead_endpoint(use: Use) -> None:
    """Nothing is known, and nothing raised."""
    with ScriptedServer(always(Raw(closes=True))) as server:
        found = over(server, use)

    assert all(isinstance(each, Unserved) and not each.expired for each in found)


@pytest.mark.parametrize("use", EVERY)
def test_pruned(use: Use) -> None:
    """Lost state is told as that."""
    gone = {"code": -32000, "message": "missing trie node"}
    with ScriptedServer(refusing(gone)) as server:
        found = over(server, use)

    assert all(isinstance(each, Unserved) and each.expired for each in found)
