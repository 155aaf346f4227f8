"""allowctl.report/v1: what programs rely on, and the schema that says so."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from syrupy.assertion import SnapshotAssertion

from allowctl.codec.words import checksum
from allowctl.errors import ExitCode
from allowctl.model.approval import DeadReason, Kind
from allowctl.model.coverage import Checked
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Confidence, Level, Severity
from allowctl.model.report import Record
from allowctl.output.json_v1 import render
from allowctl.risk.audit import audit
from allowctl.risk.rules import RULES
from allowctl.standards import STANDARD_OF
from tests import strategies
from tests.build import context, record, scan, scan_report, token_facts
from tests.nodes.jsonrpc import Json
from tests.output.sample import empty, records, rich
from tests.output.schemas import schema, validator

REPORT = validator("report")
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


def sample() -> Json:
    """A document with one of everything."""
    found = json.loads(render(rich(), show_dead=True))
    found["scans"] = found["scans"][:1]
    (first,) = found["scans"]
    for name in ("allowances", "unreadable", "dead_rows"):
        first[name] = first[name][:4]
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


OPTIONAL = {"dead_rows", *DeadReason}
"""Members that need not be there: only with --show-dead, and counts of nothing."""


def test_every_field_is_required() -> None:
    """No field that is there today may be missing tomorrow."""
    good = sample()
    for path, name in members(good):
        changed = copy.deepcopy(good)
        del at(changed, path)[name]
        assert REPORT.is_valid(changed) is (name in OPTIONAL), (path, name)


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
    places = {path for path, name in members(good) if name not in set(DeadReason)}
    for path in places:
        at(good, path)["new"] = {"anything": 1}
    REPORT.validate(good)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("schema",), "allowctl.report/v2"),
        (("created_at",), -1),
        (("scans", 0, "owner"), "0x12"),
        (("scans", 0, "as_of", "hash"), "0x12"),
        (("scans", 0, "allowances", 0, "kind"), "erc777"),
        (("scans", 0, "allowances", 0, "level"), "severe"),
        (("scans", 0, "allowances", 0, "amount"), "1e9"),
        (("scans", 0, "allowances", 0, "amount"), "-1"),
        (("scans", 0, "allowances", 0, "amount"), "007"),
        (("scans", 0, "allowances", 0, "amount"), 12),
        (("scans", 0, "allowances", 0, "fingerprint"), "12"),
        (("scans", 0, "allowances", 0, "spender", "kind"), "person"),
        (("scans", 0, "allowances", 0, "revocation", "data"), "0x"),
        (("scans", 0, "unreadable", 0, "sort"), "lost"),
        (("scans", 0, "dead_rows", 0, "reason"), "bored"),
        (("scans", 0, "dead_by_reason"), {"bored": 1}),
        (("scans", 0, "coverage", "checked"), "maybe"),
        (("scans", 0, "coverage", "differences", 0, "hosts"), ["one"]),
        (("unscanned", 0, "to_block"), 5),
        (("unscanned", 0, "reason"), ""),
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
        (defs["dead_reason"], DeadReason),
        (allowance["spender"]["properties"]["kind"], SpenderKind),
    ):
        assert set(words["enum"]) == set(vocabulary)
    codes = schema("error")["properties"]["error"]["properties"]["code"]["enum"]
    assert set(codes) == set(ExitCode) - {ExitCode.OK}


def test_numbers() -> None:
    """What may exceed 2^53 is a decimal string; addresses are checksummed."""
    first = sample()["scans"][0]["allowances"][0]
    grant = records()[4].allowance
    assert first["amount"] == str(2**160 - 1)
    assert first["spender"]["address"] == checksum(grant.spender)
    assert first["token"]["address"] == checksum(grant.candidate.token)


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
    }
    assert row["token"]["decimals"] is None


def rows(*of: Record) -> Json:
    audited = audit(of, context()).records
    found = read(render(scan_report(scan(allowances=audited))))
    return found["scans"][0]["allowances"]


def test_the_law() -> None:
    """Candidates are live, unreadable, dormant and dead."""
    for each in read(render(rich()))["scans"]:
        lists = ("allowances", "unreadable", "dormant")
        assert each["candidates"] == each["dead"] + sum(len(each[n]) for n in lists)
        assert each["dead"] == sum(each["dead_by_reason"].values())


@given(strategies.records())
def test_any_record(of: Record) -> None:
    """Whatever a token says of itself: valid, pure ASCII, and read back as it was."""
    (row,) = rows(of)
    text = render(scan_report(scan(allowances=audit([of], context()).records)))
    assert text.isascii()
    assert (row["token"]["symbol"], row["token"]["name"]) == (
        of.token.symbol,
        of.token.name,
    )
    call = STANDARD_OF[of.allowance.candidate.kind].revoke(of.allowance)
    assert row["revocation"] == {
        "to": checksum(call.to),
        "data": "0x" + call.data.hex(),
    }


def test_every_rule_can_stand_there() -> None:
    """Rule ids have the form that the schema asks for."""
    good = sample()
    for rule in RULES:
        at(good, ("scans", 0, "allowances", 0, "findings", 0))["rule"] = rule.card.id
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
