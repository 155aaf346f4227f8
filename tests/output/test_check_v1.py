"""allowctl.check/v1: what programs rely on, and the schema that says so."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from syrupy.assertion import SnapshotAssertion

from allowctl.model.approval import Kind
from allowctl.model.evaluation import CoverKind, Evaluation, OpenEnd
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.place import Place
from allowctl.model.policy import Action, OnRefused, OnUnpriced, Policy
from allowctl.output.check_v1 import render
from allowctl.policy.checks import CHECKS, RULE_PREFIX
from tests.markdown import rows, text_of
from tests.nodes.jsonrpc import Json
from tests.output import checked, evaluations
from tests.output.schemas import schema, strict, validator
from tests.policy import making
from tests.policy.making import ROOT

CHECK, STRICT = validator("check"), strict("check")
Path = tuple[str | int, ...]


def read(of: Evaluation) -> Json:
    found = json.loads(render(of, ROOT))
    STRICT.validate(found)
    return found


def members(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every (path of an object, name of a member) in a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield path, name
            yield from members(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from members(inner, (*path, index))


def at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step]
    return value


def objects(value: Json) -> Iterator[Json]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from objects(inner)


def sample() -> Json:
    """A document with one of everything."""
    found = read(evaluations.treasury())
    covered = [each for each in found["violations"] if each["cover"]]
    found["violations"] = covered[:1]
    for name in ("wallets", "scans", "names", "open_ends"):
        found[name] = found[name][:1]
    return found


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that an evaluation can hold."""
    assert render(making.rich(), ROOT) == snapshot


def test_passing(snapshot: SnapshotAssertion) -> None:
    """A pass says what it was held against, and what was read."""
    assert render(making.passing(), ROOT) == snapshot


def test_valid() -> None:
    """What is rendered is what the schema says, with no field beyond it."""
    for each in (
        making.passing(),
        making.rich(),
        evaluations.treasury(),
        evaluations.incomplete(),
        evaluations.forgiven(),
        evaluations.flooded(3),
    ):
        read(each)


@settings(max_examples=40)
@given(checked.evaluations())
def test_any_evaluation(evaluation: Evaluation) -> None:
    """Whatever anybody says: valid, each field described, pure ASCII, raw inside."""
    text = render(evaluation, ROOT)
    found = json.loads(text)
    STRICT.validate(found)

    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
    assert "::" not in text
    assert "##" not in text
    for row, one in zip(found["violations"], evaluation.violations, strict=True):
        of = one.subject.row
        assert row["symbol"] == (None if of is None else of.record.token.symbol)
        assert (row["cover"] or {}).get("reason") == (one.cover and one.cover.reason)


def test_every_field_is_described() -> None:
    """The sample has every field of the schema, and the schema all of the sample's."""
    described = {
        name for node in objects(schema("check")) for name in node.get("properties", {})
    }
    assert {name for _, name in members(sample())} == described


def test_every_field_has_its_meaning() -> None:
    """Each property says what it is, by itself or by what it refers to."""
    found = schema("check")
    for node in objects(found):
        for field, of in node.get("properties", {}).items():
            target = found["$defs"].get(of.get("$ref", "").split("/")[-1], {})
            assert "description" in of or "description" in target, field


def test_nothing_is_defined_for_nobody() -> None:
    """Each definition is referred to, and each reference leads to one."""
    found = schema("check")
    used = {node["$ref"] for node in objects(found) if "$ref" in node}
    assert used == {f"#/$defs/{name}" for name in found["$defs"]}


def test_every_field_is_required() -> None:
    """No field that is there today may be missing tomorrow."""
    good = sample()
    for path, name in members(good):
        changed = copy.deepcopy(good)
        del at(changed, path)[name]
        assert not CHECK.is_valid(changed), (path, name)


def test_every_field_is_typed() -> None:
    """No field may change its type: an object or a fraction fits nowhere."""
    good = sample()
    for path, name in members(good):
        for wrong in ({"odd": 1}, 0.5):
            changed = copy.deepcopy(good)
            at(changed, path)[name] = wrong
            assert not CHECK.is_valid(changed), (path, name)


def test_fields_may_be_added() -> None:
    """A field that is new breaks nobody."""
    good = sample()
    for path in {path for path, _ in members(good)}:
        at(good, path)["new"] = {"anything": 1}
    CHECK.validate(good)


VIOLATION: Path = ("violations", 0)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("schema",), "allowctl.check/v2"),
        (("today",), "tomorrow"),
        (("counts", "live"), -1),
        (("policy", "fail_on"), "unknown"),
        (("policy", "refused"), "maybe"),
        (("policy", "unpriced"), "cry"),
        (("policy", "denied_kinds"), ["erc777"]),
        (("policy", "max_value_at_risk_usd"), "1e3"),
        (("wallets", 0, "address"), "0x12"),
        (("wallets", 0, "place", "line"), 0),
        (("scans", 0, "value_at_risk_usd"), 12),
        (("names", 0, "found"), "nobody"),
        ((*VIOLATION, "check"), "no such!"),
        ((*VIOLATION, "action"), "ignore"),
        ((*VIOLATION, "fingerprint"), "12"),
        ((*VIOLATION, "approval"), "12"),
        ((*VIOLATION, "kind"), "erc777"),
        ((*VIOLATION, "amount"), "1e9"),
        ((*VIOLATION, "amount"), 12),
        ((*VIOLATION, "level"), "severe"),
        ((*VIOLATION, "spender_kind"), "person"),
        ((*VIOLATION, "cover", "kind"), "luck"),
        ((*VIOLATION, "cover", "expires"), 20270331),
        (("open_ends", 0, "reason"), ""),
    ],
)
def test_closed_vocabularies(path: Path, wrong: Json) -> None:
    """Words, patterns and numbers outside of what is promised do not pass."""
    changed = sample()
    at(changed, path[:-1])[path[-1]] = wrong
    assert not CHECK.is_valid(changed)


def test_vocabularies_are_the_program_s() -> None:
    """The schema's words are the ones that the program has, all of them."""
    found = schema("check")
    policy, defs = found["properties"]["policy"]["properties"], found["$defs"]
    violation = defs["violation"]["properties"]
    levels = {str(each) for each in Level}
    for words, vocabulary in (
        (defs["kind"], Kind),
        (defs["cover"]["properties"]["kind"], CoverKind),
        (violation["action"], {*Action} - {Action.IGNORE}),
        (violation["level"], levels | {None}),
        (violation["spender_kind"], {*SpenderKind, None}),
        (policy["fail_on"], levels - {"unknown"}),
        (policy["refused"], OnRefused),
        (policy["unpriced"], OnUnpriced),
    ):
        assert set(words["enum"]) == set(vocabulary)


@pytest.mark.parametrize("check", [*CHECKS, f"{RULE_PREFIX}no-operators"])
def test_every_check_has_its_form(check: str) -> None:
    """Whatever a check is called, a program can rely on the form of it."""
    (told,) = read(making.evaluation(making.violation(check=check)))["violations"]
    assert told["check"] == check


def test_counts_add_up() -> None:
    """Live approvals are in one count each; violations in one, too."""
    found = read(evaluations.treasury())
    counts = found["counts"]
    fates = ("violating", "warned", "covered", "passed", "spam")
    checks = ("failing_checks", "warning_checks", "covered_checks")

    assert counts["live"] == sum(counts[each] for each in fates)
    assert len(found["violations"]) == sum(counts[each] for each in checks)
    assert sum(each["fails"] for each in found["violations"]) == counts[checks[0]]
    assert len(found["open_ends"]) == counts["not_seen"]
    for scan in found["scans"]:
        candidates, *rest = scan["counts"].values()
        assert candidates == sum(rest)


def test_places() -> None:
    """From the root; an option of the command line in no file, a default in no line."""
    found = read(
        making.evaluation(
            making.violation(number=1),
            making.violation(number=2, where=Place(file="--fail-on", line=0)),
            making.violation(number=3, where=Place(file="", key="policy.fail_on")),
            making.violation(number=4, where=Place(file="/etc/allowctl.toml", line=9)),
            making.violation(
                number=5, where=Place.by_default(making.FILE, "policy.fail_on")
            ),
            making.violation(number=6, where=Place.by_default("", "policy.fail_on")),
            making.violation(number=7, where=Place(file="", line=0, key="baseline")),
        )
    )
    assert [tuple(each["place"].values()) for each in found["violations"]] == [
        ("ops/allowctl.toml", 3, "policy.fail_on"),
        (None, None, "--fail-on"),
        (None, None, "policy.fail_on"),
        ("allowctl.toml", 9, ""),
        ("ops/allowctl.toml", None, "policy.fail_on"),
        (None, None, "policy.fail_on"),
        (None, None, "baseline"),
    ]
    nowhere = read(replace(making.passing(), policy=Policy(file="")))
    assert nowhere["policy"]["file"] is None


def test_names() -> None:
    """Where a name leads; to nobody and not known are two things."""
    wrong, nobody, missing = read(evaluations.treasury())["names"]

    assert (wrong["found"], wrong["holds"], wrong["missing"]) == (
        *("0x0A0A0a0a0a0a0a0A0a0a0A0a0A0A0A0a0a0a0a0a", False),
        None,
    )
    assert (nobody["found"], nobody["missing"]) == (None, None)
    assert (missing["found"], missing["missing"]) == (None, "nobody answered")


def test_forgiven_is_not_seen() -> None:
    """It is complete, and still told."""
    found = read(evaluations.forgiven())
    assert (found["complete"], found["counts"]["forgiven"]) == (True, 1)
    nowhere = OpenEnd(reason="an endpoint did not tell its chain")
    found = read(replace(making.passing(), open_ends=(nowhere,)))
    assert (found["complete"], found["open_ends"][0]["chain_id"]) == (False, None)


def test_the_fields_are_documented() -> None:
    """docs/check.md explains fields that there are."""
    there = {name for _, name in members(sample())}
    part = text_of("docs/check.md").split("### JSON")[1].split("\n### ")[0]
    table = [row[0] for row in rows(part) if row[0] != "field"]

    assert table
    assert {each.strip("`….[]") for each in table} <= there
