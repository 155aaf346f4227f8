"""CPU of reading a long list and looking some addresses up, in a process of its own.

    python -m benchmarks.lists 10000

prints seconds of CPU as JSON: ours, and the floor: msgspec's decoding of the file.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from allowctl.intel import known
from allowctl.intel.lists import keep
from allowctl.intel.lists.book import Held, ListBook
from allowctl.intel.lists.keep import Kept
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Listing
from allowctl.model.sources import ListFormat, ListSource

_LOOKED_UP = 200
_SOURCE = ListSource(
    id="drainers", format=ListFormat.ADDRESSES, url="/x", charge=Charge.BLOCKED
)


def main(count: int) -> None:
    """Keep a list of so many addresses, then read it as a run does."""
    addresses = [Address(f"0x{number:040x}") for number in range(count)]
    hit = Listing(source=_SOURCE.id, charge=Charge.BLOCKED, name="n")
    rows = keep.rows(
        Entry(chain_id=None, address=each, listings=(hit,)) for each in addresses
    )
    kept = Kept(id=_SOURCE.id, source="here", fetched_at=1, digest="0" * 64, rows=rows)
    known.entry(1, addresses[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keep.write(folder, _SOURCE, kept)
        file = keep.file_of(folder, _SOURCE)
        begin = time.process_time()
        _, _, body = file.read_bytes().partition(b"\n")
        msgspec.json.decode(body)
        floor = time.process_time() - begin
        begin = time.process_time()
        book = ListBook([Held(source=_SOURCE, kept=keep.read(folder, _SOURCE))])
        found = [book.entry(1, each) for each in addresses[:_LOOKED_UP]]
        took = time.process_time() - begin
    json.dump({"cpu": took, "floor": floor, "found": sum(map(bool, found))}, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
