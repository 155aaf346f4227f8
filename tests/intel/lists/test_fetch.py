"""Fetching, from a host that behaves in every way."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from allowctl.errors import AllowctlError, CodecError, UnservedError
from allowctl.intel.lists import fetch as fetching
from allowctl.intel.lists.fetch import Fetched, fetch
from allowctl.intel.lists.tree import ALONE, LARGEST, LARGEST_FILE
from allowctl.model.sources import ListSource
from allowctl.net.http import HttpClient
from tests.fakes.server import Asked, Raw, ScriptedServer, always
from tests.intel.lists.making import (
    ADDRESSES,
    EXPLOITS,
    ONE,
    WHOIS,
    exploits,
    lay_out,
    raw,
    serving,
    spenders,
    tar_gz,
    zipped,
)


def got(source: ListSource, url: str) -> Fetched:
    async def run() -> Fetched:
        async with HttpClient() as client:
            return await fetch(replace(source, url=url), client)

    return asyncio.run(run())


def refused(source: ListSource, url: str) -> AllowctlError:
    with pytest.raises((UnservedError, CodecError)) as caught:
        got(source, url)
    return caught.value


def below(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"list-abc123/{path}": body for path, body in files.items()}


def test_a_file() -> None:
    """As it was sent, with the digest of that; its address is all that is asked."""
    body = raw([ONE])
    with ScriptedServer(serving({"lists/a.json": body})) as server:
        found = got(ADDRESSES, f"{server.url}/lists/a.json?t=1")
        (asked,) = server.asked
    assert found == Fetched({ALONE: body}, hashlib.sha256(body).hexdigest())
    assert (asked.method, asked.path, asked.body) == ("GET", "/lists/a.json?t=1", b"")


@pytest.mark.parametrize("pack", [tar_gz, zipped])
@pytest.mark.parametrize("path", ["tar.gz/HEAD", "list.zip", "x.json"])
def test_an_archive(pack: object, path: str) -> None:
    """Known by its content: names say nothing."""
    assert callable(pack)
    for source, files in ((EXPLOITS, exploits()), (WHOIS, spenders())):
        body = pack(files)
        with ScriptedServer(serving({path: body})) as server:
            found = got(source, f"{server.url}/{path}")
        assert found == Fetched(below(files), hashlib.sha256(body).hexdigest())


def test_an_archive_in_transit() -> None:
    """A host may compress what is compressed, or unfold it on the way."""
    body = tar_gz(exploits())
    for sent in (
        Raw(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}),
        Raw(body=body, headers={"Content-Type": "application/x-gzip"}),
    ):
        with ScriptedServer(always(sent)) as server:
            assert got(EXPLOITS, server.url).files == below(exploits())


def test_an_index() -> None:
    """What it names is fetched from beside it, a few at once, each once."""
    slugs = [f"case-{number}" for number in range(30)]
    files = {f"v1/exploits/{slug}.json": raw({"name": slug}) for slug in slugs}
    at_once, most, lock = [0], [0], threading.Lock()
    plain = serving(files | {"v1/index.json": raw([*slugs, slugs[0]])})

    def answer(asked: Asked) -> Raw:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.01)
        with lock:
            at_once[0] -= 1
        return plain(asked)

    with ScriptedServer(answer) as server:
        found = got(EXPLOITS, f"{server.url}/v1/index.json?token=t")
        paths = [asked.path for asked in server.asked]
    assert found.files.keys() == {
        "index.json",
        *(f"exploits/{slug}.json" for slug in slugs),
    }
    assert len(paths) == len({*paths}) == 31
    assert all(path.endswith("?token=t") for path in paths)
    assert 1 < most[0] <= 8


def test_the_digest_of_an_index() -> None:
    """It changes with every file."""

    def digest(files: dict[str, bytes]) -> str:
        with ScriptedServer(serving(files)) as server:
            return got(EXPLOITS, f"{server.url}/index.json").digest

    whole = exploits()
    assert digest(whole) == digest(dict(reversed(whole.items())))
    assert digest(whole | {"exploits/router.json": b"{}"}) != digest(whole)


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("../../etc", "no proper name"),
        ("a/b", "no proper name"),
        ("a?b=c", "no proper name"),
        ("https://x.invalid/y", "no proper name"),
        ("", "no proper name"),
        ("n" * 101, "no proper name"),
        ("gone", "answers 404"),
    ],
)
def test_an_index_that_leads_astray(slug: str, reason: str) -> None:
    """Nothing is asked for that is not beside it; what is not there is no list."""
    files = exploits() | {"index.json": raw(["bridge", slug])}
    with ScriptedServer(serving(files)) as server:
        error = refused(EXPLOITS, f"{server.url}/index.json")
        asked = {asked.path for asked in server.asked}
    assert reason in error.message
    assert asked <= {"/index.json", "/exploits/bridge.json", "/exploits/gone.json"}


def test_an_index_without_end() -> None:
    """More files than any list has are not asked for."""
    body = raw([f"n{number}" for number in range(1_001)])
    with ScriptedServer(serving({"index.json": body})) as server:
        error = refused(EXPLOITS, f"{server.url}/index.json")
        assert len(server.asked) == 1
    assert "more than 1,000 files" in error.message


def test_redirects() -> None:
    """Not followed; the person is told to name the address at which it ends."""
    with ScriptedServer(always(Raw())) as canary:
        away = Raw(status=302, headers={"Location": f"{canary.url}/s3cret"})
        with ScriptedServer(always(away)) as server:
            error = refused(ADDRESSES, server.url)
            assert error.message == (
                f"{server.host} sends elsewhere (302): name the address it ends at"
            )
        assert canary.asked == []


@pytest.mark.parametrize("status", [204, 403, 404, 429, 500, 503])
def test_refusals(status: int) -> None:
    """A host that has it not, or not now: its page is no list."""
    sent = Raw(status=status, body=b"" if status == 204 else b'["s3cret"]')
    with ScriptedServer(always(sent)) as server:
        error = refused(ADDRESSES, f"{server.url}/k3yk3yk3yk3y")
    assert error.message == f"{server.host} answers {status}"


def test_nobody_there() -> None:
    """The host is named, and nothing else of the address."""
    error = refused(ADDRESSES, "http://127.0.0.1:1/k3yk3yk3yk3y?t=k3yk3yk3y")
    assert error.message.startswith("127.0.0.1:1 cannot be reached")
    error = refused(ADDRESSES, "http://far.invalid/k3yk3yk3yk3y")
    assert "k3y" not in error.message


def test_a_body_without_end() -> None:
    """Cut off at the bound, compressed or not."""
    huge = b"[" + b" " * LARGEST
    for sent in (
        Raw(body=huge),
        Raw(body=gzip.compress(huge), headers={"Content-Encoding": "gzip"}),
    ):
        with ScriptedServer(always(sent)) as server:
            assert f"more than {LARGEST}" in refused(ADDRESSES, server.url).message
    case = b"{" + b" " * LARGEST_FILE
    files = exploits() | {"exploits/bridge.json": case}
    with ScriptedServer(serving(files)) as server:
        error = refused(EXPLOITS, f"{server.url}/index.json")
    assert f"more than {LARGEST_FILE}" in error.message


@pytest.mark.parametrize(
    "sent",
    [Raw(body=b"[" * 1_000, drips=0.02), Raw(body=b"[]", hangs=True), Raw(closes=True)],
    ids=["drip", "hang", "closed"],
)
def test_a_host_that_never_ends(sent: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline is on the list as a whole."""
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    began = time.monotonic()
    with ScriptedServer(always(sent)) as server:
        error = refused(ADDRESSES, server.url)
    assert isinstance(error, UnservedError)
    assert time.monotonic() - began < 5


def test_many_files_that_drip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is quick enough, and all together are not."""
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    slugs = [f"n{number}" for number in range(60)]
    files: dict[str, bytes | Raw] = {
        f"exploits/{slug}.json": Raw(body=b"{} ", drips=0.06) for slug in slugs
    }
    began = time.monotonic()
    with ScriptedServer(serving(files | {"index.json": raw(slugs)})) as server:
        error = refused(EXPLOITS, f"{server.url}/index.json")
    assert isinstance(error, UnservedError)
    assert time.monotonic() - began < 5


def test_cut_off() -> None:
    """A reply shorter than it says, and an archive shorter than it is."""
    body = tar_gz(exploits())
    with ScriptedServer(always(Raw(body=body[:-20], length=len(body)))) as server:
        assert isinstance(refused(EXPLOITS, server.url), UnservedError)
    with ScriptedServer(always(Raw(body=body[:-20]))) as server:
        assert isinstance(refused(EXPLOITS, server.url), CodecError)


def test_a_page_in_its_place() -> None:
    """What a captive portal sends is neither an archive nor an index."""
    page = Raw(body=b"<!doctype html><title>Log in</title>")
    with ScriptedServer(always(page)) as server:
        error = refused(EXPLOITS, server.url)
    assert error.message == "is neither an archive nor an index"


def test_on_this_machine(tmp_path: Path) -> None:
    """A folder, a file and an archive, by path and by file://; nobody is needed."""
    folder = lay_out(tmp_path / "a folder", exploits())
    packed = tmp_path / "list.tar.gz"
    packed.write_bytes(tar_gz(exploits()))
    bare = tmp_path / "list.json"
    bare.write_bytes(raw([ONE]))
    for url in (str(folder), folder.as_uri()):
        found = asyncio.run(fetch(replace(EXPLOITS, url=url), None))
        assert found.files == exploits()
    assert asyncio.run(
        fetch(replace(EXPLOITS, url=packed.as_uri()), None)
    ).files == below(exploits())
    found = asyncio.run(fetch(replace(ADDRESSES, url=str(bare)), None))
    assert found == Fetched({ALONE: raw([ONE])}, hashlib.sha256(raw([ONE])).hexdigest())
    with pytest.raises(RuntimeError):
        asyncio.run(fetch(replace(ADDRESSES, url="https://x.invalid"), None))
