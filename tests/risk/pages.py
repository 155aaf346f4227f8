"""What a rule's page shows as an example."""

from __future__ import annotations

import json
import re
from pathlib import Path

from allowctl.model.finding import Finding, NotEvaluated

PAGES = Path(__file__).parents[2] / "docs" / "rules"


def example(rule: str) -> object:
    """The JSON finding on a rule's page."""
    text = (PAGES / f"{rule}.md").read_text("utf-8")
    (block,) = re.findall(r"^```json\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)
    found: object = json.loads(block)
    return found


def as_json(found: Finding | NotEvaluated | None) -> object:
    """A finding as the JSON report has it."""
    assert isinstance(found, Finding)
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "confidence": found.confidence.value,
        "points": found.points,
        "evidence": found.evidence,
    }
