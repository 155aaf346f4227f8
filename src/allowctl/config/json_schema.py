"""allowctl.toml as a JSON Schema, so that editors complete and check it."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from allowctl.config.schema import Document

Json: TypeAlias = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Json:
    """The schema (2020-12) of the whole file, as JSON has what TOML says.

    A date stands there as its text. What only a look at the whole file, at the
    chains or at the clock can tell is not in it: it takes all that allowctl takes,
    and some that it does not.
    """
    found = Document.model_json_schema(by_alias=True)
    tables = found.pop("$defs")
    for table in tables.values():
        # A class of ours: it says nothing to whoever edits a file.
        table.pop("title", None)
    found |= {"$schema": _DIALECT, "title": "allowctl.toml", "$defs": tables}
    first = ("$schema", "title", "description")
    _close(found)
    return {**{key: found.pop(key) for key in first}, **found}


def text() -> str:
    """The same as it is published and printed, with a newline at its end."""
    return json.dumps(json_schema(), indent=2) + "\n"


def _close(node: object) -> None:
    """No key where one that fits no pattern would be an error."""
    match node:
        case dict():
            if "patternProperties" in node:
                node["additionalProperties"] = False
            for each in node.values():
                _close(each)
        case list():
            for each in node:
                _close(each)
