"""One violation as a result of a SARIF log."""

from __future__ import annotations

from urllib.parse import quote

from allowctl.model.evaluation import (
    Cover,
    CoverKind,
    Evaluation,
    Subject,
    Violation,
)
from allowctl.model.finding import Level
from allowctl.model.place import Place
from allowctl.model.policy import Action
from allowctl.output.check_spot import justification, line, spot, written
from allowctl.output.check_words import approval, logical, sentence
from allowctl.output.located import inside
from allowctl.output.money import exact
from allowctl.output.row_v1 import Json
from allowctl.output.sarif_rules import rule_id

ROOT = "%SRCROOT%"
"""What files are relative to: where that is, is nobody else's business."""


def result(violation: Violation, evaluation: Evaluation, root: str) -> Json:
    """Its message, its places and its fingerprint; suppressed if it is covered."""
    where = spot(violation, evaluation)
    cause = violation.place
    related = written(cause) and cause != where
    return {
        "ruleId": rule_id(violation),
        "level": _level(violation),
        "kind": "fail",
        "message": {"text": _message(violation)},
        "locations": _locations(violation.subject, where, root),
        "relatedLocations": [_cause(cause, root)] if related else [],
        "partialFingerprints": {
            "allowctlViolation/v1": violation.fingerprint,
            # GitHub goes by this one alone, and where it is missing makes it of the
            # line: all violations of a wallet would be one.
            "primaryLocationLineHash": f"{violation.fingerprint}:1",
        },
        "suppressions": [_suppression(each, root) for each in _covers(violation)],
        "properties": _properties(violation.subject),
    }


def _level(violation: Violation) -> str:
    if violation.action is Action.DENY:
        return "error"
    return "note" if violation.subject.level is Level.INFO else "warning"


def _message(violation: Violation) -> str:
    """The violation, what was found, and the addresses in full; within its bound."""
    of = violation.subject
    findings = () if of.row is None else of.row.findings
    where = logical(of)
    said = [
        sentence(violation),
        *(f"{each.rule}: {each.evidence}" for each in findings),
    ]
    tail = f" ({where})." if where else "."
    return line(". ".join(said)) + tail


def _locations(subject: Subject, where: Place | None, root: str) -> list[Json]:
    found = {} if where is None else physical(where, root)
    if name := logical(subject):
        found["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
    return [found] if found else []


def physical(place: Place, root: str) -> Json:
    """A location in a file, as seen from the repository's root."""
    uri = quote(inside(place.file, root), errors="surrogateescape")
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": ROOT},
            "region": {"startLine": place.line},
        }
    }


def _cause(place: Place, root: str) -> Json:
    text = (
        f"The policy says so here: {line(place.key)}." if place.key else "The policy."
    )
    return {"id": 1, **physical(place, root), "message": {"text": text}}


def _covers(violation: Violation) -> list[Cover]:
    return [] if violation.cover is None else [violation.cover]


def _suppression(cover: Cover, root: str) -> Json:
    found: Json = {
        "kind": "external",
        "status": "accepted",
        "justification": justification(cover),
    }
    if written(cover.place):
        found["location"] = physical(cover.place, root)
    return found


def _properties(subject: Subject) -> Json:
    found: Json = {}
    if subject.wallet is not None:
        found["wallet"] = line(subject.wallet.name)
    if subject.scan is not None:
        found["chain"] = line(subject.scan.chain.name)
        found["chain_id"] = subject.scan.chain.id
    if known_by := approval(subject):
        found["approval"] = known_by
    if subject.row is not None:
        found["level"] = str(subject.row.level)
        if (usd := subject.row.record.usd) is not None:
            found["value_at_risk_usd"] = exact(usd)
    return found


def known(violation: Violation) -> bool:
    """Whether it passes because it was known before."""
    cover = violation.cover
    return cover is not None and cover.kind is CoverKind.BASELINE


def state(violation: Violation) -> Json:
    """How it stands to the baseline; what was known and grew worse is no news."""
    if violation.outgrown:
        return {"baselineState": "updated"}
    return {"baselineState": "unchanged" if known(violation) else "new"}
