"""Getting a list: one URL is asked, and nothing else leaves this machine."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

import msgspec

from allowctl.errors import AllowctlError, CodecError, UnservedError
from allowctl.intel.lists import archive, local
from allowctl.intel.lists.sources import local_path
from allowctl.intel.lists.tree import ALONE, LARGEST, LARGEST_FILE, Files
from allowctl.model.endpoint import Endpoint
from allowctl.model.sources import ListFormat, ListSource
from allowctl.net.http import HttpClient

SECONDS = 20.0
"""For a list in all, however many files it has."""
_AT_ONCE = 8
_MOST_SLUGS = 1_000
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A list as it came."""

    files: Files
    digest: str
    """sha256 of what was received, 64 hex digits; of several files, of their
    paths and digests."""


async def fetch(source: ListSource, client: HttpClient | None) -> Fetched:
    """The files of a list, from its host or this machine.

    UnservedError if its host does not serve it in SECONDS; CodecError if what it
    sends is no list, or too much. RuntimeError without a client to fetch with.
    """
    path = local_path(source)
    if path is not None:
        found = await asyncio.to_thread(local.read, path, source.format)
        return await asyncio.to_thread(_sorted_out, found, source.format)
    if client is None:
        raise RuntimeError("a list is to be fetched without a client")
    try:
        async with asyncio.timeout(SECONDS):
            return await _remote(source, client)
    except TimeoutError:
        raise UnservedError(
            f"{Endpoint(source.url).host} did not answer within {SECONDS:g} s"
        ) from None


async def _remote(source: ListSource, client: HttpClient) -> Fetched:
    body = await _get(client, source.url, LARGEST)
    alone = not archive.is_archive(body)
    if source.format is ListFormat.EXPLOITS and alone:
        files = {"index.json": body, **await _cases(source.url, body, client)}
        return _whole(files)
    return await asyncio.to_thread(_sorted_out, {ALONE: body}, source.format)


async def _cases(url: str, index: bytes, client: HttpClient) -> dict[str, bytes]:
    """The files that an index names, from beside it."""
    try:
        slugs = msgspec.json.decode(index, type=list[str])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise CodecError("is neither an archive nor an index") from None
    odd = next((each for each in slugs if not _SLUG.fullmatch(each)), None)
    if odd is not None or len(slugs) > _MOST_SLUGS:
        raise CodecError(
            f"names more than {_MOST_SLUGS:,} files"
            if odd is None
            else f"names a file that has no proper name: {odd[:60]!a}"
        )
    slots = asyncio.Semaphore(_AT_ONCE)
    found: dict[str, bytes] = {}

    async def one(slug: str) -> None:
        async with slots:
            path = f"exploits/{slug}.json"
            found[path] = await _get(client, _beside(url, path), LARGEST_FILE)

    try:
        async with asyncio.TaskGroup() as group:
            for slug in dict.fromkeys(slugs):
                group.create_task(one(slug))
    except* AllowctlError as failed:
        raise _first(failed) from None
    return found


def _first(failed: BaseExceptionGroup[AllowctlError]) -> AllowctlError:
    first = failed.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _beside(url: str, path: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{path}"))


async def _get(client: HttpClient, url: str, most: int) -> bytes:
    reply = await client.get(url, max_body=most, deadline=SECONDS)
    if reply.status == HTTPStatus.OK:
        return reply.body
    host = Endpoint(url).host
    if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
        raise UnservedError(
            f"{host} sends elsewhere ({reply.status}): name the address it ends at"
        )
    raise UnservedError(f"{host} answers {reply.status}")


def _sorted_out(files: Files, layout: ListFormat) -> Fetched:
    """The same, with the files of an archive in its place."""
    body = files.get(ALONE)
    if body is None or not archive.is_archive(body):
        return _whole(files)
    return Fetched(archive.read(body, layout), hashlib.sha256(body).hexdigest())


def _whole(files: Files) -> Fetched:
    if ALONE in files:
        return Fetched(files, hashlib.sha256(files[ALONE]).hexdigest())
    seen = hashlib.sha256()
    for path in sorted(files):
        seen.update(f"{path}\0{hashlib.sha256(files[path]).hexdigest()}\n".encode())
    return Fetched(files, seen.hexdigest())
