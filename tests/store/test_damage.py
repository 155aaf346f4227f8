"""Files that are no cache any more, never were, or cannot be used."""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allowctl.errors import CacheError, ExitCode
from allowctl.model.chain import BlockRange
from allowctl.model.endpoint import Limits
from allowctl.store.cache import Cache
from allowctl.store.paths import clear
from tests import build
from tests.store.writer import OWNERS, VERSION, piece

_PAGE = 4096


def fill(path: Path, ranges: int = 60) -> None:
    """A cache of some hundred pages."""
    with Cache.open(path) as cache:
        cache.commit(1, VERSION, [piece(number) for number in range(ranges)])
        cache.save_limits("k", "host", 1, Limits(span=5))
        cache.save_canary(1, 5)
        cache.add_anchor(1, 500, "0xaa")


def read_all(path: Path) -> object:
    """Everything a scan or `cache info` may ask for."""
    with Cache.open(path) as cache:
        return (
            cache.covered(1, VERSION, OWNERS),
            [cache.logs(1, VERSION, own, BlockRange(0, 1_000)) for own in OWNERS],
            (cache.limits("k", 1), cache.canary(1), cache.anchors(1)),
            cache.info().chains,
        )


def raw(path: Path, *statements: str) -> None:
    """Do to a file what another program might."""
    connection = sqlite3.connect(path)
    connection.executescript(";".join(statements))
    connection.close()


def overwritten(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


_NOISE = bytes(range(255, -1, -1)) * 16


@pytest.mark.parametrize(
    "harm",
    [
        truncated,
        lambda path: path.write_bytes(path.read_bytes()[:99]),
        lambda path: path.write_bytes(_NOISE),
        lambda path: overwritten(path, 0, _NOISE[:100]),
        lambda path: overwritten(path, 100, _NOISE[:400]),
        lambda path: overwritten(path, 20 * _PAGE, _NOISE * 30),
        lambda path: overwritten(path, 20 * _PAGE, bytes(_PAGE * 30)),
        lambda path: raw(path, "DROP TABLE logs"),
        lambda path: raw(path, "UPDATE coverage SET first = 'x'"),
        lambda path: raw(path, "UPDATE coverage SET first = last + 1"),
        lambda path: raw(path, "UPDATE OR IGNORE logs SET topics = 'text'"),
        lambda path: raw(path, "UPDATE endpoints SET limits = x'ff'"),
        lambda path: raw(path, "UPDATE endpoints SET limits = 7"),
        lambda path: raw(path, "UPDATE scopes SET chain = x'ff'"),
        lambda path: raw(path, "UPDATE anchors SET number = 'x'"),
        lambda path: raw(path, "UPDATE canaries SET block = 1.5"),
        lambda path: raw(path, "UPDATE anchors SET hash = CAST(x'ff' AS TEXT)"),
    ],
    ids=[
        "truncated",
        "truncated in the header",
        "noise",
        "noise in the header",
        "noise in the schema",
        "noise in the middle",
        "zeros in the middle",
        "no table",
        "text for a number",
        "a range that is none",
        "text for bytes",
        "bytes for JSON",
        "a number for JSON",
        "bytes for a chain",
        "text for an anchor",
        "a part of a canary",
        "text that is none",
    ],
)
def test_a_damaged_file_is_told_and_mended(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """Exit 2, in one line, with what mends it: and that does mend it."""
    path = tmp_path / "cache.db"
    fill(path)
    before = read_all(path)
    harm(path)
    with pytest.raises(CacheError, match="is damaged: ") as caught:
        assert read_all(path) == before

    assert caught.value.exit_code is ExitCode.USAGE
    assert "\n" not in caught.value.message
    assert "allowctl cache clear" in (caught.value.hint or "")
    clear(path)
    fill(path)
    assert read_all(path) == before


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=5_000))
@example(at=3739, noise=b"\x80")  # in the schema: SQLite's message is no text
def test_noise_anywhere_gives_no_other_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, noise: bytes
) -> None:
    """It may go unseen, where it hit nothing or only a value; it never crashes."""
    path = tmp_path_factory.mktemp("noise") / "cache.db"
    fill(path, ranges=10)
    overwritten(path, at % path.stat().st_size, noise)
    error = None
    try:
        read_all(path)
        with Cache.open(path) as cache:
            cache.commit(1, VERSION, [piece(77)])
            cache.compact(1, VERSION)
            cache.rewind(1, -1)
    except CacheError as caught:
        error = caught
    assert error is None or "\n" not in error.message


def test_damage_may_come_while_it_is_open(tmp_path: Path) -> None:
    """The same error, from whatever is asked next."""
    path = tmp_path / "cache.db"
    fill(path)
    with Cache.open(path) as cache:
        overwritten(path, 20 * _PAGE, _NOISE * 30)
        with pytest.raises(CacheError, match="is damaged"):
            [cache.logs(1, VERSION, own, BlockRange(0, 1_000)) for own in OWNERS]


def test_an_empty_file_is_a_new_cache(tmp_path: Path) -> None:
    """A process that was killed early leaves that."""
    path = tmp_path / "cache.db"
    path.touch()
    fill(path, ranges=1)

    assert read_all(path)


def test_an_older_version_is_emptied_without_a_word(tmp_path: Path) -> None:
    """Nothing of worth lies there, whatever tables it had."""
    path = tmp_path / "cache.db"
    fill(path)
    raw(
        path,
        "PRAGMA user_version = 0",
        'CREATE TABLE "odd "" name" (a)',
        "CREATE INDEX i ON coverage (first)",
        "DROP TABLE logs",
    )
    with Cache.open(path) as cache:
        assert cache.info().chains == ()
    fill(path)

    assert read_all(path)


def test_a_newer_version_is_left_to_its_program(tmp_path: Path) -> None:
    """It is said, nothing is changed, and `cache clear` makes it usable."""
    path = tmp_path / "cache.db"
    fill(path)
    raw(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(CacheError, match="newer allowctl") as caught:
        Cache.open(path)

    assert "allowctl cache clear" in (caught.value.hint or "")
    assert path.read_bytes() == before
    clear(path)
    fill(path)


@pytest.mark.parametrize("application", [0, 7])
def test_another_programs_database_is_left_alone(
    tmp_path: Path, application: int
) -> None:
    """Neither opened nor removed: clearing it would mend nothing of ours."""
    path = tmp_path / "cache.db"
    raw(path, "CREATE TABLE t (a)", f"PRAGMA application_id = {application}")
    before = path.read_bytes()
    for act in (Cache.open, clear):
        with pytest.raises(CacheError, match="another program") as caught:
            act(path)
        assert "cache clear" not in (caught.value.hint or "")

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
    """Neither opened nor removed, nor what a link leads to."""
    path = tmp_path / "cache.db"
    other = tmp_path / "other"
    other.write_text("theirs")
    make(path)
    for act in (Cache.open, clear):
        with pytest.raises(CacheError, match=told):
            act(path)

    assert other.read_text() == "theirs"
    assert path.is_dir() or path.is_symlink()


@pytest.mark.parametrize("name", ["missing/cache.db", "file/cache.db", "a\0b"])
def test_a_folder_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    """With the way around it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="cannot keep a cache at") as caught:
        Cache.open(tmp_path / name)

    assert "--no-cache" in (caught.value.hint or "")
    assert "\0" not in caught.value.message


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """What was there before stays, and can be read."""
    path = tmp_path / "cache.db"
    fill(path, ranges=1)
    before = read_all(path)
    with Cache.open(path) as cache:
        with cache._database.reading() as connection:  # noqa: SLF001 - a small disk
            connection.exec_driver_sql("PRAGMA max_page_count = 40")
        with pytest.raises(CacheError, match="no space is left") as caught:
            cache.commit(1, VERSION, [piece(number) for number in range(1, 90)])

        assert "--no-cache" in (caught.value.hint or "")
        assert cache.covered(1, VERSION, OWNERS)[OWNERS[0]] == (BlockRange(0, 9),)
    assert read_all(path) == before


def test_a_disk_that_takes_no_more_is_told(tmp_path: Path) -> None:
    """The system's refusal, in the middle of a commit; nothing of it stays."""
    path = tmp_path / "cache.db"
    fill(path, ranges=1)
    before = read_all(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Cache.open(path) as cache:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
        try:
            with pytest.raises(CacheError, match=r"cannot be (used|written)"):
                cache.commit(1, VERSION, [piece(number) for number in range(1, 400)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert read_all(path) == before


def test_a_file_that_is_held_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time that another process is waited for."""
    path = tmp_path / "cache.db"
    fill(path)
    monkeypatch.setattr("allowctl.store.database._PATIENCE", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    with Cache.open(path) as cache:
        holder.execute("BEGIN IMMEDIATE")
        assert cache.covered(1, VERSION, OWNERS)[OWNERS[0]]
        with pytest.raises(CacheError, match="by another process") as caught:
            cache.save_canary(1, 3)
        holder.close()

        assert "--no-cache" in (caught.value.hint or "")
        cache.save_canary(1, 3)


_UNPRIVILEGED = """
import os, sys
from pathlib import Path
from allowctl.errors import CacheError
from allowctl.store.cache import Cache
path = Path(sys.argv[1])
if os.geteuid() == 0:
    if path.exists():
        os.chown(path, 65534, 65534)
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    Cache.open(path)
except CacheError as error:
    print(error, "|", error.hint)
"""


def test_opening_waits_for_one_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that make the file at once both come through, if neither takes too long."""
    path = tmp_path / "cache.db"
    fill(path)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("PRAGMA journal_mode = DELETE")
    holder.execute("BEGIN IMMEDIATE")
    with monkeypatch.context() as hasty:
        hasty.setattr("allowctl.store.database._PATIENCE", 0.05)
        with pytest.raises(CacheError, match="by another process"):
            Cache.open(path)
    release = threading.Timer(0.1, holder.rollback)
    release.start()
    with Cache.open(path) as cache:
        assert cache.canary(1) == 5
    release.join()
    holder.close()


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "told"),
    [
        (0o555, None, "cannot keep a cache at .*Permission denied"),
        (0o755, 0o400, "cannot keep a cache at .*Permission denied"),
        (0o555, 0o600, "cannot be used: "),
        (0o700, 0o600, None),
    ],
    ids=["new file", "file", "beside the file", "nothing is wrong"],
)
def test_a_place_that_cannot_be_written_is_told(
    folder_mode: int, file_mode: int | None, told: str | None
) -> None:
    """With the way around it. Root, who may write anywhere, becomes nobody."""
    # Below pytest's own folder nobody else may look.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "cache.db"
        if file_mode is not None:
            fill(path, ranges=1)
            path.chmod(file_mode)
        folder.chmod(folder_mode)
        if os.geteuid() == 0 and told is None:
            os.chown(folder, 65534, 65534)
        ran = subprocess.run(
            [sys.executable, "-c", _UNPRIVILEGED, str(path)],
            capture_output=True,
            text=True,
            check=False,
            # Nobody may not write the measurement of coverage either.
            env={k: v for k, v in os.environ.items() if not k.startswith("COV")},
        )
        folder.chmod(0o700)

    assert (ran.returncode, ran.stderr) == (0, "")
    if told is None:
        assert ran.stdout == ""
    else:
        assert re.search(told, ran.stdout)
        assert "--no-cache" in ran.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_another_users_file_is_left_alone(tmp_path: Path) -> None:
    """Who may write it could hide approvals from the next scan."""
    path = tmp_path / "cache.db"
    fill(path, ranges=1)
    os.chown(path, 65534, 65534)
    for act in (Cache.open, clear):
        with pytest.raises(CacheError, match="belongs to another user"):
            act(path)

    assert path.exists()


def test_clearing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    """It is clear."""
    clear(tmp_path / "cache.db")
    clear(tmp_path / "missing" / "cache.db")


def test_clearing_takes_its_own_files_and_no_other(tmp_path: Path) -> None:
    """The database and what SQLite keeps beside it."""
    path = tmp_path / "cache.db"
    with Cache.open(path) as cache:
        cache.commit(1, VERSION, [piece(1)])
        beside = {each.name for each in tmp_path.iterdir()}
        assert beside == {"cache.db", "cache.db-wal", "cache.db-shm"}
        for name in ("cache.db-other", "cache.db.bak", "state.db"):
            (tmp_path / name).write_text(build.OWNER)
        clear(path)
    # The process that had it open did not put anything back.
    left = {each.name for each in tmp_path.iterdir()}
    assert left == {"cache.db-other", "cache.db.bak", "state.db"}


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """It names the wallets one asks about; a laxer one is tightened."""
    path = tmp_path / "cache.db"
    path.touch(mode=0o666)
    with Cache.open(path) as cache:
        cache.noticed("x")
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}

    assert modes == dict.fromkeys(("cache.db", "cache.db-wal", "cache.db-shm"), 0o600)
