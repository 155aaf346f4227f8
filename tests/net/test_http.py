"""The only way out: bounded in time and size, and it tells nobody the key."""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import re
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from allowctl.errors import (
    DeadlineError,
    OversizeError,
    UnknownHostError,
    UnservedError,
)
from allowctl.model.endpoint import Endpoint
from allowctl.net import http
from allowctl.net.http import MAX_BODY, HttpClient, Reply
from tests.fakes.server import Asked, Raw, ScriptedServer, always

KEY = "k3yk3yk3yk3yk3yk3y"


def post(
    url: str,
    body: bytes = b"{}",
    *,
    deadline: float = 20.0,
    max_body: int = 1_000_000,
    headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    async def run() -> Reply:
        async with HttpClient(deadline=deadline) as client:
            return await client.post(Endpoint(url, headers), body, max_body=max_body)

    return asyncio.run(run())


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and that nobody else is given."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def test_what_goes_out() -> None:
    """The body, the named headers, a user agent of our own, and no cookie."""
    cookie = Raw(body=b"{}", headers={"Set-Cookie": "track=1"})

    async def twice(endpoint: Endpoint) -> None:
        async with HttpClient() as client:
            await client.post(endpoint, b'{"a":1}')
            await client.post(endpoint, b'{"a":2}')

    with ScriptedServer(always(cookie)) as server:
        asyncio.run(twice(Endpoint(server.url + "/v3/x?y=z", (("X-Team", "us"),))))
        first, second = server.asked
    assert (first.path, first.body, second.body) == (
        "/v3/x?y=z",
        b'{"a":1}',
        b'{"a":2}',
    )
    assert first.headers["X-Team"] == "us"
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["User-Agent"].startswith("allowctl/")
    assert "Cookie" not in second.headers


def test_every_status_is_a_reply() -> None:
    """Status and body come back as they are: what they mean is decided elsewhere."""
    raw = Raw(status=503, body=b"busy", headers={"Retry-After": "7"})
    with ScriptedServer(always(raw)) as server:
        assert post(server.url) == Reply(status=503, body=b"busy", retry_after="7")


def test_redirects_are_not_followed() -> None:
    """Whoever is named in a redirect hears nothing."""
    with ScriptedServer(always(Raw())) as canary:
        for status in (301, 302, 303, 307, 308):
            to_canary = Raw(status=status, headers={"Location": canary.url})
            with ScriptedServer(always(to_canary)) as server:
                assert post(server.url).status == status
        assert canary.asked == []


def test_gzip_is_read() -> None:
    """A compressed reply is decompressed."""
    packed = Raw(body=gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"})
    with ScriptedServer(always(packed)) as server:
        assert post(server.url).body == b"[1]"


def test_gzip_bomb() -> None:
    """The bound is on what comes out: 64 kB that unfold to 64 MB are refused."""
    bomb = Raw(
        body=gzip.compress(b"{" + bytes(64_000_000)),
        headers={"Content-Encoding": "gzip"},
    )
    assert len(bomb.body) < 100_000
    with ScriptedServer(always(bomb)) as server, pytest.raises(OversizeError):
        post(server.url)


@pytest.mark.parametrize("extra", [0, 1])
def test_size_bound(extra: int) -> None:
    """A reply of exactly the bound is taken; one byte more is not."""
    with ScriptedServer(always(Raw(body=b"{" + bytes(999 + extra)))) as server:
        if extra:
            with pytest.raises(OversizeError, match="more than 1000 bytes"):
                post(server.url, max_body=1_000)
        else:
            assert len(post(server.url, max_body=1_000).body) == 1_000


def test_a_page_that_is_too_large() -> None:
    """What is no JSON, or no success, is the endpoint's doing, not a contract's."""
    for raw in (Raw(body=b"<" * 1_001), Raw(body=b"{" * 1_001, status=502)):
        with (
            ScriptedServer(always(raw)) as server,
            pytest.raises(UnservedError) as caught,
        ):
            post(server.url, max_body=1_000)
        assert not isinstance(caught.value, OversizeError)


def test_declared_size_is_not_believed() -> None:
    """A reply cut off before its declared end is no reply."""
    cut = Raw(body=b'{"id":1}', length=1_000)
    with ScriptedServer(always(cut)) as server, pytest.raises(UnservedError):
        post(server.url)


@pytest.mark.parametrize(
    "raw",
    [Raw(body=b"x" * 100, drips=0.05), Raw(body=b"x", hangs=True)],
    ids=["drip", "hang"],
)
def test_deadline(raw: Raw) -> None:
    """The deadline is on the whole reply: a byte now and then does not extend it."""
    with (
        ScriptedServer(always(raw)) as server,
        pytest.raises(DeadlineError, match=r"within 0\.3 s") as caught,
    ):
        post(server.url, deadline=0.3)
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("client", "request_", "held"), [(20.0, 0.2, "0.2"), (0.2, 20.0, "0.2")]
)
def test_deadline_of_one_request(client: float, request_: float, held: str) -> None:
    """It may be shorter than the client's, never longer."""

    async def run(url: str) -> Reply:
        async with HttpClient(deadline=client) as http:
            return await http.post(Endpoint(url), b"{}", deadline=request_)

    hanging = always(Raw(body=b"x", hangs=True))
    with (
        ScriptedServer(hanging) as server,
        pytest.raises(DeadlineError, match=re.escape(f"within {held} s")),
    ):
        asyncio.run(run(server.url))


def test_as_many_at_once_as_are_asked() -> None:
    """The client holds nobody back: each endpoint's pace does."""
    together = threading.Barrier(64, timeout=20)

    def answer(_: Asked) -> Raw:
        together.wait()
        return Raw(body=b"{}")

    async def run(url: str) -> int:
        async with HttpClient() as http:
            posts = (http.post(Endpoint(url), b"{}") for _ in range(64))
            return len(await asyncio.gather(*posts))

    with ScriptedServer(answer) as server:
        assert asyncio.run(run(server.url)) == 64


@pytest.mark.parametrize(
    "raw",
    [
        Raw(closes=True),
        Raw(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
        Raw(body=b"?", headers={"Content-Encoding": "br"}),
        Raw(body=zlib.compress(b"x" * 99)[:9], headers={"Content-Encoding": "deflate"}),
        Raw(headers={"X-Long": "y" * 100_000}),
        Raw(headers={"X-Many": "a\r\nbroken header line"}),
    ],
    ids=["closed", "false gzip", "brotli", "cut deflate", "long header", "bad header"],
)
def test_what_is_no_http(raw: Raw) -> None:
    """Whatever a server does to the protocol ends as one kind of error.

    At the deadline at the latest: a cut body that comes in one piece with its
    headers is a reply that aiohttp waits for.
    """
    with (
        ScriptedServer(always(raw)) as server,
        pytest.raises(UnservedError, match=r"cannot be reached|did not answer"),
    ):
        post(server.url, deadline=1.0)


def test_nobody_listens(closed_port: int) -> None:
    """The host is named, and why it cannot be reached."""
    with pytest.raises(UnservedError) as caught:
        post(f"http://127.0.0.1:{closed_port}")
    assert caught.value.message.startswith(f"127.0.0.1:{closed_port} cannot be reached")
    assert not isinstance(caught.value, UnknownHostError)


def test_no_such_host() -> None:
    """A name that does not exist is told as that, and as no other trouble."""
    with pytest.raises(UnknownHostError) as caught:
        post("http://no-such-host.invalid/v3/" + KEY)
    assert caught.value.message == (
        "no-such-host.invalid cannot be reached: no such host"
    )
    assert "online" in str(caught.value.hint)


@pytest.mark.parametrize(
    "where",
    [
        "http://{host}/v3/" + KEY,
        "http://{host}/?apikey=" + KEY,
        "http://user:" + KEY + "@{host}/",
        "http://" + KEY + "@{host}/",
        "http://{host}/#" + KEY,
    ],
)
@pytest.mark.parametrize(
    "raw",
    [
        Raw(closes=True),
        Raw(body=b"x", hangs=True),
        Raw(body=bytes(2_000)),
        Raw(body=b"x", length=9),
        Raw(body=b"x", headers={"Content-Encoding": "gzip"}),
        Raw(body=f'project id {KEY} or "{KEY}" does not exist'.encode(), status=401),
    ],
    ids=["closed", "hang", "large", "cut", "gzip", "repeated"],
)
def test_the_key_is_never_told(
    where: str, raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    """No error, hint, reply, repr or log line holds a part of the URL."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    with ScriptedServer(always(raw)) as server:
        url = where.format(host=server.host)
        try:
            reply = post(url, deadline=0.3, max_body=1_000)
            said += [repr(reply), reply.body.decode()]
        except UnservedError as error:
            said += [str(error), repr(error), str(error.hint), error.message]
        said += [repr(Endpoint(url)), str(Endpoint(url)), Endpoint(url).host]
    said += [record.getMessage() for record in caplog.records]
    assert said
    assert KEY not in " ".join(said)


def test_headers_are_never_told() -> None:
    """A token in a header is masked in the reply that repeats it."""

    def repeat(asked: Asked) -> Raw:
        return Raw(body=str(dict(asked.headers)).encode(), status=403)

    with ScriptedServer(repeat) as server:
        reply = post(server.url, headers=(("Authorization", f"Bearer {KEY}"),))
        (asked,) = server.asked
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in reply.body
    assert KEY not in repr(Endpoint(server.url, (("Authorization", KEY),)))


@pytest.mark.parametrize(
    "headers",
    [
        (("X-A", "b\r\nX-Injected: 1"),),
        (("X-A", "b\nX-Injected: 1"),),
        (("X A", "\x00"),),
    ],
)
def test_headers_inject_nothing(headers: tuple[tuple[str, str], ...]) -> None:
    """A header that would become two is refused before anything is sent."""
    with ScriptedServer(always(Raw(body=b"{}"))) as server:
        with pytest.raises(UnservedError, match="malformed"):
            post(server.url, headers=headers)
        assert server.asked == []


def test_proxy_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual variables name a proxy; no_proxy exempts from it."""
    with (
        ScriptedServer(always(Raw(body=b"proxied"))) as proxy,
        ScriptedServer(always(Raw(body=b"direct"))) as server,
    ):
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert post(server.url + "/path").body == b"proxied"
        assert proxy.asked[0].path == server.url + "/path"
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert post(server.url).body == b"direct"


def test_proxy_without_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    """HOST:PORT is an HTTP proxy, as curl has it."""
    with ScriptedServer(always(Raw(body=b"proxied"))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.host)
        monkeypatch.setenv("no_proxy", "")
        assert post("http://node.invalid").body == b"proxied"


@pytest.mark.parametrize("scheme", ["socks5", "socks9", "ftp"])
def test_malformed_proxy(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of a kind that is not known is told, without its password."""
    monkeypatch.setenv("all_proxy", f"{scheme}://user:{KEY}@nowhere")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(UnservedError) as caught:
        post("http://127.0.0.1:9")
    assert KEY not in caught.value.message + str(caught.value.hint)


def test_outside_its_context() -> None:
    """A client that was never opened says so, rather than opening sockets."""
    with pytest.raises(RuntimeError, match="outside its context"):
        asyncio.run(HttpClient().post(Endpoint("http://127.0.0.1:9"), b""))


def bomb(size: int) -> Raw:
    """JSON that unfolds to so many bytes."""
    folder = zlib.compressobj(wbits=31)
    parts = [folder.compress(b"[")]
    parts += [folder.compress(b" " * 2**20) for _ in range(size // 2**20)]
    body = b"".join((*parts, folder.flush()))
    return Raw(body=body, headers={"Content-Encoding": "gzip"})


def test_default_bound() -> None:
    """One reply is never more than 64 MiB, whatever it was packed into."""
    with (
        ScriptedServer(always(bomb(65 * 2**20))) as server,
        pytest.raises(OversizeError, match=f"more than {64 * 2**20} bytes"),
    ):
        post(server.url, max_body=MAX_BODY)


def test_many_bombs_at_once() -> None:
    """All that is read at once has a bound: what passes it is too large.

    Measured as what Python holds at most. A reply of megabytes that meets nobody
    is read again afterwards, so nothing of the budget is lost.
    """

    async def run(url: str) -> list[object]:
        async with HttpClient() as client:
            posts = (client.post(Endpoint(url), b"{}") for _ in range(8))
            found: list[object] = list(
                await asyncio.gather(*posts, return_exceptions=True)
            )
            found.append(await client.post(Endpoint(url), b"{}"))
            return [len(r.body) if isinstance(r, Reply) else type(r) for r in found]

    slow = replace(bomb(12 * 2**20), drips=0.0)
    begun = threading.Barrier(8)

    def together(_asked: Asked) -> Raw:
        """On a busy machine one reply could be over before the next begins."""
        if not begun.broken and len(server.asked) <= begun.parties:
            begun.wait(60)
        return slow

    with ScriptedServer(together) as server:
        tracemalloc.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(http, "BUDGET", 32 * 2**20)
            found = asyncio.run(run(server.url))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert OversizeError in found
    assert {each for each in found if isinstance(each, int)} == {12 * 2**20 + 1}
    assert found[-1] == 12 * 2**20 + 1
    read = sum(isinstance(each, int) for each in found[:-1])
    assert most < (read + 1) * 13 * 2**20 + 2 * http.BUDGET


def test_the_budget_spares_what_is_small() -> None:
    """A bound of a few MiB is a contract's own: others' replies do not count there."""

    async def run(url: str) -> list[object]:
        async with HttpClient() as client:
            posts = (
                client.post(Endpoint(url), b"{}", max_body=2 * 2**20) for _ in range(16)
            )
            return [len(reply.body) for reply in await asyncio.gather(*posts)]

    with (
        ScriptedServer(always(bomb(2**20))) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(http, "BUDGET", 2**20)
        assert asyncio.run(run(server.url)) == [2**20 + 1] * 16


@pytest.mark.parametrize("coding", ["gzip", "X-GZIP", "deflate", "identity"])
def test_codings(coding: str) -> None:
    """What is asked for, and what some send all the same."""
    packed = {
        "gzip": gzip.compress(b"[1]"),
        "X-GZIP": gzip.compress(b"[1]"),
        "deflate": zlib.compress(b"[1]"),
        "identity": b"[1]",
    }
    raw = Raw(body=packed[coding], headers={"Content-Encoding": coding})
    with ScriptedServer(always(raw)) as server:
        assert post(server.url).body == b"[1]"


def test_nothing_compressed() -> None:
    """A refusal without a body is one, though its headers speak of gzip."""
    raw = Raw(status=429, headers={"Content-Encoding": "gzip"})
    with ScriptedServer(always(raw)) as server:
        assert post(server.url) == Reply(status=429, body=b"")


def test_cut_gzip() -> None:
    """Half of a packed reply is no reply."""
    body = gzip.compress(b"[" + os.urandom(999))[:500]
    raw = Raw(body=body, headers={"Content-Encoding": "gzip"})
    with (
        ScriptedServer(always(raw)) as server,
        pytest.raises(UnservedError, match="compression is malformed"),
    ):
        post(server.url)
