"""What an endpoint's address and headers hide, taken out of what comes back.

Some providers repeat the key in their refusals, and refusals are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from allowctl.model.endpoint import Endpoint

_SHORTEST = 8
"""Below it a part of an address is a word like "rpc", and no key worth the name."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_MASK = b"<key>"


def secrets(endpoint: Endpoint) -> tuple[bytes, ...]:
    """Every part of an endpoint that may be a key, longest first.

    A 20-byte address is none: replies about it are full of it.
    """
    parts = urlsplit(endpoint.url)
    found = [
        *parts.path.split("/"),
        parts.fragment,
        *re.split("[&=;]", parts.query),
        *parts.netloc.rpartition("@")[0].split(":"),
        *(word for _, value in endpoint.headers for word in value.split()),
    ]
    spelled = {form for each in found for form in (each, unquote(each))}
    return tuple(
        sorted(
            (
                each.encode("utf-8", "surrogatepass")
                for each in spelled
                if len(each) >= _SHORTEST and not _ADDRESS.fullmatch(each)
            ),
            key=len,
            reverse=True,
        )
    )


def without(body: bytes, hidden: Iterable[bytes]) -> bytes:
    """A reply with each of them masked."""
    for secret in hidden:
        if secret in body:
            body = body.replace(secret, _MASK)
    return body
