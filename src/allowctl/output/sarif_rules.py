"""The rules of a SARIF log: one for each check that something is against."""

from __future__ import annotations

from collections.abc import Iterable

from allowctl.codec.shown import quoted
from allowctl.model.evaluation import Violation
from allowctl.model.finding import Level, Severity
from allowctl.model.policy import Action, Policy
from allowctl.output.row_v1 import Json
from allowctl.policy.checks import CHECKS, RULE_PREFIX, CheckCard

_FAIL_ON = "fail-on"
_REASON = 200
_SECURITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "1.0",
}
"""GitHub's critical is above 9.0, its high from 7.0 on, its medium from 4.0."""
_ACTIONS = {Action.DENY: Severity.HIGH, Action.WARN: Severity.MEDIUM}
_LONGEST_NAME = 255
"""Characters that GitHub takes of a rule's name."""

NOT_SEEN, LEFT_OUT = "not-seen", "left-out"
_NOTIFIED = {
    NOT_SEEN: (
        "Something could not be read, so the result is not complete",
        "Ask again, or name another endpoint with --rpc-url.",
    ),
    LEFT_OUT: (
        "There is more than the log holds",
        "The json format of `allowctl check` holds everything.",
    ),
}
NOTIFIED = tuple(_NOTIFIED)
"""What a notification can be of, in the order of `notifications`."""


def rule_id(violation: Violation) -> str:
    """The check's id; of `fail-on` with the level, which is how bad it is."""
    level = violation.subject.level
    if violation.check != _FAIL_ON or level is None or level is Level.UNKNOWN:
        return violation.check
    return f"{_FAIL_ON}/{level}"


def rules(violations: Iterable[Violation], policy: Policy) -> dict[str, Json]:
    """A reportingDescriptor for each rule that is violated, by its id, in order."""
    worst: dict[str, Action] = {}
    for each in violations:
        id_ = rule_id(each)
        if worst.get(id_) is not Action.DENY:
            worst[id_] = each.action
    return {id_: _rule(id_, worst[id_], policy) for id_ in sorted(worst)}


def _rule(id_: str, action: Action, policy: Policy) -> Json:
    card = _card(id_, action, policy)
    level = "error" if action is Action.DENY else "warning"
    return _described(id_, card.title, card.help) | {
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["security", "ethereum", "approval", "policy"],
            "precision": "high",
            "security-severity": _SECURITY[card.severity],
        },
    }


def notifications() -> list[Json]:
    """A reportingDescriptor for each sort of notification, in order."""
    return [_described(id_, *_NOTIFIED[id_]) for id_ in NOTIFIED]


def _described(id_: str, title: str, help_: str) -> Json:
    whole = f"{title}. {help_}"
    return {
        "id": id_,
        "name": _name(id_),
        "shortDescription": {"text": f"{title}."},
        "fullDescription": {"text": whole},
        "help": {"text": whole, "markdown": f"**{title}**\n\n{help_}\n"},
    }


def _card(id_: str, action: Action, policy: Policy) -> CheckCard:
    check, _, level = id_.partition("/")
    if check in CHECKS:
        card = CHECKS[check]
        severity = Severity(level) if level else card.severity
        title = f"{card.title}: {level}" if level else card.title
        return CheckCard(id=id_, title=title, help=card.help, severity=severity)
    name = check.removeprefix(RULE_PREFIX)
    reasons = (each.reason for each in policy.rules if each.id == name)
    reason = next(filter(None, reasons), "")
    said = f"Its reason: {quoted(reason, _REASON)}. " if reason else ""
    return CheckCard(
        id=id_,
        title=f"Approval that the policy's rule {name} is against",
        help=f"{said}Take it back with `allowctl revoke`, or write down in an "
        "[[allow]] entry why it is needed.",
        severity=_ACTIONS[action],
    )


def _name(id_: str) -> str:
    """`PolicyFailOnCritical`: SARIF wants it in Pascal case, and never just the id."""
    words = ("policy", *id_.replace("/", "-").replace(".", "-").split("-"))
    return "".join(word[:1].upper() + word[1:] for word in words)[:_LONGEST_NAME]
