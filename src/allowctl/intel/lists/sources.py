"""The lists that nobody has to configure, and what is known of a list without it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from allowctl.model.endpoint import Endpoint
from allowctl.model.lists import Charge
from allowctl.model.sources import ListFormat, ListSource

_GITHUB = "https://codeload.github.com"

BUILT_IN = (
    ListSource(
        id="approval-exploit-list",
        format=ListFormat.EXPLOITS,
        url=f"{_GITHUB}/RevokeCash/approval-exploit-list/tar.gz/HEAD",
    ),
    ListSource(
        id="whois",
        format=ListFormat.WHOIS,
        url=f"{_GITHUB}/RevokeCash/whois/tar.gz/HEAD",
    ),
    # GPL-3.0: fetched by whoever runs this, never part of the package.
    ListSource(
        id="scamsniffer",
        format=ListFormat.ADDRESSES,
        url="https://raw.githubusercontent.com/scamsniffer/scam-database/main/"
        "blacklist/address.json",
        charge=Charge.BLOCKED,
    ),
)
"""Without configuration."""


def used(configured: Sequence[ListSource], *, builtin: bool) -> tuple[ListSource, ...]:
    """The configured lists, then the built-in ones whose id none of them has."""
    taken = {each.id for each in configured}
    more = BUILT_IN if builtin else ()
    return (*configured, *(each for each in more if each.id not in taken))


def local_path(source: ListSource) -> Path | None:
    """The file or folder that it is; None for one that is fetched."""
    scheme, mark, _ = source.url.partition("://")
    match scheme.lower() if mark else "":
        case "":
            return Path(source.url).expanduser()
        case "file":
            return Path(url2pathname(urlsplit(source.url).path))
        case _:
            return None


def origin(source: ListSource) -> str:
    """Where it comes from, as it may be shown: the host, or the path.

    UsageError for an address that is none.
    """
    path = local_path(source)
    return Endpoint(source.url).host if path is None else str(path)


def charges(source: ListSource) -> tuple[Charge, ...]:
    """What a list of its kind can have against an address."""
    match source.format:
        case ListFormat.EXPLOITS:
            return (Charge.EXPLOITED,)
        case ListFormat.WHOIS:
            return (*Charge,)
        case ListFormat.ADDRESSES:
            return () if source.charge is None else (source.charge,)


def key(source: ListSource) -> str:
    """12 hex digits that change with whatever changes what is fetched or meant.

    A list of the same id in another configuration is another list.
    """
    told = (source.format, source.url, source.charge or "", source.chain or "")
    salted = "\0".join(("allowctl list", *told)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(salted).hexdigest()[:12]
