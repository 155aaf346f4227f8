"""Fetching: the same bounds as for questions, and only where nobody can meddle."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from allowctl.errors import DeadlineError, OversizeError, UnservedError
from allowctl.net.http import HttpClient, Reply
from tests.fakes.server import Raw, ScriptedServer, always

KEY = "k3yk3yk3yk3yk3yk3y"


def get(url: str, *, max_body: int = 1_000_000, deadline: float = 20.0) -> Reply:
    async def run() -> Reply:
        async with HttpClient() as client:
            return await client.get(url, max_body=max_body, deadline=deadline)

    return asyncio.run(run())


def test_what_goes_out() -> None:
    """A GET of path and query, with no body and no word of one."""
    with ScriptedServer(always(Raw(body=b"[1]"))) as server:
        assert get(server.url + "/a/b.json?c=d") == Reply(status=200, body=b"[1]")
        (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("GET", "/a/b.json?c=d", b"")
    assert asked.headers["Accept"] == "*/*"
    assert "Content-Type" not in asked.headers


def test_redirects_are_not_followed() -> None:
    """Whoever is named in a redirect hears nothing."""
    with ScriptedServer(always(Raw())) as canary:
        to_canary = Raw(status=302, headers={"Location": canary.url})
        with ScriptedServer(always(to_canary)) as server:
            assert get(server.url).status == 302
        assert canary.asked == []


def test_without_encryption() -> None:
    """Not asked: whoever stands between could say that nothing is listed."""
    with pytest.raises(UnservedError, match=r"^far\.invalid is not asked") as caught:
        get("http://far.invalid/" + KEY)
    assert "https" in str(caught.value.hint)


@pytest.mark.parametrize("url", ["", "lists", "file:///etc/passwd", "https://"])
def test_what_is_no_address(url: str) -> None:
    """It is not repeated: it may hold a key."""
    with pytest.raises(UnservedError) as caught:
        get(url)
    assert caught.value.message == "an address to fetch from is malformed"
    assert "--rpc" not in str(caught.value.hint)


@pytest.mark.parametrize("extra", [0, 1])
def test_size_bound(extra: int) -> None:
    """On what is unfolded, to the byte."""
    packed = gzip.compress(b"[" + bytes(999 + extra))
    raw = Raw(body=packed, headers={"Content-Encoding": "gzip"})
    with ScriptedServer(always(raw)) as server:
        if extra:
            with pytest.raises(OversizeError, match="more than 1000 bytes"):
                get(server.url, max_body=1_000)
        else:
            assert len(get(server.url, max_body=1_000).body) == 1_000


def test_deadline() -> None:
    """It is on the whole reply, and its hint speaks of no node."""
    dripping = Raw(body=b"x" * 100, drips=0.05)
    with (
        ScriptedServer(always(dripping)) as server,
        pytest.raises(DeadlineError, match=r"within 0\.3 s") as caught,
    ):
        get(server.url, deadline=0.3)
    assert "--rpc" not in str(caught.value.hint)


@pytest.mark.parametrize(
    "raw",
    [Raw(closes=True), Raw(body=b"no gzip", headers={"Content-Encoding": "gzip"})],
    ids=["closed", "false gzip"],
)
def test_hints(raw: Raw) -> None:
    """No hint of what is fetched speaks of options for nodes."""
    with ScriptedServer(always(raw)) as server, pytest.raises(UnservedError) as caught:
        get(server.url)
    assert "--rpc" not in str(caught.value.hint)


def test_refusals_hide_keys_and_data_is_left_alone() -> None:
    """What is shown has the key masked; what is read has not a byte changed."""
    for status, kept in ((200, True), (403, False)):
        raw = Raw(body=f'{{"error": "{KEY}"}}'.encode(), status=status)
        with ScriptedServer(always(raw)) as server:
            body = get(f"{server.url}/{KEY}/list.json").body
        assert (KEY.encode() in body) is kept


def test_proxy_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual variables hold for it too."""
    with ScriptedServer(always(Raw(body=b"proxied"))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert get("http://localhost:9/path").body == b"proxied"
        assert proxy.asked[0].path == "http://localhost:9/path"
