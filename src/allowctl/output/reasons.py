"""Why a row stands where it does, in as much room as there is."""

from __future__ import annotations

from allowctl.model.finding import Level
from allowctl.model.report import AuditedRecord
from allowctl.output.names import cut
from allowctl.risk.rules import TITLES


def level(audited: AuditedRecord) -> str:
    """The level; with a mark where a fact was missing, so that it may be worse."""
    certain = audited.level in {Level.UNKNOWN, Level.CRITICAL}
    doubtful = audited.failed and not certain
    return f"{audited.level}?" if doubtful else str(audited.level)


def reasons(audited: AuditedRecord, room: int) -> str:
    """The findings by weight, each with its points, and the number of those left out.

    The first is always there, if need be without its points or its end.
    """
    found = [f"{TITLES[each.rule]} (+{each.points})" for each in audited.findings]
    if not found:
        return cut(f"nothing found{_not_evaluated(len(audited.failed))}", room)
    for count in range(len(found), 0, -1):
        said = ", ".join(found[:count]) + _more(len(found) - count)
        if len(said) <= room:
            return said
    return cut(TITLES[audited.findings[0].rule] + _more(len(found) - 1), room)


def _more(count: int) -> str:
    return f", {count} more" if count else ""


def _not_evaluated(rules: int) -> str:
    """What "nothing" is worth: elsewhere the mark behind the level has to do."""
    match rules:
        case 0:
            return ""
        case 1:
            return ", 1 rule not evaluated"
        case _:
            return f", {rules} rules not evaluated"
