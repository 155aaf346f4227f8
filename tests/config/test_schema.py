"""The schema of allowctl.toml, as editors and as allowctl understand it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from allowctl.config.schema import TABLES, Document
from allowctl.config.table import Table

A = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
B = "0x" + "22" * 20

SCHEMA: dict[str, Any] = Document.model_json_schema()


def test_the_schema_describes_every_key() -> None:
    """In one sentence, without what only Python has."""
    tables = {"Document": SCHEMA, **SCHEMA["$defs"]}
    for table in TABLES.values():
        found = tables[table.__name__]
        assert {*found["properties"]} == {*table.key_names()}
        assert found["additionalProperties"] is False
        for key in (found, *found["properties"].values()):
            assert key["description"].strip()
            assert "\n" not in key["description"]
            assert '"null"' not in str(key).replace("'", '"')
    assert "default" not in str(SCHEMA).replace("default_", "")


def test_every_table_is_in_the_list() -> None:
    """So that a wrong key in it is told with the nearest one."""

    def below(table: type[Table]) -> set[type[Table]]:
        return {table}.union(*(below(each) for each in table.__subclasses__()))

    assert {*TABLES.values()} == below(Table) - {Table}


VALUES: list[tuple[str, str, object, bool]] = [
    ("policy", "fail_on", "high", True),
    ("policy", "fail_on", "hihg", False),
    ("policy", "max_age", "30d", True),
    ("policy", "max_age", "30", False),
    ("policy", "max_age", "30D", False),
    ("policy", "max_age", " 30d", False),
    ("policy", "allowed_kinds", "erc20", True),
    ("policy", "allowed_kinds", ["erc20", "operator"], True),
    ("policy", "allowed_kinds", ["erc-20"], False),
    ("policy", "allowed_kinds", [], False),
    ("policy", "max_value_at_risk_usd", 1.5, True),
    ("policy", "max_value_at_risk_usd", "1.5", True),
    ("policy", "max_value_at_risk_usd", -1, False),
    ("baseline", "file", "b.json", True),
    ("baseline", "file", "", False),
]


@pytest.mark.parametrize(("table", "key", "value", "fits"), VALUES)
def test_editors_and_allowctl_agree(
    table: str, key: str, value: object, *, fits: bool
) -> None:
    """What the schema takes is taken, and what it refuses is not."""
    document = {table: {key: value}}

    assert Draft202012Validator(SCHEMA).is_valid(document) is fits
    assert (
        taken(
            {table: {key: Decimal(str(value))}}
            if isinstance(value, float)
            else document
        )
        is fits
    )


ENTRIES: list[tuple[str, dict[str, object], bool]] = [
    ("allow", {"spender": A, "reason": "r"}, True),
    ("allow", {"token": f"base:{A}", "reason": "r", "max_amount": 5}, True),
    ("allow", {"token": A, "reason": "r", "max_amount": "unlimited"}, True),
    ("allow", {"token": A, "reason": "r", "max_amount": "lots"}, False),
    ("allow", {"token": A, "reason": ""}, False),
    ("allow", {"spender": A}, False),
    ("allow", {"chain": "eth", "reason": "r"}, False),
    ("rule", {"id": "a-b", "action": "deny", "when": {"chain": [1, "eth"]}}, True),
    ("rule", {"id": "a-b", "action": "deny", "when": {"chain": 0}}, False),
    ("rule", {"id": "A", "action": "deny"}, False),
    ("rule", {"id": "a", "action": "fail"}, False),
    ("rule", {"id": "a", "action": "deny", "when": {"token": "usdc"}}, False),
    ("probe", {"chain": 1, "token": A, "spender": B}, True),
    ("probe", {"chain": 1, "token": A}, False),
    ("acknowledge", {"chain": 1, "token": A, "reason": "r"}, True),
    ("acknowledge", {"chain": 1, "token": A, "reason": "r", "owner": "o"}, False),
    ("wallet", {"name": "a", "address": A, "ens": "a.eth"}, True),
    ("wallet", {"name": "a", "address": A, "ens": "a"}, False),
]


@pytest.mark.parametrize(("table", "entry", "fits"), ENTRIES)
def test_editors_and_allowctl_agree_on_entries(
    table: str, entry: dict[str, object], *, fits: bool
) -> None:
    """The same for tables of which there are several."""
    document = {table: [entry]}

    assert Draft202012Validator(SCHEMA).is_valid(document) is fits
    assert taken(document) is fits


def taken(document: dict[str, Any]) -> bool:
    try:
        Document.model_validate(document)
    except ValueError:
        return False
    return True
