"""What is kept for good: what spenders ran, since when they are, what was told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allowctl.model.chain import Address, Block
from allowctl.model.facts import (
    Creation,
    Proxy,
    ProxyKind,
    Seen,
    SpenderFacts,
    SpenderKind,
)
from allowctl.model.kept import Kept
from allowctl.model.missing import Lack, Missing
from allowctl.store import runs
from allowctl.store.rows import MAX_INTEGER
from allowctl.store.runs import DAYS
from allowctl.store.statedb import StateDb
from tests import build

SPENDERS = tuple(build.address(number) for number in (0xA1, 0xB2, 0xC3))
CHAINS = (1, 2**70)
HASHES = tuple(build.word(number) for number in (1, 2, 3))
DAY = 86_400
FAILED = Missing(Lack.FAILED, "not served")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDb]:
    with StateDb.open(tmp_path / "state.db") as opened:
        yield opened


def facts(spender: Address, code_hash: str | Missing | None) -> SpenderFacts:
    """A contract that runs this code."""
    return SpenderFacts(address=spender, kind=SpenderKind.CONTRACT, code_hash=code_hash)


def kept(number: int, created_at: int = build.NOW, document: str = "{}") -> Kept:
    """A row with this number as its fingerprint's first digits."""
    return Kept(
        fingerprint=f"{number:06x}" + "0" * 26,
        chain_id=1,
        owner=build.OWNER,
        created_at=created_at,
        as_of=build.block(),
        document=document,
    )


def found(state: StateDb, *rows: Kept) -> list[Kept]:
    """Of these rows, those that are remembered, as they are."""
    return [each for row in rows for each in state.rows(row.fingerprint)]


# code hashes


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(CHAINS),
            st.integers(0, 5),
            st.dictionaries(
                st.sampled_from(SPENDERS),
                st.none() | st.just(FAILED) | st.sampled_from(HASHES),
            ),
        ),
        max_size=8,
    )
)
def test_the_newest_block_s_code_is_what_was_seen(
    looks: list[tuple[int, int, dict[Address, str | Missing | None]]],
) -> None:
    """Whatever the order; what has no code, or was not told, changes nothing."""
    known: dict[tuple[int, Address], Seen] = {}
    with StateDb.open(None) as state:
        for chain, number, told in looks:
            each = [facts(*item) for item in told.items()]
            state.see(chain, each, at=build.block(number))
            for spender, code_hash in told.items():
                before = known.get((chain, spender))
                newer = before is None or before.block <= number
                if isinstance(code_hash, str) and newer:
                    seen = Seen(code_hash=code_hash, block=number)
                    known[chain, spender] = seen
        for chain in CHAINS:
            assert state.seen(chain, SPENDERS) == {
                spender: seen for (of, spender), seen in known.items() if of == chain
            }


def test_only_those_asked_for_are_told(state: StateDb) -> None:
    """However many they are; nothing for none."""
    many = [build.address(number) for number in range(1, 70_000)]
    state.see(1, [facts(each, HASHES[0]) for each in many[::2]], at=build.block(5))

    assert [*state.seen(1, many[:4])] == [many[0], many[2]]
    assert len(state.seen(1, many)) == len(many) // 2 + 1
    assert state.seen(1, ()) == {}


def test_what_was_seen_is_there_in_the_next_run(tmp_path: Path) -> None:
    """That is what it is for; whose code it was and when is written down too."""
    path = tmp_path / "state.db"
    proxy = Proxy(kind=ProxyKind.EIP1967, implementation=build.address(9))
    behind = replace(facts(SPENDERS[0], HASHES[0]), proxy=proxy)
    delegated = replace(facts(SPENDERS[1], HASHES[1]), delegate=build.address(8))
    with StateDb.open(path) as state:
        state.see(1, [behind, delegated], at=build.block(7, timestamp=70))
    with StateDb.open(path) as state:
        assert state.location == path
        assert state.seen(1, SPENDERS) == {
            SPENDERS[0]: Seen(code_hash=HASHES[0], block=7),
            SPENDERS[1]: Seen(code_hash=HASHES[1], block=7),
        }
        with state._database.reading() as connection:  # noqa: SLF001 - no method tells
            rows = connection.exec_driver_sql(
                "SELECT implementation, seen_at FROM code_hashes ORDER BY spender"
            ).all()

        assert [tuple(row) for row in rows] == [
            (build.address(9), 70),
            (build.address(8), 70),
        ]


def test_a_block_beyond_all_numbers_is_not_kept(state: StateDb) -> None:
    """A node may claim any; nothing else is spoilt by it."""
    beyond = Block(number=2**70, hash=build.word(1), timestamp=1)
    state.see(1, [facts(SPENDERS[0], HASHES[0])], at=beyond)
    state.add_creations(1, {SPENDERS[0]: Creation(block=2**70, exact=True)})
    state.keep_rows([replace(kept(1), as_of=beyond), kept(2)])

    state.keep_rows([replace(kept(3), created_at=2**70)])

    assert state.seen(1, SPENDERS) == {}
    assert state.creations(1, SPENDERS) == {}
    assert found(state, kept(1), kept(2)) == [kept(2)]


# creations


def test_exact_creations_are_kept_and_bounds_are_not(state: StateDb) -> None:
    """By chain; what is only this old or older may be known better next time."""
    exact = Creation(block=5, exact=True, timestamp=50)
    told: dict[Address, Creation | Missing] = {
        SPENDERS[0]: exact,
        SPENDERS[1]: Creation(block=6, exact=False),
        SPENDERS[2]: FAILED,
    }
    state.add_creations(1, told)
    state.add_creations(1, {})

    assert state.creations(1, SPENDERS) == {SPENDERS[0]: Creation(block=5, exact=True)}
    assert state.creations(2, SPENDERS) == {}


@given(st.lists(st.integers(0, MAX_INTEGER), min_size=1, max_size=5))
def test_of_two_creations_the_older_is_believed(blocks: list[int]) -> None:
    """Who has thrown old state away sees a contract made later, never earlier."""
    with StateDb.open(None) as state:
        for block in blocks:
            state.add_creations(1, {SPENDERS[0]: Creation(block=block, exact=True)})

        assert state.creations(1, SPENDERS) == {
            SPENDERS[0]: Creation(block=min(blocks), exact=True)
        }


# rows


def test_a_row_comes_back_as_it_was(state: StateDb) -> None:
    """Whatever stands in it; a chain's id may be of any width."""
    rows = [
        kept(0xABCDEF, document='{"symbol": "\u202e[/]\'\\u0000\U0001f4a9"}'),
        replace(kept(2), chain_id=2**70, owner=SPENDERS[0]),
    ]
    state.keep_rows(rows)

    assert found(state, *rows) == rows


def test_half_a_character_is_kept_as_json_writes_it(state: StateDb) -> None:
    """UTF-8 has no bytes for it, and the document means the same."""
    state.keep_rows([kept(1, document='{"symbol": "\ud800"}')])

    assert [row.document for row in state.rows("000001")] == ['{"symbol": "\\ud800"}']


def test_the_newest_report_s_row_is_kept(state: StateDb) -> None:
    """In whatever order two runs that overlap write; in the same second the last."""
    old, new, same = (
        kept(1, created_at=build.NOW + seconds, document=document)
        for seconds, document in ((0, "1"), (9, "2"), (9, "3"))
    )
    for row, stays in ((old, old), (new, new), (old, new), (same, same)):
        state.keep_rows([row])
        assert found(state, old) == [stays]


digits = st.text("0123456789abcdef", min_size=32, max_size=32)


@settings(max_examples=40)
@given(
    st.lists(digits | digits.map(lambda text: "abcdef" + text[6:]), unique=True),
    st.integers(6, 32),
)
def test_a_beginning_finds_all_that_begin_so(some: list[str], length: int) -> None:
    """And no other; a whole fingerprint finds one at most."""
    with StateDb.open(None) as state:
        state.keep_rows([replace(kept(1), fingerprint=each) for each in some])
        for prefix in {each[:length] for each in some} | {"abcdef"}:
            assert [row.fingerprint for row in state.rows(prefix)] == sorted(
                each for each in some if each.startswith(prefix)
            )


@pytest.mark.parametrize(
    "prefix", ["", "abcde", "ABCDEF", "abcdeg", "0" * 33, "%%%%%%", "abcdef\n"]
)
def test_what_is_no_beginning_of_a_fingerprint(state: StateDb, prefix: str) -> None:
    """It is not sought at all."""
    with pytest.raises(ValueError, match="no beginning"):
        state.rows(prefix)


def test_a_row_that_no_report_had_for_long_is_forgotten(state: StateDb) -> None:
    """By the reports' own times: a clock that is behind forgets nothing."""
    old, recent = kept(1), kept(2, created_at=build.NOW + DAY)
    state.keep_rows([old, recent])
    state.keep_rows([kept(3, created_at=build.NOW - 10 * DAYS * DAY)])
    assert found(state, old, recent) == [old, recent]

    state.keep_rows([kept(4, created_at=build.NOW + DAYS * DAY + 1)])
    assert found(state, old, recent) == [recent]


def test_there_are_never_more_than_so_many(
    state: StateDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest stay."""
    monkeypatch.setattr(runs, "MOST", 3)
    rows = [kept(number, created_at=build.NOW + number) for number in range(5)]
    state.keep_rows(rows[::-1])
    assert found(state, *rows) == rows[2:]

    state.keep_rows([kept(9, created_at=build.NOW + 9)])
    assert found(state, *rows) == rows[3:]


def test_nothing_to_keep_changes_nothing(state: StateDb) -> None:
    """A report without rows is one."""
    state.keep_rows([kept(1)])
    state.keep_rows([])
    state.see(1, [], at=build.block(1))

    assert found(state, kept(1)) == [kept(1)]


def test_a_temporary_one_is_like_any_other() -> None:
    """It has no file, and nothing of it is left."""
    with StateDb.open(None) as state:
        state.keep_rows([kept(1)])

        assert state.location is None
        assert found(state, kept(1)) == [kept(1)]
    with StateDb.open(None) as state:
        assert found(state, kept(1)) == []
