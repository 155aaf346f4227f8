"""The lists of a run: kept ones while they are young, else fetched ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from allowctl.chains import places, registry
from allowctl.errors import AllowctlError, CacheError, CodecError, UnservedError
from allowctl.intel.lists import formats, keep, local
from allowctl.intel.lists.book import Held, ListBook
from allowctl.intel.lists.fetch import Fetched, fetch
from allowctl.intel.lists.keep import Kept
from allowctl.intel.lists.sources import local_path, origin
from allowctl.model.chain import Chain
from allowctl.model.missing import Lack, Missing
from allowctl.model.sources import ListSource
from allowctl.net.http import HttpClient

DAY = 86_400
"""Seconds for which a list is young."""
OLDEST = 30 * DAY
"""Seconds after which a list that cannot be renewed is no proof any more."""
FEW = 20
"""Entries of a list that may come and go as they like."""
_AHEAD = 300
"""Seconds by which the clock may since have been set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    folder: Path | None
    client: HttpClient | None
    now: int
    chains: Mapping[str, int]
    """By a list's id, the one chain it speaks of."""
    anew: bool


async def load(  # noqa: PLR0913 - each says how lists are had, none goes with another
    configured: Sequence[ListSource],
    folder: Path | None,
    client: HttpClient | None,
    *,
    now: int,
    offline: bool,
    known: Sequence[Chain] | None = None,
) -> ListBook:
    """Every list, to be looked into, and what could not be had of them.

    `folder` is the cache folder, None to remember nothing; `now` is unix seconds.
    What is younger than a DAY is used as it is. All else is fetched, side by side
    and within 20 seconds, unless `offline`, or read anew if it lies on this machine;
    if that fails, or if it has shrunk to less than half, the one that is kept is used
    and says so in its status.

    ConfigError for a list's chain that is not among `known`.
    """
    run = _Run(
        folder=folder,
        client=None if offline else client,
        now=now,
        chains=places.list_chains(configured, known or registry.chains()),
        anew=False,
    )
    return await _book(run, configured)


async def update(
    configured: Sequence[ListSource],
    folder: Path,
    client: HttpClient,
    *,
    now: int,
    known: Sequence[Chain] | None = None,
) -> ListBook:
    """The same, each fetched and kept anew, however young, and however few are left.

    CacheError, besides, if they cannot be kept.
    """
    run = _Run(
        folder=folder,
        client=client,
        now=now,
        chains=places.list_chains(configured, known or registry.chains()),
        anew=True,
    )
    return await _book(run, configured)


async def _book(run: _Run, configured: Sequence[ListSource]) -> ListBook:
    found = await asyncio.gather(
        *(_held(run, each) for each in configured), return_exceptions=True
    )
    held = []
    for each in found:
        if isinstance(each, BaseException):
            raise each
        held.append(each)
    return ListBook(held)


async def _held(run: _Run, source: ListSource) -> Held:
    kept, spoilt = _kept(run, source)
    path = local_path(source)
    try:
        stamp = "" if path is None else local.stamp(path, source.format)
        if kept is not None and not run.anew and _fits(kept, stamp, run.now):
            return Held(source=source, kept=kept)
        if path is None and run.client is None:
            return Held(
                source=source, kept=kept, missing=_unasked(kept, spoilt, run.now)
            )
        fetched = await fetch(source, run.client)
        new = await asyncio.to_thread(_read, run, source, fetched, stamp)
    except (UnservedError, CodecError) as error:
        return _old(source, kept, _failure(error, spoilt), run.now)
    # What lies on this machine is its owner's to shorten.
    if kept is not None and path is None and not run.anew:
        shrunk = _shrunk(kept, new)
        if shrunk is not None:
            return _old(source, kept, shrunk, run.now)
    return Held(source=source, kept=new, missing=_unkept(run, source, new))


def _kept(run: _Run, source: ListSource) -> tuple[Kept | None, str]:
    """What is kept, or why that is of no use."""
    if run.folder is None:
        return None, ""
    try:
        return keep.read(run.folder, source), ""
    except CodecError as error:
        return None, error.message
    except CacheError as error:
        if run.anew:
            raise
        return None, error.message


def _fits(kept: Kept, stamp: str, now: int) -> bool:
    return -_AHEAD <= now - kept.fetched_at < DAY and kept.stamp == stamp


def _read(run: _Run, source: ListSource, fetched: Fetched, stamp: str) -> Kept:
    found = formats.entries(
        source,
        fetched.files,
        chain_id=run.chains.get(source.id),
        fetched_at=run.now,
    )
    return Kept(
        id=source.id,
        source=origin(source),
        fetched_at=run.now,
        digest=fetched.digest,
        stamp=stamp,
        rows=keep.rows(found),
    )


def _unkept(run: _Run, source: ListSource, new: Kept) -> Missing | None:
    """Why it has to be fetched again the next time; None if it has not."""
    if run.folder is None:
        return None
    try:
        keep.write(run.folder, source, new)
    except CacheError as error:
        if run.anew:
            raise
        return Missing(Lack.UNAVAILABLE, f"could not be kept: {error.message}")
    return None


def _shrunk(kept: Kept, new: Kept) -> Missing | None:
    """Why a new list does not take the kept one's place: too much is gone from it."""
    for what, before, left in (
        ("entries", len(kept.rows), len(new.rows)),
        ("charges", _charges(kept), _charges(new)),
    ):
        if before > FEW and 2 * left < before:
            return Missing(
                Lack.FAILED,
                f"shrank from {before:,} to {left:,} {what}; "
                "`allowctl intel update` takes it",
            )
    return None


def _charges(kept: Kept) -> int:
    return sum(len(row.hits) for row in kept.rows)


def _old(source: ListSource, kept: Kept | None, missing: Missing, now: int) -> Held:
    """A list that could not be renewed, and whether it still counts as one."""
    age = 0 if kept is None else now - kept.fetched_at
    if age <= OLDEST:
        return Held(source=source, kept=kept, missing=missing)
    reason = f"is {age // DAY:,} days old and {missing.reason}"
    return Held(
        source=source,
        kept=kept,
        missing=Missing(missing.lack, reason),
        outdated=True,
    )


def _unasked(kept: Kept | None, spoilt: str, now: int) -> Missing:
    if kept is None:
        why = f"; {spoilt}" if spoilt else ""
        return Missing(Lack.NOT_ASKED, f"was never fetched{why}")
    days = (now - kept.fetched_at) // DAY
    age = f"is {days} day{'' if days == 1 else 's'} old and " if days > 0 else ""
    return Missing(Lack.NOT_ASKED, f"{age}was not renewed: offline")


def _failure(error: AllowctlError, spoilt: str) -> Missing:
    """In words that go on after the list's name."""
    refused = isinstance(error, CodecError)
    what = "is refused: it" if refused else "could not be fetched:"
    why = f"; {spoilt}" if spoilt else ""
    return Missing(Lack.FAILED, f"{what} {error.message}{why}")
