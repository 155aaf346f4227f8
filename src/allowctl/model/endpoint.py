"""Where a node is reached, without ever showing the key that may be in its URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from allowctl.errors import UsageError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A JSON-RPC URL. Path, query and user name never appear in its text."""

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in {"http", "https"} and parts.hostname
            _ = parts.port
        except ValueError:
            usable = None
        if not usable:
            raise UsageError(
                "an --rpc-url is not an http:// or https:// address",
                hint="write it as https://HOST/PATH; it is not repeated here, "
                "because it may hold a key",
            )

    @property
    def host(self) -> str:
        """Host and port: how the endpoint is called wherever it is named."""
        shown = urlsplit(self.url).netloc.rpartition("@")[2]
        return shown.encode("ascii", "backslashreplace").decode("ascii")

    def __str__(self) -> str:
        return f"{urlsplit(self.url).scheme}://{self.host}"
