"""Requests are repeated while that may help, and given up when it does not."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable

import pytest

from allowctl.errors import (
    DeadlineError,
    OversizeError,
    UnknownHostError,
    UnservedError,
)
from allowctl.model.endpoint import Endpoint
from allowctl.net.http import MAX_BODY, HttpClient
from allowctl.rpc.batches import Batches
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.pace import Pace
from allowctl.rpc.transport import Transport, bound
from tests.fakes.client import Sleeper, carried, carried_to, unknown_hosts
from tests.fakes.server import (
    Answer,
    Asked,
    Raw,
    ScriptedServer,
    always,
    answering,
    as_json,
    error,
    one_after_another,
    refusing,
    result,
)
from tests.nodes.jsonrpc import Json

RATE = {"code": 429, "message": "too many requests"}


def one(server: ScriptedServer, sleeper: Sleeper | None = None) -> object:
    return carried(server, lambda t: t.one("m", ()), sleeper=sleeper)


def many(server: ScriptedServer, count: int) -> list[object]:
    """What as many requests at once come to."""

    async def ask(transport: Transport) -> list[object]:
        asked = (transport.one("m", (n,)) for n in range(count))
        return await asyncio.gather(*asked, return_exceptions=True)

    return carried(server, ask)


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
    assert sleeper.waits == [0.5, 1.0, 2.0, 4.0, 5.0][: attempts - 1]


@pytest.mark.parametrize(
    ("asks", "waits"),
    [
        ("3", 3.0),
        ("7", 5.0),
        ("0", 0.0),
        ("99999999", 5.0),
        ("-5", 0.5),
        ("1e9", 0.5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0.5),
        ("", 0.5),
    ],
)
def test_retry_after(asks: str, waits: float) -> None:
    """What the endpoint asks for is waited, nonsense is passed over.

    Within reason, which is short where it has never served anything.
    """
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


def test_unknown_host_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not exist now does not a second later: nobody waits for it."""
    asked = unknown_hosts(monkeypatch)
    sleeper = Sleeper()

    async def use(transport: Transport) -> int:
        with pytest.raises(UnknownHostError, match=r"node\.invalid .*no such host"):
            await transport.one("m", ())
        return transport.requests

    assert carried_to("http://node.invalid", use, sleeper=sleeper) == 1
    assert (asked, sleeper.waits) == (["node.invalid"], [])


def test_oversize_is_not_repeated() -> None:
    """The same again would be as large again."""
    with ScriptedServer(always(Raw(body=b"{" + bytes(99)))) as server:
        with pytest.raises(OversizeError):
            carried(server, lambda t: t.one("m", (), max_body=99))
        assert len(server.asked) == 1


def test_silence_ends_it() -> None:
    """After a dozen requests without any reply nobody is asked any more."""
    with ScriptedServer(always(Raw(closes=True))) as server:
        found = many(server, 40)
        assert 12 <= len(server.asked) <= 20
    kinds = {item.kind for item in found if isinstance(item, RefusalError)}
    assert kinds == {RefusalKind.FATAL}
    assert all(isinstance(item, UnservedError) for item in found)


def test_one_broken_moment_is_no_silence() -> None:
    """Many that fail at the same moment are one failure: the endpoint restarted."""
    down = threading.Barrier(16, timeout=10)

    def answer(asked: Asked) -> Raw:
        if len(server.asked) <= 16:
            down.wait()
            return Raw(closes=True)
        return as_json(echo(asked.json))

    with ScriptedServer(answer) as server:
        found = carried_by(server, 16, 40)
    assert found == list(range(40))


def carried_by(server: ScriptedServer, first: int, count: int) -> list[object]:
    """The same with a window of another width."""

    async def run() -> list[object]:
        pacing = Sleeper()
        async with HttpClient(deadline=20) as client:
            transport = Transport(
                client,
                Endpoint(server.url),
                pace=Pace(first, first=first, sleep=pacing, clock=Ticker()),
                sleep=Sleeper(),
            )
            asked = (transport.one("m", (n,)) for n in range(count))
            return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(run())


class Ticker:
    """A clock by which no two moments are the same."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def test_a_rate_that_never_lets_up_ends_it() -> None:
    """Minutes of refusals and nothing else: nobody waits for ever."""
    sleeper = Sleeper()
    with ScriptedServer(refusing(RATE)) as server:

        async def often(transport: Transport) -> set[RefusalKind]:
            kinds = set()
            for _ in range(20):
                with pytest.raises(RefusalError) as caught:
                    await transport.one("m", ())
                kinds.add(caught.value.kind)
            return kinds

        kinds = carried(server, often, sleeper=sleeper)
        assert len(server.asked) <= 14
    assert kinds == {RefusalKind.RATE, RefusalKind.FATAL}


def test_a_rate_refusal_is_told_once_where_asked_so() -> None:
    """With one try it reaches the caller at once, with the wait it asks for."""
    busy = Raw(status=429, headers={"Retry-After": "9"})
    sleeper = Sleeper()
    with ScriptedServer(always(busy)) as server:
        with pytest.raises(RefusalError) as caught:
            carried(server, lambda t: t.one("m", (), tries=1), sleeper=sleeper)
        assert len(server.asked) == 1
    assert (caught.value.kind, caught.value.wait) == (RefusalKind.RATE, 9.0)
    assert sleeper.waits == []


def test_the_pace_hears_of_refusals() -> None:
    """It rests as long as it was asked to, and knows the rate then."""
    busy = Raw(status=429, headers={"Retry-After": "4"})

    async def ask(transport: Transport) -> tuple[float, float | None]:
        with pytest.raises(RefusalError):
            await transport.one("m", (), tries=1)
        return transport.pace.resting, transport.pace.per_second

    with ScriptedServer(always(busy)) as server:
        assert carried(server, ask) == (4.0, 1.0)


def test_a_deadline_of_its_own() -> None:
    """A request may have less time than the client gives, never more."""

    async def ask(transport: Transport) -> object:
        envelope = {"id": 1, "method": "m", "params": []}
        return await transport.served(envelope, lambda _: None, deadline=0.2)

    with ScriptedServer(always(Raw(body=b"x", hangs=True))) as server:
        with pytest.raises(DeadlineError, match=r"within 0\.2 s"):
            carried(server, ask)
        assert len(server.asked) == 1


def test_keys_are_hushed() -> None:
    """A provider that repeats the key in its refusal does not get it printed."""
    secret = "k3yk3yk3yk3yk3yk3y"
    said = {"code": -32000, "message": f"project {secret} is unknown"}

    async def run(url: str) -> object:
        async with HttpClient(deadline=20) as client:
            pace = Pace(4, sleep=Sleeper(), clock=lambda: 0.0)
            endpoint = Endpoint(f"{url}/v3/{secret}")
            sender = Transport(client, endpoint, pace=pace, sleep=Sleeper())
            return await sender.one("m", ())

    with ScriptedServer(refusing(said)) as server, pytest.raises(RefusalError) as e:
        asyncio.run(run(server.url))
    assert secret not in str(e.value) + e.value.message


SECRET = "AbCdEf/0123456789GhIjKl=="
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": json.dumps,
    "slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "escaped": lambda text: '"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"',
}


def repeats(spelling: str, member: str) -> Answer:
    """A provider that repeats the key, after as many characters as it is told."""

    def refused(asked: Json) -> str:
        (before,) = asked["params"]
        words = "y " * (before // 2) + "y" * (before % 2)
        said = SPELLINGS[spelling](f"{words}{SECRET} is unknown")
        # The name of the member is spelled otherwise, too.
        return f'{{"id":{asked["id"]},"err\\u006fr":{member % said}}}'

    def answer(asked: Asked) -> Raw:
        replies = list(map(refused, asked.every))
        text = f"[{','.join(replies)}]" if asked.is_batch else replies[0]
        return Raw(body=text.encode())

    return answer


@pytest.mark.parametrize("batch", [False, True], ids=["alone", "batch"])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "member",
    [
        "%s",
        '{"code":3,"message":%s}',
        '{"code":3,"data":{"message":%s}}',
        '{"code":3,"message":"","data":%s}',
    ],
)
def test_no_part_of_a_key_is_told(*, member: str, spelling: str, batch: bool) -> None:
    """However JSON spells it, and wherever the message is cut: not even its start."""
    lengths = [0, *range(200 - 2 * len(SECRET), 204), *range(3_960, 4_004)]

    async def run(url: str) -> list[object]:
        async with HttpClient(deadline=20) as client:
            endpoint = Endpoint(url, (("Authorization", f"Bearer {SECRET}"),))
            pace = Pace(64, first=64, sleep=Sleeper(), clock=lambda: 0.0)
            sender = Transport(client, endpoint, pace=pace, sleep=Sleeper())
            if batch:
                return await Batches(sender).each("m", [(n,) for n in lengths])
            asked = (sender.one("m", (n,)) for n in lengths)
            return await asyncio.gather(*asked, return_exceptions=True)

    with ScriptedServer(repeats(spelling, member)) as server:
        found = asyncio.run(run(server.url))
    refusals = [each for each in found if isinstance(each, RefusalError)]
    assert len(refusals) == len(lengths)
    for each in refusals:
        assert SECRET[:4] not in f"{each} {each.message} {each.hint}"
        assert len(each.message) < 240
    assert any("<key>" in each.message for each in refusals)


def test_hints_are_hushed() -> None:
    """What to do next is shown too."""
    hinted = RefusalError("no", kind=RefusalKind.FATAL, hint=f"pay for {SECRET}")

    async def run() -> None:
        async with HttpClient() as client:
            endpoint = Endpoint(f"http://node.test/?key={SECRET}")
            Transport(client, endpoint, pace=Pace(1)).hush(hinted)

    asyncio.run(run())
    assert hinted.hint == "pay for <key>"


def test_results_are_never_masked() -> None:
    """Honest data may hold the digits of a key, beside a refusal in one batch too."""

    def answer(asked: Asked) -> Raw:
        good, bad = asked.every
        said = {"code": 3, "message": "execution reverted", "data": "0xAbCdEf12"}
        text = json.dumps([result(good, "0xAbCdEf12"), error(bad, said)])
        return Raw(body=text.replace('"error"', '"err\\u006fr"').encode())

    async def run(url: str) -> list[object]:
        async with HttpClient() as client:
            endpoint = Endpoint(f"{url}/AbCdEf12")
            sender = Transport(client, endpoint, pace=Pace(1), sleep=Sleeper())
            return await Batches(sender).each("m", [(), ()])

    with ScriptedServer(answer) as server:
        good, bad = asyncio.run(run(server.url))
    assert good == "0xAbCdEf12"
    assert isinstance(bad, RefusalError)
    assert bad.data == "0xAbCdEf12"


@pytest.mark.parametrize(
    ("methods", "most"),
    [
        (("eth_chainId",), 2**20),
        (("eth_getBlockByNumber",), 8 * 2**20),
        (("eth_chainId", "eth_getBlockByNumber", "eth_getBlockByNumber"), 17 * 2**20),
        (("eth_getLogs",), MAX_BODY),
        (("eth_call", "eth_chainId"), MAX_BODY),
        (("eth_getBlockByNumber",) * 500, MAX_BODY),
    ],
)
def test_bound(methods: tuple[str, ...], most: int) -> None:
    """Where answers are small a reply is bounded so; a batch by the sum."""
    assert bound(*methods) == most


def test_small_answers_are_bounded() -> None:
    """A chain id of two megabytes is not read to its end, alone and in a batch."""

    def answer(asked: Asked) -> Raw:
        ids = [each["id"] for each in asked.every]
        text = b'{"id":%d,"result":"0x' % ids[0] + b"0" * 3 * 2**20 + b'1"}'
        return Raw(body=b"[" + text + b"]" if asked.is_batch else text)

    with ScriptedServer(answer) as server:
        with pytest.raises(OversizeError, match="1048576"):
            carried(server, lambda t: t.one("eth_chainId", ()))
        items = carried(server, lambda t: Batches(t).each("eth_chainId", [(), ()]))
    assert all(isinstance(item, OversizeError) for item in items)


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
    """Every HTTP request counts, retries included."""
    with ScriptedServer(refusing(RATE)) as server:

        async def count(transport: Transport) -> tuple[int, int]:
            with pytest.raises(RefusalError):
                await transport.one("m", ())
            return transport.requests, transport.items

        assert carried(server, count) == (6, 6)


def test_concurrency() -> None:
    """Never more requests under way than allowed."""
    now = most = 0
    lock = threading.Lock()
    together = threading.Barrier(4, timeout=10)

    def answer(asked: Asked) -> Raw:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait()
        with lock:
            now -= 1
        return as_json(echo(asked.json))

    with ScriptedServer(answer) as server:
        assert many(server, 8) == list(range(8))
    assert most == 4


def test_identities_are_unique() -> None:
    """No two requests share an id, retries excepted."""
    with ScriptedServer(answering({"m": 1})) as server:
        many(server, 250)
        found = [asked.json["id"] for asked in server.asked]
    assert len(set(found)) == 250
