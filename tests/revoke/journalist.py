"""A process that holds a journal and writes in it, until it is killed or done.

python journalist.py STATE hold: holds the lock, says that it is ready, waits for a
line.
python journalist.py STATE append RUN: opens the journal, says that it is ready, waits
for a line, and appends entries, each of which it says once it is written.
python journalist.py STATE limit BYTES: the same with files of so many bytes at most;
says what the error was, twice, and ends.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from allowctl.errors import JournalError
from allowctl.revoke.journal import FileJournal, opened
from allowctl.revoke.lock import locked
from allowctl.revoke.ports import Entry, Event
from tests.revoke.making_journals import place_in

SIZES = (10, 300_000, 3_000, 1_000_000)
"""Of their texts, in turn: long ones are more likely to be killed half-way."""


def entry_of(run: str, number: int) -> Entry:
    """The one of a run that it appends after so many others."""
    text = f"{number} " + "x" * SIZES[number % len(SIZES)]
    return Entry(run=run, what=Event.SENT, step=number, text=text)


def say(text: str) -> None:
    """To the parent."""
    print(text, flush=True)  # noqa: T201 - the parent reads it


def hold(state: Path) -> None:
    """Hold the lock."""
    with locked(place_in(state)):
        say("ready")
        sys.stdin.readline()


def append(state: Path, run: str) -> None:
    """Append without an end."""
    with opened(place_in(state), clock=time.time) as journal:
        say("ready")
        sys.stdin.readline()
        number = 0
        while True:
            journal.append(entry_of(run, number))
            say(str(number))
            number += 1


def limit(state: Path, most: str) -> None:
    """Append until the disk takes no more, and once more when it would again."""
    with opened(place_in(state), clock=time.time) as journal:
        say("ready")
        sys.stdin.readline()
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), hard))
        _until_refused(journal)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        _until_refused(journal)


def _until_refused(journal: FileJournal) -> None:
    number = 0
    try:
        while True:
            journal.append(entry_of("full", number))
            say(str(number))
            number += 1
    except JournalError as error:
        say(f"{error} | {error.hint}")


if __name__ == "__main__":
    folder, wish, *more = sys.argv[1:]
    match wish:
        case "hold":
            hold(Path(folder))
        case "append":
            append(Path(folder), *more)
        case "limit":
            limit(Path(folder), *more)
