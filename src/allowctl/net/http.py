"""HTTP POST and GET with a deadline and a bounded body: nothing else goes out."""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from allowctl import __version__
from allowctl.errors import (
    DeadlineError,
    OversizeError,
    UnknownHostError,
    UnservedError,
    UsageError,
)
from allowctl.model.endpoint import Endpoint
from allowctl.net import redact
from allowctl.net.parcel import NODE, PLACE, Parcel, guarded

_REFUSAL = 2**20
"""Bytes up to which a reply may be a refusal worth showing."""
MAX_BODY = 64 * 2**20
"""Bytes of one reply after decompression; what has more is asked in parts."""
BUDGET = 192 * 2**20
"""Bytes of all replies that one client reads at once, after decompression."""
_EXEMPT = 4 * 2**20
"""Replies bounded so low are let through: they say what their contract sends."""
_PIECE = 2**18
"""Bytes that are decompressed at once."""
_EITHER = zlib.MAX_WBITS | 32
"""zlib's way to say: gzip or deflate, by their first bytes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    body: bytes
    retry_after: str | None = None


class HttpClient:
    """Connections to endpoints; use as an async context manager.

    Redirects are not followed: a node that sends one elsewhere would have the
    question, and the key in the URL, carried to a place nobody named.
    """

    def __init__(self, *, deadline: float = 45.0) -> None:
        self._deadline = deadline
        self._session: aiohttp.ClientSession | None = None
        self._held = 0
        """Bytes of the replies that are being read."""
        self._proxies: dict[str, str | None] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            # Each endpoint's pace bounds what is under way.
            connector=aiohttp.TCPConnector(limit=0),
            # It would decompress a whole piece at once, however much it unfolds to.
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "User-Agent": f"allowctl/{__version__}",
                "Accept-Encoding": "gzip",
            },
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        endpoint: Endpoint,
        question: bytes,
        *,
        max_body: int = MAX_BODY,
        deadline: float | None = None,
    ) -> Reply:
        """Send a body, read the reply whole, at most `max_body` bytes of it.

        `deadline` in seconds may shorten the client's own, never lengthen it.

        Parts of the endpoint that may be keys are masked in refusals.

        UnservedError, which names the host alone, if the endpoint cannot be
        reached; DeadlineError or OversizeError if it does not finish.
        """
        parcel = Parcel(endpoint=endpoint, question=question, advice=NODE)
        return await self._sent(parcel, max_body, deadline)

    async def get(
        self, url: str, *, max_body: int = MAX_BODY, deadline: float | None = None
    ) -> Reply:
        """Fetch what lies at an https:// address (http:// on this machine).

        Bounds, masking and errors are those of `post`; a redirect comes back as
        the reply that it is.
        """
        try:
            endpoint = Endpoint(url)
        except UsageError:
            raise UnservedError(
                "an address to fetch from is malformed", hint=PLACE.malformed
            ) from None
        if not guarded(url):
            raise UnservedError(
                f"{endpoint.host} is not asked without encryption",
                hint="write its address as https://",
            )
        parcel = Parcel(endpoint=endpoint, question=None, advice=PLACE)
        return await self._sent(parcel, max_body, deadline)

    async def _sent(
        self, parcel: Parcel, max_body: int, deadline: float | None
    ) -> Reply:
        if self._session is None:
            raise RuntimeError("HttpClient is used outside its context")
        endpoint, advice = parcel.endpoint, parcel.advice
        host = endpoint.host
        seconds = min(self._deadline, deadline or self._deadline)
        try:
            async with self._session.request(
                parcel.method,
                endpoint.url,
                data=parcel.question,
                headers=parcel.headers,
                allow_redirects=False,
                proxy=self._proxy(endpoint.url),
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as response:
                body = await self._read(response, host, max_body)
                if len(body) <= _REFUSAL and parcel.refused(response.status, body):
                    body = redact.without(body, redact.secrets(endpoint))
                return Reply(
                    status=response.status,
                    body=body,
                    retry_after=response.headers.get("Retry-After"),
                )
        except TimeoutError:
            raise DeadlineError(
                f"{host} did not answer within {seconds:g} s", hint=advice.slow
            ) from None
        except aiohttp.ClientConnectorDNSError:
            raise UnknownHostError(
                f"{host} cannot be reached: no such host",
                hint="check the address, and that this machine is online",
            ) from None
        except (aiohttp.ClientError, asyncio.IncompleteReadError, OSError) as error:
            raise UnservedError(
                f"{host} cannot be reached: {_cause(error)}", hint=advice.unreachable
            ) from None
        except zlib.error:
            raise UnservedError(
                f"{host} cannot be reached: its compression is malformed",
                hint=advice.unwell,
            ) from None
        except ValueError:
            raise UnservedError(
                f"{host} cannot be reached: its address or proxy is malformed",
                hint=advice.malformed,
            ) from None

    async def _read(
        self, response: aiohttp.ClientResponse, host: str, max_body: int
    ) -> bytes:
        body = bytearray()
        try:
            async for piece in _unfolded(response):
                body += piece
                self._held += len(piece)
                if len(body) > max_body:
                    said = f"{host} sent more than {max_body} bytes in one reply"
                    raise _too_large(response, body, said)
                if self._held > BUDGET and max_body > _EXEMPT:
                    said = f"{host} sends more than {BUDGET} bytes in replies at once"
                    raise _too_large(response, body, said)
            return bytes(body)
        finally:
            self._held -= len(body)

    def _proxy(self, url: str) -> str | None:
        """Looked up once: it takes longer than a small request."""
        if url not in self._proxies:
            self._proxies[url] = _proxy(url)
        return self._proxies[url]


async def _unfolded(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body in pieces, decompressed. zlib.error if it cannot be."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in {"", "identity"}:
        async for piece in response.content.iter_any():
            yield piece
        return
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise zlib.error(coding)
    folded = zlib.decompressobj(_EITHER)
    empty = True
    async for piece in response.content.iter_any():
        left, empty = piece, False
        while left and not folded.eof:
            yield folded.decompress(left, _PIECE)
            left = folded.unconsumed_tail
    yield folded.flush()
    if not (folded.eof or empty):
        raise zlib.error("cut off")


def _too_large(
    response: aiohttp.ClientResponse, body: bytearray, message: str
) -> UnservedError:
    answers = response.status == HTTPStatus.OK and body.startswith((b"{", b"["))
    return OversizeError(message) if answers else UnservedError(message)


def _proxy(url: str) -> str | None:
    """What the usual proxy variables say of an address.

    aiohttp's own `trust_env` would also send passwords out of ~/.netrc.
    """
    parts = urlsplit(url)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    if not named:
        return None
    proxy = named if "://" in named else f"http://{named}"
    if urlsplit(proxy).scheme not in {"http", "https"}:
        raise ValueError("no HTTP proxy")
    return proxy


def _cause(error: BaseException) -> str:
    """An error in words that cannot hold the URL: its kind, or the system's text."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its TLS certificate is not valid"
    if isinstance(error, aiohttp.ClientSSLError):
        return "TLS fails there; is it http:// and not https://?"
    system = getattr(error, "os_error", error)
    if isinstance(system, OSError) and system.errno:
        return os.strerror(system.errno).lower()
    return type(error).__name__
