"""What goes out, and what to say when it does not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from allowctl.model.endpoint import Endpoint

_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do next, by what went wrong."""

    slow: str
    unreachable: str
    unwell: str
    malformed: str


NODE = Advice(
    slow="try again, another --rpc-url, or a longer --rpc-timeout",
    unreachable="check the address and that the node is running",
    unwell="it, or a proxy before it, is not well: try another --rpc-url",
    malformed="check --rpc-url, --rpc-headers and the proxy variables "
    "(only HTTP proxies are known)",
)
PLACE = Advice(
    slow="try again later",
    unreachable="check the address, and that this machine is online",
    unwell="it, or a proxy before it, is not well: try again later",
    malformed="check the address and the proxy variables (only HTTP proxies are known)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes out."""

    endpoint: Endpoint
    question: bytes | None
    """The body of a POST; None for a GET."""
    advice: Advice

    @property
    def method(self) -> str:
        """HTTP's word for it."""
        return "GET" if self.question is None else "POST"

    @property
    def headers(self) -> dict[str, str]:
        """The endpoint's own come before the usual ones."""
        own = dict(self.endpoint.headers)
        if self.question is None:
            usual = {"Accept": "*/*"}
        else:
            usual = {"Accept": _JSON, "Content-Type": _JSON}
        named = {name.lower() for name in own}
        return own | {k: v for k, v in usual.items() if k.lower() not in named}

    def refused(self, status: int, body: bytes) -> bool:
        """Whether a reply may be shown: nothing else may be altered.

        A key could be digits that stand in honest data too.
        """
        answer = self.question is not None and b'"error"' in body
        return status >= HTTPStatus.BAD_REQUEST or answer


def guarded(url: str) -> bool:
    """Whether nobody on the way can change what is sent from there."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    name = parts.hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
