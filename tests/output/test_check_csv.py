"""A check for spreadsheets: a row for everything, a formula for nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from syrupy.assertion import SnapshotAssertion

from allowctl.model.evaluation import Evaluation
from allowctl.model.place import Place
from allowctl.output.check_csv import COLUMNS, render
from tests.markdown import text_of
from tests.output import checked
from tests.policy import making
from tests.policy.making import ROOT

Rows = list[dict[str, str]]


def rows(of: Evaluation) -> Rows:
    return list(csv.DictReader(io.StringIO(render(of, ROOT), newline="")))


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that an evaluation can hold."""
    assert render(making.rich(), ROOT) == snapshot


def test_passing() -> None:
    """The columns stand there even if nothing else does."""
    assert render(making.passing(), ROOT) == ",".join(COLUMNS) + "\n"


def test_everything_has_a_row() -> None:
    """Violations, warnings, what is covered, and what was not seen."""
    found = [row["status"] for row in rows(making.rich())]
    assert found == [
        *["violation"] * 4,
        *["warning"] * 2,
        *["covered"] * 2,
        *["open_end", "forgiven"],
    ]


def test_a_row() -> None:
    """Exact amounts, whole addresses, the line that caused it, and the entry."""
    found = rows(making.rich())
    first, covered = found[0], found[6]

    assert (first["amount"], first["unlimited"]) == (str(2**256 - 1), "true")
    assert (first["file"], first["line"], first["key"]) == (
        *("ops/allowctl.toml", "3"),
        "policy.fail_on",
    )
    assert first["rules"] == "eoa-spender unlimited-amount stale-approval"
    assert (covered["cover"], covered["cover_expires"]) == ("allow", "2027-03-31")
    assert (covered["cover_file"], covered["cover_line"]) == (
        *("ops/allowctl.toml", "40"),
    )
    assert found[3]["reason"] == "reverts"


@pytest.mark.parametrize("name", ["=1+1", "-2", "+3", "@SUM(A1)", "a;b"])
def test_a_file_is_no_formula(name: str) -> None:
    """Nor is what stands behind a separator of another country's."""
    where = Place(file=f"/repo/{name}", key=name)
    (row,) = rows(making.evaluation(making.violation(where=where)))

    assert row["file"] == row["key"]
    assert row["file"] in {f"'{name}", "a\\x3bb"}


def test_the_columns_are_documented() -> None:
    """docs/check.md names exactly these, in their order."""
    (line,) = [
        line for line in text_of("docs/check.md").splitlines() if "`status`, " in line
    ]
    assert line.split(": ", 1)[1].split("`")[1::2] == list(COLUMNS)


@settings(max_examples=40)
@given(checked.evaluations())
def test_any_evaluation(evaluation: Evaluation) -> None:
    """Whatever anybody says: the same cells, one line each, and no formula."""
    found = rows(replace(evaluation))

    assert len(found) == len(evaluation.violations) + len(evaluation.open_ends)
    for row in found:
        assert tuple(row) == COLUMNS
        assert None not in row.values()
        for each in row.values():
            assert not each.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
            assert each.isascii()
            assert each.isprintable() or not each
            assert not any(mark in each for mark in ("://", "::", "##"))
