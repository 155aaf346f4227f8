"""Fates as the kinds that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from allowctl.model.approval import Fate, Kind, NotServed, Refused
from allowctl.scan.discover import Discovery
from allowctl.scan.resolve import candidate_of, fate_key


def asked(
    discovery: Discovery, fates: Sequence[Fate], kinds: frozenset[Kind]
) -> list[Fate]:
    """The fates of the kinds that were asked for.

    A candidate of another kind was kept because its log may mean one that was
    asked for: as long as nobody could tell, it is told of as that one.
    """
    found = {fate_key(fate): fate for fate in fates if candidate_of(fate).kind in kinds}
    for fate in fates:
        if not isinstance(fate, NotServed | Refused) or fate_key(fate) in found:
            continue
        for other in discovery.other_readings.get(fate_key(fate), ()):
            if other.kind in kinds:
                found.setdefault(other.key, replace(fate, candidate=other))
    return list(found.values())
