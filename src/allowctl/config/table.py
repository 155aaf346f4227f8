"""What all tables of allowctl.toml have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

_OF_PYTHON = ("anyOf", "default", "title")
"""What pydantic says of a key and TOML does not need."""


class Table(BaseModel):
    """No other keys, no other types; what stands below a key describes it."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @classmethod
    def key_names(cls) -> list[str]:
        """What can stand in it, as it is written."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The table as a JSON Schema that fits TOML: without null."""
        found = handler(core_schema)
        schema = handler.resolve_ref_schema(found)
        schema["description"] = " ".join((cls.__doc__ or "").split())
        for name, key in schema.get("properties", {}).items():
            schema["properties"][name] = _without_null(key)
        return found


def _without_null(key: JsonSchemaValue) -> JsonSchemaValue:
    """What a key may be where it is written; a title would only repeat its name."""
    rest = {name: each for name, each in key.items() if name not in _OF_PYTHON}
    said = [each for each in key.get("anyOf", ()) if each != {"type": "null"}]
    form = said[0] if len(said) == 1 else {"anyOf": said} if said else {}
    rest["description"] = " ".join(rest.get("description", "").split())
    return {**form, **rest}
