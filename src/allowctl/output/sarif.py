"""The result of `allowctl check` as SARIF 2.1.0, inside of GitHub's limits.

OASIS: Static Analysis Results Interchange Format, Version 2.1.0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from allowctl.model.evaluation import Evaluation, OpenEnd, Violation
from allowctl.output.check_spot import end_spot, line, worst_first
from allowctl.output.check_words import unseen
from allowctl.output.located import inside
from allowctl.output.row_v1 import Json
from allowctl.output.safe import document
from allowctl.output.sarif_result import ROOT, known, physical, result, state
from allowctl.output.sarif_rules import (
    LEFT_OUT,
    NOT_SEEN,
    NOTIFIED,
    notifications,
    rule_id,
    rules,
)

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST = 5_000
"""Results: GitHub shows no more of a run, and refuses 25,000."""
_MOST_NOTIFICATIONS = 1_000
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+")


def render(evaluation: Evaluation, root: str) -> str:
    """One log with one run; files as seen from `root`, never from this machine.

    Results are the violations, the worst first; what an entry covers is suppressed.
    """
    every = worst_first(evaluation.violations)
    shown, left = every[:MOST], every[MOST:]
    descriptors = rules(shown, evaluation.policy)
    index = {id_: number for number, id_ in enumerate(descriptors)}
    compared = _baseline(evaluation)
    return document(
        {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": _driver(evaluation, descriptors)},
                    "automationDetails": {"id": _id(evaluation, root)},
                    "invocations": [_invocation(evaluation, left, root)],
                    "originalUriBaseIds": {
                        ROOT: {"description": {"text": "The repository's root."}}
                    },
                    "columnKind": "utf16CodeUnits",
                    "results": [
                        result(each, evaluation, root)
                        | {"ruleIndex": index[rule_id(each)]}
                        | (state(each) if compared else {})
                        for each in shown
                    ],
                }
            ],
        },
        # A log with all that GitHub shows is under 10 MB even unpacked.
        indent=None,
    )


def _id(evaluation: Evaluation, root: str) -> str:
    """One for each policy: a code host takes a log for the newer one of its id."""
    return f"allowctl/check/{inside(evaluation.policy.file, root)}/"


def _driver(evaluation: Evaluation, descriptors: dict[str, Json]) -> Json:
    version = evaluation.report.version
    said = {"version": version}
    if _SEMANTIC.fullmatch(version):
        said["semanticVersion"] = version
    return {
        "name": "allowctl",
        **said,
        "rules": list(descriptors.values()),
        "notifications": notifications(),
    }


def _baseline(evaluation: Evaluation) -> bool:
    """Whether what was known before is told from what was not."""
    of = evaluation.policy.baseline
    return of is not None or any(
        known(each) or each.outgrown for each in evaluation.violations
    )


def _invocation(evaluation: Evaluation, left: Sequence[Violation], root: str) -> Json:
    at = f"{datetime.fromtimestamp(evaluation.report.created_at, UTC):{_MOMENT}}"
    ends = sorted(evaluation.open_ends, key=lambda each: each.forgiven)
    told = [_unseen(each, evaluation, root) for each in ends[:_MOST_NOTIFICATIONS]]
    if left:
        failing = sum(each.fails for each in left)
        text = f"{len(left)} results are left out, {failing} of them violations"
        told.append(_notification(LEFT_OUT, "warning", f"{text}."))
    if more := ends[_MOST_NOTIFICATIONS:]:
        text = f"{len(more)} more parts could not be read."
        told.append(_notification(LEFT_OUT, "warning", text))
    return {
        "executionSuccessful": evaluation.complete,
        "startTimeUtc": at,
        "endTimeUtc": at,
        "toolExecutionNotifications": told,
    }


def _unseen(end: OpenEnd, evaluation: Evaluation, root: str) -> Json:
    level = "warning" if end.forgiven else "error"
    where = end_spot(end, evaluation)
    locations = [] if where is None else [physical(where, root)]
    told = _notification(NOT_SEEN, level, f"{line(unseen(end))}.")
    return told | ({"locations": locations} if locations else {})


def _notification(id_: str, level: str, text: str) -> Json:
    return {
        "descriptor": {"id": id_, "index": NOTIFIED.index(id_)},
        "level": level,
        "message": {"text": text},
    }
