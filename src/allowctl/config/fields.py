"""What can stand behind the keys of allowctl.toml, for pydantic and for editors.

A validator hides what a key looks like: each type says it again as a JSON Schema.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails

from allowctl.config import forms

T = TypeVar("T")


def pattern(*wholes: re.Pattern[str]) -> WithJsonSchema:
    """A text that has one of these forms as a whole."""
    found = "|".join(each.pattern for each in wholes)
    return WithJsonSchema({"type": "string", "pattern": f"^({found})$"})


def _number(minimum: int, maximum: int, *, above: bool = False) -> WithJsonSchema:
    low = "exclusiveMinimum" if above else "minimum"
    text = {"type": "string", "pattern": f"^({forms.NUMBER.pattern})$"}
    number = {"type": "number", low: minimum, "maximum": maximum}
    return WithJsonSchema({"anyOf": [number, text]})


class _OrAlone:
    """What an editor is told of a list whose only entry may stand alone."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(core_schema)
        return {"anyOf": [found["items"], found]}


def _listed(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """A list, or its only entry: what is wrong with that has no number then."""
    if isinstance(value, list):
        return handler(value)
    try:
        return handler([value])
    except ValidationError as error:
        problems = [
            InitErrorDetails(
                type=each["type"],
                loc=each["loc"][1:],
                input=None,
                ctx=each.get("ctx", {}),
            )
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise ValidationError.from_exception_data("", problems) from None


OneOrMore = Annotated[list[T], Field(min_length=1), WrapValidator(_listed), _OrAlone()]
"""One, or a list of at least one."""

ChainKey = Annotated[
    str, AfterValidator(forms.chain_key), pattern(forms.CHAIN_ID, forms.CHAIN)
]
"""A chain's name, alias or id, as a text."""
AddressText = Annotated[str, AfterValidator(forms.address), pattern(forms.ADDRESS)]
Account = Annotated[str, AfterValidator(forms.account), pattern(forms.ACCOUNT)]
"""An address, with or without its chain before it."""
CodeHash = Annotated[str, AfterValidator(forms.code_hash), pattern(forms.CODE_HASH)]
WalletName = Annotated[str, AfterValidator(forms.wallet_name), pattern(forms.WALLET)]
RuleName = Annotated[str, AfterValidator(forms.rule_name), pattern(forms.RULE)]
"""The id of a rule, or a rule's id, a point and its case."""

_Number = Annotated[Decimal, BeforeValidator(forms.number)]
Chance = Annotated[_Number, AfterValidator(forms.chance), _number(0, 1)]
Price = Annotated[_Number, AfterValidator(forms.price), _number(0, 10**12, above=True)]
Usd = Annotated[_Number, AfterValidator(forms.usd), _number(0, 10**12)]
