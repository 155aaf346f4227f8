"""The published JSON Schemas, as validators."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from tests.nodes.jsonrpc import Json

FOLDER = Path(__file__).parents[2] / "docs" / "schema"


def schema(name: str) -> Json:
    """The schema of a document, `report` or `error`."""
    return json.loads((FOLDER / f"allowctl.{name}.v1.schema.json").read_text("utf-8"))


def validator(name: str) -> Validator:
    """A validator for it."""
    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(schema(name))
