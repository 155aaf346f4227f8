"""What an endpoint's address and headers hide, taken out of what comes back.

Some providers repeat the key in their refusals, and refusals are shown.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from allowctl.model.endpoint import Endpoint

_SHORTEST = 8
"""Below it a part of an address is a word like "rpc", and no key worth the name."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_SECRET_NAME = re.compile(r"key|token|secret|auth|pass|project|^k$", re.IGNORECASE)
_LEAST = 3
_MASK = b"<key>"
_LEVELS = 2
"""Of an error that words are shown from: its members, and those of `data`."""
_LONGEST = 4 * 2**20
"""Characters of a message that keys are sought in: more than any answer has."""
_HEX = re.compile(r"0x[0-9a-fA-F]*")


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


def hidden_words(endpoint: Endpoint) -> re.Pattern[str]:
    """What must not stand in a sentence that is shown, in whatever case.

    Short values too, where their name says that they are secret, and user and
    password as HTTP sends them.
    """
    parts = urlsplit(endpoint.url)
    user = parts.netloc.rpartition("@")[0]
    found = {each.decode("utf-8", "replace") for each in secrets(endpoint)}
    named = (pair.partition("=") for pair in re.split("[&;]", parts.query))
    found |= {value for name, _, value in named if _SECRET_NAME.search(name)}
    found |= set(user.split(":")[1:])
    if user:
        found.add(base64.b64encode(unquote(user).encode()).decode().rstrip("="))
    words = sorted(
        (each for each in found if len(each) >= _LEAST), key=len, reverse=True
    )
    return re.compile("|".join(map(re.escape, words)) or r"(?!)", re.IGNORECASE)


def masked(reply: object, hidden: re.Pattern[str]) -> object:
    """A reply, or a batch of them, with nothing hidden in what its errors say.

    On decoded text, however JSON spelled it, and before anything is cut: half a
    key would not be found any more. Results are left as they are.
    """
    if isinstance(reply, list):
        return [masked(each, hidden) if _refuses(each) else each for each in reply]
    if isinstance(reply, dict) and _refuses(reply):
        return reply | {"error": _without(reply["error"], hidden, _LEVELS)}
    return reply


def _refuses(reply: object) -> bool:
    return isinstance(reply, dict) and reply.get("error") is not None


def _without(said: object, hidden: re.Pattern[str], levels: int) -> object:
    if isinstance(said, str):
        # A key could be digits that stand in honest revert data too.
        return (
            said
            if _HEX.fullmatch(said)
            else hidden.sub(_MASK.decode(), said[:_LONGEST])
        )
    if isinstance(said, dict) and levels:
        return {key: _without(each, hidden, levels - 1) for key, each in said.items()}
    return said
