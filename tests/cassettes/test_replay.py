"""Whole scans, recorded from anvil, replay without any node.

To record them anew (npm's anvil is needed):

    pytest --record-mode=rewrite tests/cassettes

Read the diff of the `.json` files: they are what the scans gave.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Never

import pytest

from allowctl.chains.registry import chain_by_id
from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.model.endpoint import Endpoint
from allowctl.model.question import Question
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.net.http import HttpClient
from allowctl.output import json_v1
from allowctl.pipeline import Work, scan_chain
from allowctl.rpc.endpoints import Node
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.pool import Pool
from allowctl.scan.around import Around, Sources
from allowctl.scan.seek import Seeker
from allowctl.store.cache import Cache
from tests.cassettes.replay import HOST, PATH, Cassette, questions, readdressed
from tests.e2e.books import differences, expected, law_holds, told
from tests.fakes.range_proxy import RangeProxy
from tests.lab.artifacts import MULTICALL3
from tests.lab.story import CHAPTERS
from tests.lab.world import World
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import Json
from tests.nodes.node import address_of, throwaway

FOLDER = Path(__file__).parent
KEY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
"""Stands in the URL where providers want theirs. It opens nothing."""
OWNER = address_of(throwaway(0))
NOWHERE = f"{HOST[:-1]}{PATH}{KEY}"
LARGEST = 200_000
"""Bytes of all cassettes together."""
UNRECORDED: type[Exception] = importlib.import_module(
    "vcr.errors"
).CannotOverwriteExistingCassetteException


def items(world: World) -> None:
    """Items kept, cleared and sent away, operators, an amount by signature."""
    one, two, three, _ = world.spenders
    chatty = world.lab("ChattyNft")
    kept, sent, cleared = (world.mint_item(chatty) for _ in range(3))
    for each in (kept, sent, cleared):
        world.approve_item(chatty, each, one)
    world.transfer_item(chatty, sent, three, logs=True)
    world.approve_item(chatty, cleared, ZERO_ADDRESS)
    world.operator(chatty, two)
    world.operator(chatty, three)
    world.operator(chatty, three, approved=False)
    world.permit(world.lab("PermitToken", world.owner), one, 77)


TOLD = {"multicall": CHAPTERS[1], "bare": items}
"""A chapter each keeps them small."""


@contextmanager
def lived(name: str) -> Iterator[tuple[World, str]]:
    """A world to record, and the address of a provider that serves 10 blocks."""
    with Anvil() as anvil:
        world = World(anvil)
        TOLD[name](world)
        world.plant_fakes(2)
        if name == "bare":
            anvil.set_code(MULTICALL3, b"")
        with RangeProxy(anvil.url, max_blocks=10) as proxy:
            yield world, f"{proxy.url}{PATH}{KEY}?apikey={KEY}"


def scanned(url: str, owner: Address = OWNER) -> Json:
    """The pipeline through the real client: the document, dead rows included."""

    async def run() -> Report:
        with Cache.open(None) as cache:
            async with HttpClient(deadline=30) as client:
                rpc = HttpRpc(client, Endpoint(url), concurrency=8)
                chain = chain_by_id((await rpc.greet()).chain_id)
                pool = Pool(chain, [Node(rpc, pace=rpc.pace)])
                seeker = Seeker(pool=pool, cache=cache, progress=lambda _: None)
                work = Work(
                    pool=pool,
                    seeker=seeker,
                    around=Around(pool, Sources()),
                    clock=lambda: 0.0,
                )
                found = await scan_chain(work, [Question(chain=chain, owner=owner)])
        scans = tuple(each for each in found if isinstance(each, Scan))
        unscanned = tuple(each for each in found if isinstance(each, Unscanned))
        return Report(version="test", created_at=0, scans=scans, unscanned=unscanned)

    text = json_v1.render(asyncio.run(run()), show_dead=True)
    return json.loads(text.replace(Endpoint(url).host, "HOST"))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, record_mode: str) -> Callable[[], bool]:
    """Take the network away, the loopback included, except where one records."""

    def refuse(*_: object) -> Never:
        raise AssertionError("a replay has opened a socket")

    if record_mode == "none":
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket.socket, "connect_ex", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return lambda: record_mode == "none"


@pytest.mark.vcr
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.default_cassette(f"{name}.yaml"))
        for name in TOLD
    ],
)
def test_whole_scan(cassette: Cassette, offline: Callable[[], bool], name: str) -> None:
    """A recorded scan gives the recorded result, and asks all that was recorded.

    With Multicall3 and without, its logs in several ranges that are under way at
    once: whatever order they come in.
    """
    file = FOLDER / f"{name}.json"
    if not offline():
        with lived(name) as (world, url):
            recorded = scanned(url)
            truth = world.truth | world.books.silent
            found = told(recorded["scans"][0])
            assert differences(found, expected(world, truth)) == []
        file.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")
        return
    document = scanned(NOWHERE)

    assert document == json.loads(file.read_text("utf-8"))
    assert document["complete"]
    assert law_holds(document["scans"][0])
    assert len(cassette.play_counts) == len(cassette.requests)


@pytest.mark.vcr(record_mode="none")
@pytest.mark.default_cassette("multicall.yaml")
@pytest.mark.usefixtures("cassette", "offline")
def test_unrecorded_question_fails() -> None:
    """Nobody answers what was not asked then: not even with an error of a node's."""
    stranger = Address("0x" + "0d" * 20)
    with pytest.raises(UNRECORDED, match="no recorded interaction"):
        scanned(NOWHERE, stranger)


@pytest.mark.vcr(record_mode="none")
@pytest.mark.default_cassette("multicall.yaml")
@pytest.mark.usefixtures("offline")
def test_replies_carry_the_ids_of_who_asks(cassette: Cassette) -> None:
    """Requests that come later have other ids, and are answered all the same."""
    recorded = [json.loads(each.body) for each in cassette.requests]

    async def ask_late() -> int:
        async with HttpClient(deadline=30) as client:
            rpc = HttpRpc(client, Endpoint(NOWHERE))
            with pytest.raises(UNRECORDED):
                await rpc.block(10**9)
            return (await rpc.head()).chain_id

    assert asyncio.run(ask_late()) == 31337
    assert recorded[0][0]["method"] == "eth_chainId"
    assert recorded[0][0]["id"] == 1


def test_cassettes_hold_no_secret() -> None:
    """No key, host, port or date of the recording is in them."""
    for file in FOLDER.glob("*.yaml"):
        text = file.read_text("utf-8")
        uris = {line.split()[1] for line in text.splitlines() if "uri: " in line}

        assert uris == {HOST}
        for secret in (KEY, "apikey", "127.0.0.1", "localhost", PATH, "date:"):
            assert secret not in text.lower()


def test_cassettes_are_small() -> None:
    """All of them together weigh less than a photograph."""
    sizes = [file.stat().st_size for file in FOLDER.glob("*.*") if file.suffix != ".py"]

    assert len(sizes) == 4
    assert sum(sizes) < LARGEST


def request(identity: int, method: str, *params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}


def body(*requests: dict[str, object]) -> bytes:
    return json.dumps(requests if len(requests) > 1 else requests[0]).encode()


def test_question_is_method_and_parameters() -> None:
    """Ids and places in a batch do not matter; anything else does."""
    one, two = request(1, "eth_call", "a"), request(2, "eth_call", "b")
    again = body(request(8, "eth_call", "b"), request(9, "eth_call", "a"))

    assert questions(body(one, two)) == questions(again)
    for other in (
        body(one),
        body(one, two, two),
        body(one, request(2, "eth_call", "c")),
        body(one, request(2, "eth_getCode", "b")),
    ):
        assert questions(body(one, two)) != questions(other)


def test_reply_is_readdressed() -> None:
    """Each reply goes to the id that now asks its question, twins in turn."""
    recorded = body(*(request(n, "m", what) for n, what in ((1, "a"), (2, "b"))))
    asked = body(*(request(n, "m", what) for n, what in ((7, "b"), (8, "a"))))
    reply = [{"id": 2, "result": "B"}, {"id": 1, "result": "A"}]
    found = json.loads(readdressed(json.dumps(reply).encode(), recorded, asked))
    twins = readdressed(
        b'[{"id": 1}, {"id": 2}]',
        body(request(1, "m"), request(2, "m")),
        body(request(5, "m"), request(6, "m")),
    )

    assert found == [{"id": 7, "result": "B"}, {"id": 8, "result": "A"}]
    assert {each["id"] for each in json.loads(twins)} == {5, 6}


def test_page_stays_a_page() -> None:
    """A reply that is no JSON is replayed as it was."""
    page = b"<html>busy</html>"

    assert readdressed(page, body(request(1, "m")), body(request(2, "m"))) == page
