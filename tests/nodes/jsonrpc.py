"""JSON-RPC in a few lines of the standard library, for tests to act with.

Nothing of `allowctl` is used: what the product is tested against must not
share its mistakes.
"""

from __future__ import annotations

import http.client
import json
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Json: TypeAlias = Any
"""Whatever a node answers."""


class NodeError(RuntimeError):
    """A JSON-RPC error, or a transaction that failed."""

    def __init__(self, message: str, *, code: int = 0, data: Json = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.data = data


def post(url: str, body: bytes, *, seconds: float = 300) -> tuple[int, bytes]:
    """POST a body: status and body of the reply."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=seconds
    )
    try:
        connection.request(
            "POST", parts.path or "/", body, {"content-type": "application/json"}
        )
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def rpc(url: str, method: str, *params: Json, seconds: float = 300) -> Json:
    """One request's result. NodeError if the node answers with an error."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    _, body = post(url, json.dumps(request).encode(), seconds=seconds)
    reply = json.loads(body)
    error = reply.get("error")
    if error is not None:
        raise NodeError(
            f"{method}: {str(error.get('message'))[:500]}",
            code=error.get("code", 0),
            data=error.get("data"),
        )
    return reply.get("result")
