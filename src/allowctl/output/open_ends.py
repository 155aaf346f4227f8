"""What a plan does not take back: what was left out of it, what nobody can see."""

from __future__ import annotations

from collections.abc import Iterator

from allowctl.codec.shown import printable
from allowctl.codec.words import checksum
from allowctl.model.plan import LeftOut, Plan
from allowctl.output.change_words import what, whole
from allowctl.output.prose import facts, section, several, wrapped
from allowctl.output.table import Screen

SAID = 500
"""Characters of a sentence of our own."""
_LISTED = 8
"""Approvals left out for one reason before the rest is counted: anybody can plant
more of them, and they must not bury the others."""
_REASON = "  "
_APPROVAL = "    "
_FACT = "      "


def on(plan: Plan) -> str:
    """Whose account on which chain."""
    chain = f"{printable(plan.chain.name, SAID)} ({plan.chain.id})"
    return f"{checksum(plan.owner)} on {chain}"


def left_out(plan: Plan, screen: Screen, rest: str) -> Iterator[str]:
    """What was selected and is not tried, under its reason.

    `rest` says where those are that are only counted here.
    """
    by_reason: dict[str, list[LeftOut]] = {}
    for each in plan.left_out:
        by_reason.setdefault(printable(each.reason, SAID), []).append(each)
    body: list[str] = []
    for reason, group in by_reason.items():
        body += wrapped([f"{reason}:"], screen, _REASON)
        for each in group[:_LISTED]:
            body += wrapped([what(each.change, plan.chain)], screen, _APPROVAL)
            body += facts(whole(each.change), screen, _FACT)
        if len(group) > _LISTED:
            more = f"and {len(group) - _LISTED:,} more: {rest}"
            body += wrapped([more], screen, _APPROVAL)
    count = several(len(plan.left_out), "approval")
    yield from section(screen, f"LEFT OUT: {count} not tried, or not whole", body)


def unseen(plan: Plan, screen: Screen) -> Iterator[str]:
    """What stays open whatever is signed."""
    said = (printable(each, SAID) for each in plan.unseen)
    body = list(wrapped(said, screen, "  "))
    yield from section(screen, "Not taken back by this", body)
