"""The lists from outside and how old they are, for people and as allowctl.intel/v1."""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec.shown import plain
from allowctl.model.lists import ListStatus
from allowctl.output import safe

SCHEMA = "allowctl.intel/v1"

_REASON = 300
_NAME = 24
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def text(lists: Sequence[ListStatus], now: int) -> str:
    """A line for each, and one more for what could not be had."""
    if not lists:
        return "no list is configured, and the built-in ones are turned off\n"
    return "\n".join(line for each in lists for line in _lines(each, now)) + "\n"


def document(lists: Sequence[ListStatus], now: int) -> str:
    """One JSON document with a newline at its end."""
    found = {"schema": SCHEMA, "lists": [_json(each, now) for each in lists]}
    return safe.document(found) + "\n"


def _lines(each: ListStatus, now: int) -> list[str]:
    name = plain(each.id, _NAME)
    # A host, or the path of a file of one's own.
    source = ascii(each.source)[1:-1]
    if each.fetched_at is None:
        what = f"{'nothing':>17}  {'':<12}"
    else:
        count = f"{each.entries:,} {'entry' if each.entries == 1 else 'entries'}"
        what = f"{count:>17}  {_age(now - each.fetched_at):<12}"
    lines = [f"{name:<{_NAME}} {what} {source}"]
    if each.missing is not None:
        lines.append(f"  {name} {plain(each.missing.reason, _REASON)}")
    return lines


def _age(seconds: int) -> str:
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min old"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h old"
    return f"{seconds // _DAY:,} days old"


def _json(each: ListStatus, now: int) -> dict[str, object]:
    there = each.fetched_at is not None
    return {
        "id": each.id,
        "source": each.source,
        "charges": [charge.value for charge in each.charges],
        "usable": each.usable,
        "entries": each.entries,
        "fetched_at": each.fetched_at,
        "age_seconds": max(0, now - (each.fetched_at or 0)) if there else None,
        "missing": None
        if each.missing is None
        else {"lack": each.missing.lack.value, "reason": each.missing.reason},
    }
