"""Chain text, made safe where it is shown.

Symbols and names are written by strangers: they hold terminal codes, text that
runs backwards, letters that look like others, addresses of web sites, formulas.
"""

from __future__ import annotations

import re

LONGEST = 32
_LINK = re.compile(r"(?i):(?=//)|\.(?=[a-z]{2})")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(text: str, longest: int = LONGEST) -> str:
    """Printable ASCII on one line; everything else as an escape that shows it.

    What looks like a web address is broken up, so that nothing links it.
    """
    escaped = "".join(
        each if each.isascii() and each.isprintable() else _escape(each)
        for each in text[: longest + 1]
    )
    # Build machines take ##[...] for a command, wherever it stands.
    broken = _LINK.sub(r"[\g<0>]", escaped).replace("##", "#\\x23")
    return broken if len(broken) <= longest else broken[: longest - 3] + "..."


def cell(text: str, longest: int = LONGEST) -> str:
    """The same for a spreadsheet, in which it must not become a formula."""
    shown = plain(text, longest).replace(";", "\\x3b")
    return "'" + shown if shown.lstrip().startswith(_FORMULA) else shown


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
