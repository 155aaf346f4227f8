"""Replies that go wrong on the wire."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from tests.fakes.provider_profile import Fault

_JSON = "application/json"
_CHUNK = b"0" * 2**20
_GIANT = 2**30
_ID_OFFSET = 1_000_000
_DRIP = 1.0


def spoilt(fault: Fault, body: bytes) -> bytes:
    """A body with this fault in it, if that is where the fault lies."""
    match fault:
        case Fault.CUT:
            return body[: len(body) // 2]
        case Fault.DUPLICATES | Fault.FOREIGN | Fault.NULL:
            replies = json.loads(body)
            several = replies if isinstance(replies, list) else [replies]
            if fault is Fault.DUPLICATES and isinstance(replies, list):
                replies.append(several[0])
            for reply in several:
                if fault is Fault.FOREIGN:
                    reply["id"] = (reply["id"] or 0) + _ID_OFFSET
                if fault is Fault.NULL and "result" in reply:
                    reply["result"] = None
            return json.dumps(replies).encode()
        case _:
            return body


async def deliver(
    request: web.BaseRequest, fault: Fault, body: bytes, stopped: asyncio.Event
) -> web.StreamResponse:
    """Send a reply with a fault. Ends early when the server stops."""
    transport = request.transport
    match fault:
        case Fault.RESET:
            if transport is not None:
                transport.abort()
            return web.Response()
        case Fault.HANG:
            await stopped.wait()
            return web.Response()
        case Fault.REDIRECT:
            return web.Response(status=307, headers={"Location": "/elsewhere"})
        case Fault.SHORT | Fault.CHUNKS:
            if transport is not None:
                transport.write(_raw(fault, body))
                transport.close()
            return web.Response()
        case Fault.GIANT | Fault.DRIP:
            return await _stream(request, fault, body, stopped)
        case _:
            return web.Response(body=spoilt(fault, body), content_type=_JSON)


def _raw(fault: Fault, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {_JSON}\r\n".encode()
    if fault is Fault.SHORT:
        return head + f"Content-Length: {len(body) + 100}\r\n\r\n".encode() + body
    return head + b"Transfer-Encoding: chunked\r\n\r\nnot-a-size\r\n" + body


async def _stream(
    request: web.BaseRequest, fault: Fault, body: bytes, stopped: asyncio.Event
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": _JSON})
    await response.prepare(request)
    try:
        if fault is Fault.GIANT:
            await response.write(b'{"jsonrpc":"2.0","id":1,"result":"0x')
            for _ in range(_GIANT // len(_CHUNK)):
                if stopped.is_set():
                    break
                await response.write(_CHUNK)
            await response.write(b'"}')
            return response
        for byte in body:
            await response.write(bytes((byte,)))
            try:
                await asyncio.wait_for(stopped.wait(), _DRIP)
                break
            except TimeoutError:
                continue
    except ConnectionError:
        pass
    return response
