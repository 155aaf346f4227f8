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

from allowctl.config.schema import (
    ChainTable,
    ChanceTable,
    Document,
    IntelTable,
    ListTable,
    PinTable,
    PricesTable,
    Table,
    WalletTable,
    WeightsTable,
)
from allowctl.config.shown import shown_key, shown_path
from allowctl.errors import ConfigError

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
_TABLES: dict[str, type[Table]] = {
    "": Document,
    "chains": ChainTable,
    "wallet": WalletTable,
    "weights": WeightsTable,
    "weights.chance": ChanceTable,
    "prices": PricesTable,
    "intel": IntelTable,
    "intel.list": ListTable,
    "pin": PinTable,
}
"""By where they stand, without the number of an entry or the name of a chain."""


def parse(data: bytes, path: Path) -> Document:
    """The document. ConfigError names the file, and the line or the key's path."""
    try:
        return Document.model_validate(_toml(data, path))
    except ValidationError as error:
        # Only the list: the error itself would show what stands in the file.
        problems = error.errors(include_url=False, include_input=False)
    first = problems[0]
    message, hint = _told(first)
    more = _more(first, problems[1:])
    where = _where(first)
    raise ConfigError(f"{shown_path(path)}: {where} {message}{more}", hint=hint)


def _where(problem: ErrorDetails) -> str:
    return shown_key([part for part in problem["loc"] if part != "[key]"])


def _more(first: ErrorDetails, rest: Sequence[ErrorDetails]) -> str:
    """What else is wrong: the keys that are missing too by name, others counted."""
    lacks = first["type"] == "missing"
    named = [_where(each) for each in rest if lacks and each["type"] == "missing"]
    others = len(rest) - len(named)
    said = [f"so {'is' if len(named) == 1 else 'are'} {', '.join(named)}"] * bool(named)
    said += [f"and {others} more"] * bool(others)
    return f" ({', '.join(said)})" if said else ""


def _toml(data: bytes, path: Path) -> dict[str, Any]:
    name = shown_path(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}: not UTF-8 in line {line}") from None
    try:
        # A price and a chance are what is written, and not the float nearest to it.
        return tomli.loads(text, parse_float=Decimal)
    except tomli.TOMLDecodeError as error:
        # The reason may quote a key, and somebody may have written a URL as one.
        reason = "no TOML" if "://" in error.msg else f"no TOML: {error.msg}"
        raise ConfigError(
            f"{name}: line {error.lineno}, column {error.colno}: {reason}"
        ) from None
    except (ValueError, ArithmeticError, RecursionError):
        raise ConfigError(
            f"{name}: no TOML: a number too long, or brackets too deep"
        ) from None


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
    keys = _TABLES[place].key_names()
    near = difflib.get_close_matches(str(path[-1])[:40], keys, n=1)
    return f"did you mean {near[0]}?" if near else f"the keys are {', '.join(keys)}"
