"""A file's bytes as the document they hold, or what is wrong with them and where."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from allowctl.config.lines import Lines
from allowctl.config.schema import TABLES, Document
from allowctl.config.shown import may_be_secret, shown_key, shown_path
from allowctl.errors import ConfigError
from allowctl.model.place import Place

_LONGEST_REASON = 120
_SOME = 5
"""Keys, and lines, that are named besides the first one."""

_SAID = {
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "greater_than_equal": "must be at least {ge}",
    "int_type": "must be a whole number",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list: [ … ]",
    "missing": "is missing",
    "model_type": "must be a table",
    "string_type": 'must be a text: "…"',
    "too_long": "must not have more than {max_length} entries",
    "too_short": "must not be empty",
    "value_error": "{error}",
}
"""What is wrong, in our words, by pydantic's names; never with the value."""


def parse(data: bytes, path: Path) -> tuple[Document, Lines]:
    """The document, and where its keys are. ConfigError names file, line and key."""
    text = _text(data, path)
    lines = Lines(text)
    try:
        return Document.model_validate(_toml(text, path)), lines
    except ValidationError as error:
        # Only the list: the error itself would show what stands in the file.
        problems = error.errors(include_url=False, include_input=False)
    problems.sort(key=lambda each: lines.of(*_key(each)))
    first = problems[0]
    message, hint = _told(first)
    more = _more(first, problems[1:], lines)
    key = _key(first)
    where = Place(file=shown_path(path), line=lines.of(*key), key=shown_key(key))
    raise ConfigError(f"{where}{'' if key else ':'} {message}{more}", hint=hint)


def _key(problem: ErrorDetails) -> Sequence[str | int]:
    """Its path; pydantic puts a part of its own behind a key that is wrong itself."""
    path = problem["loc"]
    own = path[-1:] == ("[key]",) and problem["type"] != "extra_forbidden"
    return path[:-1] if own else path


def _more(first: ErrorDetails, rest: Sequence[ErrorDetails], lines: Lines) -> str:
    """What else is wrong: the keys that are missing too by name, others by line."""
    lacks = first["type"] == "missing"
    missing = [each for each in rest if lacks and each["type"] == "missing"][:_SOME]
    others = [each for each in rest if each not in missing]
    named = [shown_key(_key(each)) for each in missing]
    said = [f"so {'is' if len(named) == 1 else 'are'} {', '.join(named)}"] * bool(named)
    if others:
        said.append(f"and {len(others)} more: {_where(others, lines)}")
    return f" ({', '.join(said)})" if said else ""


def _where(problems: Sequence[ErrorDetails], lines: Lines) -> str:
    """The lines of problems, each once and no more than some."""
    every = list(dict.fromkeys(str(lines.of(*_key(each))) for each in problems))
    shown = every[:_SOME] + ["others"] * (len(every) > _SOME)
    if len(shown) == 1:
        return f"in line {shown[0]}"
    return f"in lines {', '.join(shown[:-1])} and {shown[-1]}"


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = Place(file=shown_path(path), line=line)
        raise ConfigError(f"{where}: not UTF-8") from None


def _toml(text: str, path: Path) -> dict[str, Any]:
    name = shown_path(path)
    try:
        # A price and a chance are what is written, and not the float nearest to it.
        return tomli.loads(text, parse_float=Decimal)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(
            f"{name}:{error.lineno}:{error.colno}: no TOML{_reason(error.msg)}"
        ) from None
    except (ValueError, ArithmeticError, RecursionError):
        raise ConfigError(
            f"{name}: no TOML: a number too long, or brackets too deep"
        ) from None


def _reason(said: str) -> str:
    """What tomli says, unless it quotes a key that may be anything."""
    hidden = len(said) > _LONGEST_REASON or may_be_secret(said)
    return "" if hidden else f": {said}"


def _told(problem: ErrorDetails) -> tuple[str, str | None]:
    """What is wrong with a key, and what to do about it."""
    if problem["type"] == "extra_forbidden":
        return "is no key", _nearest(problem["loc"])
    said = _SAID.get(problem["type"])
    if said is None:
        return "is not of the form that it must have", None
    return said.format(**problem.get("ctx", {})), None


def _nearest(path: Sequence[str | int]) -> str:
    names = [part for part in path[:-1] if isinstance(part, str)]
    place = "chains" if names[:1] == ["chains"] else ".".join(names)
    keys = TABLES[place].key_names()
    near = difflib.get_close_matches(str(path[-1])[:40], keys, n=1)
    return f"did you mean {near[0]}?" if near else f"the keys are {', '.join(keys)}"
