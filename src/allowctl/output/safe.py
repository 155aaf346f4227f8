"""Strangers' text, made safe for a spreadsheet, and for a document."""

from __future__ import annotations

import json

from allowctl.codec.shown import LONGEST, plain

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(text: str, longest: int = LONGEST) -> str:
    """`plain` for a spreadsheet, in which it must not become a formula."""
    shown = plain(text, longest).replace(";", "\\x3b")
    return "'" + shown if shown.lstrip().startswith(_FORMULA) else shown


def document(value: object, *, indent: int | None = 2) -> str:
    """JSON in ASCII that holds its text raw, inside of escapes.

    Build machines take ##[error] for a command even there, and ::error:: where
    somebody puts each string on a line: JSON has an escape for that, too. Both
    stand in strings alone.
    """
    text = json.dumps(value, indent=indent)
    return text.replace("::", ":\\u003a").replace("##", "#\\u0023")
