"""Entries that allow nothing any more: they have expired, or nothing needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from allowctl.model.evaluation import Subject, Violation
from allowctl.model.place import Place
from allowctl.model.policy import Acknowledgement, Action, AllowEntry
from allowctl.policy import fingerprints
from allowctl.policy.acknowledged import Acknowledged
from allowctl.policy.entries import Allows, expired, key_of
from allowctl.policy.seen import Seen
from allowctl.policy.words import several


def of_allows(
    entries: Iterable[AllowEntry], allows: Allows, seen: Seen, today: date
) -> Iterator[Violation]:
    """Every entry that has expired; every other that is about nothing scanned."""
    for entry in entries:
        if entry.expires is not None and expired(entry.expires, today):
            yield _expired(
                "allow-expired",
                entry.place,
                fingerprints.of_allow(entry, "allow-expired"),
                (entry.expires, today),
            )
        elif allows.unmet(entry) and seen.wholly(entry.wallet, entry.chain):
            yield _warning(
                "allow-unused",
                "no approval that was found is what it allows",
                entry.place,
                fingerprints.of_allow(entry, "allow-unused"),
            )


def of_acknowledgements(
    entries: Iterable[Acknowledgement],
    acknowledged: Acknowledged,
    seen: Seen,
    today: date,
) -> Iterator[Violation]:
    """The same of contracts that are known not to answer."""
    for entry in entries:
        if entry.expires is not None and expired(entry.expires, today):
            yield _expired(
                "acknowledge-expired",
                entry.place,
                fingerprints.of_acknowledgement(entry, "acknowledge-expired"),
                (entry.expires, today),
            )
        elif acknowledged.unmet(entry) and seen.wholly(None, entry.chain):
            yield _warning(
                "acknowledge-unused",
                "its contract refused nothing that was read",
                entry.place,
                fingerprints.of_acknowledgement(entry, "acknowledge-unused"),
            )


def _expired(
    check: str, place: Place, fingerprint: str, days: tuple[date, date]
) -> Violation:
    last, today = days
    since = several((today - last).days, "day")
    return Violation(
        check=check,
        action=Action.DENY,
        message=f"its last day was {last}, {since} ago: it lets nothing pass any more",
        place=key_of(place, "expires"),
        fingerprint=fingerprint,
        subject=Subject(),
    )


def _warning(check: str, message: str, place: Place, fingerprint: str) -> Violation:
    return Violation(
        check=check,
        action=Action.WARN,
        message=message,
        place=place,
        fingerprint=fingerprint,
        subject=Subject(),
    )
