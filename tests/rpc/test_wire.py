"""Replies as nodes really send them: read, or refused with a reason; never guessed."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import UnservedError
from allowctl.rpc import wire
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.refusals import Asked

LOG = {
    "address": "0x" + "11" * 20,
    "topics": ["0x" + "22" * 32],
    "data": "0x",
    "blockNumber": "0x10",
    "logIndex": "0x1",
    "transactionHash": "0x" + "33" * 32,
    "removed": False,
    "blockHash": None,
}
DEEP = b"[" * 100_000 + b"]" * 100_000
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=8,
)


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def refusal_of(value: object, *, status: int = 200) -> RefusalError:
    with pytest.raises(RefusalError) as caught:
        wire.result(value, identity=1, status=status, host="h")
    return caught.value


def test_request() -> None:
    """An envelope is JSON-RPC 2.0, parameters and all."""
    envelope = wire.request(7, "eth_call", ({"to": "0x"}, "latest"))
    assert json.loads(wire.encode([envelope])) == [
        {
            "jsonrpc": "2.0",
            "id": 7,
            "method": "eth_call",
            "params": [{"to": "0x"}, "latest"],
        }
    ]


def test_logs() -> None:
    """Logs are read with the fields that are needed; others are passed over."""
    found = wire.logs(body({"jsonrpc": "2.0", "id": 1, "result": [LOG]}), 1)
    assert found is not None
    (log,) = found
    assert (log.block, log.index, log.topics) == (16, 1, ("0x" + "22" * 32,))


@pytest.mark.parametrize(
    "reply",
    [
        body({"id": 2, "result": [LOG]}),
        body({"id": 1, "result": None}),
        body({"id": 1}),
        body({"id": 1, "error": {"code": 1, "message": "x"}}),
        body({"id": 1, "result": [LOG | {"blockNumber": None}]}),
        body({"id": 1, "result": [LOG | {"blockNumber": 16}]}),
        body({"id": 1, "result": [LOG | {"topics": None}]}),
        body({"id": 1, "result": {"logs": []}}),
        body([{"id": 1, "result": []}]),
        b"<html>",
        b'{"id":1,"result":[',
        b"",
        b'{"id":1,"result":"\xff"}',
        b'{"id":1,"result":"\\ud800"}',
        b'{"id":1,"x":' + DEEP + b',"result":[]}',
        DEEP,
    ],
)
def test_what_are_no_logs(reply: bytes) -> None:
    """Anything but the plain good case is None: it is looked at again, slowly."""
    assert wire.logs(reply, 1) is None


@given(st.binary())
def test_logs_of_any_bytes(reply: bytes) -> None:
    """No bytes break the decoder."""
    wire.logs(reply, 1)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"<!doctype html>",
        b'{"id":1,"resu',
        b"\xff\xfe",
        DEEP,
        b'"\\ud800"',
        b"NaN",
    ],
    ids=["empty", "html", "cut", "no utf-8", "deep", "surrogate", "nan"],
)
def test_what_is_no_json(reply: bytes) -> None:
    """With a good status it is no node at all; the reply is not repeated."""
    with pytest.raises(RefusalError, match="is no JSON-RPC node") as caught:
        wire.parse(reply, status=200, host="h")
    assert caught.value.kind is RefusalKind.FATAL
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("status", "reply", "expected"),
    [
        (429, b"Too Many Requests", RefusalKind.RATE),
        (502, b"<html>502 Bad Gateway</html>", RefusalKind.TRANSIENT),
        (504, b"<h1>504 Gateway Time-out</h1>", RefusalKind.TIMEOUT),
        (401, b"", RefusalKind.FATAL),
        (413, b"", RefusalKind.RESULTS),
    ],
)
def test_bad_status_without_json(
    status: int, reply: bytes, expected: RefusalKind
) -> None:
    """Text and status decide; only the status is told."""
    with pytest.raises(RefusalError) as caught:
        wire.parse(reply, status=status, host="h")
    assert caught.value.kind is expected
    assert caught.value.message == f"h answers HTTP {status}"


@given(st.binary(), st.integers(100, 599))
def test_parse_any_bytes(reply: bytes, status: int) -> None:
    """Bytes are JSON, or a refusal: nothing else comes out."""
    with contextlib.suppress(RefusalError):
        wire.parse(reply, status=status, host="h")


def test_result() -> None:
    """The result is whatever stands there, null too; an error of null is none."""
    values: tuple[object, ...] = ("0x1", None, [], {})
    for value in values:
        reply = {"id": 1, "result": value, "error": None}
        assert wire.result(reply, identity=1, status=200, host="h") == value


@pytest.mark.parametrize("reply", [None, 5, "text", [], {}, {"id": 1}, {"result_": 1}])
def test_neither_result_nor_error(reply: object) -> None:
    """JSON that is no reply does not come from a node."""
    assert refusal_of(reply).kind is RefusalKind.FATAL


@pytest.mark.parametrize("identity", [2, None, "1", [1]])
def test_foreign_id(identity: object) -> None:
    """A result under another id answers another question."""
    error = refusal_of({"id": identity, "result": "0x1"})
    assert error.kind is RefusalKind.TRANSIENT
    assert "another request" in error.message


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ({"code": -32000, "message": "out of gas"}, "out of gas", "execution"),
        ("rate limit", "rate limit", "rate"),
        ({"message": "block range too wide"}, "block range too wide", "range"),
        (
            {"code": "-32005", "message": "too many requests"},
            "too many requests",
            "rate",
        ),
        (
            {"code": -32602, "message": "invalid params", "data": "max block range 5"},
            "invalid params",
            "range",
        ),
        (
            {"code": -32603, "data": {"message": "block range is too wide"}},
            "block range is too wide",
            "range",
        ),
        (
            {"code": 1, "message": None, "data": {"error": "API key disabled"}},
            "API key disabled",
            "fatal",
        ),
        ({"code": 3, "message": "?", "data": "0x08c379a0"}, "?", "execution"),
        ({"code": 1, "message": ["x"]}, "an error without a message", "transient"),
        ({}, "an error without a message", "transient"),
        (5, "an error without a message", "transient"),
        (True, "an error without a message", "transient"),
        ([], "an error without a message", "transient"),
        ({"code": 10**30, "message": "x"}, "x", "transient"),
    ],
)
def test_refusal(error: object, message: str, kind: str) -> None:
    """The words are found wherever a node puts them."""
    found = refusal_of({"id": 1, "error": error})
    assert (found.message, str(found.kind)) == (f"h: {message}", kind)


def test_refusal_with_numbers() -> None:
    """What a refusal suggests is passed on, from its text and all of its data."""
    asked = Asked(method="eth_getLogs", blocks=5_000)
    error = {"message": "too many results, 100 at most", "data": {"from": 1, "to": 9}}
    found = wire.refusal(error, status=200, host="h", asked=asked)
    assert (found.kind, found.cap, found.width) == (RefusalKind.RESULTS, 100, 9)
    error = {"message": "block range over 5000"}
    assert wire.refusal(error, status=200, host="h", asked=asked).width == 4_999
    error = {"message": "slow down", "data": {"rate": {"backoff_seconds": 3}}}
    assert wire.refusal(error, status=200, host="h").wait == 3
    assert wire.refusal(error, status=200, host="h", retry_after="7").wait == 7


@pytest.mark.parametrize("reply", [b"", b"{}", b'{"error":{}}', b"5"])
def test_what_was_asked_reaches_every_refusal(reply: bytes) -> None:
    """Whatever form a reply has, the request explains it, and its header the rate."""
    many = Asked(method="eth_getLogs", blocks=9, topics=900)

    def ask(status: int, *, batch: bool) -> object:
        parsed = wire.parse(reply, status=status, host="h", asked=many, retry_after="7")
        if batch:
            return wire.results(
                parsed, [1], status=status, host="h", asked=many, retry_after="7"
            )
        return wire.result(
            parsed, identity=1, status=status, host="h", asked=many, retry_after="7"
        )

    def refused(status: int, *, batch: bool) -> RefusalError:
        with pytest.raises(RefusalError) as caught:
            ask(status, batch=batch)
        return caught.value

    for batch in (False, True):
        assert refused(413, batch=batch).kind is RefusalKind.TOPICS
        limited = refused(429, batch=batch)
        assert (limited.kind, limited.wait) == (RefusalKind.RATE, 7)


def test_a_rate_in_one_item_of_a_batch() -> None:
    """An item refused for its rate, in a good reply, says so and for how long."""
    replies = [
        {"id": 1, "result": "0x"},
        {"id": 2, "error": {"code": -32005, "message": "rate limit, retry in 2s"}},
        {"id": 3, "error": {"code": -32003, "message": "response too large"}},
    ]
    good, refused, rest = wire.results(
        replies, [1, 2, 3], status=200, host="h", asked=Asked(batch=3)
    )
    assert good == "0x"
    assert isinstance(refused, RefusalError)
    assert (refused.kind, refused.wait) == (RefusalKind.RATE, 2)
    assert isinstance(rest, RefusalError)
    assert rest.kind is RefusalKind.BATCH


@pytest.mark.parametrize(
    ("reply", "status", "kind"),
    [
        (b"Too many requests, slow down", 200, RefusalKind.RATE),
        (b"<html><h1>Too many requests</h1></html>", 200, RefusalKind.RATE),
        (b'{"message":"rate limit exceeded"}', 200, RefusalKind.RATE),
        (b'"rate limit exceeded"', 200, RefusalKind.RATE),
        (b'{"message":"API rate limit exceeded"}', 403, RefusalKind.RATE),
        (b'{"message":"block range is too wide"}', 400, RefusalKind.RANGE),
        (b'{"result":"rate limit exceeded"}', 403, RefusalKind.FATAL),
        (b'{"id":1,"result":"rate limit exceed', 200, RefusalKind.FATAL),
        (b'[{"id":1,"result":"rate limit exceed', 200, RefusalKind.FATAL),
    ],
)
def test_words_outside_json_rpc(reply: bytes, status: int, kind: RefusalKind) -> None:
    """A gateway's words count in any form; what may be a contract's words do not."""
    with pytest.raises(RefusalError) as caught:
        wire.result(
            wire.parse(reply, status=status, host="h"),
            identity=1,
            status=status,
            host="h",
        )
    assert caught.value.kind is kind
    assert "exceed" not in caught.value.message


def test_revert_data_is_kept() -> None:
    """Data after a revert is passed on as sent; anything but text is not."""
    error = {"code": 3, "message": "execution reverted", "data": "0x1234"}
    assert refusal_of({"error": error}).data == "0x1234"
    assert refusal_of({"error": error | {"data": {"a": 1}}}).data is None


@given(anything, anything)
def test_any_error(error: object, reply: object) -> None:
    """Whatever a node says instead of a result ends as a refusal, on one line."""
    refused = wire.refusal(error, status=200, host="h")
    assert refused.message.isprintable()
    assert len(refused.message) < 250
    with contextlib.suppress(RefusalError):
        wire.result(reply, identity=1, status=200, host="h")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://dash.test/v3/KEY now", "see <url> now"),
        ("wss://KEY", "<url>"),
        ("a\r\nb\x1b[31mc\u202ed\ud800", "a b [31mc d"),
        ("   ", ""),
    ],
)
def test_tame(text: str, expected: str) -> None:
    """A node's words lose URLs and everything that moves a cursor."""
    assert wire.tame(text) == expected


@given(st.text("#:[] e", max_size=30))
def test_tame_is_no_command(text: str) -> None:
    """Nothing that a build machine acts on, wherever a line may be broken."""
    tamed = wire.tame(text)
    assert "##" not in tamed
    assert not any(word.startswith("::") for word in tamed.split())


@given(st.text(), st.integers(0, 400))
def test_tame_any_text(text: str, more: int) -> None:
    """One short printable ASCII line comes out."""
    tamed = wire.tame(text + "x" * more)
    assert len(tamed) <= 200
    assert tamed.isascii()
    assert tamed.isprintable()


def good(identity: object, value: object = "0x") -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": identity, "result": value}


def items(replies: object, identities: list[int]) -> list[object]:
    return [
        "unserved" if isinstance(item, UnservedError) else item
        for item in wire.results(replies, identities, status=200, host="h")
    ]


def test_batch_in_any_order() -> None:
    """Items are told apart by their ids alone."""
    replies = [good(3, "c"), good(1, "a"), good(2, "b")]
    assert items(replies, [1, 2, 3]) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([good(1, "a")], ["a", "unserved"]),
        ([good(1, "a"), good(2, "b"), good(2, "c")], ["a", "unserved"]),
        ([good(1, "a"), good(2, "b"), good(9, "c")], ["a", "b"]),
        ([good(1, "a"), good("2", "b")], ["a", "unserved"]),
        ([good(1, "a"), good([2], "b"), good({}, "c")], ["a", "unserved"]),
        ([good(1, "a"), {"id": 2}], ["a", "unserved"]),
        ([good(1, "a"), {"id": 2, "error": "busy"}], ["a", "unserved"]),
        ([good(1, "a"), None, 5, "x", []], ["a", "unserved"]),
        ([], ["unserved", "unserved"]),
        ([good(None, "a"), good(None, "b")], ["unserved", "unserved"]),
    ],
)
def test_batch_with_faults(replies: object, expected: list[object]) -> None:
    """Missing, doubled and foreign items leave their own question open, no other."""
    assert items(replies, [1, 2]) == expected


def test_batch_refused_whole() -> None:
    """An object in the place of a list is a refusal of the whole batch."""
    replies = {"id": None, "error": {"code": -32600, "message": "batch too large"}}
    with pytest.raises(RefusalError) as caught:
        wire.results(replies, [1], status=200, host="h")
    assert caught.value.kind is RefusalKind.BATCH
    for odd in ({"id": 0, "result": "0x"}, None, "no"):
        with pytest.raises(RefusalError):
            wire.results(odd, [1], status=200, host="h")


@given(
    st.lists(
        st.fixed_dictionaries(
            {"id": st.integers(1, 4) | anything},
            optional={"result": anything, "error": anything},
        )
        | anything,
        max_size=6,
    )
)
def test_any_batch(replies: list[object]) -> None:
    """However mangled, a batch gives one item for each question."""
    assert len(wire.results(replies, [1, 2, 3], status=200, host="h")) == 3
