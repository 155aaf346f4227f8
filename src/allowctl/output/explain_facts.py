"""What `explain` says in the same words of tokens, spenders and approvals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from allowctl.codec.shown import plain, printable, quoted
from allowctl.output.amounts import moment
from allowctl.output.kept_row import BlockRow, ListedAs, Place

LONGEST = 80
"""Characters of a stranger's text."""
REASON = 160
_DAY = 86_400

Fact = tuple[str, str, str]
"""Name, value, and where it is from unless from where its section is."""


@dataclass(frozen=True, slots=True)
class Section:
    """Facts that have the same source."""

    heading: str
    facts: Iterator[Fact]


def told_by(hosts: Sequence[str]) -> str:
    """Who said all of it."""
    some = ", ".join(printable(each, LONGEST) for each in hosts)
    return f"by the word of {some or 'an endpoint that is not named'}"


def place(of: Place, at: BlockRow) -> str:
    """Block, time and transaction of a log."""
    when = ""
    if of.timestamp is not None:
        days = max(0, at.timestamp - of.timestamp) // _DAY
        when = f" of {moment(of.timestamp)}, {days:,} d before"
    transaction = f", {of.transaction}" if of.transaction else ""
    return f"log in block {of.block}{when}{transaction}"


def listed(each: ListedAs) -> tuple[str, str]:
    """A list's word, and the list."""
    name = f": {quoted(each.name, LONGEST)}" if each.name else ""
    date = f" of {plain(each.date)}" if each.date else ""
    return f"{each.charge}{name}{date}", fetched(each)


def fetched(each: ListedAs) -> str:
    """Which list, and when it was had."""
    when = "" if each.fetched_at is None else f", fetched {moment(each.fetched_at)}"
    return f"list {plain(each.source)}{when}"
