"""What a journal tells of earlier runs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from allowctl.revoke.history import (
    History,
    MinedEntry,
    Run,
    SignedEntry,
    runs,
    signed_nonces,
)
from allowctl.revoke.journal_line import Written
from allowctl.revoke.ports import Entry, Event
from tests.build import NOW
from tests.revoke.making_journals import (
    HASH,
    ended,
    entries,
    lost,
    mined,
    planned,
    signed,
)

SECOND = "0x" + "ac" * 32


def history(*told: Entry) -> History:
    return History(
        written=tuple(Written(entry=each, at=NOW + n) for n, each in enumerate(told))
    )


def test_one_run() -> None:
    """Its plan, what it signed in order, where that was mined, and how it ended."""
    (run,) = history(
        planned(),
        signed(7),
        Entry(run="a", what=Event.SENT, step=1, transaction=HASH, text="taken"),
        signed(7, transaction=SECOND),
        mined(transaction=SECOND),
        ended(),
    ).runs

    assert run == Run(
        id="a",
        plan_text="the plan",
        started_at=NOW,
        signed=(
            SignedEntry(step=1, nonce=7, transaction=HASH, raw=b"\x02\xf8"),
            SignedEntry(step=1, nonce=7, transaction=SECOND, raw=b"\x02\xf8"),
        ),
        mined={SECOND: MinedEntry(step=1, block=9, block_hash="0x" + "cd" * 32)},
        lost=frozenset(),
        ended="all revoked",
    )


def test_lost_and_found_again() -> None:
    """A reorganisation takes a receipt away, and may bring it back elsewhere."""
    before = (planned(), signed(), mined(), lost())
    (gone,) = history(*before).runs
    (back,) = history(*before, mined(block=11)).runs

    assert not gone.mined
    assert gone.lost == {HASH}
    assert back.mined[HASH].block == 11
    assert not back.lost


def test_open_runs() -> None:
    """Those that were planned and have not ended; an empty outcome is one too."""
    told = history(
        planned("a"),
        planned("b"),
        signed(4, run="stray", transaction=SECOND),
        signed(5, run="b"),
        ended("a", text=""),
    )

    assert [run.id for run in told.runs] == ["a", "b", "stray"]
    assert [run.id for run in told.open_runs] == ["b"]


def test_a_plan_stands() -> None:
    """A second one under the same name does not take its place."""
    (run,) = history(planned(text="first"), planned(text="second")).runs

    assert run.plan_text == "first"


def test_signed_nonces() -> None:
    """Of all runs, ended ones too: with them a pending transaction is known as ours."""
    told = history(
        planned("a"),
        signed(7, run="a"),
        signed(7, run="a", transaction=SECOND),
        signed(8, run="a", transaction=SECOND),
        ended("a"),
        signed(7, run="b"),
    )

    assert told.signed_nonces == {7: (HASH, SECOND), 8: (SECOND,)}


def test_nonce_floor() -> None:
    """One above the highest that an open run has signed for; 0 without any."""
    both = (planned("a"), signed(9, run="a"), planned("b"), signed(4, run="b"))

    assert history().nonce_floor == 0
    assert history(planned()).nonce_floor == 0
    assert history(*both).nonce_floor == 10
    assert history(*both, ended("a")).nonce_floor == 5


@given(st.lists(entries(), max_size=20))
def test_laws(told: list[Entry]) -> None:
    """Nothing signed is forgotten, runs keep apart, and replaying changes nothing."""
    read = history(*told)

    assert read.runs == read.runs
    assert sum(len(run.signed) for run in read.runs) == len(
        [each for each in told if each.what is Event.SIGNED]
    )
    assert {run.id for run in read.runs} == {each.run for each in told}
    assert all(run.lost.isdisjoint(run.mined) for run in read.runs)
    for run in read.runs:
        alone = [each for each in read.written if each.entry.run == run.id]
        assert runs(alone) == (run,)
    for nonce, hashes in signed_nonces(read.open_runs).items():
        assert nonce < read.nonce_floor
        assert {*hashes} <= {*read.signed_nonces[nonce]}
