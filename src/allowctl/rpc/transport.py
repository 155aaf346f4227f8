"""Sending JSON-RPC requests to one endpoint, until they are served or hopeless."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from allowctl.errors import (
    DeadlineError,
    OversizeError,
    UnknownHostError,
    UnservedError,
)
from allowctl.model.endpoint import Endpoint
from allowctl.net import redact
from allowctl.net.http import MAX_BODY, HttpClient, Reply
from allowctl.rpc import wire
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.pace import Pace, Sleep
from allowctl.rpc.refusals import Asked

_SMALL = {
    "eth_blockNumber": 2**20,
    "eth_chainId": 2**20,
    "eth_feeHistory": 2**20,
    "eth_gasPrice": 2**20,
    "eth_getBalance": 2**20,
    "eth_getBlockByNumber": 8 * 2**20,
    "eth_getStorageAt": 2**20,
    "eth_getTransactionByHash": 2 * 2**20,
    "eth_getTransactionCount": 2**20,
    "eth_getTransactionReceipt": 8 * 2**20,
    "eth_maxPriorityFeePerGas": 2**20,
    "eth_sendRawTransaction": 2**20,
    "eth_simulateV1": 2**20,
}
"""Bytes of a reply, by method, where MAX_BODY would be far above any honest one."""
_TRIES = 3
_RATE_TRIES = 6
_GIVEN_UP = 12
"""Failures to get any reply, with no reply between them, that mean: it is gone."""
_SPENT = 8
"""Rate refusals, each waited out in vain, that mean the same: minutes of them."""
_SPENT_AT_ONCE = 6
"""The same where nothing was ever let in."""
_ROUNDS = 4
"""How many of them at least came one after the other, and not all at once."""

T = TypeVar("T")


class Transport:
    """One HTTP request after another, with retries, at the endpoint's pace."""

    def __init__(
        self,
        client: HttpClient,
        endpoint: Endpoint,
        *,
        pace: Pace,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._sleep = sleep
        self.pace = pace
        self.weighs = False
        """Whether it counts the requests in a batch, and not the batches."""
        self._identities = itertools.count(1)
        self._silences = 0
        self._silent_rounds = 0
        self._silent_at = float("-inf")
        self._hidden = redact.hidden_words(endpoint)
        self.requests = 0
        """HTTP requests sent so far, retries included."""
        self.items = 0
        """JSON-RPC requests in them."""

    @property
    def host(self) -> str:
        """Host and port of the endpoint."""
        return self._endpoint.host

    async def one(
        self,
        method: str,
        params: Sequence[object],
        *,
        max_body: int | None = None,
        tries: int = _TRIES,
    ) -> object:
        """One request's result as plain JSON values. RefusalError if refused."""
        identity = next(self._identities)
        return await self.served(
            wire.request(identity, method, params),
            lambda reply: self.result(reply, identity, Asked(method=method)),
            max_body=max_body or bound(method),
            tries=tries,
        )

    def result(self, reply: Reply, identity: int, asked: Asked) -> object:
        """The result in a reply to one request. RefusalError if there is none."""
        return wire.result(
            self.parsed(reply, asked),
            identity=identity,
            status=reply.status,
            host=self.host,
            asked=asked,
            retry_after=reply.retry_after,
        )

    def parsed(self, reply: Reply, asked: Asked) -> object:
        """A reply's JSON, its keys masked. RefusalError if it is none."""
        found = wire.parse(
            reply.body,
            status=reply.status,
            host=self.host,
            asked=asked,
            retry_after=reply.retry_after,
        )
        return redact.masked(found, self._hidden)

    def identity(self) -> int:
        """An id that no other request of this transport has."""
        return next(self._identities)

    async def served(  # noqa: PLR0913 - how one request is sent, all by name
        self,
        envelope: object,
        read: Callable[[Reply], T],
        *,
        max_body: int = MAX_BODY,
        tries: int = _TRIES,
        deadline: float | None = None,
        alike: bool = False,
    ) -> T:
        """Send, and read the reply; again, later, where a refusal may pass.

        A request that ran into the deadline is not repeated here: it may have
        been too large, which only the caller can mend. `alike` requests are
        those by whose latency the pace is judged.
        """
        parcel = _Parcel(
            body=wire.encode(envelope),
            items=len(envelope) if isinstance(envelope, list) else 1,
            max_body=max_body,
            deadline=deadline,
            alike=alike,
        )
        attempt = 0
        while True:
            attempt += 1
            wait: float | None = None
            try:
                return await self._once(parcel, read)
            except RefusalError as refusal:
                self.hush(refusal)
                if attempt >= _most(refusal, tries):
                    raise
                wait = refusal.wait
            except (DeadlineError, OversizeError, UnknownHostError):
                raise
            except UnservedError:
                if attempt >= tries:
                    raise
            await self._sleep(min(_wait(attempt, wait), self.pace.longest))

    async def _once(self, parcel: _Parcel, read: Callable[[Reply], T]) -> T:
        weight = parcel.items if self.weighs else 1
        async with self.pace.slot(weight=weight) as sent_at:
            reply = await self._post(parcel, sent_at)
            try:
                found = read(reply)
            except RefusalError as refusal:
                if refusal.kind is RefusalKind.RATE:
                    self.pace.refused(sent_at, refusal.wait)
                else:
                    self.pace.served(sent_at, alike=False, weight=weight)
                raise
            limited = _limited(found) if parcel.items > 1 else []
            if limited:
                self.weighs = True
                weight = parcel.items - len(limited)
            if weight:
                self.pace.served(sent_at, alike=parcel.alike, weight=weight)
            if limited:
                self.pace.refused(sent_at, limited[0].wait)
            return found

    def hush(self, error: UnservedError) -> None:
        """Mask the endpoint's keys in what is shown, whoever put them there."""
        error.message = self._hidden.sub("<key>", error.message)
        if error.hint is not None:
            error.hint = self._hidden.sub("<key>", error.hint)
        error.args = (error.message,)

    def forgive(self) -> None:
        """Forget how often it was silent, and let it rest once more."""
        self._silences = self._silent_rounds = 0
        self.pace.in_vain = 0

    async def _post(self, parcel: _Parcel, sent_at: float) -> Reply:
        gone = self._silences >= _GIVEN_UP and self._silent_rounds >= _ROUNDS
        if gone or self.pace.in_vain >= (_SPENT if self.pace.ever else _SPENT_AT_ONCE):
            what = (
                "stopped answering" if gone else "limits the rate and lets nothing in"
            )
            raise RefusalError(f"{self.host} {what}", kind=RefusalKind.FATAL)
        self.requests += 1
        self.items += parcel.items
        try:
            reply = await self._client.post(
                self._endpoint,
                parcel.body,
                max_body=parcel.max_body,
                deadline=parcel.deadline,
            )
        except OversizeError:
            raise
        except UnservedError:
            self._silences += 1
            if sent_at >= self._silent_at:
                self._silent_rounds += 1
                self._silent_at = self.pace.now
            raise
        self._silences = self._silent_rounds = 0
        return reply


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """One HTTP request, as often as it is sent."""

    body: bytes
    items: int
    """JSON-RPC requests in it."""
    max_body: int
    deadline: float | None
    alike: bool


def _limited(found: object) -> list[RefusalError]:
    """The items of a batch that were refused for coming too soon."""
    return [
        item
        for item in (found if isinstance(found, list) else ())
        if isinstance(item, RefusalError) and item.kind is RefusalKind.RATE
    ]


def _most(refusal: RefusalError, tries: int) -> int:
    """How often a request with this refusal is sent in all."""
    match refusal.kind:
        case RefusalKind.RATE:
            return _RATE_TRIES if tries > 1 else 1
        case RefusalKind.TRANSIENT:
            return tries
        case _:
            return 1


def _wait(attempt: int, asked: float | None) -> float:
    """Seconds before the next attempt: what the endpoint asks for, or doubling."""
    if asked is not None:
        return asked
    return 0.25 * float(2**attempt)


def bound(*methods: str) -> int:
    """Bytes that the reply to requests of these methods may have."""
    return min(MAX_BODY, sum(_SMALL.get(each, MAX_BODY) for each in methods))
