"""Whether a contract's source is published, by Sourcify's word; only when asked for.

Sourcify's API v2, GET /v2/contract/{chainId}/{address}. It learns which contracts
are looked at, and no owner's address.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal

import msgspec

from allowctl.errors import UnknownHostError, UnservedError
from allowctl.model.chain import Address
from allowctl.model.missing import Lack, Missing
from allowctl.net.http import HttpClient, Reply

BASE = "https://sourcify.dev/server"
SECONDS = 30.0
"""For all addresses of a chain together."""
_PATIENCE = 10.0
"""Seconds for one request."""
_AT_ONCE = 4
_TRIES = 4
_LONGEST_WAIT = 8.0
_MAX_BODY = 2**20
_SECONDS = re.compile(r"[0-9]{1,6}")
"""Retry-After as a number (RFC 9110, 10.2.3); a date is not followed."""

_UNSUPPORTED = Missing(Lack.UNAVAILABLE, "Sourcify does not know that chain")


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    """A 404 without `match` is no answer about a contract."""

    match: Literal["match", "exact_match"] | msgspec.UnsetType | None = msgspec.UNSET
    custom_code: str = ""


async def verified(
    client: HttpClient,
    chain_id: int,
    addresses: Sequence[Address],
    base: str = BASE,
) -> dict[Address, bool | Missing]:
    """For each address, whether Sourcify has source that compiles to its code.

    False says that Sourcify has none: it may be published elsewhere. What it did not
    answer within SECONDS is missing as FAILED, a chain it does not know as
    UNAVAILABLE.
    """
    asked = tuple(dict.fromkeys(addresses))
    visit = _Visit(client, f"{base.rstrip('/')}/v2/contract/{chain_id}")
    late = Missing(Lack.FAILED, f"Sourcify did not answer within {SECONDS:g} s")
    found: dict[Address, bool | Missing] = dict.fromkeys(asked, late)

    async def one(address: Address) -> None:
        found[address] = await visit.ask(address)

    try:
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            for address in asked:
                group.create_task(one(address))
    except TimeoutError:
        pass
    return found


class _Visit:
    """One chain's questions, a few at once, none after all further ones are idle."""

    def __init__(self, client: HttpClient, place: str) -> None:
        self._client = client
        self._place = place
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._end: Missing | None = None
        """Why asking on is of no use."""

    async def ask(self, address: Address) -> bool | Missing:
        async with self._slots:
            for attempt in range(_TRIES):
                if self._end is not None:
                    return self._end
                try:
                    reply = await self._client.get(
                        f"{self._place}/{address}",
                        max_body=_MAX_BODY,
                        deadline=_PATIENCE,
                    )
                except UnservedError as error:
                    failed = Missing(Lack.FAILED, f"not served: {error.message}")
                    if isinstance(error, UnknownHostError):
                        self._end = failed
                    return failed
                if not _again(reply):
                    return self._read(reply)
                if attempt < _TRIES - 1:
                    await asyncio.sleep(_pause(reply, attempt))
            return Missing(
                Lack.FAILED, f"Sourcify answers {reply.status}, again and again"
            )

    def _read(self, reply: Reply) -> bool | Missing:
        try:
            answer = msgspec.json.decode(reply.body, type=_Answer)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            answer = _Answer()
        if reply.status == HTTPStatus.OK and isinstance(answer.match, str):
            return True
        if reply.status == HTTPStatus.NOT_FOUND and answer.match is None:
            return False
        if answer.custom_code == "unsupported_chain":
            self._end = _UNSUPPORTED
            return _UNSUPPORTED
        return Missing(
            Lack.FAILED, f"Sourcify answers {reply.status}, and not as agreed"
        )


def _again(reply: Reply) -> bool:
    """Whether it may answer a little later."""
    return (
        reply.status == HTTPStatus.TOO_MANY_REQUESTS
        or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _pause(reply: Reply, attempt: int) -> float:
    """Seconds to wait: what it asks for, within reason, or ever longer."""
    asked = _SECONDS.fullmatch((reply.retry_after or "").strip())
    return min(float(asked[0]) if asked else 2.0**attempt, _LONGEST_WAIT)
