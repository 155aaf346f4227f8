"""What a provider gives for eth_getLogs: its limits, and its ways to err."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.fakes.provider_chain import background_row
from tests.fakes.provider_logs import Logbook, Wanted
from tests.fakes.provider_profile import (
    Beyond,
    Cap,
    Profile,
    Refusal,
    RefusedError,
)

_MOST = 2_000_000
"""Logs in one reply, whatever the profile."""
_SCATTER = 2_654_435_761


def find(
    book: Logbook, profile: Profile, wanted: Wanted, *, head: int, floor: int
) -> Sequence[int]:
    """The places of the logs that it gives. RefusedError where it refuses.

    `head` is the provider's own; below `floor` it has no logs.
    """
    _check_size(profile, wanted)
    gate(profile, wanted.first, head)
    if profile.pruned_refusal is not None and wanted.first < floor:
        raise pruned(profile, floor)
    if wanted.last > head:
        if profile.beyond is Beyond.ERROR:
            raise RefusedError(
                Refusal(text="the block range ends above the head", code=-32602)
            )
        if profile.beyond is Beyond.EMPTY:
            return ()
    first, last = max(wanted.first, floor), min(wanted.last, head)
    if first > last:
        return ()
    return _limited(book, profile, replace(wanted, first=first, last=last))


def gate(profile: Profile, number: int, head: int) -> None:
    """RefusedError if the block is too old to be free."""
    if profile.archive_gate is not None and number < head - profile.archive_gate:
        text = "Archive requests need a token of your own"
        raise RefusedError(Refusal(text=text, code=-32602, status=403))


def pruned(profile: Profile, floor: int) -> RefusedError:
    """What is said of blocks below the floor."""
    refusal = profile.pruned_refusal or Refusal(text="no receipts of this block")
    return RefusedError(refusal.filled(floor=floor))


def refuse_above(cap: Cap | None, count: int) -> None:
    """RefusedError if there is more of something than its cap."""
    if cap is not None and cap.refusal is not None and count > cap.cap:
        raise RefusedError(cap.refusal.filled(cap=cap.cap, count=count))


def uninvited(book: Logbook, wanted: Wanted) -> list[str]:
    """Logs of the background that were not asked for, as JSON.

    One is inside the range where there is one that does not match; one is after
    its end.
    """
    near = book.chain.backgrounds(wanted.first, min(wanted.last, wanted.first + 1_000))
    inside = next((n for n in near if not wanted.admits(background_row(n))), None)
    outside = next(book.chain.backgrounds(wanted.last + 1, wanted.last + 1_000), None)
    return [book.wire(~each) for each in (inside, outside) if each is not None]


def _check_size(profile: Profile, wanted: Wanted) -> None:
    """The limits that hold whatever there is to find."""
    widest = max((len(each) for each in wanted.topics if each), default=0)
    refuse_above(profile.topics, widest)
    span = profile.span
    if span is None:
        return
    first, last = wanted.first, wanted.last
    width = span.counting.width(span.cap)
    if last - first + 1 > width:
        raise RefusedError(
            span.refusal.filled(
                first=first,
                last=last,
                fits=first + width - 1,
                late=last - width + 1,
                blocks=last - first + 1,
                cap=span.cap,
                lie=10 * span.cap,
            )
        )


def _limited(book: Logbook, profile: Profile, wanted: Wanted) -> Sequence[int]:
    if wanted.addresses is None and not wanted.topics:
        count = book.chain.count_background(wanted.first, wanted.last)
        if count > _MOST:
            raise RefusedError(Refusal(text="too many logs in the block range"))
    found = book.find(wanted)
    if profile.drops:
        found = [place for place in found if place * _SCATTER % profile.drops]
    results = profile.results
    if results is None or len(found) <= results.cap:
        return found
    if results.refusal is None:
        return found[: results.cap]
    raise RefusedError(
        results.refusal.filled(
            first=wanted.first,
            last=wanted.last,
            fits=max(wanted.first, book.block(found[results.cap]) - 1),
            cap=results.cap,
            count=len(found),
        )
    )
