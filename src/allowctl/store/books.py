"""The files that things are kept in, as errors speak of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What is said of one of them, and what to do about it."""

    noun: str
    """After "a", "the" and "the temporary"."""
    application_id: int
    """At offset 68 of the file (SQLite file format, 1.3)."""
    other_place: str
    """Where it cannot be."""
    busy: str
    """While another process writes it."""
    newer: Callable[[Path | None], str]
    """If a newer version wrote it."""
    damaged: Callable[[Path | None], str]

    def at(self, location: Path | None) -> str:
        """The one at a place; None for one that has no name."""
        if location is None:
            return f"the temporary {self.noun}"
        return f"the {self.noun} {str(location)!a}"


def _moved(location: Path | None) -> str:
    """How a file is put aside without being lost."""
    name = str(location or "state.db")
    return f"move it away: mv {name!a} {name + '.old'!a}"


def _damaged_state(location: Path | None) -> str:
    return f"{_moved(location)}; lost is what spenders ran before, and the last report"


def _newer_state(location: Path | None) -> str:
    return f"use that one, or {_moved(location)}"


CACHE = Book(
    noun="cache",
    application_id=0x616C6C6F,  # "allo" in ASCII
    other_place=(
        "give another folder in ALLOWCTL_CACHE_DIR, or go without: --no-cache"
    ),
    busy="wait for that one, or go without: --no-cache",
    newer=lambda _: "use that one, or empty it with `allowctl cache clear`",
    damaged=lambda _: "`allowctl cache clear` mends it; nothing of worth is lost",
)
"""cache.db: it can be had again, so it may go at any time."""

STATE = Book(
    noun="state file",
    application_id=0x616C6C73,  # "alls"
    other_place="give another folder in ALLOWCTL_STATE_DIR",
    busy="wait for that one",
    newer=_newer_state,
    damaged=_damaged_state,
)
"""state.db: what it says cannot be asked for again, so nothing empties it."""
