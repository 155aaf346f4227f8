"""The report for spreadsheets: a row for everything, a formula for nothing."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from syrupy.assertion import SnapshotAssertion

from allowctl.model.report import Record, Report
from allowctl.output.csv_v1 import COLUMNS, render
from allowctl.risk.audit import audit
from tests import strategies
from tests.build import context, scan, scan_report
from tests.output.sample import empty, rich

Rows = list[dict[str, str]]


def rows(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def of(report: Report, *, show_dead: bool = False) -> Rows:
    return rows(render(report, show_dead=show_dead))


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that a report can hold."""
    assert render(rich(), show_dead=True) == snapshot


def test_empty(snapshot: SnapshotAssertion) -> None:
    """The columns stand there even if nothing else does."""
    assert render(empty()) == snapshot


def test_everything_is_accounted_for() -> None:
    """As many rows as scans, candidates and gaps; the dead only where asked for."""
    report = rich()
    every = len(report.scans) + len(report.unscanned)
    every += sum(each.candidates for each in report.scans)
    every += sum(len(each.coverage.gaps) for each in report.scans)
    every += sum(len(each.coverage.differences) for each in report.scans)
    dead = sum(len(each.dead) for each in report.scans)
    assert len(of(report, show_dead=True)) == every
    assert len(of(report)) == every - dead


def test_statuses() -> None:
    """Six fates and gaps, differences, and a row for each scan; each row one."""
    found = {row["status"] for row in of(rich(), show_dead=True)}
    fates = {"live", "dormant", "refused", "unserved", "gap", "dead"}
    assert found == fates | {"difference", "scan"}


def test_coverage() -> None:
    """A scan's own row tells what was sought, by whose word, and at what cost."""
    row = next(r for r in of(rich()) if r["status"] == "scan")
    assert (row["from_block"], row["to_block"], row["complete"]) == (
        *("0", "24000000"),
        "false",
    )
    assert (row["checked"], row["remembered"]) == ("sampled", "20000000")
    assert (row["endpoints"], row["state_by"]) == (
        "node.example other.example",
        "node.example",
    )
    assert (row["canary"], row["requests"], row["items"]) == ("46147", "123", "4567")
    assert row["as_of_hash"].startswith("0x")


def test_what_was_not_scanned_is_a_gap_without_end() -> None:
    """Chain and owner where they are known; the reason has no terminal code."""
    gaps = [r for r in of(rich()) if r["status"] == "gap" and not r["as_of_block"]]
    assert [(r["chain"], bool(r["owner"]), r["to_block"]) for r in gaps] == [
        ("base", True, ""),
        ("base", False, ""),
        ("", False, ""),
    ]
    assert all(r["reason"].isprintable() for r in gaps)


def test_amounts_are_exact() -> None:
    """Numbers as they are, never in floating point."""
    (row,) = (r for r in of(rich()) if r["token_id"] == str(2**255 + 1))
    assert row["kind"] == "erc721"
    assert str(2**256 - 1) in {r["amount"] for r in of(rich())}


@given(strategies.records())
def test_any_record(record: Record) -> None:
    """Whatever a token is called: one row, the same cells, no formula."""
    audited = audit([record], context()).records
    _, row = of(scan_report(scan(allowances=audited)))
    assert tuple(row) == COLUMNS
    assert None not in row.values()
    assert not row["symbol"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert row["symbol"].isascii()
    for each in row.values():
        assert "\n" not in each
        assert "://" not in each
