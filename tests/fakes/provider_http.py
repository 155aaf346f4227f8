"""A provider's HTTP side: JSON-RPC in and out, counted, limited, and spoilt."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from tests.fakes.provider_faults import deliver
from tests.fakes.provider_getlogs import refuse_above
from tests.fakes.provider_node import Node
from tests.fakes.provider_profile import (
    Fault,
    Form,
    Refusal,
    RefusedError,
    Trouble,
    refuse,
)
from tests.fakes.provider_rate import Limiter


class Asked(msgspec.Struct):
    """One JSON-RPC request as it came in."""

    method: str
    params: list[Any] = []
    id: Any = None


@dataclass(slots=True)
class Stats:
    """What a provider has been asked, and what it gave."""

    http: int = 0
    items: int = 0
    """JSON-RPC requests, those in batches too."""
    methods: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    """Requests, or items of a batch, that got an error."""
    faults: int = 0
    in_flight: int = 0
    peak: int = 0
    """The most HTTP requests at the same time."""
    bytes_in: int = 0
    bytes_out: int = 0
    followed: int = 0
    """Requests that followed a redirect."""
    log: list[Asked] | None = None
    """Every request, if wanted."""


_encode = msgspec.json.Encoder().encode
_one = msgspec.json.Decoder(Asked)
_many = msgspec.json.Decoder(list[Asked])
_FORBIDDEN = Refusal(text="Forbidden", status=403, form=Form.TEXT)
_NO_JSON = Refusal(text="parse error", code=-32700, status=400)


class Desk:
    """Serves one node. `stopped` ends whatever still hangs."""

    def __init__(
        self, node: Node, stats: Stats, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.node = node
        self.stats = stats
        self.stopped = asyncio.Event()
        rate = node.profile.rate
        self._limiter = None if rate is None else Limiter(rate, clock)
        self._befallen: Counter[int] = Counter()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        stats = self.stats
        if request.method == "GET":
            return web.Response(body=_encode(stats), content_type="application/json")
        stats.http += 1
        stats.followed += request.path == "/elsewhere"
        stats.in_flight += 1
        stats.peak = max(stats.peak, stats.in_flight)
        self.node.asked += 1
        try:
            return await self._answer(request, await request.content.read())
        finally:
            stats.in_flight -= 1

    async def _answer(
        self, request: web.BaseRequest, body: bytes
    ) -> web.StreamResponse:
        stats, profile = self.stats, self.node.profile
        stats.bytes_in += len(body)
        try:
            refuse_above(profile.body, len(body))
            agent = request.headers.get("User-Agent", "").lower()
            if profile.no_python and "python" in agent:
                refuse(_FORBIDDEN)
            asked, is_batch = self._parse(body)
        except RefusedError as error:
            return self._refuse(error.refusal, None)
        identity = None if is_batch else asked[0].id
        fault = self._fault(asked)
        try:
            if isinstance(fault, Refusal):
                refuse(fault)
            refuse_above(profile.in_flight, stats.in_flight)
            self._admit(asked, is_batch=is_batch)
            delay = self.node.delay([(each.method, each.params) for each in asked])
            if delay:
                await asyncio.sleep(delay)
            reply = self._batch(asked) if is_batch else self._item(asked[0])
        except RefusedError as error:
            return self._refuse(error.refusal, identity)
        stats.bytes_out += len(reply)
        if fault is not None:
            return await deliver(request, fault, reply, self.stopped)
        return web.Response(body=reply, content_type="application/json")

    def _parse(self, body: bytes) -> tuple[list[Asked], bool]:
        is_batch = body[:1] == b"["
        try:
            asked = _many.decode(body) if is_batch else [_one.decode(body)]
        except msgspec.DecodeError:
            raise RefusedError(_NO_JSON) from None
        stats = self.stats
        stats.items += len(asked)
        for each in asked:
            stats.methods[each.method] += 1
        if stats.log is not None:
            stats.log += asked
        return asked, is_batch

    def _fault(self, asked: list[Asked]) -> Fault | Refusal | None:
        for index, trouble in enumerate(self.node.profile.troubles):
            if trouble.methods and not any(a.method in trouble.methods for a in asked):
                continue
            self._befallen[index] += 1
            if _strikes(trouble, self._befallen[index]):
                self.stats.faults += 1
                return trouble.what
        return None

    def _admit(self, asked: list[Asked], *, is_batch: bool) -> None:
        """RefusedError if the whole of it is too much."""
        profile = self.node.profile
        if is_batch and profile.batches is not None and not profile.batches.each:
            cap, refusal = profile.batches.cap, profile.batches.refusal
            if len(asked) > cap:
                raise RefusedError(refusal.filled(cap=cap, count=len(asked)))
        if profile.rate is not None and not (profile.rate.items and is_batch):
            self._take()

    def _take(self) -> None:
        refusal = self._limiter.take() if self._limiter else None
        if refusal is not None:
            raise RefusedError(refusal)

    def _item(self, asked: Asked) -> bytes:
        result = self.node.result(asked.method, asked.params)
        identity = _encode(asked.id)
        return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (identity, result)

    def _batch(self, asked: list[Asked]) -> bytes:
        profile, replies, size = self.node.profile, [], 0
        batches, rate = profile.batches, profile.rate
        for index, each in enumerate(asked):
            try:
                if batches is not None and index >= batches.cap:
                    refuse(batches.refusal.filled(cap=batches.cap, count=len(asked)))
                refuse_above(profile.reply_bytes, size)
                if rate is not None and rate.items:
                    self._take()
                reply = self._item(each)
            except RefusedError as error:
                if error.refusal.form is Form.TEXT:
                    raise
                self.stats.refused += 1
                reply = _error(error.refusal, each.id)
            size += len(reply)
            replies.append(reply)
        return b"[%b]" % b",".join(replies)

    def _refuse(self, refusal: Refusal, identity: object) -> web.Response:
        self.stats.refused += 1
        if refusal.form is Form.TEXT:
            body, kind = refusal.text.encode(), "text/html"
        else:
            body, kind = _error(refusal, identity), "application/json"
        self.stats.bytes_out += len(body)
        return web.Response(
            body=body,
            status=refusal.status,
            content_type=kind,
            headers=dict(refusal.headers),
        )


def _strikes(trouble: Trouble, count: int) -> bool:
    """Whether a trouble befalls the request with this number, from 1."""
    if count <= trouble.after or (trouble.until and count > trouble.until):
        return False
    return (count - trouble.after) % trouble.every == 0


def _error(refusal: Refusal, identity: object) -> bytes:
    if refusal.form is Form.STRING:
        return _encode({"error": refusal.text})
    error: dict[str, object] = {"code": refusal.code, "message": refusal.text}
    if refusal.data is not None:
        error["data"] = refusal.data
    return _encode({"jsonrpc": "2.0", "id": identity, "error": error})
