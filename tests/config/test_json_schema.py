"""The published schema of allowctl.toml is current, and says what allowctl says."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomli
from jsonschema import Draft202012Validator, FormatChecker

from allowctl.config.json_schema import json_schema
from allowctl.config.schema import TABLES, Document
from tests.config.test_messages import BLOCKED, PIN, SECRET, WALLET, A
from tests.markdown import text_of
from tests.nodes.npm import ROOT

PUBLISHED = ROOT / "docs" / "schema" / "allowctl.schema.json"
SCHEMA = json.loads(PUBLISHED.read_text("utf-8"))
EXAMPLES = [
    *re.findall(r"```toml\n(.*?)```", text_of("docs/configuration.md"), re.DOTALL),
    *(path.read_text("utf-8") for path in ROOT.glob("examples/**/allowctl.toml")),
]
RULE = '[[rule]]\nid = "a"\naction = "deny"\n'
ALLOW = f'[[allow]]\nspender = "{A}"\nreason = "x"\n'

GOOD = {
    "nothing": "",
    "points as tables": "[weights.points]\na-rule.b = 2\n",
    "points by name": '[weights]\npoints = { a-rule = 1, "a-rule.b" = 2 }',
    "one of a list alone": RULE + 'when = { kind = "erc20", chain = 8453 }',
    "a list": RULE + 'when = { kind = ["erc20"], chain = ["base", 1] }',
    "a day": ALLOW + "expires = 2027-03-31",
    "a day as a text": ALLOW + 'expires = "2027-03-31"',
    "an amount as a number": ALLOW + "max_amount = 5",
    "no end": ALLOW + 'max_amount = "unlimited"',
    "a price as a text": f'[prices.fixed]\n"eth:{A}" = "1.5"',
}
BAD = {
    "a key that is not there": "[chains.eth]\nrpcs = []",
    "a table that is not there": "[policies]",
    "a key of a policy": '[policy]\nfail_no = "high"',
    "a key of an entry": ALLOW + "until = 2027-03-31",
    "a condition that is not there": RULE + "when = { levels = 1 }",
    "a level that is not there": '[policy]\nfail_on = "severe"',
    "a level that is unknown": '[policy]\nfail_on = "unknown"',
    "an action that is not there": RULE.replace("deny", "allow"),
    "a kind that is not there": RULE + 'when = { kind = "erc-20" }',
    "another version": "version = 2",
    "a reason that is missing": f'[[allow]]\nspender = "{A}"',
    "an entry about nothing": '[[allow]]\nreason = "x"',
    "an address too short": WALLET.replace(A, A[:-1]),
    "a wallet in capitals": WALLET.replace('"w"', '"W"'),
    "a chain in capitals": "[chains.Ethereum]\nid = 1",
    "a price without a chain": f'[prices.fixed]\n"{A}" = 1',
    "points of no rule's form": '[weights.points]\n"Eoa spender" = 5',
    "points above all": "[weights.points]\na-rule = 101",
    "one endpoint without a list": '[chains.eth]\nrpc = "https://a.example"',
    "no endpoints": "[chains.eth]\nrpc = []",
    "an id of zero": "[chains.eth]\nid = 0",
    "a source that there is not": f'[prices]\nsource = "{SECRET}"',
    "a list of no format": BLOCKED.replace("addresses", "list"),
    "a pin of half a hash": PIN.replace("12" * 32, "12" * 16),
    "a duration without a unit": '[policy]\nmax_age = "180"',
    "a list that is a table": '[wallet]\nname = "w"',
}


def as_json(value: Any) -> Any:  # noqa: ANN401 - what TOML can be
    """What an editor checks: JSON has no days."""
    match value:
        case dict():
            return {key: as_json(each) for key, each in value.items()}
        case list():
            return [as_json(each) for each in value]
        case date():
            return value.isoformat()
    return value


def fits(text: str) -> bool:
    validator = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
    return bool(validator.is_valid(as_json(tomli.loads(text))))


def objects(node: object) -> Iterator[dict[str, Any]]:
    """Every schema of a table, wherever it stands."""
    if isinstance(node, dict):
        if "properties" in node or "patternProperties" in node:
            yield node
        for each in node.values():
            yield from objects(each)
    elif isinstance(node, list):
        for each in node:
            yield from objects(each)


def test_it_is_current() -> None:
    """`make schema` would write the same."""
    tool = runpy.run_path(str(ROOT / "tools" / "build_schema.py"))

    assert tool["PATH"] == PUBLISHED
    assert tool["text"]() == PUBLISHED.read_text("utf-8")
    assert json_schema() == SCHEMA


def test_it_is_a_schema_and_leads_nowhere() -> None:
    """Valid by its dialect; no address besides the dialect's, no path of a machine."""
    Draft202012Validator.check_schema(SCHEMA)
    text = PUBLISHED.read_text("utf-8")

    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert re.findall(r"https?://[a-z][^\s\"]*", text) == [SCHEMA["$schema"]]
    assert str(Path.home()) not in text


def test_every_table_is_closed_and_every_key_described() -> None:
    """One that is not there is an error in an editor, too."""
    found = list(objects(SCHEMA))

    assert all(each["additionalProperties"] is False for each in found)
    assert len([each for each in found if "properties" in each]) == len(TABLES)
    for each in found:
        for name, key in each.get("properties", {}).items():
            assert key["description"], name
    assert [*SCHEMA["properties"]] == Document.key_names()


def test_a_duration_says_its_form() -> None:
    """Units and their length stand where an editor shows what a key means."""
    policy, when = (SCHEMA["$defs"][each] for each in ("PolicyTable", "WhenTable"))
    keys = [policy["properties"][each] for each in ("max_age", "max_unused")]
    for key in (*keys, when["properties"]["min_age"]):
        assert (
            "a number and s, h, d, w, m (30 days) or y (365 days)"
            in (key["description"])
        )


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_fit(text: str) -> None:
    """Those of the documentation, and those to be copied."""
    assert fits(text)


@pytest.mark.parametrize("name", GOOD)
def test_what_allowctl_takes_fits(name: str) -> None:
    """In each form that a key may have."""
    Document.model_validate(tomli.loads(GOOD[name]))
    assert fits(GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_what_allowctl_refuses_does_not_fit(name: str) -> None:
    """As far as one key tells it."""
    with pytest.raises(ValueError, match="validation error"):
        Document.model_validate(tomli.loads(BAD[name]))
    assert not fits(BAD[name])
