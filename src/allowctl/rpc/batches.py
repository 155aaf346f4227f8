"""Many JSON-RPC requests in as few HTTP bodies as one endpoint takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from allowctl.errors import UnknownHostError, UnservedError
from allowctl.net.http import Reply
from allowctl.rpc import wire
from allowctl.rpc.answers import ALONE
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.refusals import Asked
from allowctl.rpc.transport import Transport, bound

BATCH = 500
"""Requests in one HTTP body. Most clients take more, some 100: they say so once."""
_LESS = 4
_VAIN_ROUNDS = 6
"""How often what is refused for coming too soon is asked again together."""

Request = tuple[str, Sequence[object]]
"""Method and parameters."""
Item = object | UnservedError
"""What came of one request: its result, or why there is none."""


class Batches:
    """Batches over a transport, as large as was not refused so far."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.most: int | None = None
        """Requests in one body that it takes; None where it has refused none."""
        self._light = BATCH
        """Requests in one body that its rate lets through."""

    async def each(self, method: str, params: Sequence[Sequence[object]]) -> list[Item]:
        """The same method for many parameters; a failure is its own item's value."""
        return await self.many([(method, each) for each in params])

    async def many(self, asked: Sequence[Request]) -> list[Item]:
        """What came of each request, in their order.

        What a batch leaves open is asked again alone, as is everything at an
        endpoint that takes no batches.
        """
        return await self._many(asked, _VAIN_ROUNDS)

    async def _many(self, asked: Sequence[Request], rounds: int) -> list[Item]:
        size = min(self._light, self.most or BATCH)
        chunks = [asked[at : at + size] for at in range(0, len(asked), size)]
        parts = await asyncio.gather(*(self._chunk(each, rounds) for each in chunks))
        return [item for part in parts for item in part]

    async def _chunk(self, asked: Sequence[Request], rounds: int) -> list[Item]:
        if len(asked) == 1 or self.most == 1:
            return await asyncio.gather(*(self._alone(*each) for each in asked))
        try:
            found = await self._batch(asked)
        except RefusalError as refusal:
            match refusal.kind:
                case RefusalKind.RATE:
                    return await self._lighter(asked, refusal, rounds)
                case RefusalKind.TRANSIENT | RefusalKind.FATAL:
                    return await self._apart(asked, refusal, rounds)
                case _:
                    self._take_less(len(asked), refusal.cap)
                    return await self._many(asked, rounds)
        except UnservedError as error:
            return await self._apart(asked, error, rounds)
        await self._mend(asked, found, rounds)
        return found

    async def _apart(
        self, asked: Sequence[Request], error: UnservedError, rounds: int
    ) -> list[Item]:
        """A batch failed, nobody knows why: if its parts do not, it was too large."""
        found: list[Item] = [error] * len(asked)
        if isinstance(error, UnknownHostError):
            # Its parts would go nowhere, too.
            return found
        await self._mend(asked, found, rounds)
        if not any(map(_is_open, found)):
            self._light = max(1, min(self._light, len(asked) // _LESS))
        return found

    async def _lighter(
        self, asked: Sequence[Request], refusal: RefusalError, rounds: int
    ) -> list[Item]:
        """A whole batch came too soon, again and again: more than it ever lets in."""
        if rounds == 0 or self._light == 1:
            return [refusal] * len(asked)
        self._light = max(1, min(self._light, len(asked) // _LESS))
        return await self._many(asked, rounds - 1)

    async def _mend(
        self, asked: Sequence[Request], found: list[Item], rounds: int
    ) -> None:
        """Ask again what a batch has left open."""
        alone: list[int] = []
        together: list[int] = []
        soon = False
        for index, item in enumerate(found):
            if isinstance(item, UnservedError):
                self._transport.hush(item)
            match item:
                case _ if not _is_open(item):
                    pass
                case RefusalError(kind=RefusalKind.BATCH, cap=cap):
                    self._take_less(len(asked), cap)
                    together.append(index)
                case RefusalError(kind=RefusalKind.RATE):
                    soon = True
                    together.append(index)
                case _:
                    alone.append(index)
        if soon:
            passed = len(asked) - len(together)
            self._light = max(1, min(self._light, passed or len(asked) // _LESS))
            rounds -= not passed
        if rounds < 0:
            together = []
        again = await asyncio.gather(
            self._many([asked[i] for i in together], rounds),
            asyncio.gather(*(self._alone(*asked[i]) for i in alone)),
        )
        for index, item in zip(
            (*together, *alone), (*again[0], *again[1]), strict=True
        ):
            found[index] = item

    def _take_less(self, tried: int, cap: int | None) -> None:
        """Remember that a batch of so many was refused."""
        less = cap if cap is not None and 0 < cap < tried else tried // _LESS
        self.most = max(1, min(less, self.most or less))

    async def _batch(self, asked: Sequence[Request]) -> list[Item]:
        """The items of one batch. RefusalError if the endpoint did not take it."""
        envelopes = {
            identity: wire.request(identity, *each)
            for each in asked
            for identity in [self._transport.identity()]
        }
        what = Asked(method=asked[0][0], batch=len(asked))
        host = self._transport.host

        def read(reply: Reply) -> list[Item]:
            return wire.results(
                self._transport.parsed(reply, what),
                list(envelopes),
                status=reply.status,
                host=host,
                asked=what,
                retry_after=reply.retry_after,
            )

        return await self._transport.served(
            list(envelopes.values()),
            read,
            max_body=bound(*(method for method, _ in asked)),
        )

    async def _alone(self, method: str, params: Sequence[object]) -> Item:
        try:
            return await self._transport.one(method, params, max_body=ALONE)
        except UnservedError as error:
            return error


def _is_open(item: Item) -> bool:
    """Whether asking again may bring something: a contract's failure is an answer."""
    by_contract = isinstance(item, RefusalError) and item.kind is RefusalKind.EXECUTION
    return isinstance(item, UnservedError) and not by_contract
