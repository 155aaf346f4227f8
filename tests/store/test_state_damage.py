"""State files that are none any more: told, and left as they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allowctl.errors import CacheError, ExitCode
from allowctl.model.facts import Creation
from allowctl.store.cache import Cache
from allowctl.store.paths import clear
from allowctl.store.statedb import StateDb
from tests import build
from tests.store.test_damage import overwritten, raw, truncated
from tests.store.test_statedb import HASHES, facts, kept

SPENDERS = [build.address(number) for number in range(1, 400)]
ROWS = [kept(number, document="{}" * 500) for number in range(1, 100)]
_PAGE = 4096
_NOISE = bytes(range(255, -1, -1)) * 16


def fill(path: Path) -> None:
    """A state file of some dozen pages."""
    with StateDb.open(path) as state:
        state.see(1, [facts(each, HASHES[0]) for each in SPENDERS], at=build.block(7))
        exact = Creation(block=5, exact=True)
        state.add_creations(1, dict.fromkeys(SPENDERS, exact))
        state.keep_rows(ROWS)


def read_all(path: Path) -> object:
    """Everything that a run may ask for."""
    with StateDb.open(path) as state:
        return (
            state.seen(1, SPENDERS),
            state.creations(1, SPENDERS),
            [state.rows(each.fingerprint) for each in ROWS],
        )


@pytest.mark.parametrize(
    "harm",
    [
        truncated,
        lambda path: path.write_bytes(path.read_bytes()[:99]),
        lambda path: path.write_bytes(_NOISE),
        lambda path: overwritten(path, 100, _NOISE[:400]),
        lambda path: overwritten(path, 8 * _PAGE, _NOISE * 30),
        lambda path: overwritten(path, 8 * _PAGE, bytes(_PAGE * 30)),
        lambda path: raw(path, "DROP TABLE rows"),
        lambda path: raw(path, "DROP TABLE alembic_version"),
        lambda path: raw(path, "DELETE FROM alembic_version"),
        lambda path: raw(path, "INSERT INTO alembic_version VALUES ('0002')"),
        lambda path: raw(path, "UPDATE alembic_version SET version_num = 'x\ny'"),
        lambda path: raw(path, "UPDATE alembic_version SET version_num = x'ff'"),
        lambda path: raw(path, "UPDATE alembic_version SET version_num = '0000'"),
        lambda path: raw(path, "UPDATE code_hashes SET code_hash = x'ff'"),
        lambda path: raw(path, "UPDATE code_hashes SET block = 'x'"),
        lambda path: raw(path, "UPDATE creations SET block = 1.5"),
        lambda path: raw(path, "UPDATE rows SET chain = 'x'"),
        lambda path: raw(path, "UPDATE rows SET chain = x'ff'"),
        lambda path: raw(path, "UPDATE rows SET document = x'ff'"),
        lambda path: raw(path, "UPDATE rows SET document = CAST(x'ff' AS TEXT)"),
        lambda path: raw(path, "UPDATE rows SET created_at = 'x'"),
        lambda path: raw(path, "UPDATE rows SET block_timestamp = 1.5"),
    ],
    ids=[
        "truncated",
        "truncated in the header",
        "noise",
        "noise in the schema",
        "noise in the middle",
        "zeros in the middle",
        "no table",
        "no table of versions",
        "no version",
        "two versions",
        "text for a version",
        "bytes for a version",
        "a version that never was",
        "bytes for a hash",
        "text for a block",
        "a part of a block",
        "text for a chain",
        "bytes for a chain",
        "bytes for a document",
        "text that is none",
        "text for a time",
        "a part of a time",
    ],
)
def test_a_damaged_file_is_told_and_kept(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """Exit 2, in one line, with the command that puts it aside: and that helps."""
    path = tmp_path / "state.db"
    fill(path)
    before = read_all(path)
    harm(path)
    damaged = path.read_bytes()
    with pytest.raises(CacheError, match=r"state file .* is damaged: ") as caught:
        assert read_all(path) == before
    hint = caught.value.hint or ""

    assert caught.value.exit_code is ExitCode.USAGE
    assert "\n" not in caught.value.message
    assert hint.startswith(f"move it away: mv '{path}' '{path}.old'; ")
    assert "cache" not in caught.value.message + hint
    assert path.read_bytes() == damaged
    path.rename(f"{path}.old")
    fill(path)
    assert read_all(path) == before


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=5_000))
def test_noise_anywhere_gives_no_other_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, noise: bytes
) -> None:
    """It may go unseen, where it hit nothing or only a value; it never crashes."""
    path = tmp_path_factory.mktemp("noise") / "state.db"
    fill(path)
    overwritten(path, at % path.stat().st_size, noise)
    error = None
    try:
        read_all(path)
        fill(path)
    except CacheError as caught:
        error = caught
    assert error is None or "\n" not in error.message


def test_a_newer_version_is_left_to_its_program(tmp_path: Path) -> None:
    """It is said, with both ways out, and nothing is changed."""
    path = tmp_path / "state.db"
    fill(path)
    raw(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(CacheError, match="written by a newer allowctl") as caught:
        StateDb.open(path)

    assert (
        caught.value.hint == f"use that one, or move it away: mv '{path}' '{path}.old'"
    )
    assert path.read_bytes() == before


def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    """A process that was killed early leaves that."""
    path = tmp_path / "state.db"
    path.touch()
    fill(path)

    assert read_all(path)


def test_neither_file_is_taken_for_the_other(tmp_path: Path) -> None:
    """A cache is no state and is not migrated; a state is no cache and not emptied."""
    cache, state = tmp_path / "cache.db", tmp_path / "state.db"
    Cache.open(cache).close()
    fill(state)
    before = (cache.read_bytes(), read_all(state))
    acts: list[Callable[[], object]] = [
        lambda: StateDb.open(cache),
        lambda: Cache.open(state),
        lambda: clear(state),
    ]
    for act in acts:
        with pytest.raises(CacheError, match="database of another program"):
            act()

    assert (cache.read_bytes(), read_all(state)) == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """It is not made one of ours."""
    path = tmp_path / "state.db"
    raw(path, "CREATE TABLE t (a)")
    before = path.read_bytes()
    with pytest.raises(CacheError, match="another program") as caught:
        StateDb.open(path)

    assert caught.value.hint == "give another folder in ALLOWCTL_STATE_DIR"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.mkdir(), "is no file"),
        (lambda path: path.symlink_to(path.with_name("other")), "is a link"),
    ],
    ids=["folder", "link"],
)
def test_what_is_no_file_is_left_alone(
    tmp_path: Path, make: Callable[[Path], None], told: str
) -> None:
    """Nor is what a link leads to opened."""
    path = tmp_path / "state.db"
    other = tmp_path / "other"
    other.write_text("theirs")
    make(path)
    with pytest.raises(CacheError, match=told) as caught:
        StateDb.open(path)

    assert "ALLOWCTL_STATE_DIR" in (caught.value.hint or "")
    assert other.read_text() == "theirs"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_another_users_file_is_left_alone(tmp_path: Path) -> None:
    """Who may write it could hide that a spender runs other code now."""
    path = tmp_path / "state.db"
    fill(path)
    os.chown(path, 65534, 65534)
    with pytest.raises(CacheError, match="belongs to another user"):
        StateDb.open(path)


@pytest.mark.parametrize("name", ["missing/state.db", "file/state.db", "a\0b"])
def test_a_folder_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    """With the way around it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="cannot keep a state file at") as caught:
        StateDb.open(tmp_path / name)

    assert caught.value.hint == "give another folder in ALLOWCTL_STATE_DIR"
    assert "\0" not in caught.value.message


def test_a_file_that_is_held_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time that another process is waited for."""
    path = tmp_path / "state.db"
    fill(path)
    monkeypatch.setattr("allowctl.store.database._PATIENCE", 0.05)
    with StateDb.open(path) as state, StateDb.open(path) as other:
        held = other._database.writing()  # noqa: SLF001 - as another process would
        with held, pytest.raises(CacheError, match="by another process") as caught:
            state.keep_rows([kept(1)])

        assert caught.value.hint == "wait for that one"


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """It names wallets and what they have given away; a laxer one is tightened."""
    path = tmp_path / "state.db"
    path.touch(mode=0o666)
    with StateDb.open(path) as state:
        state.keep_rows([kept(1)])
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}

    assert modes == dict.fromkeys(("state.db", "state.db-wal", "state.db-shm"), 0o600)


def test_a_temporary_one_is_told_as_such() -> None:
    """It has no name that anybody could look for."""
    with StateDb.open(None) as state:
        with state._database.writing() as connection:  # noqa: SLF001 - to harm it
            connection.exec_driver_sql("DROP TABLE rows")
        with pytest.raises(CacheError, match="the temporary state file is damaged"):
            state.rows("abcdef")
