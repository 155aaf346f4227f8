"""An endpoint with a provider's limits and moods, in front of a real node.

It runs in its own threads, so that a test's event loop may block or not.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.nodes.jsonrpc import Json, post, rpc


class Mood(StrEnum):
    """How an endpoint treats a whole HTTP request."""

    DROP = "drop"
    """Close the connection without a word."""
    HTML = "html"
    """Answer 200 with a web page."""
    HANG = "hang"
    """Never answer."""
    RATE = "rate"
    """Answer 429 and ask for a second's patience."""
    GARBAGE = "garbage"
    """Answer 200 with half of a JSON document."""


@dataclass(slots=True, kw_only=True)
class Refused:
    """What a refused request is answered with."""

    message: str = "query exceeds max block range {limit}"
    """`{limit}`, `{asked}`, `{first}` and `{last}` are filled in."""
    code: int = -32005
    status: int = 200
    """HTTP status, where the request is no batch."""
    data: Json = None


class RangeProxy:
    """Refuses eth_getLogs over more than `max_blocks`; a context manager.

    Everything may be changed while it runs: `max_blocks` and `max_logs` (None:
    no limit), `refusal`, `refused_methods`, `false_chain_id`, and `mood`, which
    holds for the next `mood_lasts` HTTP requests (None: from now on).
    `counts` counts JSON-RPC requests by method, `requests` HTTP requests, and
    `refusals` what was refused.
    """

    def __init__(
        self,
        upstream: str,
        *,
        max_blocks: int | None = 10_000,
        max_logs: int | None = None,
        refusal: Refused | None = None,
    ) -> None:
        self.upstream = upstream
        self.max_blocks = max_blocks
        self.max_logs = max_logs
        self.refusal = refusal or Refused()
        self.refused_methods: dict[str, Refused] = {}
        self.false_chain_id: int | None = None
        self.mood: Mood | None = None
        self.mood_lasts: int | None = None
        self.counts: Counter[str] = Counter()
        self.requests = 0
        self.refusals = 0
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take no more requests, and let go of those that hang."""
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_mood(self) -> Mood | None:
        """Count one HTTP request: how it is to be treated."""
        with self._lock:
            self.requests += 1
            mood = self.mood
            if mood is not None and self.mood_lasts is not None:
                self.mood_lasts -= 1
                if self.mood_lasts <= 0:
                    self.mood = None
            return mood

    def hang(self) -> None:
        """Wait until the proxy stops."""
        self._released.wait()

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Status and body for a JSON-RPC request or batch."""
        asked = json.loads(body)
        batch = isinstance(asked, list)
        requests = asked if batch else [asked]
        with self._lock:
            self.counts.update(request["method"] for request in requests)
        if not any(self._meddles(request) for request in requests):
            return post(self.upstream, body)
        answered = [self._answer_one(request) for request in requests]
        if batch:
            return 200, json.dumps([reply for _, reply in answered]).encode()
        status, reply = answered[0]
        return status, json.dumps(reply).encode()

    def _meddles(self, request: Json) -> bool:
        method = request["method"]
        return (
            method == "eth_getLogs"
            or method in self.refused_methods
            or (method in _CHAIN_ID and self.false_chain_id is not None)
        )

    def _answer_one(self, request: Json) -> tuple[int, Json]:
        method = request["method"]
        if method in self.refused_methods:
            return self._refuse(request, self.refused_methods[method], {})
        if method in _CHAIN_ID and self.false_chain_id is not None:
            return 200, _reply(request, result=_CHAIN_ID[method](self.false_chain_id))
        if method == "eth_getLogs":
            first, last = self._range(request["params"][0])
            facts = {"first": first, "last": last, "asked": last - first + 1}
            if self.max_blocks is not None and facts["asked"] > self.max_blocks:
                facts["limit"] = self.max_blocks
                return self._refuse(request, self.refusal, facts)
        status, body = post(self.upstream, json.dumps(request).encode())
        reply = json.loads(body)
        if method == "eth_getLogs" and self.max_logs is not None:
            count = len(reply.get("result") or ())
            if count > self.max_logs:
                facts |= {"asked": count, "limit": self.max_logs}
                return self._refuse(request, self.refusal, facts)
        return status, reply

    def _range(self, wanted: Json) -> tuple[int, int]:
        if "blockHash" in wanted:
            return 0, 0
        first, last = wanted.get("fromBlock"), wanted.get("toBlock")
        return self._number(first), self._number(last)

    def _number(self, block: str | None) -> int:
        if block == "earliest":
            return 0
        if block is not None and block.startswith("0x"):
            return int(block, 16)
        return int(rpc(self.upstream, "eth_blockNumber"), 16)

    def _refuse(
        self, request: Json, refusal: Refused, facts: dict[str, int]
    ) -> tuple[int, Json]:
        with self._lock:
            self.refusals += 1
        error = {"code": refusal.code, "message": refusal.message.format(**facts)}
        if refusal.data is not None:
            error["data"] = refusal.data
        return refusal.status, _reply(request, error=error)


_CHAIN_ID: dict[str, Callable[[int], str]] = {"eth_chainId": hex, "net_version": str}
_PAGE = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


def _reply(request: Json, **outcome: Json) -> Json:
    return {"jsonrpc": "2.0", "id": request.get("id"), **outcome}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: RangeProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are what is being tested."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Headers and body in one segment, at once: or each reply takes 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        proxy = self.server.proxy
        match proxy.next_mood():
            case Mood.DROP:
                self.close_connection = True
            case Mood.HANG:
                proxy.hang()
                self.close_connection = True
            case Mood.HTML:
                self._send(200, _PAGE, kind="text/html")
            case Mood.RATE:
                error = {"code": -32005, "message": "Too Many Requests"}
                reply = json.dumps(_reply({}, error=error)).encode()
                self._send(429, reply, wait=1)
            case Mood.GARBAGE:
                self._send(200, b'{"jsonrpc":"2.0","id":1,"resu')
            case None:
                self._send(*proxy.answer(body))

    def _send(
        self, status: int, body: bytes, *, kind: str = "application/json", wait: int = 0
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if wait:
            self.send_header("retry-after", str(wait))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
