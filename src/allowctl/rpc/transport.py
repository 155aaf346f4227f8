"""Sending JSON-RPC requests to one endpoint, until they are served or hopeless."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from allowctl.errors import DeadlineError, OversizeError, UnservedError
from allowctl.model.endpoint import Endpoint
from allowctl.net import redact
from allowctl.net.http import MAX_BODY, HttpClient, Reply
from allowctl.rpc import wire
from allowctl.rpc.client import RefusalError, RefusalKind

BATCH = 100
"""Requests in one HTTP body: the smallest cap that any client has by default."""
MAX_ANSWER = 2 * 2**20
"""Characters of one answer about state: far above any honest one."""
_ENVELOPE = 2**10
"""Bytes that JSON-RPC puts around an answer, at most."""

_TRIES = 3
_RATE_TRIES = 6
_PASSING = {RefusalKind.RATE, RefusalKind.TRANSIENT}
_LONGEST_WAIT = 30.0
_GIVEN_UP = 12
"""Failures to get any reply, one after the other, that mean: it is gone."""

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


class Transport:
    """Requests, singly or in batches, with retries; never more than so many at once."""

    def __init__(
        self,
        client: HttpClient,
        endpoint: Endpoint,
        *,
        concurrency: int,
        sleep: Sleep,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._sleep = sleep
        self._slots = asyncio.Semaphore(concurrency)
        self._identities = itertools.count(1)
        self._batches = True
        self._silences = 0
        self._hidden = redact.hidden_words(endpoint)
        self.requests = 0
        """HTTP requests sent so far, retries included."""

    @property
    def host(self) -> str:
        """Host and port of the endpoint."""
        return self._endpoint.host

    async def one(
        self,
        method: str,
        params: Sequence[object],
        *,
        max_body: int = MAX_BODY,
        tries: int = _TRIES,
    ) -> object:
        """One request's result as plain JSON values. RefusalError if refused."""
        identity = next(self._identities)
        return await self.served(
            wire.request(identity, method, params),
            lambda reply: self.result(reply, identity),
            max_body=max_body,
            tries=tries,
        )

    async def each(
        self, method: str, params: Sequence[Sequence[object]]
    ) -> list[object | UnservedError]:
        """The same method for many parameters; a failure is its own item's value.

        What a batch leaves open is asked again alone, as is everything at an
        endpoint that takes no batches.
        """
        chunks = [params[at : at + BATCH] for at in range(0, len(params), BATCH)]
        parts = await asyncio.gather(*(self._chunk(method, each) for each in chunks))
        return [item for part in parts for item in part]

    def result(self, reply: Reply, identity: int) -> object:
        """The result in a reply to one request. RefusalError if there is none."""
        parsed = wire.parse(reply.body, status=reply.status, host=self.host)
        return wire.result(
            parsed, identity=identity, status=reply.status, host=self.host
        )

    def identity(self) -> int:
        """An id that no other request of this transport has."""
        return next(self._identities)

    async def served(
        self,
        envelope: object,
        read: Callable[[Reply], T],
        *,
        max_body: int = MAX_BODY,
        tries: int = _TRIES,
    ) -> T:
        """Send, and read the reply; again, later, where a refusal may pass.

        A request that ran into the deadline is not repeated here: it may have
        been too large, which only the caller can mend.
        """
        body = wire.encode(envelope)
        attempt = 0
        while True:
            attempt += 1
            asked_wait: str | None = None
            try:
                async with self._slots:
                    reply = await self._post(body, max_body)
                asked_wait = reply.retry_after
                return read(reply)
            except RefusalError as refusal:
                self._hush(refusal)
                if attempt >= self._most(refusal, tries):
                    raise
            except (DeadlineError, OversizeError):
                raise
            except UnservedError:
                if attempt >= _TRIES:
                    raise
            await self._sleep(_wait(attempt, asked_wait))

    def _hush(self, error: UnservedError) -> None:
        """Mask the endpoint's keys in a message: providers like to repeat them."""
        error.message = self._hidden.sub("<key>", error.message)
        error.args = (error.message,)

    @staticmethod
    def _most(refusal: RefusalError, tries: int) -> int:
        """How often a request with this refusal is sent in all."""
        match refusal.kind:
            case RefusalKind.RATE:
                return _RATE_TRIES
            case RefusalKind.TRANSIENT:
                return tries
            case _:
                return 1

    async def _post(self, body: bytes, max_body: int) -> Reply:
        if self._silences >= _GIVEN_UP:
            raise RefusalError(f"{self.host} stopped answering", kind=RefusalKind.FATAL)
        self.requests += 1
        try:
            reply = await self._client.post(self._endpoint, body, max_body=max_body)
        except OversizeError:
            raise
        except UnservedError:
            self._silences += 1
            raise
        self._silences = 0
        return reply

    async def _chunk(
        self, method: str, params: Sequence[Sequence[object]]
    ) -> list[object | UnservedError]:
        found: list[object | UnservedError] | None = None
        if self._batches and len(params) > 1:
            found = await self._batch(method, params)
        if found is None:
            return await asyncio.gather(*(self._alone(method, p) for p in params))
        for item in found:
            if isinstance(item, UnservedError):
                self._hush(item)
        again = [
            index
            for index, item in enumerate(found)
            if isinstance(item, UnservedError) and not _by_contract(item)
        ]
        redone = await asyncio.gather(*(self._alone(method, params[i]) for i in again))
        for index, item in zip(again, redone, strict=True):
            found[index] = item
        return found

    async def _batch(
        self, method: str, params: Sequence[Sequence[object]]
    ) -> list[object | UnservedError] | None:
        """The items of one batch, or None if the endpoint did not take it."""
        envelopes = {
            i: wire.request(i, method, p) for p in params for i in [self.identity()]
        }
        try:
            return await self.served(
                list(envelopes.values()),
                lambda reply: wire.results(
                    wire.parse(reply.body, status=reply.status, host=self.host),
                    list(envelopes),
                    status=reply.status,
                    host=self.host,
                ),
            )
        except RefusalError as refusal:
            self._batches = refusal.kind in _PASSING
        except UnservedError:
            pass
        return None

    async def _alone(
        self, method: str, params: Sequence[object]
    ) -> object | UnservedError:
        try:
            return await self.one(method, params, max_body=MAX_ANSWER + _ENVELOPE)
        except UnservedError as error:
            return error


def _by_contract(error: UnservedError) -> bool:
    return isinstance(error, RefusalError) and error.kind is RefusalKind.EXECUTION


def _wait(attempt: int, asked: str | None) -> float:
    """Seconds before the next attempt: what the endpoint asks for, or doubling."""
    if asked is not None and asked.isascii() and asked.isdigit():
        return min(float(asked[:4]), _LONGEST_WAIT)
    return min(0.25 * float(2**attempt), _LONGEST_WAIT)
