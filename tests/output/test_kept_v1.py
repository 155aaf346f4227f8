"""allowctl.row/v1: what is kept of a row is what it was, and nothing else is read."""

from __future__ import annotations

import contextlib
import copy
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.model.report import Record, Report
from allowctl.output import json_v1, kept_v1
from allowctl.output.kept_row import ApprovalRow
from allowctl.risk.audit import audit
from tests import build
from tests.nodes.jsonrpc import Json
from tests.output import anything, wallet
from tests.output.sample import rich
from tests.output.schemas import strict, validator
from tests.output.test_json_v1 import at, members

ROW, STRICT = validator("row"), strict("row")


def report_of(*records: Record) -> Report:
    rows = audit(records, build.context()).records
    return build.scan_report(build.scan(allowances=rows))


def kept() -> str:
    """The row of which most is known."""
    return next(iter(kept_v1.rows(report_of(*wallet.records())))).document


def test_every_live_and_expired_row_is_kept() -> None:
    """By its fingerprint, with block, owner and time of the report."""
    report = rich()
    rows = list(kept_v1.rows(report))
    first = rows[0]

    assert len(rows) == sum(len(s.allowances) + len(s.expired) for s in report.scans)
    assert (first.chain_id, first.owner) == (1, build.OWNER)
    assert (first.created_at, first.as_of) == (report.created_at, build.block())
    assert {kept_v1.read(each.document).status for each in rows} == {"live", "expired"}


@given(anything.records())
def test_what_is_read_is_what_was_kept(record: Record) -> None:
    """Of any row: encoded again, each field that is read is as it stood there."""
    (row,) = kept_v1.rows(report_of(record))
    written = json.loads(row.document)
    STRICT.validate(written)
    told = kept_v1.read(row.document)
    again: Json = json.loads(msgspec.json.encode(told))

    assert told.row.fingerprint == row.fingerprint
    assert within(again, written)


def within(part: Json, whole: Json) -> bool:
    """Whether it says nothing else; what is not there reads as nothing."""
    match part, whole:
        case dict(), dict():
            return all(
                within(inner, whole[name]) if name in whole else not inner
                for name, inner in part.items()
            )
        case list(), list():
            pairs = zip(part, whole, strict=False)
            return len(part) == len(whole) and all(within(*pair) for pair in pairs)
        case _:
            return bool(part == whole)


def test_it_is_the_report_s_row() -> None:
    """The same words as in allowctl.report/v1, none left out."""
    report = report_of(*wallet.records())
    rows = json.loads(json_v1.render(report))["scans"][0]["allowances"]

    assert [json.loads(each.document)["row"] for each in kept_v1.rows(report)] == rows
    assert {field.encode_name for field in msgspec.structs.fields(ApprovalRow)} <= set(
        rows[0]
    )


def test_text() -> None:
    """For programs: the whole document, in ASCII, with its schema."""
    text = kept_v1.text(kept())

    assert text.isascii()
    assert text.endswith("}\n")
    assert json.loads(text) == json.loads(kept())
    ROW.validate(json.loads(text))


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_garbage(text: str) -> None:
    """Is told of, not shown."""
    for read in (kept_v1.read, kept_v1.text):
        with pytest.raises(CodecError, match=r"^no allowctl\.row/v1"):
            read(text)


@given(st.integers(0, len(kept()) - 1), st.sampled_from('0x{}[]":, \\\x00\u202e-e.'))
def test_a_damaged_byte(place: int, wrong: str) -> None:
    """Either it is still a row, or a CodecError: never anything else."""
    whole = kept()
    damaged = whole[:place] + wrong + whole[place + 1 :]
    with contextlib.suppress(CodecError):
        kept_v1.read(damaged)
        kept_v1.text(damaged)


def test_each_field_is_checked() -> None:
    """An object, a list or a fraction fits nowhere, nor a word of somebody else's."""
    good = json.loads(kept())
    read = msgspec.to_builtins(kept_v1.read(kept()))
    strangers = {
        "reason", "source", "name", "date", "symbol", "imitates", "label", "chain",
        "label_source", "note", "unpriced", "evidence", "fact",
    }  # fmt: skip
    for path, name in members(read):
        wrongs: tuple[Json, ...] = ({"odd": 1}, [[]], 0.5, "\x1b[2J")
        for wrong in wrongs[: 3 if name in strangers else 4]:
            changed = copy.deepcopy(good)
            at(changed, path)[name] = wrong
            with pytest.raises(CodecError):
                kept_v1.read(json.dumps(changed))


@pytest.mark.parametrize("name", ["schema", "chain_id", "owner", "row", "status"])
def test_what_it_cannot_do_without(name: str) -> None:
    """A document that lacks it is none."""
    changed = json.loads(kept())
    del changed[name]
    with pytest.raises(CodecError):
        kept_v1.read(json.dumps(changed))


def test_numbers_without_end() -> None:
    """A field that is not read may hold what no program reads."""
    changed = kept().replace('"schema"', '"new": ' + "1" * 5_000 + ', "schema"', 1)
    with pytest.raises(CodecError, match="too long"):
        kept_v1.text(changed)


def test_a_saved_report() -> None:
    """Its rows are found by the beginning of their fingerprints, as they are kept."""
    report = rich()
    saved = json_v1.render(report).encode()
    every = {each.fingerprint: each.document for each in kept_v1.rows(report)}
    found = kept_v1.in_report(saved, "")

    assert found.keys() == every.keys()
    for fingerprint, document in every.items():
        assert json.loads(found[fingerprint]) == json.loads(document)
        assert list(kept_v1.in_report(saved, fingerprint[:10])) == [fingerprint]
    assert kept_v1.in_report(saved, "ffffff") == {}


@pytest.mark.parametrize(
    "saved",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"schema": "allowctl.report/v2", "created_at": 1, "scans": []}',
        b'{"schema": "allowctl.report/v1", "created_at": 1, "scans": [{}]}',
        b"[" * 100_000,
        json_v1.render(rich()).encode()[:-9],
    ],
    ids=["empty", "no text", "list", "nothing", "newer", "no scan", "deep", "cut"],
)
def test_what_is_no_report(saved: bytes) -> None:
    """Is a CodecError that says so."""
    with pytest.raises(CodecError, match=r"^no allowctl\.report/v1"):
        kept_v1.in_report(saved, "abcdef")


def test_another_call_is_not_shown() -> None:
    """A report may be a stranger's: its revocation must be the approval's own."""
    document = json.loads(kept())
    for part, lie in (
        ("to", build.OWNER),
        ("data", document["row"]["revocation"]["data"][:-1] + "1"),
    ):
        lying = copy.deepcopy(document)
        lying["row"]["revocation"][part] = lie
        with pytest.raises(CodecError, match="another call"):
            kept_v1.read(json.dumps(lying))


def test_another_row_is_not_shown() -> None:
    """What is kept under a fingerprint is that approval's row."""
    document = kept()
    own = kept_v1.read(document).row.fingerprint
    assert kept_v1.read(document, own).row.fingerprint == own
    with pytest.raises(CodecError, match="another approval"):
        kept_v1.read(document, "0" * 32)
