"""A file's bytes as the document they hold, or what is wrong with them and where."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from allowctl.config.schema import ChainTable, Document, Table, WalletTable
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
_TABLES: dict[str, type[Table]] = {"chains": ChainTable, "wallet": WalletTable}
_KEY_OF_A_TABLE = 3
"""`chains.NAME.KEY`, `wallet[0].KEY`."""


def parse(data: bytes, path: Path) -> Document:
    """The document. ConfigError names the file, and the line or the key's path."""
    try:
        return Document.model_validate(_toml(data, path))
    except ValidationError as error:
        # Only the list: the error itself would show what stands in the file.
        problems = error.errors(include_url=False, include_input=False)
    first = problems[0]
    message, hint = _told(first)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    where = shown_key([part for part in first["loc"] if part != "[key]"])
    raise ConfigError(f"{shown_path(path)}: {where} {message}{more}", hint=hint)


def _toml(data: bytes, path: Path) -> dict[str, Any]:
    name = shown_path(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}: not UTF-8 in line {line}") from None
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        # The reason may quote a key, and somebody may have written a URL as one.
        reason = "no TOML" if "://" in error.msg else f"no TOML: {error.msg}"
        raise ConfigError(
            f"{name}: line {error.lineno}, column {error.colno}: {reason}"
        ) from None
    except (ValueError, RecursionError):
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
    table = _TABLES[str(path[0])] if len(path) == _KEY_OF_A_TABLE else Document
    keys = list(table.model_fields)
    near = difflib.get_close_matches(str(path[-1])[:40], keys, n=1)
    return f"did you mean {near[0]}?" if near else f"the keys are {', '.join(keys)}"
