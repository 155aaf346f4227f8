"""Whether source is published: yes, not there, or nobody knows."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from allowctl.intel import sourcify
from allowctl.model.chain import Address
from allowctl.model.missing import Lack, Missing
from allowctl.net.http import HttpClient
from tests.fakes.server import Answer, Asked, Raw, ScriptedServer, always, as_json

ONE, TWO, THREE = (Address(f"0x{digit * 40}") for digit in "123")
THERE = as_json({"match": "match", "creationMatch": None, "chainId": "10"})
EXACT = as_json({"match": "exact_match", "address": ONE, "verifiedAt": "2024"})
ABSENT = as_json({"match": None, "runtimeMatch": None, "chainId": "10"}, status=404)
UNSUPPORTED = as_json(
    {"customCode": "unsupported_chain", "message": "s3cret", "errorId": "1"},
    status=404,
)
BUSY = Raw(status=429, headers={"Retry-After": "0"})


def asked(
    answer: Answer, addresses: Sequence[Address] = (ONE,)
) -> tuple[dict[Address, bool | Missing], list[Asked]]:
    async def run(base: str) -> dict[Address, bool | Missing]:
        async with HttpClient() as client:
            return await sourcify.verified(client, 10, addresses, base)

    with ScriptedServer(answer) as server:
        found = asyncio.run(run(f"{server.url}/server/"))
        return found, list(server.asked)


def failed(found: dict[Address, bool | Missing]) -> Missing:
    (missing,) = found.values()
    assert isinstance(missing, Missing)
    assert missing.lack is Lack.FAILED
    return missing


def test_what_is_asked() -> None:
    """One GET for each contract, by chain and address; each once."""
    found, requests = asked(always(THERE), (ONE, TWO, ONE))
    assert found == {ONE: True, TWO: True}
    assert sorted((each.method, each.path, each.body) for each in requests) == [
        ("GET", f"/server/v2/contract/10/{ONE}", b""),
        ("GET", f"/server/v2/contract/10/{TWO}", b""),
    ]
    assert asked(always(THERE), ()) == ({}, [])


@pytest.mark.parametrize(
    ("reply", "expected"), [(THERE, True), (EXACT, True), (ABSENT, False)]
)
def test_answers(reply: Raw, expected: object) -> None:
    """Either match is one; what is not there is not there, and no more is said."""
    assert asked(always(reply))[0] == {ONE: expected}


@pytest.mark.parametrize(
    "reply",
    [
        Raw(status=404, body=b"<html>no such page</html>"),
        Raw(status=404, body=b"{}"),
        as_json({"customCode": "route_not_found"}, status=404),
        as_json({"match": "match"}, status=404),
        as_json({"match": None}),
        as_json({"match": "perhaps"}),
        Raw(body=b"<html>"),
        Raw(status=301, headers={"Location": "/elsewhere"}),
        Raw(status=400, body=b'{"customCode": "invalid_parameter"}'),
        Raw(body=b"[" * 2_000_000),
        Raw(closes=True),
    ],
)
def test_what_is_no_answer(reply: Raw) -> None:
    """A page in its place says neither that it is verified nor that it is not."""
    missing = failed(asked(always(reply))[0])
    assert missing.reason.isprintable()


def test_a_chain_it_does_not_know() -> None:
    """That cannot be had, and is not asked for again and again."""
    many = [Address(f"0x{number:040x}") for number in range(50)]
    found, requests = asked(always(UNSUPPORTED), many)
    assert {*found.values()} == {
        Missing(Lack.UNAVAILABLE, "Sourcify does not know that chain")
    }
    assert len(requests) < 10


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server(status: int) -> None:
    """It is asked again, a few times."""
    busy = Raw(status=status, headers={"Retry-After": "0"})
    left = [busy, busy, THERE]
    found, requests = asked(lambda _: left.pop(0))
    assert (found, len(requests)) == ({ONE: True}, 3)
    found, requests = asked(always(busy))
    assert str(status) in failed(found).reason
    assert len(requests) == 4


@pytest.mark.parametrize(
    ("told", "waits"),
    [
        *(("0", 0), ("2", 2), ("500", 8)),
        *(("9999999", 1), ("-5", 1), ("1e9", 1), ("Wed, 21 Oct", 1), ("", 1)),
    ],
)
def test_how_long_it_is_waited(
    told: str, waits: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as it asks for, within reason; else a second, and then ever longer."""
    pauses = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    left = [Raw(status=429, headers={"Retry-After": told}), THERE]
    assert asked(lambda _: left.pop(0))[0] == {ONE: True}
    assert pauses == [waits]


def test_some_of_many() -> None:
    """Each has its own answer, whatever becomes of the others."""

    def answer(request: Asked) -> Raw:
        return {ONE: THERE, TWO: ABSENT}.get(
            Address(request.path.rpartition("/")[2]), BUSY
        )

    found, _ = asked(answer, (ONE, TWO, THREE))
    assert (found[ONE], found[TWO]) == (True, False)
    assert "429" in failed({THREE: found[THREE]}).reason


def test_few_at_once() -> None:
    """However many are asked about."""
    at_once, most, lock = [0], [0], threading.Lock()

    def answer(_: Asked) -> Raw:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.005)
        with lock:
            at_once[0] -= 1
        return THERE

    many = [Address(f"0x{number:040x}") for number in range(60)]
    found, _ = asked(answer, many)
    assert {*found.values()} == {True}
    assert 1 < most[0] <= 4


def test_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came in time counts; the rest was not answered."""
    monkeypatch.setattr(sourcify, "SECONDS", 0.5)

    def answer(request: Asked) -> Raw:
        return THERE if request.path.endswith(ONE) else Raw(body=b"{}", hangs=True)

    began = time.monotonic()
    found, _ = asked(answer, (ONE, TWO))
    assert time.monotonic() - began < 5
    assert found[ONE] is True
    assert "0.5 s" in failed({TWO: found[TWO]}).reason


def test_no_such_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked once, and the rest not at all."""
    tried = []
    get = HttpClient.get

    async def counted(client: HttpClient, url: str, **more: int) -> object:
        tried.append(url)
        return await get(client, url, **more)

    monkeypatch.setattr(HttpClient, "get", counted)

    async def run() -> dict[Address, bool | Missing]:
        async with HttpClient() as client:
            return await sourcify.verified(
                client,
                1,
                [Address(f"0x{number:040x}") for number in range(40)],
                "https://no.such.host.invalid",
            )

    found = asyncio.run(run())
    assert len(found) == 40
    assert all(isinstance(each, Missing) for each in found.values())
    assert len(tried) <= 4
