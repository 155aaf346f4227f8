"""The report for spreadsheets: a row for everything, a formula for nothing."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from syrupy.assertion import SnapshotAssertion

from allowctl.model.report import Report
from allowctl.output.csv_v1 import COLUMNS, render
from tests.output import anything
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
    """As many rows as scans, candidates and gaps; the dead only where asked for.

    But those that only an expiration has ended: what is left of them is shown.
    """
    report = rich()
    every = len(report.scans) + len(report.unscanned)
    every += sum(each.candidates for each in report.scans)
    every += sum(len(each.coverage.gaps) for each in report.scans)
    every += sum(len(each.coverage.differences) for each in report.scans)
    dead = sum(len(each.dead) for each in report.scans)
    expired = sum(len(each.expired) for each in report.scans)
    assert expired
    assert len(of(report, show_dead=True)) == every
    assert len(of(report)) == every - dead + expired


def test_statuses() -> None:
    """Seven fates and gaps, differences, and a row for each scan; each row one."""
    found = {row["status"] for row in of(rich(), show_dead=True)}
    fates = {"live", "dormant", "expired", "refused", "unserved", "gap", "dead"}
    assert found == fates | {"difference", "scan"}


def test_judgement() -> None:
    """Level, points, value and loss, to the cent and beyond; unknown is empty."""
    first, *_ = (r for r in of(rich()) if r["status"] == "live")
    assert (first["level"], first["points"], first["spam"]) == (
        *("critical", "100"),
        "false",
    )
    assert (first["value_at_risk_usd"], first["expected_loss_usd"]) == (
        *("9875.00", "7406.25"),
    )
    assert (first["price_source"], first["unpriced"]) == ("chainlink", "")
    assert first["spender_label"] == "A bridge of renown"
    unknown = next(r for r in of(rich()) if r["unpriced"] == "unpriced (thin)")
    assert (unknown["value_at_risk_usd"], unknown["expected_loss_usd"]) == ("", "")


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


@given(anything.reports())
def test_any_report(report: Report) -> None:
    """Whatever anybody says: the same cells, one line each, and no formula."""
    for row in of(report, show_dead=True):
        assert tuple(row) == COLUMNS
        assert None not in row.values()
        for each in row.values():
            assert not each.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
            assert each.isascii()
            assert each.isprintable()
            assert not any(mark in each for mark in ("://", "::", "##"))
