"""A refusal's words and values, however long, odd or deeply nested it was sent.

All bounded: what comes out is short enough for any pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

_LONGEST_TEXT = 2000
_MOST_LEAVES = 64
_DEEPEST = 4
_MARKUP = re.compile(r"<(?:!doctype|html|head|title|body)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!][^<>]*>", re.IGNORECASE)
_URL = re.compile(r"\w{1,20}://\S+")
_HEX = re.compile(r"0x[0-9a-f]*", re.IGNORECASE)
_WORDS_UNDER = {
    *("", "message", "msg", "error", "errors", "reason", "cause", "info"),
    *("detail", "details", "description", "error_description", "title", "text"),
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value in an error's `data`, with the key that it stands under."""

    key: str
    value: str | int | float


def words(text: str) -> str:
    """A text on one line, bounded, without URLs and, if it is a page, its tags."""
    plain = text[:_LONGEST_TEXT]
    if _MARKUP.search(plain):
        plain = _TAG.sub(" ", plain)
    return " ".join(_URL.sub(" ", plain).split())


def leaves(data: object) -> list[Leaf]:
    """The texts and numbers in an error's `data`, of whatever form; not all if many."""
    found: list[Leaf] = []
    level: list[tuple[str, object]] = [("", data)]
    for _ in range(_DEEPEST):
        below: list[tuple[str, object]] = []
        for name, value in level:
            match value:
                case bool():
                    pass
                case str() | int() | float():
                    found.append(Leaf(name, value))
                case dict():
                    some = islice(value.items(), _MOST_LEAVES)
                    below += ((_key(k), v) for k, v in some)
                case list() | tuple():
                    below += ((name, each) for each in value[:_MOST_LEAVES])
        level = below[:_MOST_LEAVES]
    return found[:_MOST_LEAVES]


def detail(data: list[Leaf]) -> str:
    """The words in an error's `data`; bytes in hex are none."""
    texts = (
        leaf.value[:_LONGEST_TEXT]
        for leaf in data
        if isinstance(leaf.value, str) and leaf.key in _WORDS_UNDER
    )
    return words(" ".join(text for text in texts if not _HEX.fullmatch(text)))


def _key(key: object) -> str:
    return key[:40].lower() if isinstance(key, str) else "?"
