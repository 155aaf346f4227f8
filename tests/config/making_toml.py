"""TOML texts of every form, each with the line at which every key is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from hypothesis import strategies as st

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Scalar:
    """As it is written."""

    text: str


@dataclass(frozen=True)
class Dotted:
    """A table as dotted keys: `a.b = 1`."""

    keys: Mapping[str, Pair]


@dataclass(frozen=True)
class Section:
    """A table with a header of its own, or (`bare`) with none if it needs none."""

    table: Table
    late: bool
    """Whether its own header stands below those of what is in it."""
    bare: bool


Value: TypeAlias = "Scalar | list[Value] | Mapping[str, Value]"
Pair: TypeAlias = "Value | Dotted"


@dataclass(frozen=True)
class Table:
    pairs: Mapping[str, Pair]
    below: Mapping[str, Section | Sequence[Table]]


SCALARS = (
    *("1", "-1.5e+3", "0xff", "1_000", "true", "inf", "07:32:00", "1979-05-27"),
    *("1979-05-27 07:32:00", "1979-05-27T07:32:00.5Z", '""', "''", '""""""', "''''''"),
    *('"a # [b]"', "'\\'", '"\\" = ]"', '"\\\\"', '"\\\\\\" ["', '\'"""\'', "\"'''\""),
    '"""\n[[allow]]\nreason = "x"\n"""',
    "'''\n[wallet]\n# \"\"\"\n]]\n'''",
    '"""x"""""',
    "'''x'''''",
    '"""""x"""',
    '"""a""\\"""""',
    '"""\\\n   [x]\n"""',
    '"""\\\\"""',
    '"""\\"""\n"""',
)
KEYS = st.sampled_from(
    [
        *("a", "b", "c", "allow", "1", "-", "true", "2027-03-31"),
        *("", "a.b", "it's", 'a "b"', "two\nlines", "[[allow]]", "# no", "ü", "= 1"),
        *("\\", "\\u0041", "\u202e", "]", "'''"),
    ]
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.sampled_from(SCALARS).map(Scalar),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=6,
)
PAIRS: st.SearchStrategy[Pair] = st.recursive(
    VALUES,
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=2).map(Dotted),
    max_leaves=3,
)


def tables(depth: int) -> st.SearchStrategy[Table]:
    """A table, and what is in it."""
    pairs = st.dictionaries(KEYS, PAIRS, max_size=3)
    if depth == 0:
        return st.builds(Table, pairs=pairs, below=st.just({}))
    inner = tables(depth - 1)
    section = st.builds(Section, table=inner, late=st.booleans(), bare=st.booleans())
    return st.builds(
        lambda pairs, below: Table(
            pairs, {key: each for key, each in below.items() if key not in pairs}
        ),
        pairs=pairs,
        below=st.dictionaries(
            KEYS, section | st.lists(inner, min_size=1, max_size=3), max_size=2
        ),
    )


@dataclass
class Writer:
    """Writes a document as somebody might, and notes where what is."""

    random: Random
    text: str = ""
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    def document(self, root: Table) -> None:
        self._pairs(root, ())
        self._sections(root, ())

    def _add(self, *choices: str) -> None:
        self.text += self.random.choice(choices)

    def _note(self, path: tuple[str | int, ...], *, first: bool = False) -> None:
        line = self.text.count("\n") + 1
        if first:
            self.lines.setdefault(path, line)
        else:
            self.lines[path] = line

    def _end(self) -> None:
        self._add("\n", " \n", "\t# [x] \"'''\n", "\n\n", "\n  # a = 1\n")

    def _pairs(self, table: Table, path: tuple[str | int, ...]) -> None:
        for key, pair in table.pairs.items():
            self._pair((key,), pair, path)

    def _pair(
        self, keys: tuple[str, ...], pair: Pair, path: tuple[str | int, ...]
    ) -> None:
        if isinstance(pair, Dotted):
            for key, inner in pair.keys.items():
                self._pair((*keys, key), inner, path)
            return
        self._add("", "  ", "\t")
        for count in range(1, len(keys)):
            self._note((*path, *keys[:count]), first=True)
        self._note((*path, *keys))
        self._key(keys)
        self._add("=", " = ")
        self._value(pair, (*path, *keys))
        self._end()

    def _key(self, keys: Sequence[str]) -> None:
        for number, key in enumerate(keys):
            if number:
                self._add(".", " . ", ".\t")
            ways = [_basic(key)]
            if _BARE.fullmatch(key):
                ways.append(key)
            if "'" not in key and "\n" not in key:
                ways.append(f"'{key}'")
            self._add(*ways)

    def _space(self) -> None:
        self._add("", " ", "\n", " # ]}\n\t")

    def _value(self, value: Value, path: tuple[str | int, ...]) -> None:
        match value:
            case Scalar(text):
                self._add(text)
            case list():
                self._add("[")
                for number, each in enumerate(value):
                    self._space()
                    self._note((*path, number))
                    self._value(each, (*path, number))
                    self._space()
                    self._add(*("," if number + 1 < len(value) else ("", ",")))
                self._space()
                self._add("]")
            case _:
                self._add("{")
                for number, (key, each) in enumerate(value.items()):
                    self._space()
                    self._note((*path, key))
                    self._key([key])
                    self._add("=", " = ")
                    self._value(each, (*path, key))
                    self._space()
                    self._add(*("," if number + 1 < len(value) else ("", ",")))
                self._space()
                self._add("}")

    def _sections(self, table: Table, path: tuple[str | int, ...]) -> None:
        for key, each in table.below.items():
            here = (*path, key)
            if isinstance(each, Section):
                self._section(each, here)
                continue
            for number, entry in enumerate(each):
                self._header("[[", here, "]]")
                self._note(here, first=True)
                self._note((*here, number))
                self._end()
                self._pairs(entry, (*here, number))
                self._sections(entry, (*here, number))

    def _section(self, section: Section, path: tuple[str | int, ...]) -> None:
        table = section.table
        if section.late:
            self._sections(table, path)
        if table.pairs or not table.below or not section.bare:
            self._header("[", path, "]")
            self._note(path)
            self._end()
            self._pairs(table, path)
        if not section.late:
            self._sections(table, path)

    def _header(self, before: str, path: tuple[str | int, ...], behind: str) -> None:
        self._add("", " ")
        # A line that speaks of a table first is where it is, until its own header.
        for count in range(1, len(path)):
            self._note(path[:count], first=True)
        self._add(before, f"{before} ")
        self._key([part for part in path if isinstance(part, str)])
        self._add(behind, f" {behind}")


def _basic(key: str) -> str:
    shown = "".join(
        f"\\u{ord(each):04x}" if each in '"\\\n' or not each.isprintable() else each
        for each in key
    )
    return f'"{shown}"'


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    """A text that tomli takes, and the line of each of its keys."""
    writer = Writer(draw(st.randoms(use_true_random=False)))
    writer.document(draw(tables(2)))
    return writer
