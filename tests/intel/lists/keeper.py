"""A process that keeps a list again and again, until it is killed.

python keeper.py FOLDER: says that it is ready, waits for a line, and writes lists
of a hundred and of two thousand addresses in turn.
"""

from __future__ import annotations

import sys
from pathlib import Path

from allowctl.intel.lists import keep
from allowctl.intel.lists.keep import Kept
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Listing
from tests.intel.lists.making import ADDRESSES

SIZES = (100, 2_000)


def of(size: int) -> Kept:
    """A list of so many addresses."""
    entries = (
        Entry(
            chain_id=None,
            address=Address(f"0x{number:040x}"),
            listings=(Listing(source="drainers", charge=Charge.BLOCKED, name="n"),),
        )
        for number in range(size)
    )
    return Kept(
        id="drainers",
        source="here",
        fetched_at=size,
        digest="0" * 64,
        rows=keep.rows(entries),
    )


def main(folder: str) -> None:
    """Say that it is ready, wait for a line, and write."""
    lists = [of(size) for size in SIZES]
    print("ready", flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.readline()
    while True:
        for each in lists:
            keep.write(Path(folder), ADDRESSES, each)


if __name__ == "__main__":
    main(*sys.argv[1:])
