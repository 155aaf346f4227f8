"""How long people say something takes: a number and a unit."""

from __future__ import annotations

import re

_HOUR, _DAY = 3_600, 86_400
_SECONDS = {
    "s": 1,
    "h": _HOUR,
    "d": _DAY,
    "w": 7 * _DAY,
    "m": 30 * _DAY,
    "y": 365 * _DAY,
}
_DURATION = re.compile(r"([0-9]{1,9})([a-z])")

EXAMPLES = "3600s, 12h, 30d, 12w, 6m or 1y"
"""One of each unit, for those who wrote something else."""


def seconds(text: str) -> int | None:
    """Seconds of a number and one of s, h, d, w, m (30 days), y (365 days).

    None for anything else, and for nothing at all.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None or found[2] not in _SECONDS:
        return None
    return int(found[1]) * _SECONDS[found[2]] or None
