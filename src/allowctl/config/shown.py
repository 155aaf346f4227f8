"""Paths and keys in error messages: one line, printable, and no secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_LONGEST = 40
_BARE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KNOWN = re.compile(
    r"([A-Za-z0-9:-]{1,40}:)?0x[0-9a-fA-F]{40}|[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}"
)
"""A token on a chain, and a rule's case: shown whole."""
_LONG_HEX = re.compile(r"[0-9a-fA-F]{50}")
"""More than an address: it could be a private key."""


def shown_path(path: Path) -> str:
    """A path as it is, with escapes for what would not stand on the line."""
    return "".join(
        each if each.isprintable() else ascii(each)[1:-1] for each in str(path)
    )


def shown_key(path: Sequence[str | int]) -> str:
    """A key's path as TOML has it: `chains.eth.rpc[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{_part(part)}" if text else _part(part)
    return text


def may_be_secret(text: str) -> bool:
    """Whether there is a URL in it, or what could be a private key."""
    return "://" in text or bool(_LONG_HEX.search(text))


def _part(part: str) -> str:
    if _BARE.fullmatch(part):
        return part
    if "://" in part:
        return '"a URL"'
    if _LONG_HEX.search(part):
        return '"a long number"'
    return ascii(part if _KNOWN.fullmatch(part) else part[:_LONGEST])
