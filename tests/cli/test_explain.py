"""`allowctl explain`: one row in full, or what a rule means; nobody is asked."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from allowctl.cli.pages import page
from allowctl.model.kept import Kept
from allowctl.model.report import Report
from allowctl.output import json_v1, kept_v1
from allowctl.risk.rules import TITLES
from allowctl.store.paths import state_folder
from allowctl.store.statedb import StateDb
from tests.build import candidate
from tests.cli.runs import OWNER, here, serving
from tests.fakes.worlds import World
from tests.output.sample import rich
from tests.output.schemas import validator

FIRST = "fae4b3e3f1253be954adc6a40757f98e"
"""The worst row of the sample."""


def remember(report: Report, *, document: str | None = None) -> None:
    """As a scan does."""
    rows = [
        Kept(
            fingerprint=row.fingerprint,
            chain_id=row.chain_id,
            owner=row.owner,
            created_at=row.created_at,
            as_of=row.as_of,
            document=document or row.document,
        )
        for row in kept_v1.rows(report)
    ]
    with StateDb.open(state_folder() / "state.db") as kept:
        kept.keep_rows(rows)


@pytest.mark.parametrize(
    "what", [FIRST, FIRST[:6], FIRST[:8].upper(), f"0x{FIRST[:9]}"]
)
def test_a_row_by_the_beginning_of_its_fingerprint(what: str) -> None:
    """Six digits or more, in any case."""
    remember(rich())
    ended = here("explain", what)

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("critical: unlimited USDC to 0x17F2")
    assert f"fingerprint {FIRST}" in ended.out
    assert "\ncast send --chain 1 --from 0x0A0A" in ended.out


def test_every_row_of_a_report_can_be_explained() -> None:
    """By the id that stands in the table."""
    remember(rich())
    for row in kept_v1.rows(rich()):
        assert here("explain", row.fingerprint[:8]).code == 0


def test_json() -> None:
    """One document, as it was kept."""
    remember(rich())
    ended = here("explain", FIRST[:8], "--json")
    document = json.loads(ended.out)
    validator("row").validate(document)

    assert ended.code == 0
    assert document["row"]["fingerprint"] == FIRST
    assert ended.out.isascii()


def test_after_a_scan() -> None:
    """The row that the table shows is the one that is explained."""
    world = World()
    world.approves(candidate())
    with serving(world.rpc) as url:
        scanned = here("scan", OWNER, "-r", url, "--json")
    (row,) = json.loads(scanned.out)["scans"][0]["allowances"]
    ended = here("explain", row["fingerprint"][:8], "--json")

    assert (scanned.code, ended.code) == (0, 0)
    assert json.loads(ended.out)["row"] == row


@pytest.mark.parametrize("name", TITLES)
def test_a_rule_is_its_page(name: str) -> None:
    """As it stands in docs/rules."""
    ended = here("explain", name)

    assert (ended.code, ended.err) == (0, "")
    assert ended.out == page(name)
    assert ended.out.startswith(f"# {name}: ")


@pytest.mark.parametrize(
    ("what", "message", "hint"),
    [
        ("unlimited", "is neither a rule nor", "did you mean unlimited-amount?"),
        ("EOA-Spender", "is neither a rule nor", "did you mean eoa-spender?"),
        ("abcde", "6 to 32 digits", "rules in docs/rules"),
        ("a" * 33, "6 to 32 digits", "rules in docs/rules"),
        ("xyzxyz", "6 to 32 digits", "rules in docs/rules"),
        ("", "6 to 32 digits", "rules in docs/rules"),
        ("\x1b[2J\u202e", "'\\x1b[2J\\u202e' is neither", "rules in docs/rules"),
        ("abcdef", "begins with abcdef", "scan its owner first"),
    ],
)
@pytest.mark.parametrize("kept", [True, False])
def test_what_is_not_there(*, kept: bool, what: str, message: str, hint: str) -> None:
    """Is told with what comes nearest, and harmless."""
    if kept:
        remember(rich())
    ended = here("explain", what)

    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert hint in ended.err
    assert all(line.isprintable() for line in ended.err.splitlines())


def test_nothing_is_made_by_asking() -> None:
    """Where nothing was scanned, no file is made."""
    assert here("explain", "abcdef").code == 2
    assert list(state_folder().iterdir()) == []


def test_several_rows_begin_so() -> None:
    """They are named, so that one can be chosen."""
    document = next(iter(kept_v1.rows(rich()))).document
    rows = [
        Kept(
            fingerprint="abcdef" + f"{n:026x}",
            chain_id=1,
            owner=rich().scans[0].owner,
            created_at=1,
            as_of=rich().scans[0].as_of,
            document=document,
        )
        for n in range(20)
    ]
    with StateDb.open(state_folder() / "state.db") as kept:
        kept.keep_rows(rows)
    ended = here("explain", "abcdef")

    assert (ended.code, ended.out) == (2, "")
    assert f"the beginning of several: abcdef{'0' * 26}, " in ended.err
    assert "and 12 more" in ended.err
    assert "give more digits" in ended.err


@pytest.mark.parametrize("document", ["{}", '{"schema": "allowctl.row/v9"}', "\x00"])
@pytest.mark.parametrize("json_", [(), ("--json",)])
def test_a_damaged_row(document: str, json_: tuple[str, ...]) -> None:
    """Is told of, with what to do."""
    remember(rich(), document=document)
    ended = here("explain", FIRST, *json_)

    assert ended.code == 2
    assert f"the row {FIRST} cannot be read: no allowctl.row/v1" in ended.err
    assert "scan its owner again" in ended.err
    if json_:
        validator("error").validate(json.loads(ended.out))


def test_a_damaged_state_file() -> None:
    """No traceback: which file it is, and how to put it aside."""
    remember(rich())
    file = state_folder() / "state.db"
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    ended = here("explain", FIRST)

    assert ended.code == 2
    assert str(file) in ended.err
    assert "Traceback" not in ended.err


def test_a_saved_report(tmp_path: Path) -> None:
    """What was never remembered can be explained out of a file."""
    file = tmp_path / "report.json"
    file.write_text(json_v1.render(rich()), "utf-8")
    text = here("explain", FIRST[:7], "--report", str(file))
    document = here("explain", FIRST[:7], "--report", str(file), "--json")

    assert (text.code, document.code) == (0, 0)
    assert text.out.startswith("critical: unlimited USDC")
    validator("row").validate(json.loads(document.out))
    assert list(state_folder().iterdir()) == []


def test_a_report_on_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """- reads it from there."""
    saved = io.BytesIO(json_v1.render(rich()).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(saved))
    ended = here("explain", FIRST[:7], "--report", "-")

    assert ended.code == 0
    assert ended.out.startswith("critical: unlimited USDC")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("", "no allowctl.report/v1"),
        ("{}", "no allowctl.report/v1"),
        (json_v1.render(rich()), "begins with abcdef"),
    ],
)
def test_reports_that_are_none(
    content: str | None, message: str, tmp_path: Path
) -> None:
    """A missing file, one of another kind, and one that lacks the row."""
    file = tmp_path / "\u202ereport.json"
    if content is not None:
        file.write_text(content, "utf-8")
    ended = here("explain", "abcdef", "--report", str(file))

    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert ended.err.isascii()


def test_a_rule_has_no_json() -> None:
    """A page is text."""
    ended = here("explain", "eoa-spender", "--json")

    assert ended.code == 2
    assert "has no --json" in ended.err
