"""JSON-RPC 2.0 over HTTP on the loopback, in threads of this process."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from allowctl.demo.params import RpcFault

if TYPE_CHECKING:
    from allowctl.demo.methods import Node

PARSE_ERROR, INVALID_REQUEST, INTERNAL_ERROR = -32700, -32600, -32603
MAX_BODY = 4 * 1024 * 1024
"""Bytes of one request."""
MAX_DEPTH = 32
"""Arrays and objects within each other."""
MAX_BATCH = 1_000
"""Calls in one request."""
IDLE = 120.0
"""Seconds after which a silent connection is closed."""

_BRACKET = re.compile(rb"[\[{\]}]")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Server:
    """Serves a node at `url` until closed; one call at a time touches the chain."""

    def __init__(self, node: Node, *, port: int = 0) -> None:
        self._http = _Http(("127.0.0.1", port), node)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(
            target=self._http.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="allowctl-demo",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and hang up on everybody. Harmless when repeated."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.hang_up()
        self._http.server_close()


def reply(node: Node, lock: threading.Lock, body: bytes) -> bytes:
    """The answer to a request's body; empty if only notifications were sent."""
    try:
        request = json.loads(body) if _shallow(body) else None
    except ValueError:
        return _encoded(_error(None, PARSE_ERROR, "parse error"))
    if not isinstance(request, list):
        return _encoded(_one(node, lock, request))
    if not 0 < len(request) <= MAX_BATCH:
        message = f"a batch holds 1 to {MAX_BATCH} calls"
        return _encoded(_error(None, INVALID_REQUEST, message))
    answers = [_one(node, lock, it) for it in request]
    return _encoded([it for it in answers if it is not None] or None)


def trusted(host: str | None, origin: str | None) -> bool:
    """Whether a request is for the loopback, and not a web page's.

    A page of another site sends its own Origin; one that made its name resolve
    to 127.0.0.1 sends its name as Host. A wallet extension's Origin passes.
    """
    if host is None or _hostname(f"http://{host}") not in _LOOPBACK:
        return False
    if origin is None:
        return True
    if origin.startswith(("http://", "https://")):
        return _hostname(origin) in _LOOPBACK
    return origin != "null"


class _Http(ThreadingTCPServer):
    """Not http.server's own class: that one asks the name service who it is."""

    daemon_threads = True
    request_queue_size = 128
    # On Windows it would let two servers have one port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, address: tuple[str, int], node: Node) -> None:
        self.node = node
        self.lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - socketserver's signature
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's signature
        """A client that hangs up in the middle is nothing to report."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Wake every thread that waits for a client to say more."""
        for connection in tuple(self._open):
            # Its thread may have closed it in this very moment.
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "allowctl-demo"
    sys_version = ""
    timeout = IDLE
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not trusted(self.headers.get("Host"), self.headers.get("Origin")):
            self._refuse(HTTPStatus.FORBIDDEN)
        elif not (length.isascii() and length.isdecimal()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif len(length) > len(str(MAX_BODY)) or int(length) > MAX_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length))
            self._send(HTTPStatus.OK, reply(self.server.node, self.server.lock, body))

    def do_GET(self) -> None:
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED)

    def _refuse(self, status: HTTPStatus) -> None:
        # The body was not read, so the connection cannot go on.
        self.close_connection = True
        self._send(status, _encoded(_error(None, INVALID_REQUEST, status.phrase)))

    def _send(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - http.server's signature
        """Say nothing: stderr is the command's."""


def _shallow(body: bytes) -> bool:
    """Whether no value nests too deeply; a bracket in a string counts as well.

    json guards itself by Python's recursion limit, which py-evm lifts so far that
    the C stack ends first.
    """
    depth = 0
    for it in _BRACKET.finditer(body):
        depth += 1 if it[0] in b"[{" else -1
        if depth > MAX_DEPTH:
            return False
    return True


def _one(node: Node, lock: threading.Lock, request: object) -> object:
    if not isinstance(request, Mapping):
        return _error(None, INVALID_REQUEST, "invalid request")
    key = request.get("id")
    method, arguments = request.get("method"), request.get("params", [])
    if not isinstance(method, str) or not isinstance(arguments, list):
        return _error(key, INVALID_REQUEST, "invalid request")
    try:
        with lock:
            result = node.answer(method, arguments)
    except RpcFault as fault:
        answer = _error(key, fault.code, fault.message, fault.data)
    except Exception as error:  # noqa: BLE001 - one bad call must not end the conversation
        answer = _error(key, INTERNAL_ERROR, f"internal error: {type(error).__name__}")
    else:
        answer = {"jsonrpc": "2.0", "id": key, "result": result}
    return answer if "id" in request else None


def _error(key: object, code: int, message: str, data: str | None = None) -> object:
    error: dict[str, object] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": key, "error": error}


def _encoded(answer: object) -> bytes:
    return b"" if answer is None else json.dumps(answer).encode()


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
