"""Why a fact is not there: never the same as a fact that is nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Lack(StrEnum):
    """What kept a fact away; what that means for an audit is different for each."""

    NOT_ASKED = "not asked"
    """Nobody wanted it (--offline, no --sourcify): the audit is whole without it."""
    UNAVAILABLE = "unavailable"
    """It cannot be had here: no archive state, no oracle on that chain."""
    FAILED = "failed"
    """It was asked for and not served: the audit is incomplete."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that is not known, and why."""

    lack: Lack
    reason: str
    """In words of our own, as a part of a sentence."""


NOT_ASKED = Missing(Lack.NOT_ASKED, "not asked for")
