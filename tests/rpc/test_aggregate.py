"""Our own reader on a real node: every way tells what each call says alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from allowctl.model.chain import (
    ZERO_ADDRESS,
    Address,
    Answer,
    Block,
    Call,
    Returned,
    Reverted,
)
from allowctl.model.endpoint import Endpoint
from allowctl.net.http import HttpClient
from allowctl.rpc.aggregate import (
    PLACE,
    Batching,
    Failure,
    Item,
    Way,
    aggregate,
    passing_code,
    placed_code,
)
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.multicall import StateReader
from tests.build import OWNER, SPENDER
from tests.fakes.range_proxy import RangeProxy
from tests.lab.abi import encode_call
from tests.lab.artifacts import MULTICALL3, place_multicall3
from tests.lab.reading import ALLOWANCE, APPROVE
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json
from tests.nodes.node import address_of

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("aggregate")]

NOBODY = Address("0x" + "0d" * 20)
DRAINER = Address("0x" + "d7" * 20)
READ = encode_call(ALLOWANCE, OWNER, SPENDER)
PUSH0 = 0x5F


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A chain without Multicall3, honest tokens and hostile ones."""

    anvil: Anvil
    owner: Address
    honest: tuple[Address, ...]
    hostile: dict[str, Address]

    def calls(self) -> list[Call]:
        """Each hostile contract between two honest ones."""
        found: list[Call] = []
        for number, bad in enumerate(self.hostile.values()):
            good = self.honest[number % len(self.honest)]
            data = encode_call(ALLOWANCE, self.owner, Address(f"0x{number + 1:040x}"))
            found += [Call(good, data), Call(bad, data)]
        return [*found, Call(NOBODY, READ), Call(self.honest[0], READ)]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Anvil() as anvil:
        owner = address_of(anvil.accounts[0])
        honest = [anvil.deploy(contract("Token").create(owner)) for _ in range(3)]
        for token in honest:
            for number in range(1, 10):
                spender = Address(f"0x{number:040x}")
                anvil.send(owner, token, encode_call(APPROVE, spender, number))
        hostile = {
            "burner": anvil.deploy(contract("GasBurner").create()),
            "second burner": anvil.deploy(contract("GasBurner").create()),
            "bomb": anvil.deploy(contract("ReturnBomb").create(2_000_000)),
            "small bomb": anvil.deploy(contract("ReturnBomb").create(30_000)),
            "revert bomb": anvil.deploy(contract("RevertBomb").create()),
            "reverts": anvil.deploy(contract("FakeLogs").create()),
        }
        yield Scene(anvil=anvil, owner=owner, honest=tuple(honest), hostile=hostile)


class Lacking(RangeProxy):
    """A node that knows no override, takes no creation, or no batch."""

    overrides = True
    creates = True
    batches = True

    def answer(self, body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body)
        if isinstance(asked, list):
            if self.batches or any(each["method"] != "eth_call" for each in asked):
                return super().answer(body)
            return 200, _error(None, "batch requests are not allowed")
        if asked["method"] == "eth_call":
            if not self.overrides:
                asked["params"] = asked["params"][:2]
            if not self.creates and "to" not in asked["params"][0]:
                return 200, _error(asked["id"], "missing field: to")
        return super().answer(json.dumps(asked).encode())


def _error(identity: Json, message: str) -> bytes:
    error = {"code": -32602, "message": message}
    return json.dumps({"jsonrpc": "2.0", "id": identity, "error": error}).encode()


async def at_once(seconds: float) -> None:
    del seconds


def read(url: str, calls: Sequence[Call]) -> tuple[list[Answer], Way | None]:
    """The answers, and the way they came by."""

    async def talk() -> tuple[list[Answer], Way | None]:
        async with HttpClient(deadline=60) as client:
            rpc = HttpRpc(client, Endpoint(url), sleep=at_once)
            state = StateReader(rpc, await rpc.block(), MULTICALL3)
            return await state.read(calls), state.batching.way

    return asyncio.run(talk())


def by(url: str, way: Way, calls: Sequence[Call]) -> list[Item] | Failure:
    """What one aggregate brings."""

    async def talk() -> list[Item] | Failure:
        async with HttpClient(deadline=60) as client:
            rpc = HttpRpc(client, Endpoint(url), sleep=at_once)
            return await aggregate(rpc, way, calls, await rpc.block(), MULTICALL3)

    return asyncio.run(talk())


def alone(scene: Scene, call: Call) -> bytes:
    return scene.anvil.call(call.to, call.data)


WAYS: dict[Way | None, tuple[bool, bool]] = {
    Way.PLACED: (True, True),
    Way.PASSING: (False, True),
    None: (False, False),
}
"""Whether overrides are known and creations are taken, by the way that is left."""


@pytest.mark.parametrize("batches", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_each_as_if_alone(scene: Scene, way: Way | None, *, batches: bool) -> None:
    """Where there is no Multicall3, hostile tokens harm nobody, whatever is there."""
    calls = scene.calls()
    with Lacking(scene.anvil.url) as proxy:
        proxy.overrides, proxy.creates = WAYS[way]
        proxy.batches = batches
        found, went = read(proxy.url, calls)
    answers = dict(zip(calls, found, strict=True))
    bad = {name: answers[_of(calls, to)] for name, to in scene.hostile.items()}

    assert went is way
    for call, answer in answers.items():
        if call.to in scene.honest:
            assert answer == Returned(alone(scene, call))
    assert answers[Call(NOBODY, READ)] == Returned(b"")
    assert bad["burner"] == bad["second burner"] == Reverted("burns its gas")
    assert bad["bomb"] == Reverted("answers megabytes")
    small = alone(scene, _of(calls, scene.hostile["small bomb"]))
    assert bad["small bomb"] == Returned(small)
    assert len(small) == 30_000
    assert isinstance(bad["revert bomb"], Reverted)
    assert bad["reverts"] == Reverted("reverts")


def _of(calls: Sequence[Call], to: Address) -> Call:
    return next(call for call in calls if call.to == to)


@pytest.mark.parametrize("way", [Way.PLACED, Way.PASSING])
def test_one_aggregate_spoils_nobody(scene: Scene, way: Way) -> None:
    """The honest are answered among burners and bombs; those are left open or fail."""
    calls = scene.calls()
    items = by(scene.anvil.url, way, calls)
    assert isinstance(items, list)
    for call, item in zip(calls, items, strict=True):
        if call.to in scene.honest:
            assert item == Returned(alone(scene, call))
        elif call.to in scene.hostile.values():
            assert item in {None, Reverted("reverts")}
    burner = calls.index(_of(calls, scene.hostile["burner"]))
    assert items[burner] == Reverted("reverts"), "it had ample gas"


@pytest.mark.parametrize("way", [Way.PLACED, Way.PASSING])
def test_a_thousand_calls(scene: Scene, way: Way) -> None:
    """As many as are ever made at once, a tenth of them burners."""
    burner = scene.hostile["burner"]
    calls = [
        Call(burner if n % 10 == 5 else scene.honest[n % 3], READ + n.to_bytes(32))
        for n in range(1_000)
    ]
    batching = Batching(size=1_000, way=way)
    for chunk in batching.cut(calls):
        items = by(scene.anvil.url, way, chunk)
        assert isinstance(items, list)
        for call, item in zip(chunk, items, strict=True):
            assert isinstance(item, Returned) == (call.to != burner)


def test_answers_that_do_not_fit_into_code(scene: Scene) -> None:
    """What a constructor may return is bounded: the rest is open, not cut off."""
    long = scene.anvil.deploy(contract("ReturnBomb").create(1_000))
    calls = [Call(long, READ + n.to_bytes(32)) for n in range(60)]
    items = by(scene.anvil.url, Way.PASSING, calls)
    assert isinstance(items, list)
    told = [item for item in items if item is not None]
    assert 20 < len(told) < 25
    assert set(told) == {Returned(alone(scene, calls[0]))}
    assert by(scene.anvil.url, Way.PLACED, calls) == told[:1] * 60


def drain(token: Address, owner: Address, amount: int) -> bytes:
    """Code that, whatever it is asked, first spends what it was granted."""
    data = encode_call("transferFrom(address,address,uint256)", owner, NOBODY, amount)
    size = f"60{len(data):02x}"
    call = f"60006000{size}6000600073{token[2:]}5af150"
    answer = "60206000f3"
    start = len(f"{size}60006000" + "39" + call + answer) // 2
    code = f"{size}60{start:02x}600039{call}{answer}"
    return bytes.fromhex(code) + data


def test_nobody_spends_a_grant_while_it_is_read(scene: Scene) -> None:
    """A spender that is asked as a token cannot hide its own allowance.

    Multicall3 lets it: it spends everything, and the next read says 0.
    """
    token, anvil = scene.honest[0], scene.anvil
    anvil.send(scene.owner, token, encode_call(APPROVE, DRAINER, 77))
    anvil.set_code(DRAINER, drain(token, scene.owner, 77))
    granted = Call(token, encode_call(ALLOWANCE, scene.owner, DRAINER))
    calls = [Call(DRAINER, READ), granted]
    place_multicall3(anvil)
    try:
        spent = by(anvil.url, Way.MULTICALL, calls)
        assert isinstance(spent, list)
        assert spent[1] == Returned(bytes(32)), "the attack is real"
        for way in (Way.PLACED, Way.PASSING):
            items = by(anvil.url, way, calls)
            assert isinstance(items, list)
            assert items[1] == Returned((77).to_bytes(32))
        found, way_taken = read(anvil.url, calls)
    finally:
        anvil.set_code(MULTICALL3, b"")
        anvil.set_code(DRAINER, b"")
    assert found[1] == Returned((77).to_bytes(32))
    assert way_taken is Way.PLACED


def test_the_place_is_free(scene: Scene) -> None:
    """No code, no precompile."""
    assert int(PLACE, 16) > 2**64
    assert scene.anvil.rpc("eth_getCode", PLACE, "latest") == "0x"


def test_code_for_every_chain() -> None:
    """No PUSH0 (EIP-3855), which chains before Shanghai do not know."""
    for code in (placed_code(), passing_code()):
        at, opcodes = 0, set()
        while at < len(code):
            opcodes.add(code[at])
            at += 1 + max(0, code[at] - PUSH0) * (code[at] < PUSH0 + 33)
        assert PUSH0 not in opcodes
        assert len(code) < 1_000


def test_at_another_block(scene: Scene) -> None:
    """The time that our reader sees is compared with the block's."""

    async def talk() -> list[Item] | Failure:
        async with HttpClient(deadline=60) as client:
            rpc = HttpRpc(client, Endpoint(scene.anvil.url), sleep=at_once)
            head = await rpc.block()
            other = Block(number=head.number, hash=head.hash, timestamp=1)
            calls = [Call(ZERO_ADDRESS, b"")] * 2
            return await aggregate(rpc, Way.PASSING, calls, other, MULTICALL3)

    found = asyncio.run(talk())
    assert isinstance(found, Failure)
    assert found.wrong_block is not None
