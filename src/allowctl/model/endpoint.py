"""Where a node is reached, without ever showing the key that may be in its URL."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from allowctl.errors import UsageError

_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A JSON-RPC URL. Path, query and user name never appear in its text."""

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    named: bool = True
    """Whether the user chose it; a public default is asked more gently."""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in {"http", "https"} and parts.hostname
            _ = parts.port
        except ValueError:
            usable = None
        if not usable:
            raise UsageError(
                "an --rpc-url is no usable http:// or https:// address",
                hint="write it as https://HOST/PATH; it is not repeated here, "
                "because it may hold a key",
            )

    @property
    def host(self) -> str:
        """Host and port: how the endpoint is called wherever it is named.

        However it was spelled: by it, two endpoints are told apart.
        """
        parts = urlsplit(self.url)
        shown = parts.netloc.rpartition("@")[2].lower()
        usual = _PORTS.get(parts.scheme)
        if usual is not None:
            shown = shown.removesuffix(usual)
        return shown.rstrip(".").encode("ascii", "backslashreplace").decode("ascii")

    @property
    def key(self) -> str:
        """What it is remembered by: 32 hex digits that do not give away the URL."""
        salted = b"allowctl endpoint\\0" + self.url.encode("utf-8", "surrogatepass")
        return hashlib.sha256(salted).hexdigest()[:32]

    def __str__(self) -> str:
        return f"{urlsplit(self.url).scheme}://{self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one endpoint has shown of itself on one chain. None: not learned."""

    span: int | None = None
    """Blocks of one eth_getLogs that it serves."""
    refused_span: int | None = None
    """The least number of blocks that it refused as too many."""
    results: int | None = None
    """Logs in one reply at most."""
    topics: int | None = None
    """Alternatives in one topic position that it takes."""
    batch: int | None = None
    """Requests in one HTTP body that it takes; 1 if it takes no batches."""
    floor: int | None = None
    """The oldest block from which on it is believed to keep logs; 0 for all."""
    proven: int | None = None
    """The oldest block of which it has shown a log."""
    per_second: float | None = None
    """Requests per second beyond which it refuses."""
    by_hash: bool | None = None
    """Whether it reads state at a block's hash (EIP-1898)."""
    learned_at: int = 0
    """Unix seconds of the last lesson."""
