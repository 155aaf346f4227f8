"""The strings that tokens answer: ABI strings, old bytes32, or neither."""

from __future__ import annotations

from allowctl.codec import words
from allowctl.errors import CodecError

MAX_BYTES = 1024
"""No honest symbol or name comes near it."""


def string(data: bytes) -> str | None:
    """The text in an answer to `symbol()` or `name()`, None if there is none.

    An ABI string, or 32 bytes padded with zeros (MKR and its age). What is no
    UTF-8 is kept visible as backslash escapes. Nothing longer than MAX_BYTES.
    """
    if len(data) == words.WORD:
        raw = data.rstrip(b"\0")
    else:
        try:
            start = words.uint_at(data, 0, 32)
            length = words.uint_at(data[start:], 0, 32)
        except CodecError:
            return None
        raw = data[start + words.WORD :][:length]
        if len(raw) != length:
            return None
    return raw[:MAX_BYTES].decode("utf-8", "backslashreplace") or None
