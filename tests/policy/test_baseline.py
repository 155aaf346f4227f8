"""allowctl.baseline/v1: what is in it, who may have written it, what it covers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError, OutputError
from allowctl.model.approval import Kind
from allowctl.model.evaluation import CoverKind
from allowctl.model.finding import Level
from allowctl.model.missing import NOT_ASKED
from allowctl.model.place import Place
from allowctl.model.policy import BaselineFile, OnRefused, Policy
from allowctl.model.report import AuditedRecord
from allowctl.policy import baseline
from allowctl.policy.baseline import BASELINE, Baseline, Known, read, render
from allowctl.policy.evaluate import evaluate
from tests import build
from tests.build import NOW, UNLIMITED, address, allowance, amount
from tests.output.schemas import strict
from tests.policy.making import EVIL, TODAY, allow, place, refusal, wallet
from tests.policy.making_rows import evaluated, limits, row
from tests.policy.sample import evaluation

SCHEMA = strict("baseline")
LIMIT = row(
    build.record(
        allowance(amount(1_000)),
        token=build.token_facts(symbol=EVIL),
        spender=build.spender_facts(label=EVIL),
    ),
    level=Level.HIGH,
)
CHILD = row(build.record(allowance(kind=Kind.PERMIT2)), level=Level.HIGH)
OPERATOR = row(build.record(allowance(kind=Kind.OPERATOR)), level=Level.HIGH)
STRICT = limits(fail_on=Level.LOW)


def written(policy: Policy = STRICT, *rows: AuditedRecord) -> Any:  # noqa: ANN401 - JSON
    text = render(evaluated(policy, *(rows or (LIMIT, CHILD, OPERATOR))))
    document = json.loads(text)
    SCHEMA.validate(document)
    return document


def known(document: object) -> Baseline:
    return read(json.dumps(document).encode())


def passes(of: AuditedRecord, then: AuditedRecord) -> bool:
    """Whether a row passes for what was written down of another."""
    report = build.scan_report(build.scan(allowances=(of,)))
    found = evaluate(
        report, STRICT, [wallet()], baseline=known(written(STRICT, then)), today=TODAY
    )
    return not found.violated


def test_the_document() -> None:
    """Each violation once, by what it is of; in it no word of a stranger."""
    document = written()

    assert {name: document[name] for name in ("schema", "allowctl", "created_at")} == {
        "schema": BASELINE,
        "allowctl": "0.1.0",
        "created_at": NOW,
    }
    assert [each["kind"] for each in document["entries"]] == [
        "erc20",
        "operator",
        "permit2",
    ]
    assert document["entries"][0] == {
        "fingerprint": document["entries"][0]["fingerprint"],
        "check": "fail-on",
        "level": "high",
        "amount": "1000",
        "root_amount": None,
        "expiration": None,
        "wallet": "treasury",
        "chain_id": 1,
        "owner": "0x0A0A0a0a0a0a0a0A0a0a0A0a0A0A0A0a0a0a0a0a",
        "kind": "erc20",
        "contract": "0x7070707070707070707070707070707070707070",
        "token": "0x7070707070707070707070707070707070707070",
        "token_id": None,
        "spender": "0x5e5E5e5e5E5e5E5E5e5E5E5e5e5E5E5E5e5E5E5e",
    }
    assert "script" not in json.dumps(document)


def test_what_is_in_it() -> None:
    """What is against approvals, warnings too; not what is against other things."""
    found = evaluation()
    document = json.loads(render(found))
    SCHEMA.validate(document)
    marks = {each["fingerprint"] for each in document["entries"]}
    wanted = {
        each.fingerprint
        for each in found.violations
        if each.subject.scan is not None and each.cover is None
    }

    assert marks == wanted
    assert {each["check"] for each in document["entries"]} >= {
        "refused",
        "unpriced",
        "rule.old",
    }


def test_its_order_is_its_own() -> None:
    """The same whatever was scanned first: it is kept in a repository."""
    rows = [
        row(build.record(allowance(token=address(each))), level=Level.HIGH)
        for each in (11, 9, 0x70)
    ]

    assert render(evaluated(STRICT, *rows)) == render(evaluated(STRICT, *rows[::-1]))


def test_what_is_allowed_is_not_in_it() -> None:
    """What an entry or a rule lets pass needs no baseline."""
    assert render(evaluated(STRICT, LIMIT, allows=(allow(),))).count("fingerprint") == 0


def test_the_cover() -> None:
    """It stands where the policy names the file; without that, in no line."""
    said = BaselineFile(
        place=place(70, "baseline.file"), path=Path(".allowctl-baseline.json")
    )
    report = build.scan_report(build.scan(allowances=(LIMIT,)))
    was = known(written())
    for policy, where in (
        (replace(STRICT, baseline=said), said.place),
        (STRICT, Place(file="", line=0, key="baseline")),
    ):
        (found,) = evaluate(
            report, policy, [wallet()], baseline=was, today=TODAY
        ).violations
        assert found.cover is not None
        assert (found.cover.kind, found.cover.place) == (CoverKind.BASELINE, where)
        assert found.message.endswith("worse")


def changed(of: AuditedRecord, **grant: Any) -> AuditedRecord:  # noqa: ANN401
    allowed = of.record.allowance
    new = replace(allowed.grant, **grant)
    return replace(of, record=replace(of.record, allowance=replace(allowed, grant=new)))


@pytest.mark.parametrize(
    ("now", "then", "pass_"),
    [
        (LIMIT, LIMIT, True),
        (replace(LIMIT, level=Level.MEDIUM), LIMIT, True),
        (replace(LIMIT, level=Level.CRITICAL), LIMIT, False),
        (changed(LIMIT, amount=999), LIMIT, True),
        (changed(LIMIT, amount=1_001), LIMIT, False),
        (changed(LIMIT, amount=UNLIMITED), LIMIT, False),
        (changed(CHILD, root_amount=5), CHILD, True),
        (changed(CHILD, root_amount=6), changed(CHILD, root_amount=5), False),
        (CHILD, changed(CHILD, root_amount=5), False),
        (CHILD, changed(CHILD, root_amount=None), False),
        (changed(CHILD, root_amount=None), CHILD, False),
        (changed(CHILD, expiration=NOW), CHILD, True),
        (changed(CHILD, expiration=NOW + 3_601), CHILD, False),
        (changed(CHILD, expiration=None), CHILD, False),
        (CHILD, changed(CHILD, expiration=None), True),
        (OPERATOR, OPERATOR, True),
        (OPERATOR, LIMIT, False),
    ],
)
def test_what_rose_is_not_known(
    now: AuditedRecord, then: AuditedRecord, *, pass_: bool
) -> None:
    """A higher level, a larger amount or root, a later end: it is told again."""
    assert passes(now, then) is pass_


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (changed(LIMIT, amount=1_001), LIMIT, "with 1,000"),
        (changed(LIMIT, amount=UNLIMITED), LIMIT, "with 1,000"),
        (CHILD, changed(CHILD, root_amount=5), "with a root of 5"),
        (CHILD, changed(CHILD, root_amount=None), "without a root"),
        (replace(LIMIT, level=Level.CRITICAL), LIMIT, "at level high"),
        (
            replace(changed(CHILD, expiration=None), level=Level.CRITICAL),
            changed(CHILD, expiration=NOW),
            "at level high and until 2026-09-21 14:13:20 UTC",
        ),
        (
            changed(CHILD, expiration=None),
            changed(CHILD, expiration=2**48 - 1),
            "until second 281,474,976,710,655",
        ),
    ],
)
def test_what_rose_says_what_was_known(
    now: AuditedRecord, then: AuditedRecord, words: str
) -> None:
    """It is not new: what is told again says how the baseline knew it."""
    was = known(written(STRICT, then))
    report = build.scan_report(build.scan(allowances=(now,)))
    (found,) = evaluate(
        report, STRICT, [wallet()], baseline=was, today=TODAY
    ).violations

    assert (found.fails, found.outgrown) == (True, True)
    assert found.message.endswith(f" and worse; the baseline knew it {words}")


def test_what_is_let_pass_has_outgrown_nothing() -> None:
    """An entry covers what the baseline does not; what is new was never known."""
    was = known(written(STRICT, LIMIT))
    grown = changed(LIMIT, amount=1_001)
    report = build.scan_report(build.scan(allowances=(grown, CHILD)))
    policy = replace(STRICT, allows=(allow(kind=Kind.ERC20),))
    found = evaluate(report, policy, [wallet()], baseline=was, today=TODAY).violations

    assert [each.fails for each in found] == [True, False]
    assert not any(each.outgrown or "knew" in each.message for each in found)


def test_an_entry_that_does_not_apply_comes_first() -> None:
    """Both reasons are told, in one sentence."""
    was = known(written(STRICT, LIMIT))
    report = build.scan_report(build.scan(allowances=(changed(LIMIT, amount=2_000),)))
    policy = replace(STRICT, allows=(allow(max_amount=5),))
    (found,) = evaluate(
        report, policy, [wallet()], baseline=was, today=TODAY
    ).violations

    assert found.message.partition("; ")[2] == (
        "allow[0] does not apply: its max_amount is 5; the baseline knew it with 1,000"
    )


def test_another_check_is_not_known() -> None:
    """What was known is that check and no other."""
    was = known(written(STRICT, LIMIT))
    report = build.scan_report(build.scan(allowances=(LIMIT,)))
    policy = limits(fail_on=Level.LOW, max_age=1)
    found = evaluate(report, policy, [wallet()], baseline=was, today=TODAY)

    assert LIMIT.record.raised_at == NOT_ASKED
    assert [each.check for each in found.failing] == ["max-age"]


def test_refusals() -> None:
    """A contract that does not answer has neither level nor amount."""
    report = build.scan_report(build.scan(refused=(refusal(),)))
    policy = limits(refused=OnRefused.FAIL)
    first = evaluate(report, policy, [wallet()], today=TODAY)
    document = json.loads(render(first))
    SCHEMA.validate(document)
    again = evaluate(report, policy, [wallet()], baseline=known(document), today=TODAY)

    assert (document["entries"][0]["level"], first.violated) == (None, True)
    assert not again.violated
    document["entries"][0]["amount"] = "5"
    (odd,) = evaluate(
        report, policy, [wallet()], baseline=known(document), today=TODAY
    ).failing
    assert odd.outgrown
    assert odd.message.endswith("; the baseline knew it with 5")


def test_an_owner_without_a_wallet() -> None:
    """It is nobody's by name, and known by its address."""
    report = build.scan_report(build.scan(allowances=(LIMIT,)))
    document = json.loads(render(evaluate(report, STRICT, [], today=TODAY)))
    SCHEMA.validate(document)

    assert document["entries"][0]["wallet"] is None


def edited(**parts: object) -> Any:  # noqa: ANN401 - JSON
    document = written(STRICT, CHILD)
    document["entries"][0] |= parts
    return document


@pytest.mark.parametrize(
    "parts",
    [
        {"spender": "0x" + "11" * 20},
        {"token": "0x" + "11" * 20},
        {"contract": "0x" + "11" * 20},
        {"owner": "0x" + "11" * 20},
        {"chain_id": 10},
        {"kind": "erc20"},
        {"token_id": "1"},
        {"check": "max-age"},
        {"fingerprint": "0" * 32},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_an_entry_says_what_it_covers(parts: dict[str, object]) -> None:
    """One that names another approval than its fingerprint's is refused."""
    with pytest.raises(CodecError, match="is of something else"):
        known(edited(**parts))


@pytest.mark.parametrize(
    "parts",
    [
        {"level": "worst"},
        {"level": 4},
        {"amount": 5},
        {"amount": "-5"},
        {"amount": "1e9"},
        {"amount": "9" * 79},
        {"amount": str(2**256)},
        {"root_amount": str(2**256)},
        {"expiration": str(2**256)},
        {"token_id": str(2**256)},
        {"root_amount": 5},
        {"wallet": 5},
        {"expiration": 5},
        {"chain_id": 0},
        {"chain_id": 2**70},
        {"kind": "erc6909"},
        {"owner": "0x12"},
        {"check": "a" * 201},
        {"check": "rule.x\n"},
        {"fingerprint": "f" * 32 + "\n"},
    ],
    ids=str,
)
def test_malformed_entries(parts: dict[str, object]) -> None:
    """Every part has its form."""
    with pytest.raises(CodecError):
        known(edited(**parts))


def test_twice() -> None:
    """Two entries of one name contradict each other, whatever they say."""
    document = written(STRICT, LIMIT)
    document["entries"] *= 2

    with pytest.raises(CodecError, match="is there twice"):
        known(document)


def test_more_fields() -> None:
    """What nobody knows may say that it covers less than it does: it is refused."""
    document = written(STRICT, CHILD)

    for odd in (edited(note={"a": [1]}), edited(max_level="info"), document | {"x": 1}):
        with pytest.raises(CodecError, match="unknown field"):
            known(odd)


@pytest.mark.parametrize("name", ["schema", "entries", "amount", "wallet", "chain_id"])
def test_a_key_that_is_there_twice(name: str) -> None:
    """Of one that is, a reader may see the first: the file is refused."""
    text = json.dumps(written(STRICT, CHILD))
    document = json.loads(text)
    value = json.dumps({**document["entries"][0], **document}[name])
    twice = text.replace(f'"{name}": ', f'"{name}": {value}, "{name}": ', 1)

    assert known(document).known
    with pytest.raises(CodecError, match=f"the key {name} is there twice"):
        read(twice.encode())


def test_the_largest_numbers() -> None:
    """2^256 - 1 is one that a contract has."""
    most = str(2**256 - 1)

    assert known(edited(amount=most, root_amount=most)).known


def test_a_wallet_is_a_label() -> None:
    """Whatever stands there, an entry covers what its addresses name."""
    assert known(edited(wallet=EVIL)) == known(written(STRICT, CHILD))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"schema": "allowctl.report/v1", "entries": []}',
        b'{"schema": "allowctl.baseline/v1"}',
        b'{"schema": "allowctl.baseline/v1", "entries": {}}',
        b'{"x":' + b"[" * 200_000,
        b"[" * 200_000,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_no_baseline(data: bytes) -> None:
    """The error says so in one line."""
    with pytest.raises(CodecError, match=rf"^no {BASELINE}[^\n]*$"):
        read(data)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before it is looked at."""
    monkeypatch.setattr(baseline, "LONGEST", 10)

    with pytest.raises(CodecError, match="larger than"):
        read(b" " * 11)


def test_no_more_is_written_than_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline that would be refused later is not made; at the bound it is."""
    found = evaluated(STRICT, LIMIT, CHILD)
    text = render(found)
    monkeypatch.setattr(baseline, "LONGEST", len(text.encode()))
    assert len(read(render(found).encode()).known) == 2

    monkeypatch.setattr(baseline, "LONGEST", len(text.encode()) - 1)
    with pytest.raises(OutputError, match="a baseline of 2 entries would be larger"):
        render(found)


@given(st.binary(max_size=300))
def test_anything(data: bytes) -> None:
    """Whatever stands in the file, it is a baseline or a CodecError."""
    assert attempted(data) in (0, None)


def attempted(data: bytes) -> int | None:
    """How many entries there are; None if it is no baseline, said in one line."""
    try:
        return len(read(data).known)
    except CodecError as error:
        printable = error.message.isprintable()
    return None if printable else -1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)


@given(st.data())
def test_anything_in_its_place(data: st.DataObject) -> None:
    """The same of a baseline with one part replaced by anything."""
    document = DOCUMENT | {}
    entry = dict(DOCUMENT["entries"][0])
    entry[data.draw(st.sampled_from(sorted(entry)))] = data.draw(_JSON)
    document["entries"] = [entry]

    assert attempted(json.dumps(document).encode()) in (1, None)


DOCUMENT = written(STRICT, CHILD)


@given(st.builds(Known, level=st.sampled_from(Level), amount=st.integers(0, 3)))
def test_nothing_rises_to_itself(known: Known) -> None:
    """What is as it was has not risen."""
    assert not known.rose_to(known)
