"""What lists say of a spender, as a rule needs it."""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec.shown import inert
from allowctl.codec.words import checksum
from allowctl.model.facts import SpenderFacts
from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.lists import Charge, Listing
from allowctl.risk.rule import Context, RuleCard

RULES = frozenset(
    {
        "blocklisted-spender",
        "deprecated-spender",
        "exploited-spender",
        "shared-signature-surface",
    }
)
"""The rules that cannot be evaluated where a list is missing, and lack nothing else."""
_NAMED = 3
"""Listings told of in one sentence; the others are counted."""


def judge(
    card: RuleCard, charge: Charge, spender: SpenderFacts, context: Context
) -> Finding | NotEvaluated | None:
    """A finding for a spender that any list charges with it.

    Not evaluated where none does and no list could be asked.
    """
    against = [each for each in spender.listed if each.charge is charge]
    if against:
        return card.finding(evidence(against))
    missing = context.absent.get(charge)
    return None if missing is None else card.unknown(missing)


def evidence(against: Sequence[Listing]) -> str:
    """Which lists, what they call the case, its date: ``listed by a: "Case"``."""
    told = ", and ".join(_told(each) for each in against[:_NAMED])
    more = len(against) - _NAMED
    return f"listed by {told}" + (f", and {more} more" if more > 0 else "")


def _told(listing: Listing) -> str:
    case = f': "{inert(listing.name)}"' if listing.name else ""
    date = f" of {inert(listing.date)}" if listing.date else ""
    ran = f", for {checksum(listing.via)}, whose code it runs" if listing.via else ""
    return inert(listing.source) + case + date + ran
