"""Places, entries and journals for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from allowctl.model.chain import Address
from allowctl.revoke import journal
from allowctl.revoke.journal_files import Place
from allowctl.revoke.ports import Entry, Event
from tests.build import NOW
from tests.nodes.npm import ROOT

JOURNALIST = Path(__file__).with_name("journalist.py")
OWNER = Address("0x" + "0a" * 20)
OTHER = Address("0x" + "0b" * 20)
HASH = "0x" + "ab" * 32


def place_in(state: Path, chain_id: int = 1, owner: Address = OWNER) -> Place:
    return Place(state=state, chain_id=chain_id, owner=owner)


def clock() -> float:
    return NOW + 0.5


def keep(place: Place, entries: Iterable[Entry]) -> None:
    """Append all of them."""
    with journal.opened(place, clock=clock) as writer:
        for entry in entries:
            writer.append(entry)


def entries_of(place: Place) -> list[Entry]:
    return [each.entry for each in journal.read(place).written]


def planned(run: str = "a", text: str = "the plan") -> Entry:
    return Entry(run=run, what=Event.PLANNED, text=text)


def signed(
    nonce: int = 7, run: str = "a", step: int = 1, transaction: str = HASH
) -> Entry:
    return Entry(
        run=run,
        what=Event.SIGNED,
        step=step,
        nonce=nonce,
        transaction=transaction,
        raw="0x02f8",
    )


def mined(run: str = "a", transaction: str = HASH, block: int = 9) -> Entry:
    return Entry(
        run=run,
        what=Event.MINED,
        step=1,
        transaction=transaction,
        block=block,
        block_hash="0x" + "cd" * 32,
    )


def lost(run: str = "a", transaction: str = HASH) -> Entry:
    return Entry(run=run, what=Event.LOST, step=1, transaction=transaction)


def ended(run: str = "a", text: str = "all revoked") -> Entry:
    return Entry(run=run, what=Event.ENDED, text=text)


# Halves of characters too: an endpoint's words are any text that JSON can hold.
_TEXT = st.text(st.characters(codec=None), max_size=30)
_NAMED = st.text(st.characters(codec=None), min_size=1, max_size=10)
_RAW = st.binary(min_size=1, max_size=40).map(lambda raw: "0x" + raw.hex())
_OF_ONE = {Event.SIGNED, Event.MINED, Event.LOST}
_NUMBER = st.integers(min_value=0, max_value=2**64)


def entries() -> st.SearchStrategy[Entry]:
    """Any entry that may be written."""
    return st.sampled_from(Event).flatmap(_of)


def _of(what: Event) -> st.SearchStrategy[Entry]:
    named = {"transaction": _NAMED} if what in _OF_ONE else {}
    special: dict[str, st.SearchStrategy[Any]]
    match what:
        case Event.PLANNED:
            special = {"text": _NAMED}
        case Event.SIGNED:
            special = {"step": _NUMBER.map(_above), "nonce": _NUMBER, "raw": _RAW}
        case Event.MINED:
            special = {"block": _NUMBER, "block_hash": _NAMED}
        case _:
            special = {}
    rest: dict[str, st.SearchStrategy[Any]] = {
        "run": st.sampled_from("abc") | _NAMED,
        "step": _NUMBER,
        "nonce": _NUMBER | st.just(-1),
        "transaction": _TEXT,
        "raw": _RAW | st.just(""),
        "block": _NUMBER | st.just(-1),
        "block_hash": _TEXT,
        "text": _TEXT,
    }
    return st.builds(Entry, what=st.just(what), **(rest | named | special))


def _above(number: int) -> int:
    return number + 1


def journalist(place: Place, *wish: str) -> subprocess.Popen[str]:
    """The process of journalist.py, ready."""
    process = subprocess.Popen(
        [sys.executable, str(JOURNALIST), str(place.state), *wish],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def let_go(process: subprocess.Popen[str]) -> None:
    """Tell it to go on."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
