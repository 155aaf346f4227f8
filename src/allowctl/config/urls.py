"""Addresses in a configuration: checked, and never repeated in an error."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from allowctl.errors import ConfigError, UsageError
from allowctl.model.endpoint import Endpoint
from allowctl.model.settings import ListUrl

_HIDDEN = "it is not repeated here, because it may hold a key"


def endpoint(url: str, place: str) -> Endpoint:
    """The endpoint. ConfigError, without the URL, if it is none."""
    found = _web(url)
    if found is None:
        raise ConfigError(
            f"{place} is no usable http:// or https:// address", hint=_HIDDEN
        )
    return found


def list_url(text: str, folder: Path, place: str) -> ListUrl:
    """Where a list is; a path is taken from the folder of the file that names it.

    ConfigError, without the text, for what is no https:// address (http:// on this
    machine), no file:// address and no path.
    """
    scheme, mark, _ = text.partition("://")
    match scheme.lower() if mark else None:
        case None:
            path = _path(text, folder)
            usable, text = path is not None, str(path)
        case "file":
            usable = text.isprintable() and _local_file(text)
        case "https":
            usable = _web(text) is not None
        case "http":
            usable = _web(text) is not None and _loopback(urlsplit(text).hostname)
        case _:
            usable = False
    if not usable:
        raise ConfigError(
            f"{place} is no https:// address, file:// address or path",
            hint=f"http:// is for this machine alone; {_HIDDEN}",
        )
    return ListUrl(text)


def _path(text: str, folder: Path) -> Path | None:
    if not text or not text.isprintable():
        return None
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:  # ~somebody who is not here
        return None


def _web(url: str) -> Endpoint | None:
    if not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        return Endpoint(url)
    except UsageError:
        return None


def _local_file(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    here = parts.netloc in {"", "localhost"}
    return here and len(parts.path) > 1 and not (parts.query or parts.fragment)


def _loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
