"""allowctl.outcome/v1: what scripts rely on, and the schema that says so."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings

from allowctl.codec.words import checksum
from allowctl.model.approval import Kind
from allowctl.model.outcome import Result, Verdict
from allowctl.model.plan import Method, Role
from allowctl.output.outcome_v1 import render
from tests.build import OWNER, UNLIMITED, word
from tests.nodes.jsonrpc import Json
from tests.output import any_plans
from tests.output.plans import LONG, change, done, ended, item, transacted
from tests.output.schemas import schema, validator

OUTCOME = validator("outcome")


def read(*results: Result) -> Json:
    document = json.loads(render(results, "0.1.0"))
    OUTCOME.validate(document)
    return document


def objects(value: Json) -> Iterator[Json]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from objects(inner)


def test_frame() -> None:
    """What it is, by which version, and whether all is as it was asked to be."""
    document = read(done())
    assert document["schema"] == "allowctl.outcome/v1"
    assert document["allowctl"] == "0.1.0"
    assert document["complete"] is True
    assert read(done(), ended())["complete"] is False
    assert read()["results"] == []


def test_left_out_is_not_complete() -> None:
    """Good verdicts alone do not make it whole."""
    left_out = replace(done(), plan=replace(done().plan, left_out=ended().left_out))
    assert all(each.verdict.good for each in left_out.outcomes)
    assert read(left_out)["complete"] is False
    assert len(read(left_out)["results"][0]["left_out"]) == 21


def test_numbers() -> None:
    """What may exceed 2^53 is a decimal string; addresses are checksummed."""
    (result,) = read(done())["results"]
    (outcome,), (transaction,) = result["outcomes"], result["transactions"]
    (goal,) = done().plan.goals
    assert outcome["before"] == str(UNLIMITED)
    assert (outcome["after"], outcome["left"]) == ("0", "0")
    assert result["owner"] == checksum(OWNER)
    assert outcome["spender"]["address"] == checksum(goal.allowance.spender)
    assert result["paid"] == transaction["paid"] == str(46_000 * 15 * 10**9)
    assert transaction["nonce"] == 41


def test_items() -> None:
    """An item's id is a string; 1 of it was granted."""
    (outcome,) = done().outcomes
    one = replace(outcome, change=change(item(2**256 - 1), symbol=None, decimals=None))
    (result,) = read(replace(done(), outcomes=(one,)))["results"]
    assert result["outcomes"][0]["token_id"] == str(2**256 - 1)
    assert result["outcomes"][0]["before"] == "1"
    assert result["outcomes"][0]["token"]["symbol"] is None


def test_unknown_is_null() -> None:
    """What was not read, and what was not mined, has no number."""
    (outcome,) = done().outcomes
    unread = replace(outcome, left=None, read_at=None, verdict=Verdict.NOT_MINED)
    waiting = replace(transacted(1, None), hashes=(word(8), word(9)))
    (result,) = read(replace(done(), outcomes=(unread,), transacted=(waiting,)))[
        "results"
    ]
    assert result["outcomes"][0]["left"] is None
    assert result["outcomes"][0]["read_at"] is None
    (transaction,) = result["transactions"]
    assert transaction["hashes"] == [word(8), word(9)]
    for name in ("block", "block_hash", "succeeded", "gas_used", "paid"):
        assert transaction[name] is None


def test_hostile_words_stay_in_their_strings() -> None:
    """The text is ASCII on lines of our own; a symbol is kept as it is."""
    (outcome,) = done().outcomes
    hostile = replace(outcome, change=change(symbol=LONG))
    text = render([replace(done(), outcomes=(hostile,))], "0.1.0")
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    assert "::" not in text
    (result,) = json.loads(text)["results"]
    assert result["outcomes"][0]["token"]["symbol"] == LONG


@settings(max_examples=60)
@given(any_plans.results())
def test_any_result(of: Result) -> None:
    """Whatever becomes of whatever plan, the schema describes it."""
    known = replace(
        of,
        outcomes=tuple(
            replace(each, change=replace(each.change, decimals=None))
            for each in of.outcomes
        ),
        plan=replace(of.plan, left_out=()),
    )
    (result,) = read(known)["results"]
    assert [each["verdict"] for each in result["outcomes"]] == [
        each.verdict.value for each in of.outcomes
    ]


def test_every_field_is_required_and_described() -> None:
    """No object may lack a field that the schema has, or have one that it has not."""
    for each in objects(schema("outcome")):
        if "properties" in each and each.get("type") == "object":
            assert each["additionalProperties"] is False
            assert set(each["required"]) == set(each["properties"])
    good = read(ended())
    for number, _ in enumerate(objects(good)):
        for name in [*list(objects(good))[number]]:
            changed = copy.deepcopy(good)
            del list(objects(changed))[number][name]
            assert not OUTCOME.is_valid(changed), name
        changed = copy.deepcopy(good)
        list(objects(changed))[number]["new"] = 1
        assert not OUTCOME.is_valid(changed)


def test_every_definition_is_used() -> None:
    """Each definition is referred to, and each reference leads to one."""
    found = schema("outcome")
    used = {node["$ref"] for node in objects(found) if "$ref" in node}
    assert used == {f"#/$defs/{name}" for name in found["$defs"]}


def test_vocabularies_are_the_program_s() -> None:
    """The schema's words are the ones that the program has, all of them."""
    defs = schema("outcome")["$defs"]
    transaction = defs["transaction"]["properties"]
    for words, vocabulary in (
        (defs["kind"], Kind),
        (defs["outcome"]["properties"]["verdict"], Verdict),
        (transaction["role"], Role),
        (transaction["method"], Method),
    ):
        assert [*words["enum"]] == [each.value for each in vocabulary]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("verdict", "probably fine"),
        ("left", 0),
        ("left", "1e9"),
        ("before", "-1"),
        ("fingerprint", "12"),
        ("kind", "erc777"),
        ("token_id", 7),
        ("steps", [0]),
    ],
)
def test_closed_vocabularies(name: str, wrong: object) -> None:
    """Words, patterns and numbers outside of what is promised do not pass."""
    changed = read(done())
    changed["results"][0]["outcomes"][0][name] = wrong
    assert not OUTCOME.is_valid(changed)
