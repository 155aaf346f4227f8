"""The benchmarks run: in miniature, so that their numbers mean nothing here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import rivals
from benchmarks.cases import CASES
from benchmarks.client import Sent, longest
from benchmarks.measure import Row, Size, at_least, at_most
from benchmarks.run import main, measure, table, write

TINY = Size(
    blocks=24_000,
    span=1_000,
    latency=0.001,
    part=2_000,
    approvals=10,
    owners=3,
    logs=500,
    approvals_each=2,
    rate_requests=40,
    reply=1_000,
    rounds=1,
    processes=1,
    starts=1,
)


def sent(at: float, answered: float) -> Sent:
    return Sent(at=at, answered=answered, methods={}, status=200)


@pytest.mark.node
@pytest.mark.parametrize("name", CASES)
def test_a_case_measures_something(name: str, tmp_path: Path) -> None:
    """Each case runs to its end, has a target, and every number is one."""
    rows = measure([name], TINY)
    write(rows, tmp_path / "results.json")
    document = json.loads((tmp_path / "results.json").read_text("utf-8"))

    assert any(row.target for row in rows)
    assert all(row.value >= 0 for row in rows)
    assert table(rows).row_count == len(rows) == len(document["rows"])


@pytest.mark.node
def test_rivals_that_find_different_logs_are_no_comparison(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rival that misses logs would look fast: the run fails instead."""
    some = {"web3.py loop": rivals.web3, "idle": lambda _task: (0.1, 0)}
    monkeypatch.setattr("benchmarks.cases.rivals", lambda: some)

    with pytest.raises(RuntimeError, match="found different logs"):
        CASES["wide"](replace(TINY, part=TINY.blocks))


def test_what_overlaps_is_no_sequence() -> None:
    """The longest chain is of requests that were sent after the last was answered."""
    assert longest([]) == 0
    assert longest([sent(0, 1), sent(0, 1), sent(0.5, 2)]) == 1
    assert longest([sent(0, 1), sent(0.1, 9), sent(1, 2), sent(2, 3), sent(9, 10)]) == 4


def test_a_target_is_met_or_missed() -> None:
    """At its very value it is met."""
    assert [at_most("", "", value, 2).met for value in (1, 2, 3)] == [True, True, False]
    assert [at_least("", "", value, 2).met for value in (1, 2, 3)] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(("met", "code"), [(True, 0), (None, 0), (False, 1)])
def test_a_missed_target_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, met: bool | None, code: int
) -> None:
    """`make bench` fails when any target is missed."""
    row = Row(case="c", what="w", value=1.0, met=met)
    monkeypatch.setattr("benchmarks.run.CASES", {"one": lambda _size: [row]})
    monkeypatch.setattr("benchmarks.run.RESULTS", tmp_path / "results.json")

    assert main([]) == code


def test_an_unknown_case_is_a_usage_error() -> None:
    """Nothing is measured."""
    assert main(["no-such-case"]) == 2
