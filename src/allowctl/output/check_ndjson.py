"""allowctl.check/v1 line by line: what shell tools and log collectors take.

A line for each violation, one for each thing that was not seen, and a last one with
the rest: where that is missing, the others are not whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from allowctl.model.evaluation import Evaluation
from allowctl.output import check_v1, safe
from allowctl.output.row_v1 import Json


def render(evaluation: Evaluation, root: str) -> str:
    """One JSON object a line, each with its `type`; ASCII, as `check_v1` has it."""
    lines = (safe.document(each, indent=None) for each in _lines(evaluation, root))
    return "".join(f"{line}\n" for line in lines)


def _lines(evaluation: Evaluation, root: str) -> Iterator[Json]:
    for violation in evaluation.violations:
        yield {"type": "violation"} | check_v1.violation(violation, root)
    for end in evaluation.open_ends:
        yield {"type": "open_end"} | check_v1.open_end(end)
    yield {"type": "summary"} | check_v1.frame(evaluation, root)
