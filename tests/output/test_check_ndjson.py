"""A check line by line: each is a part of the document, the last is the rest."""

from __future__ import annotations

import json

from hypothesis import given, settings
from syrupy.assertion import SnapshotAssertion

from allowctl.model.evaluation import Evaluation
from allowctl.output import check_v1
from allowctl.output.check_ndjson import render
from tests.nodes.jsonrpc import Json
from tests.output import checked, evaluations
from tests.policy import making
from tests.policy.making import ROOT


def lines(text: str) -> list[Json]:
    return [json.loads(line) for line in text.splitlines()]


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that an evaluation can hold."""
    assert render(making.rich(), ROOT) == snapshot


def test_passing() -> None:
    """One line, which says so: a cut text is not taken for a pass."""
    (only,) = lines(render(making.passing(), ROOT))
    assert (only["type"], only["complete"], only["violated"]) == (
        "summary",
        True,
        False,
    )


def test_the_document_in_lines() -> None:
    """What JSON has, once, in its order."""
    for each in (making.rich(), evaluations.treasury(), evaluations.incomplete()):
        *some, last = lines(render(each, ROOT))
        assert last.pop("type") == "summary"
        kinds = [line.pop("type") for line in some]
        ends = kinds.count("open_end")
        violations = some[: len(some) - ends]

        assert kinds == ["violation"] * len(violations) + ["open_end"] * ends
        assert last | {
            "violations": violations,
            "open_ends": some[len(violations) :],
        } == json.loads(check_v1.render(each, ROOT))


@settings(max_examples=40)
@given(checked.evaluations())
def test_any_evaluation(evaluation: Evaluation) -> None:
    """Whatever anybody says: as many lines as there are things, of plain ASCII."""
    text = render(evaluation, ROOT)
    found = lines(text)

    assert len(found) == len(evaluation.violations) + len(evaluation.open_ends) + 1
    assert all(line.isascii() and line.isprintable() for line in text.split("\n"))
    assert "::" not in text
    assert "##" not in text
