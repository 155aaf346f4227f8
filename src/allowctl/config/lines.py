"""The line of each key of a TOML text, which tomli does not tell.

Only a text that tomli has taken is looked at: so a bracket is closed, a string has
an end, and no table is there twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

import tomli

_TOKEN = re.compile(
    r'''
      (?P<text>
        """(?:[^"\\]++|\\[\s\S]|"(?!""))*+"{3,5}
      | \'\'\'(?:[^']++|'(?!''))*+'{3,5}
      | "(?:[^"\\]++|\\.)*+"
      | '[^']*+'
      )
    | (?P<mark>[\n\[\]{},=])
    | (?P<bare>[^\s\[\]{},=.#"']++)
    | \#[^\n]*+
    ''',
    re.VERBOSE,
)
"""One pass over the text, and never back: a file may be made to be slow to read.
Five quotation marks end a string that ends with two of them."""


class _At(Enum):
    """What comes next."""

    KEY = auto()
    HEADER = auto()
    VALUE = auto()
    END = auto()
    """Of the line or of the entry: what comes before it says nothing new."""


@dataclass(slots=True)
class _Node:
    """A table or an array. What holds nothing is its line alone, to be small."""

    line: int
    below: dict[str, _Node | int] | list[_Node | int]


class Lines:
    """Of a text that is known to be TOML; looked for when the first is asked."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _root(self) -> _Node:
        return _Reader().read(self._text)

    def of(self, *key: str | int) -> int:
        """The key's line, else that of the nearest thing it would stand in, else 1.

        An entry of an array is a number, and a part with a point, where there is no
        such key, may be written as two (`a.b = 1` for `"a.b" = 1`).
        """
        spot: _Node | int = self._root
        for part in key:
            found = _below(spot, part)
            if found is None:
                break
            spot = found
        return _line(spot)


def _line(spot: _Node | int) -> int:
    return spot.line if isinstance(spot, _Node) else spot


def _below(spot: _Node | int, part: str | int) -> _Node | int | None:
    match spot, part:
        case _Node(below=list() as entries), int():
            return entries[part] if 0 <= part < len(entries) else None
        case _Node(below=dict() as keys), str():
            first, point, rest = part.partition(".")
            if part not in keys and point and first in keys:
                return _below(keys[first], rest)
            return keys.get(part)
    return None


class _Reader:
    """Reads a text once, from its beginning to its end."""

    def __init__(self) -> None:
        self.root = _Node(1, {})
        self._table = self.root
        """What the last header opened."""
        self._open: list[_Node] = []
        """Arrays and inline tables, the innermost last: of any depth."""
        self._at = _At.KEY
        self._key: list[str] = []
        self._key_line = 1
        self._many = False
        """Whether the header is one of an array of tables."""

    def read(self, text: str) -> _Node:
        line = 1
        for found in _TOKEN.finditer(text):
            token = found[0]
            if found.lastgroup == "mark":
                self._mark(token, line)
            elif found.lastgroup is not None:
                self._word(token, line)
            line += token.count("\n")
        return self.root

    def _word(self, token: str, line: int) -> None:
        if self._at is _At.VALUE:
            self._value(line)
        elif self._at is not _At.END:
            if not self._key:
                self._key_line = line
            self._key.append(_unquoted(token))

    def _mark(self, mark: str, line: int) -> None:
        match mark:
            case "[" | "{" if self._at is _At.VALUE:
                node = _Node(line, [] if mark == "[" else {})
                self._value(node)
                self._open.append(node)
                self._next()
            case "[":
                self._many = self._at is _At.HEADER
                self._at = _At.HEADER
            case "]" if self._at is _At.HEADER:
                self._header()
                self._at = _At.END
            case "]" | "}":
                # The second one of `[[name]]` closes nothing.
                del self._open[-1:]
                self._at = _At.END
            case "=":
                self._at = _At.VALUE
            case ",":
                self._next()
            case _ if not self._open:
                self._next()

    def _next(self) -> None:
        """After a comma, at the end of a line, and where something opens."""
        entries = self._open and isinstance(self._open[-1].below, list)
        self._at = _At.VALUE if entries else _At.KEY
        self._key = []

    def _value(self, spot: _Node | int) -> None:
        """What the key is, or the next entry; TOML has the key on the same line."""
        self._at = _At.END
        holder = self._open[-1] if self._open else self._table
        if isinstance(holder.below, list):
            holder.below.append(spot)
        else:
            for part in self._key[:-1]:
                holder = _table(holder, part, self._key_line)
            _keys(holder)[self._key[-1]] = spot

    def _header(self) -> None:
        holder, line = self.root, self._key_line
        for part in self._key[:-1]:
            holder = _table(holder, part, line)
        name = self._key[-1]
        if self._many:
            self._table = _Node(line, {})
            entries = _keys(holder).setdefault(name, _Node(line, []))
            if isinstance(entries, _Node) and isinstance(entries.below, list):
                entries.below.append(self._table)
        else:
            self._table = _table(holder, name, line)
            # A part of it may have been written above.
            self._table.line = line


def _table(holder: _Node, name: str, line: int) -> _Node:
    """The table of that name; of an array of tables its last, as TOML has it."""
    found = _keys(holder).setdefault(name, _Node(line, {}))
    if isinstance(found, _Node) and isinstance(found.below, list) and found.below:
        found = found.below[-1]
    return found if isinstance(found, _Node) else _Node(line, {})


def _keys(table: _Node) -> dict[str, _Node | int]:
    return table.below if isinstance(table.below, dict) else {}


def _unquoted(token: str) -> str:
    """A part of a key, as tomli has it."""
    if "\\" in token and token[0] == '"':
        (part,) = tomli.loads(f"{token} = 0")
        return part
    return token[1:-1] if token[0] in "\"'" else token
