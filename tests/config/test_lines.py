"""Every key is found in the line that it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from allowctl.config.lines import Lines
from tests.config.making_toml import SCALARS, Writer, documents

TEXT = '''\
version = 1
env = ["A",
  "B"]

[[wallet]]
name = "a"
chains = [
  "base",   # [[wallet]]
  # none
  "eth",
]

[[wallet]]
name = """
[[wallet]]
name = "not this one"
"""
address = "0x"

[policy]
[rule.when]   # above its own table
kind = "erc20"
[rule]
id = "x"
inner = { a = 1, b = { c = [
  { d = 2 } ] } }
[weights]
points.eoa.case = 5
points."eoa.other" = 6
[prices.fixed]
"eth:0x" = 1
'eip155:1:0x' = "2"
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ((), 1),
        (("gone",), 1),
        (("version",), 1),
        (("version", "gone"), 1),
        (("env",), 2),
        (("env", 0), 2),
        (("env", 1), 3),
        (("env", 2), 2),
        (("env", -1), 2),
        (("wallet",), 5),
        (("wallet", 0), 5),
        (("wallet", 0, "chains", 1), 10),
        (("wallet", 0, "address"), 5),
        (("wallet", 1), 13),
        (("wallet", 1, "name"), 14),
        (("wallet", 1, "address"), 18),
        (("wallet", 2), 5),
        (("wallet", "name"), 5),
        (("policy",), 20),
        (("policy", "fail_on"), 20),
        (("rule",), 23),
        (("rule", "when"), 21),
        (("rule", "when", "kind"), 22),
        (("rule", "when", "kind", 0), 22),
        (("rule", "inner", "a"), 25),
        (("rule", "inner", "b", "c"), 25),
        (("rule", "inner", "b", "c", 0, "d"), 26),
        (("weights", "points"), 28),
        (("weights", "points", "eoa"), 28),
        (("weights", "points", "eoa.case"), 28),
        (("weights", "points", "eoa.other"), 29),
        (("weights", "points", "eoa.gone"), 28),
        (("prices", "fixed", "eth:0x"), 31),
        (("prices", "fixed", "eip155:1:0x"), 32),
    ],
)
def test_a_key_is_found(key: tuple[str | int, ...], line: int) -> None:
    """Where it is written; one that is not, where it would stand."""
    assert tomli.loads(TEXT)
    assert Lines(TEXT).of(*key) == line
    assert Lines(TEXT.replace("\n", "\r\n")).of(*key) == line


_OPEN = ("[[], {}]", "[ # ]\n'[a]',\n]", '{a="}"}', '{ a.b = [[1]], "c"={} }')
_KEY = st.lists(
    st.sampled_from(["a", "b", "'c'", '"d"', '"#"', '"="', "'['", "1"]),
    min_size=1,
    max_size=3,
).map(".".join)


@given(documents(), st.booleans())
def test_every_key_is_where_it_was_written(written: Writer, windows: bool) -> None:  # noqa: FBT001
    """However it is quoted and spaced, and whatever stands in texts and comments."""
    text = written.text.replace("\n", "\r\n") if windows else written.text
    said = set(_paths(tomli.loads(text)))
    lines = Lines(text)

    assert said == written.lines.keys()
    assert {path: lines.of(*path) for path in said} == written.lines


_STATEMENTS = st.one_of(
    st.tuples(_KEY, st.just("="), st.sampled_from(SCALARS + _OPEN)).map("".join),
    _KEY.map("[{}]".format),
    _KEY.map("[[{}]]".format),
)


@given(
    st.lists(_STATEMENTS, max_size=6).map("\n".join)
    | st.lists(
        st.sampled_from(
            [
                *SCALARS,
                *("a", "b", "'c'", '"d"', "[a]", "[[a]]", "[b.a]", "[", "]", "{", "}"),
                *(
                    "=",
                    "=",
                    "=",
                    ".",
                    ",",
                    "\n",
                    "\n",
                    "\r\n",
                    " ",
                    "#",
                    "a=1\n",
                    "a=[",
                ),
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_no_text_that_is_toml_is_too_odd(text: str) -> None:
    """Each key has a line of the text, and stands on it."""
    try:
        found = tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    lines, written = Lines(text), text.split("\n")

    for path in _paths(found):
        here = written[lines.of(*path) - 1]
        assert not isinstance(path[-1], str) or path[-1] in here


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 399 + "]" * 399,
        "a = [" + "0," * 100_000 + "]",
        "a = " + "{a = " * 399 + "1" + "}" * 399,
        ".".join("a" * 999) + " = 1",
        'a = "' + "\\n" * 500_000 + '"',
        'a = """' + '""\n' * 300_000 + '"""',
        "a = '''" + "''\n" * 300_000 + "'''",
        "[[a]]\n" * 100_000,
        "\n" * 1_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_text_that_is_toml_is_too_much(text: str) -> None:
    """No depth and no length that a file may have."""
    tomli.loads(text)
    key: list[str | int] = ["a", 0] * 500

    assert 1 <= Lines(text).of(*key) <= text.count("\n") + 1


def _paths(value: Any) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - what TOML can be
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner += value.items()
    elif isinstance(value, list):
        inner += enumerate(value)
    for key, each in inner:
        yield (key,)
        yield from ((key, *rest) for rest in _paths(each))
