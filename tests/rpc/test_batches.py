"""Many requests travel together, as far as the endpoint lets them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from allowctl.errors import UnknownHostError, UnservedError
from allowctl.rpc.batches import BATCH, Batches
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.transport import Transport
from tests.fakes.client import Sleeper, carried, carried_to, unknown_hosts
from tests.fakes.server import (
    Asked,
    Raw,
    ScriptedServer,
    as_json,
    batch,
    error,
    refusing,
    result,
)
from tests.nodes.jsonrpc import Json

RATE = {"code": 429, "message": "too many requests"}


def each(server: ScriptedServer, count: int) -> list[object]:
    found = carried(
        server, lambda t: Batches(t).each("m", [(i,) for i in range(count)])
    )
    return ["unserved" if isinstance(i, UnservedError) else i for i in found]


def echo(asked: Json) -> Json:
    """The first parameter, given back."""
    return result(asked, asked["params"][0])


@pytest.mark.parametrize("count", [0, 1, 2, BATCH, BATCH + 1, 3 * BATCH])
def test_each_in_order(count: int) -> None:
    """Every parameter has its answer in its place, in as few requests as may be."""

    def answer(asked: Asked) -> Raw:
        if asked.is_batch:
            return as_json([echo(request) for request in reversed(asked.every)])
        return as_json(echo(asked.json))

    with ScriptedServer(answer) as server:
        assert each(server, count) == list(range(count))
        assert len(server.asked) == -(-count // BATCH)
        assert all(len(asked.every) <= BATCH for asked in server.asked)


def drop_second(requests: Sequence[Json]) -> Json:
    return [echo(each) for each in requests if each["params"] != [1]]


def double_second(requests: Sequence[Json]) -> Json:
    return [*map(echo, requests), result(requests[1], "false")]


def foreign_second(requests: Sequence[Json]) -> Json:
    return [
        echo(each) | ({"id": 10**6} if each["params"] == [1] else {})
        for each in requests
    ]


def string_second(requests: Sequence[Json]) -> Json:
    return [
        error(each, "try again later") if each["params"] == [1] else echo(each)
        for each in requests
    ]


@pytest.mark.parametrize(
    "shape", [drop_second, double_second, foreign_second, string_second]
)
def test_what_a_batch_leaves_open(shape: Json) -> None:
    """It is asked again alone, and nothing else is."""
    with ScriptedServer(batch(shape)) as server:
        assert each(server, 4) == [0, "0x01", 2, 3]
        assert [asked.json["params"] for asked in server.asked[1:]] == [[1]]


def test_a_contract_s_failure_is_not_asked_again() -> None:
    """A revert in a batch is an answer."""

    def shape(requests: Sequence[Json]) -> Json:
        revert = {"code": 3, "message": "execution reverted"}
        return [error(requests[0], revert), *map(echo, requests[1:])]

    with ScriptedServer(batch(shape)) as server:
        assert each(server, 3) == ["unserved", 1, 2]
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "refused",
    [
        {"id": None, "error": {"code": -32600, "message": "batch too large"}},
        {"id": None, "error": {"code": -32600, "message": "invalid request"}},
        {"id": None, "error": "no"},
        {"id": 1, "result": "0x"},
        "no",
        None,
    ],
)
def test_an_endpoint_without_batches(refused: Json) -> None:
    """A batch refused as a whole is asked item by item, whatever the refusal."""

    def answer(asked: Asked) -> Raw:
        return as_json(refused if asked.is_batch else echo(asked.json))

    with ScriptedServer(answer) as server:
        assert each(server, 5) == [0, 1, 2, 3, 4]


def test_batches_are_not_tried_for_ever() -> None:
    """An endpoint that said no to a batch gets no second one."""
    refused = {"id": None, "error": {"code": -32600, "message": "batch too large"}}

    def answer(asked: Asked) -> Raw:
        return as_json(refused if asked.is_batch else echo(asked.json))

    async def twice(transport: Transport) -> None:
        batches = Batches(transport)
        await batches.each("m", [(1,), (2,)])
        await batches.each("m", [(1,), (2,)])

    with ScriptedServer(answer) as server:
        carried(server, twice)
        assert sum(asked.is_batch for asked in server.asked) == 1


@pytest.mark.parametrize(
    "raw",
    [
        Raw(closes=True),
        Raw(body=b"<html>"),
        Raw(status=502, body=b"<html>"),
        Raw(body=b"[" * 100_000),
        Raw(status=413),
    ],
    ids=["closed", "html", "bad gateway", "deep", "too large"],
)
def test_a_batch_that_breaks(raw: Raw) -> None:
    """Whatever becomes of a batch, each question is asked alone then."""

    def answer(asked: Asked) -> Raw:
        return raw if asked.is_batch else as_json(echo(asked.json))

    with ScriptedServer(answer) as server:
        assert each(server, 3) == [0, 1, 2]


def test_unknown_host_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that went nowhere does not fall apart: its parts would go there too."""
    asked = unknown_hosts(monkeypatch)

    async def use(transport: Transport) -> tuple[list[object], int]:
        found = await Batches(transport).each("m", [(n,) for n in range(50)])
        return found, transport.requests

    found, requests = carried_to("http://node.invalid", use)
    assert [type(item) for item in found] == [UnknownHostError] * 50
    assert (asked, requests) == (["node.invalid"], 1)


def sizes(server: ScriptedServer) -> list[int]:
    """How many requests came in each body."""
    return [len(asked.every) for asked in server.asked]


def capped(cap: int, said: str) -> ScriptedServer:
    """An endpoint that refuses larger batches as a whole."""

    def answer(asked: Asked) -> Raw:
        if len(asked.every) > cap:
            refusal = {"code": -32600, "message": said.format(cap=cap)}
            return as_json({"id": None, "error": refusal})
        found = [echo(each) for each in asked.every]
        return as_json(found if asked.is_batch else found[0])

    return ScriptedServer(answer)


@pytest.mark.parametrize(
    ("said", "learned"),
    [
        ("batch limit {cap} exceeded", 10),
        ("batch too large", 6),
    ],
)
def test_cap_of_batches_is_learned(said: str, learned: int) -> None:
    """What it says, or a quarter each time; the next batches are of that size."""

    async def twice(transport: Transport) -> tuple[list[object], int | None]:
        batches = Batches(transport)
        await batches.each("m", [(n,) for n in range(100)])
        server.asked.clear()
        found = await batches.each("m", [(n,) for n in range(30)])
        return found, batches.most

    with capped(10, said) as server:
        found, most = carried(server, twice)
        assert max(sizes(server)) == most == learned
    assert found == list(range(30))


def test_a_refusal_that_nobody_understands() -> None:
    """Where all its parts are served, the batch was too large; no cap is said."""

    async def thrice(transport: Transport) -> int | None:
        batches = Batches(transport)
        for _ in range(3):
            server.asked.clear()
            found = await batches.each("m", [(n,) for n in range(40)])
            assert found == list(range(40))
        return batches.most

    with capped(10, "who knows") as server:
        assert carried(server, thrice) is None
        assert max(sizes(server)) <= 10
        assert len(server.asked) < 40


def test_a_known_cap_is_kept() -> None:
    """What an earlier run learned is not tried again."""

    async def ask(transport: Transport) -> list[object]:
        batches = Batches(transport)
        batches.most = 10
        return await batches.each("m", [(n,) for n in range(35)])

    with capped(10, "batch too large") as server:
        assert carried(server, ask) == list(range(35))
        assert sorted(sizes(server)) == [5, 10, 10, 10]


def test_cap_told_item_by_item() -> None:
    """Some serve the first few and refuse each of the others: those go again."""

    def shape(requests: Sequence[Json]) -> Json:
        refusal = {"code": -32005, "message": "batch size exceeds 8 requests"}
        return [echo(each) for each in requests[:8]] + [
            error(each, refusal) for each in requests[8:]
        ]

    async def ask(transport: Transport) -> tuple[list[object], int | None]:
        batches = Batches(transport)
        return await batches.each("m", [(n,) for n in range(40)]), batches.most

    with ScriptedServer(batch(shape)) as server:
        assert carried(server, ask) == (list(range(40)), 8)
        assert sizes(server) == [40, 8, 8, 8, 8]


def test_rate_inside_a_batch() -> None:
    """Items refused for coming too soon go again together, later, and fewer."""
    left = [25]

    def shape(requests: Sequence[Json]) -> Json:
        passing = requests[: left[0]]
        left[0] = 30
        return [echo(each) for each in passing] + [
            error(each, RATE) for each in requests[len(passing) :]
        ]

    async def ask(transport: Transport) -> tuple[list[object], object]:
        batches = Batches(transport)
        found = await batches.each("m", [(n,) for n in range(60)])
        return found, (batches.most, transport.weighs, transport.pace.now > 0)

    with ScriptedServer(batch(shape)) as server:
        # One after the other: else who comes first is the network's doing.
        found, learned = carried(server, ask, at_once=1)
        assert sizes(server) == [60, 25, 10]
    assert found == list(range(60))
    assert learned == (None, True, True), "the rate was learned, and no cap"


def test_batches_that_weigh_are_paced() -> None:
    """Where the requests in a batch are counted, they wait for their number."""
    first = [True]

    def shape(requests: Sequence[Json]) -> Json:
        if first[0] and len(requests) > 20:
            first[0] = False
            late = [error(each, RATE) for each in requests[20:]]
            return [*map(echo, requests[:20]), *late]
        return [*map(echo, requests)]

    async def ask(transport: Transport) -> float:
        await Batches(transport).each("m", [(n,) for n in range(100)])
        return transport.pace.now

    with ScriptedServer(batch(shape)) as server:
        seconds = carried(server, ask)
    assert seconds > 2, "a hundred at twenty in a second, more or less"


def test_a_batch_larger_than_the_rate_ever_lets_in() -> None:
    """Refused for its rate each time: fewer at once, until it passes."""

    def answer(asked: Asked) -> Raw:
        if len(asked.every) > 10:
            return as_json([error(each, RATE) for each in asked.every], status=429)
        found = [echo(each) for each in asked.every]
        return as_json(found if asked.is_batch else found[0])

    with ScriptedServer(answer) as server:
        assert each(server, 40) == list(range(40))


def test_a_rate_that_never_lets_up() -> None:
    """A hundred items are not each asked for ever: they stay refused."""

    async def ask(transport: Transport) -> list[object]:
        return await Batches(transport).each("m", [(n,) for n in range(100)])

    with ScriptedServer(refusing(RATE)) as server:
        found = carried(server, ask, sleeper=Sleeper())
        assert len(server.asked) <= 20
    kinds = {item.kind for item in found if isinstance(item, RefusalError)}
    assert len(found) == 100
    assert kinds <= {RefusalKind.RATE, RefusalKind.FATAL}
    assert all(isinstance(item, RefusalError) for item in found)


def test_items_are_counted() -> None:
    """A batch is one HTTP request of many JSON-RPC requests."""

    async def ask(transport: Transport) -> tuple[int, int]:
        await Batches(transport).each("m", [(n,) for n in range(BATCH + 5)])
        return transport.requests, transport.items

    with ScriptedServer(batch(lambda requests: [*map(echo, requests)])) as server:
        assert carried(server, ask) == (2, BATCH + 5)


def test_different_methods_travel_together() -> None:
    """One body holds whatever is asked at once."""
    asked = [("a", (1,)), ("b", (2,)), ("c", (3,))]
    with ScriptedServer(batch(lambda requests: [*map(echo, requests)])) as server:
        assert carried(server, lambda t: Batches(t).many(asked)) == [1, 2, 3]
        (body,) = server.asked
        assert [each["method"] for each in body.every] == ["a", "b", "c"]
