"""Lists that say what a test wants, as a run has them loaded."""

from __future__ import annotations

from collections.abc import Mapping

from allowctl.intel.lists import keep
from allowctl.intel.lists.book import Held, ListBook
from allowctl.intel.lists.keep import Kept
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Label, Listing
from allowctl.model.sources import ListFormat, ListSource

FETCHED_AT = 1_789_990_000
SOURCE = ListSource(id="tests", format=ListFormat.WHOIS, url="/nowhere")


def book_of(
    charges: Mapping[Address, Charge], labels: Mapping[Address, str] | None = None
) -> ListBook:
    """A book of one list, on every chain."""
    named = labels or {}
    entries = [
        Entry(
            chain_id=None,
            address=address,
            label=Label(text=named[address], source="tests")
            if address in named
            else None,
            listings=(
                Listing(source="tests", charge=charges[address], fetched_at=FETCHED_AT),
            )
            if address in charges
            else (),
        )
        for address in dict.fromkeys((*charges, *named))
    ]
    kept = Kept(
        id="tests",
        source="nowhere",
        fetched_at=FETCHED_AT,
        digest="0" * 64,
        rows=keep.rows(entries),
    )
    return ListBook([Held(source=SOURCE, kept=kept)])
