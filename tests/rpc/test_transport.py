"""Requests are repeated while that may help, and given up when it does not."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence

import pytest

from allowctl.errors import DeadlineError, OversizeError, UnservedError
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.transport import BATCH, Transport
from tests.fakes.client import Sleeper, carried
from tests.fakes.server import (
    Asked,
    Raw,
    ScriptedServer,
    always,
    answering,
    as_json,
    batch,
    error,
    one_after_another,
    refusing,
    result,
)
from tests.nodes.jsonrpc import Json

RATE = {"code": 429, "message": "too many requests"}


def one(server: ScriptedServer, sleeper: Sleeper | None = None) -> object:
    return carried(server, lambda t: t.one("m", ()), sleeper=sleeper)


def each(server: ScriptedServer, count: int) -> list[object]:
    found = carried(server, lambda t: t.each("m", [(i,) for i in range(count)]))
    return ["unserved" if isinstance(i, UnservedError) else i for i in found]


def echo(asked: Json) -> Json:
    """The first parameter, given back."""
    return result(asked, asked["params"][0])


def test_one() -> None:
    """One request, one reply."""
    with ScriptedServer(answering({"m": "0x1"})) as server:
        assert one(server) == "0x1"
        assert [asked.json["method"] for asked in server.asked] == ["m"]


@pytest.mark.parametrize(
    ("refusal", "status", "attempts"),
    [
        (RATE, 429, 6),
        (RATE, 200, 6),
        ({"code": -32603, "message": "Internal error"}, 200, 3),
        ({"code": -32603, "message": "Internal error"}, 500, 3),
        ({"code": 3, "message": "execution reverted"}, 200, 1),
        ({"code": -32602, "message": "max block range 5"}, 200, 1),
        ({"code": -32601, "message": "unknown method"}, 200, 1),
        ({"code": -32051, "message": "API key disabled"}, 403, 1),
    ],
)
def test_attempts(refusal: Json, status: int, attempts: int) -> None:
    """A rate is waited out, a mishap is tried thrice, a clear no is taken at once."""
    sleeper = Sleeper()
    with ScriptedServer(refusing(refusal, status=status)) as server:
        with pytest.raises(RefusalError):
            one(server, sleeper)
        assert len(server.asked) == attempts
    assert sleeper.waits == [0.5, 1.0, 2.0, 4.0, 8.0][: attempts - 1]


@pytest.mark.parametrize(
    ("asks", "waits"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("99999999", 30.0),
        ("-5", 0.5),
        ("1e9", 0.5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0.5),
        ("", 0.5),
    ],
)
def test_retry_after(asks: str, waits: float) -> None:
    """What the endpoint asks for is waited, within reason; nonsense is passed over."""
    busy = Raw(status=429, headers={"Retry-After": asks})
    sleeper = Sleeper()

    def then_good(asked: Asked) -> Raw:
        return as_json(result(asked.json, "ok")) if len(server.asked) > 1 else busy

    with ScriptedServer(then_good) as server:
        assert one(server, sleeper) == "ok"
    assert sleeper.waits == [waits]


def test_a_passing_mishap() -> None:
    """Closed connections and foreign replies are followed by the right one."""
    replies = one_after_another(
        Raw(closes=True), as_json({"id": 999, "result": "wrong"}), as_json(None)
    )

    def answer(asked: Asked) -> Raw:
        if len(server.asked) > 2:
            return as_json(result(asked.json, "right"))
        return replies(asked)

    with ScriptedServer(answer) as server:
        assert one(server) == "right"


def test_deadline_is_not_repeated() -> None:
    """What ran into the deadline may be too large: only the caller can mend that."""
    with ScriptedServer(always(Raw(body=b"x", hangs=True))) as server:
        with pytest.raises(DeadlineError):
            carried(server, lambda t: t.one("m", ()), deadline=0.2)
        assert len(server.asked) == 1


def test_oversize_is_not_repeated() -> None:
    """The same again would be as large again."""
    with ScriptedServer(always(Raw(body=b"{" + bytes(99)))) as server:
        with pytest.raises(OversizeError):
            carried(server, lambda t: t.one("m", (), max_body=99))
        assert len(server.asked) == 1


def test_silence_ends_it() -> None:
    """After a dozen requests without any reply nobody is asked any more."""
    with ScriptedServer(always(Raw(closes=True))) as server:
        found = carried(server, lambda t: t.each("m", [(i,) for i in range(40)]))
        assert 12 <= len(server.asked) <= 15
    kinds = {item.kind for item in found if isinstance(item, RefusalError)}
    assert kinds == {RefusalKind.FATAL}
    assert all(isinstance(item, UnservedError) for item in found)


def test_refusals_are_no_silence() -> None:
    """An endpoint that refuses is there: it is asked on."""
    revert = {"code": 3, "message": "execution reverted"}

    def answer(asked: Asked) -> Raw:
        last = asked.json["params"] == [29]
        return as_json((echo if last else lambda it: error(it, revert))(asked.json))

    async def often(transport: Transport) -> object:
        for i in range(29):
            with pytest.raises(RefusalError, match="reverted"):
                await transport.one("m", (i,))
        return await transport.one("m", (29,))

    with ScriptedServer(answer) as server:
        assert carried(server, often) == 29


def test_requests_are_counted() -> None:
    """Every HTTP request counts, retries included; a batch is one."""
    with ScriptedServer(refusing(RATE)) as server:

        async def count(transport: Json) -> int:
            with pytest.raises(RefusalError):
                await transport.one("m", ())
            return int(transport.requests)

        assert carried(server, count) == 6


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

    async def twice(transport: Json) -> None:
        await transport.each("m", [(1,), (2,)])
        await transport.each("m", [(1,), (2,)])

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


def test_concurrency() -> None:
    """Never more requests under way than allowed."""
    now = most = 0
    lock = threading.Lock()
    together = threading.Barrier(4, timeout=10)

    def answer(asked: Asked) -> Raw:
        nonlocal now, most
        if asked.is_batch:
            return as_json(None)
        with lock:
            now += 1
            most = max(most, now)
        together.wait()
        with lock:
            now -= 1
        return as_json(echo(asked.json))

    with ScriptedServer(answer) as server:
        assert each(server, 8) == list(range(8))
    assert most == 4


def test_identities_are_unique() -> None:
    """No two requests share an id, retries excepted."""
    with ScriptedServer(answering({"m": 1})) as server:
        each(server, 250)
        found = [r["id"] for asked in server.asked for r in json.loads(asked.body)]
    assert len(set(found)) == 250
