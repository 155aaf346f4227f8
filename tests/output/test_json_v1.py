"""allowctl.report/v1: what programs rely on, and the schema that says so."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from syrupy.assertion import SnapshotAssertion

from allowctl.codec.words import checksum
from allowctl.errors import ExitCode
from allowctl.model.approval import DeadReason, Kind
from allowctl.model.coverage import Checked
from allowctl.model.facts import AuthorityKind, ProxyKind, SpenderKind
from allowctl.model.finding import Confidence, Level, Severity
from allowctl.model.lists import Charge
from allowctl.model.missing import Lack
from allowctl.model.report import Record, Report
from allowctl.model.value import PriceConfidence, PriceSource, Unpriced
from allowctl.output.json_v1 import render
from allowctl.risk.audit import audit
from allowctl.risk.rules import RULES
from allowctl.standards import STANDARD_OF
from tests.build import context, record, scan, scan_report, token_facts
from tests.nodes.jsonrpc import Json
from tests.output import anything, wallet
from tests.output.sample import empty, rich
from tests.output.schemas import schema, strict, validator

REPORT, STRICT = validator("report"), strict("report")
Path = tuple[str | int, ...]


def read(text: str) -> Json:
    REPORT.validate(json.loads(text))
    return json.loads(text)


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


def shape(value: Json) -> set[tuple[Path, str]]:
    """The same whatever an element's place in its array is."""
    return {
        (tuple(step for step in path if isinstance(step, str)), name)
        for path, name in members(value)
    }


def covering(rows: list[Json]) -> list[Json]:
    """So many of the rows that each member which any has is there."""
    seen: set[tuple[Path, str]] = set()
    kept = []
    for row in rows:
        if shape(row) - seen:
            kept.append(row)
            seen |= shape(row)
    return kept


def sample() -> Json:
    """A document with one of everything."""
    found = json.loads(render(rich(), show_dead=True))
    found["scans"] = found["scans"][:1]
    (first,) = found["scans"]
    for name in ("allowances", "unreadable", "dead_rows"):
        first[name] = covering(first[name])
    first["coverage"]["gaps"] = first["coverage"]["gaps"][:1]
    return found


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that a report can hold."""
    assert render(rich(), show_dead=True) == snapshot


def test_empty(snapshot: SnapshotAssertion) -> None:
    """A wallet that gave nothing away."""
    assert render(empty()) == snapshot


@pytest.mark.parametrize("show_dead", [False, True])
def test_valid(*, show_dead: bool) -> None:
    """Rendered reports are what the schema says."""
    for report in (rich(), empty(), scan_report(), scan_report(scan())):
        read(render(report, show_dead=show_dead))


@settings(max_examples=50)
@given(anything.reports())
def test_any_report(report: Report) -> None:
    """Whatever anybody says: valid, each field described, pure ASCII, raw inside."""
    text = render(report, show_dead=True)
    STRICT.validate(json.loads(text))

    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
    assert "::" not in text
    assert "##" not in text
    for row, one in zip(
        json.loads(text)["scans"][0]["allowances"],
        report.scans[0].allowances,
        strict=True,
    ):
        label = one.record.spender.label
        assert row["token"]["symbol"] == one.record.token.symbol
        assert row["token"]["name"] == one.record.token.name
        assert row["spender"]["label"] == (label and label.text)


def optional(path: Path, name: str) -> bool:
    """Whether it need not be there: only with --show-dead, or a count of nothing."""
    return name == "dead_rows" or path[-1:] == ("dead_by_reason",)


def test_every_field_is_described() -> None:
    """The sample has every field of the schema, and the schema all of the sample's."""
    STRICT.validate(sample())
    described = {
        name
        for node in objects(schema("report"))
        for name in node.get("properties", {})
    }
    shown = {
        name for path, name in members(sample()) if path[-1:] != ("dead_by_reason",)
    }

    assert shown == described


@pytest.mark.parametrize("name", ["report", "row"])
def test_every_field_has_its_meaning(name: str) -> None:
    """Each property says what it is, by itself or by what it refers to."""
    whole = schema("report")["$defs"] | schema(name).get("$defs", {})
    for node in objects(schema(name)):
        for field, of in node.get("properties", {}).items():
            target = whole.get(of.get("$ref", "").split("/")[-1], {})
            assert "description" in of or "description" in target, field


def test_nothing_is_defined_for_nobody() -> None:
    """Each definition is referred to, and each reference leads to one."""
    found = schema("report")
    used = {node["$ref"] for node in objects(found) if "$ref" in node}

    assert used == {f"#/$defs/{name}" for name in found["$defs"]}


def objects(value: Json) -> Iterator[Json]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from objects(inner)


def test_every_field_is_required() -> None:
    """No field that is there today may be missing tomorrow."""
    good = sample()
    for path, name in members(good):
        changed = copy.deepcopy(good)
        del at(changed, path)[name]
        assert REPORT.is_valid(changed) is optional(path, name), (path, name)


def test_every_field_is_typed() -> None:
    """No field may change its type: an object or a fraction fits nowhere."""
    good = sample()
    for path, name in members(good):
        for wrong in ({"odd": 1}, 0.5):
            changed = copy.deepcopy(good)
            at(changed, path)[name] = wrong
            assert not REPORT.is_valid(changed), (path, name)


def test_fields_may_be_added() -> None:
    """A field that is new breaks nobody."""
    good = sample()
    places = {path for path, name in members(good) if path[-1:] != ("dead_by_reason",)}
    for path in places:
        at(good, path)["new"] = {"anything": 1}
    REPORT.validate(good)


ROW: Path = ("scans", 0, "allowances", 0)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("schema",), "allowctl.report/v2"),
        (("created_at",), -1),
        (("scans", 0, "owner"), "0x12"),
        (("scans", 0, "as_of", "hash"), "0x12"),
        ((*ROW, "kind"), "erc777"),
        ((*ROW, "level"), "severe"),
        ((*ROW, "amount"), "1e9"),
        ((*ROW, "amount"), "-1"),
        ((*ROW, "amount"), "007"),
        ((*ROW, "amount"), 12),
        ((*ROW, "fingerprint"), "12"),
        ((*ROW, "spender", "kind"), "person"),
        ((*ROW, "spender", "proxy", "kind"), "eip9999"),
        ((*ROW, "spender", "proxy", "authority", "kind"), "dao"),
        ((*ROW, "spender", "listed", 0, "charge"), "ugly"),
        ((*ROW, "exposure", "unpriced"), "cheap"),
        ((*ROW, "exposure", "value_at_risk_usd"), "1e3"),
        ((*ROW, "exposure", "value_at_risk_usd"), "12.5"),
        ((*ROW, "exposure", "value_at_risk_usd"), "-1.00"),
        ((*ROW, "exposure", "price", "source"), "a friend"),
        ((*ROW, "expected_loss_usd"), 12),
        ((*ROW, "revocation", "data"), "0x"),
        (("scans", 0, "unreadable", 0, "sort"), "lost"),
        (("scans", 0, "dead_rows", 0, "reason"), "bored"),
        (("scans", 0, "dead_by_reason"), {"bored": 1}),
        (("scans", 0, "not_evaluated", 0, "lack"), "lazy"),
        (("scans", 0, "coverage", "checked"), "maybe"),
        (("scans", 0, "coverage", "differences", 0, "hosts"), ["one"]),
        (("unscanned", 0, "to_block"), 5),
        (("unscanned", 0, "reason"), ""),
        (("lists", 0, "charges"), ["ugly"]),
    ],
)
def test_closed_vocabularies(path: Path, wrong: Json) -> None:
    """Words, patterns and numbers outside of what is promised do not pass."""
    changed = sample()
    at(changed, path[:-1])[path[-1]] = wrong
    assert not REPORT.is_valid(changed)


def test_vocabularies_are_the_program_s() -> None:
    """The schema's words are the ones that the program has, all of them."""
    defs = schema("report")["$defs"]
    allowance = defs["allowance"]["properties"]
    coverage = defs["scan"]["properties"]["coverage"]["properties"]
    for words, vocabulary in (
        (coverage["checked"], Checked),
        (defs["kind"], Kind),
        (defs["level"], map(str, Level)),
        (defs["severity"], Severity),
        (defs["confidence"], Confidence),
        (defs["confidence"], PriceConfidence),
        (defs["dead_reason"], DeadReason),
        (defs["charge"], Charge),
        (defs["lack"], Lack),
        (defs["authority"]["properties"]["kind"], AuthorityKind),
        (defs["proxy"]["properties"]["kind"], ProxyKind),
        (defs["price"]["properties"]["source"], PriceSource),
        (allowance["spender"]["properties"]["kind"], SpenderKind),
        (allowance["exposure"]["properties"]["unpriced"], (*Unpriced, None)),
    ):
        assert set(words["enum"]) == set(vocabulary)
    codes = schema("error")["properties"]["error"]["properties"]["code"]["enum"]
    assert set(codes) == set(ExitCode) - {ExitCode.OK}


def test_numbers() -> None:
    """What may exceed 2^53 is a decimal string; addresses are checksummed."""
    worst = json.loads(render(rich()))["scans"][0]["allowances"][0]
    grant = wallet.records()[0].allowance
    assert worst["amount"] == str(2**256 - 1)
    assert worst["spender"]["address"] == checksum(grant.spender)
    assert worst["token"]["address"] == checksum(grant.candidate.token)
    assert worst["exposure"]["value_at_risk_usd"] == "9875.00"
    assert worst["expected_loss_usd"] == "7406.25"


def test_coverage() -> None:
    """Ranges, gaps, differences, witnesses and cost; and what was not scanned."""
    found = read(render(rich()))
    coverage = found["scans"][0]["coverage"]
    assert coverage["differences"] == [
        {"from_block": 7, "to_block": 8, "hosts": ["node.example", "other.example"]}
    ]
    assert (coverage["checked"], coverage["remembered"]) == ("sampled", 20_000_000)
    assert (coverage["canary"], coverage["items"]) == (46_147, 4_567)
    assert coverage["state_by"] == ["node.example"]
    assert [(u["chain_id"], u["to_block"]) for u in found["unscanned"]] == [
        (8453, None),
        (8453, None),
        (None, None),
    ]
    assert found["complete"] is False


def test_unknown_is_null() -> None:
    """What nobody knows is not 0."""
    unknown = record(token=token_facts(balance=None, decimals=None, total_supply=None))
    (row,) = rows(unknown)
    assert row["exposure"] == {
        "balance": None,
        "effective": None,
        "value_at_risk_usd": None,
        "unpriced": "not asked",
        "price": None,
    }
    assert row["token"]["decimals"] is None
    assert row["expected_loss_usd"] is None


def rows(*of: Record) -> Json:
    audited = audit(of, context()).records
    found = read(render(scan_report(scan(allowances=audited))))
    return found["scans"][0]["allowances"]


def test_the_law() -> None:
    """Candidates are live, unreadable, dormant and dead; the expired are dead."""
    for each in read(render(rich()))["scans"]:
        lists = ("allowances", "unreadable", "dormant")
        assert each["candidates"] == each["dead"] + sum(len(each[n]) for n in lists)
        assert each["dead"] == sum(each["dead_by_reason"].values())
        assert len(each["expired"]) <= each["dead_by_reason"].get("expired", 0)


@given(anything.records())
def test_the_call_that_takes_it_back(of: Record) -> None:
    """It is the standard's own."""
    (row,) = rows(of)
    call = STANDARD_OF[of.allowance.candidate.kind].revoke(of.allowance)
    assert row["revocation"] == {
        "to": checksum(call.to),
        "data": "0x" + call.data.hex(),
    }


def test_every_rule_can_stand_there() -> None:
    """Rule ids have the form that the schema asks for."""
    good = sample()
    for rule in RULES:
        at(good, (*ROW, "findings", 0))["rule"] = rule.card.id
        REPORT.validate(good)


def test_errors() -> None:
    """The document in the place of a report: each of its fields is required."""
    error = validator("error")
    inner: Json = {"code": 3, "message": "m", "hint": None}
    good: Json = {"schema": "allowctl.error/v1", "error": inner}
    error.validate(good)
    for path, name in members(good):
        changed = copy.deepcopy(good)
        del at(changed, path)[name]
        assert not error.is_valid(changed)
    assert not error.is_valid(good | {"error": inner | {"code": 0}})
