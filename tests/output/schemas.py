"""The published JSON Schemas, as validators."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012, SchemaRegistry

from tests.nodes.jsonrpc import Json

FOLDER = Path(__file__).parents[2] / "docs" / "schema"


def schema(name: str) -> Json:
    """The schema of a document, `report` or `error`."""
    return json.loads((FOLDER / f"allowctl.{name}.v1.schema.json").read_text("utf-8"))


def validator(name: str) -> Validator:
    """A validator for it."""
    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(schema(name), registry=_registry(schema("report")))


def strict(name: str) -> Validator:
    """One that has no field which the schema does not describe."""
    closed = _closed(schema(name))
    return Draft202012Validator(closed, registry=_registry(_closed(schema("report"))))


def _registry(report: Json) -> SchemaRegistry:
    empty: SchemaRegistry = Registry()
    resource = DRAFT202012.create_resource(report)
    filled: SchemaRegistry = empty.with_resource(uri=report["$id"], resource=resource)
    return filled


def _closed(of: Json) -> Json:
    closed = copy.deepcopy(of)
    # Others are made of it: they know its fields, and it does not know theirs.
    open_, closed["$defs"] = closed.get("$defs", {}), {}
    _close(closed)
    for name, each in open_.items():
        if name != "named":
            _close(each)
    closed["$defs"] = open_
    return closed


def _close(of: Json) -> None:
    if isinstance(of, dict):
        if "properties" in of:
            of["unevaluatedProperties"] = False
        for inner in of.values():
            _close(inner)
    elif isinstance(of, list):
        for inner in of:
            _close(inner)
