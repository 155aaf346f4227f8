"""The lists as text and as allowctl.intel/v1."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.lists import Charge, ListStatus
from allowctl.model.missing import Lack, Missing
from allowctl.output import intel
from tests.output.schemas import validator

NOW = 1_790_000_000
LISTS = (
    ListStatus(
        id="whois",
        source="lists.example",
        charges=(Charge.EXPLOITED, Charge.DEPRECATED),
        fetched_at=NOW - 7_200,
        entries=7_569,
    ),
    ListStatus(
        id="drainers",
        source="lists.example",
        charges=(Charge.BLOCKED,),
        fetched_at=NOW - 9 * 86_400,
        entries=1,
        missing=Missing(Lack.FAILED, "could not be fetched: lists.example answers 503"),
    ),
    ListStatus(
        id="mine",
        source="/lists/mine.json",
        missing=Missing(Lack.NOT_ASKED, "was not fetched: offline"),
    ),
)


def test_text() -> None:
    """A line for each, and why something is not there or old."""
    assert intel.text(LISTS, NOW).splitlines() == [
        "whois                        7,569 entries  2 h old      lists.example",
        "drainers                           1 entry  9 days old   lists.example",
        "  drainers could not be fetched: lists[.]example answers 503",
        "mine                               nothing               /lists/mine.json",
        "  mine was not fetched: offline",
    ]
    assert intel.text((), NOW).endswith("turned off\n")


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 min old"),
        (7_199, "1 h old"),
        (2 * 86_400 - 1, "47 h old"),
        (2 * 86_400, "2 days old"),
    ],
)
def test_ages(seconds: int, age: str) -> None:
    """As people say them."""
    one = ListStatus(id="l", source="x", fetched_at=NOW - seconds)
    assert f" {age} " in intel.text([one], NOW)


def test_document() -> None:
    """Valid by its schema, with all that the text says."""
    found = json.loads(intel.document(LISTS, NOW))
    validator("intel").validate(found)
    first, second, third = found["lists"]
    assert first == {
        "id": "whois",
        "source": "lists.example",
        "charges": ["exploited", "deprecated"],
        "usable": True,
        "entries": 7_569,
        "fetched_at": NOW - 7_200,
        "age_seconds": 7_200,
        "missing": None,
    }
    assert second["missing"]["lack"] == "failed"
    assert (third["usable"], third["fetched_at"], third["age_seconds"]) == (
        False,
        None,
        None,
    )


@given(st.text(), st.text(), st.text())
def test_whatever_a_list_is_called(name: str, source: str, reason: str) -> None:
    """Two lines of printable ASCII, and a valid document."""
    one = ListStatus(
        id=name or "x",
        source=source or "x",
        missing=Missing(Lack.FAILED, reason or "x"),
    )
    lines = intel.text([one], NOW).split("\n")
    assert len(lines) == 3
    assert all(line.isascii() for line in lines)
    assert "".join(lines).isprintable()
    validator("intel").validate(json.loads(intel.document([one], NOW)))
