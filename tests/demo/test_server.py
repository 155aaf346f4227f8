"""The demo's HTTP side: JSON-RPC 2.0, bounded, and for the loopback only."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from allowctl.demo.server import MAX_BATCH, MAX_BODY, trusted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allowctl import demo

CALL = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}


@pytest.fixture
def line(running: demo.RunningDemo) -> Iterator[HTTPConnection]:
    parts = urlsplit(running.url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    yield connection
    connection.close()


def post(line: HTTPConnection, body: str | bytes, **headers: str) -> tuple[int, Any]:
    line.request("POST", "/", body, headers)
    reply = line.getresponse()
    text = reply.read()
    return reply.status, json.loads(text) if text else None


def test_one_call(line: HTTPConnection) -> None:
    """A call is answered under its id, and the connection stays open."""
    for key in (7, "seven", None):
        status, answer = post(line, json.dumps(CALL | {"id": key}))
        assert status == 200
        assert answer == {"jsonrpc": "2.0", "id": key, "result": "0x7a69"}
    assert line.sock is not None


def test_batch(line: HTTPConnection) -> None:
    """A batch is answered in order, errors included; notifications are not."""
    unknown = {"jsonrpc": "2.0", "id": 2, "method": "eth_nothing"}
    silent = {"jsonrpc": "2.0", "method": "eth_chainId"}
    _, answers = post(line, json.dumps([CALL, unknown, silent, 5]))

    assert [it.get("id") for it in answers] == [1, 2, None]
    assert [it.get("error", {}).get("code") for it in answers] == [
        None,
        -32601,
        -32600,
    ]
    assert post(line, json.dumps(silent)) == (200, None)


@pytest.mark.parametrize("body", ["", "{", b"\xff\xff", "[" * 20])
def test_parse_error(line: HTTPConnection, body: str | bytes) -> None:
    """What is no JSON is -32700."""
    _, answer = post(line, body)

    assert (answer["error"]["code"], answer["id"]) == (-32700, None)


@pytest.mark.parametrize(
    "request_",
    [5, [], [CALL] * (MAX_BATCH + 1), {"id": 1}, CALL | {"params": {"a": 1}}],
)
def test_invalid_request(line: HTTPConnection, request_: object) -> None:
    """What is JSON but no call, or too many of them, is -32600."""
    assert post(line, json.dumps(request_))[1]["error"]["code"] == -32600


def test_deep_nesting(line: HTTPConnection) -> None:
    """A body that would exhaust the stack is refused, and the server lives on."""
    assert post(line, "[" * 1_000_000)[1]["error"]["code"] == -32600
    assert post(line, json.dumps(CALL))[1]["result"] == "0x7a69"


def test_sizes(line: HTTPConnection) -> None:
    """A body without a length, or too long, is refused before it is read."""
    line.putrequest("POST", "/")
    line.endheaders()
    reply = line.getresponse()
    assert (reply.status, reply.getheader("Connection")) == (411, "close")
    reply.read()
    for length in (str(MAX_BODY + 1), "9" * 5_000):
        line.putrequest("POST", "/")
        line.putheader("Content-Length", length)
        line.endheaders()
        reply = line.getresponse()
        assert reply.status == 413
        reply.read()


def test_only_post(line: HTTPConnection) -> None:
    """Other methods are refused."""
    line.request("GET", "/")
    assert line.getresponse().status == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.invalid"},
        {"Host": "127.0.0.1.attacker.invalid:8545"},
        {"Origin": "https://attacker.invalid"},
        {"Origin": "null"},
    ],
)
def test_web_pages_are_refused(line: HTTPConnection, headers: dict[str, str]) -> None:
    """Neither a foreign page nor a name rebound to the loopback may drive the chain."""
    assert post(line, json.dumps(CALL), **headers)[0] == 403


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        ("127.0.0.1:8545", None, True),
        ("localhost", None, True),
        ("LOCALHOST:1", "http://localhost:3000", True),
        ("[::1]:8545", None, True),
        ("127.0.0.1", "chrome-extension://abc", True),
        (None, None, False),
        ("", None, False),
        ("[::1", None, False),
        ("127.0.0.1@attacker.invalid", None, False),
        ("127.0.0.1", "http://127.0.0.1.attacker.invalid", False),
    ],
)
def test_trusted(host: str | None, origin: str | None, *, expected: bool) -> None:
    """Host must name the loopback; a web Origin too; an extension's passes."""
    assert trusted(host, origin) is expected
