"""Recorded JSON-RPC conversations, replayed to whoever puts the same questions.

A question is a method and its parameters: neither its id, nor its place in a
batch, nor the host it goes to matters. (pytest-recording by itself would look at
the URL alone, and give any reply to any question.)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlsplit

from tests.nodes.jsonrpc import Json

HOST = "http://node.invalid/"
"""What every recorded request was sent to."""
PATH = "/v3/"
"""What it was sent to really, before a key."""

Response: TypeAlias = dict[str, Any]
"""As vcr keeps it: status, headers, and the body under "body", "string"."""


class Request(Protocol):
    """A request as vcr keeps it; its parts may be written."""

    uri: str
    body: bytes
    headers: dict[str, str]


class Cassette(Protocol):
    """What of vcr's cassette is used here."""

    play_counts: Counter[int]
    play_response: Callable[[Request], Response]

    @property
    def requests(self) -> list[Request]:
        """The recorded ones, in order."""


def without_address(request: Request) -> Request | None:
    """Forget host, port, path, query and headers: keys may be in any of them.

    Nothing is kept of what does not go to PATH: the tests' own talk with a node.
    """
    if request.uri != HOST and not urlsplit(request.uri).path.startswith(PATH):
        return None
    request.uri = HOST
    request.headers = {}
    return request


def without_headers(response: Response) -> Response:
    """Forget a reply's headers: a date at best."""
    response["headers"] = {"content-type": ["application/json"]}
    return response


def same_question(one: Request, other: Request) -> None:
    """Match requests (by vcr's rules: AssertionError if they differ)."""
    assert questions(one.body) == questions(other.body)


def questions(body: bytes) -> list[str]:
    """Every question in a request's body; sorted, as a batch has no order."""
    return sorted(map(_question, _items(body)))


def to_whoever_asks(cassette: Cassette) -> Callable[[Request], Response]:
    """Make of a cassette's `play_response` one whose replies have the asker's ids."""
    play = cassette.play_response

    def play_response(request: Request) -> Response:
        before = cassette.play_counts.copy()
        response = play(request)
        ((index, _),) = (cassette.play_counts - before).items()
        body = readdressed(
            response["body"]["string"], cassette.requests[index].body, request.body
        )
        return response | {"body": {"string": body}}

    return play_response


def readdressed(reply: bytes | str, recorded: bytes, asked: bytes) -> bytes:
    """A recorded reply with the ids of who asks now. What is no JSON stays."""
    text = reply.encode() if isinstance(reply, str) else reply
    new: dict[str, list[Json]] = {}
    for each in _items(asked):
        new.setdefault(_question(each), []).append(each["id"])
    ids = {each["id"]: new[_question(each)].pop() for each in _items(recorded)}
    try:
        found = json.loads(text)
    except ValueError:
        return text
    for each in found if isinstance(found, list) else [found]:
        each["id"] = ids.get(each.get("id"))
    return json.dumps(found).encode()


def _items(body: bytes) -> list[Json]:
    asked = json.loads(body)
    return asked if isinstance(asked, list) else [asked]


def _question(item: Json) -> str:
    return json.dumps([item["method"], item["params"]], sort_keys=True)
