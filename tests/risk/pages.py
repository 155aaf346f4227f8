"""What a rule's page shows: its cases, and an example."""

from __future__ import annotations

import json
import re
from pathlib import Path

from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.report import AuditedRecord
from allowctl.output import json_v1
from allowctl.risk.audit import level_of
from tests import build

PAGES = Path(__file__).parents[2] / "docs" / "rules"
_CASES = re.compile(
    r"^\| case \| points \| when \|\n\| --- \| --- \| --- \|\n((?:\|.+\|\n)+)",
    re.MULTILINE,
)
_CASE = re.compile(r"\| `([a-z]+)` \| (\d+) \| \S.* \|")


def example(rule: str) -> object:
    """The JSON finding on a rule's page."""
    (block,) = re.findall(
        r"^```json\n(.+?)^```$", _page(rule), re.MULTILINE | re.DOTALL
    )
    found: object = json.loads(block)
    return found


def cases(rule: str) -> dict[str, int] | None:
    """Points by case, from the table on a rule's page; None where it has no table."""
    tables = _CASES.findall(_page(rule))
    if not tables:
        return None
    (table,) = tables
    rows = [_CASE.fullmatch(line) for line in table.splitlines()]
    return {row[1]: int(row[2]) for row in rows if row}


def as_json(found: Finding | NotEvaluated | None) -> object:
    """A finding as the JSON report has it."""
    assert isinstance(found, Finding)
    row = AuditedRecord(
        record=build.record(),
        findings=(found,),
        points=found.points,
        level=level_of(found.points),
    )
    report = json.loads(
        json_v1.render(build.scan_report(build.scan(allowances=(row,))))
    )
    (shown,) = report["scans"][0]["allowances"][0]["findings"]
    return dict(shown)


def _page(rule: str) -> str:
    return (PAGES / f"{rule}.md").read_text("utf-8")
