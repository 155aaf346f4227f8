"""A loopback HTTP server that answers whatever a test scripts, however broken."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.nodes.jsonrpc import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One HTTP request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    @property
    def json(self) -> Json:
        """The body, or (for a batch) its first request."""
        return self.every[0]

    @property
    def every(self) -> list[Json]:
        """All JSON-RPC requests in it."""
        asked = json.loads(self.body)
        return asked if isinstance(asked, list) else [asked]

    @property
    def is_batch(self) -> bool:
        return self.body.lstrip().startswith(b"[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An HTTP reply, byte by byte."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """What Content-Length claims, if not the truth."""
    hangs: bool = False
    """After the headers: the body never comes."""
    drips: float | None = None
    """Seconds between one byte of the body and the next."""
    closes: bool = False
    """No reply at all."""


Answer = Callable[[Asked], Raw]


class ScriptedServer:
    """Serves on a free loopback port; a context manager.

    `answer` may be replaced at any time. `asked` holds every request.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self._released = threading.Event()
        self._server = _Server(self)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether the server stopped while a handler waited."""
        return self._released.wait(seconds)


def always(raw: Raw) -> Answer:
    """The same reply to everything."""
    return lambda _asked: raw


def one_after_another(*raws: Raw) -> Answer:
    """These replies in order; the last one from then on."""
    left = list(raws)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]


def as_json(value: Json, *, status: int = 200) -> Raw:
    return Raw(body=json.dumps(value).encode(), status=status)


def result(asked: Json, value: Json) -> Json:
    """A good reply to one request."""
    return {"jsonrpc": "2.0", "id": asked["id"], "result": value}


def error(asked: Json, value: Json) -> Json:
    """A refusal of one request."""
    return {"jsonrpc": "2.0", "id": asked["id"], "error": value}


def answering(values: Mapping[str, Json]) -> Answer:
    """A well-behaved node with one answer for each method; batches too."""

    def answer(asked: Asked) -> Raw:
        replies = [
            result(each, values[each["method"]])
            if each["method"] in values
            else error(each, {"code": -32601, "message": "method not found"})
            for each in asked.every
        ]
        return as_json(replies if asked.is_batch else replies[0])

    return answer


def refusing(refusal: Json, *, status: int = 200) -> Answer:
    """Every request is refused."""

    def answer(asked: Asked) -> Raw:
        replies = [error(each, refusal) for each in asked.every]
        return as_json(replies if asked.is_batch else replies[0], status=status)

    return answer


def batch(shape: Callable[[Sequence[Json]], Json]) -> Answer:
    """Batches answered in a shape of the test's; single requests get "0x01"."""

    def answer(asked: Asked) -> Raw:
        if asked.is_batch:
            return as_json(shape(asked.every))
        return as_json(result(asked.json, "0x01"))

    return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, script: ScriptedServer) -> None:
        self.script = script
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are what is being tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        script = self.server.script
        length = int(self.headers.get("Content-Length", 0))
        asked = Asked(
            path=self.path,
            headers=dict(self.headers),
            body=self.rfile.read(length),
            method=self.command,
        )
        script.asked.append(asked)
        raw = script.answer(asked)
        if raw.closes:
            self.close_connection = True
            return
        self.send_response(raw.status)
        for name, value in raw.headers.items():
            self.send_header(name, value)
        size = len(raw.body) if raw.length is None else raw.length
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if raw.hangs:
            script.wait()
        elif raw.drips is None:
            self.wfile.write(raw.body)
        else:
            self._drip(raw.body, raw.drips)
        self.close_connection = raw.length is not None or raw.hangs

    def do_GET(self) -> None:
        """A redirect that is followed arrives here: it is counted like the rest."""
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _drip(self, body: bytes, pause: float) -> None:
        for byte in body:
            if self.server.script.wait(pause):
                return
            self.wfile.write(bytes((byte,)))
            self.wfile.flush()
