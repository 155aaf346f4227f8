"""state.db comes from any version to this one, whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import allowctl.store.migrations
from allowctl.errors import CacheError
from allowctl.store.database import Database
from allowctl.store.layout import Age
from allowctl.store.migrate import SCRIPTS, Migrated, upgrade
from allowctl.store.state_tables import HEAD, metadata
from allowctl.store.statedb import StateDb
from tests import build
from tests.nodes.npm import ROOT
from tests.store.test_statedb import HASHES, SPENDERS, facts, found, kept

NEXT = "9999"
_COLUMN = """
from alembic import op
import sqlalchemy as sa
import time

revision = "9999"
down_revision = "{before}"


def upgrade():
    time.sleep({pause})
    op.add_column("rows", sa.Column("note", sa.Text, server_default="none"))
    {more}
"""


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    return ScriptDirectory.from_config(config)


REVISIONS = [each.revision for each in scripts().walk_revisions()]


class Step(Migrated):
    """Makes its tables by migrations, up to one, even where there are none."""

    def arrange(self, connection: Connection, age: Age) -> None:
        del age
        upgrade(connection, self._head)


def schema(path: Path) -> list[tuple[str, ...]]:
    """All that SQLite knows of a file's tables."""
    with closing(sqlite3.connect(path)) as raw:
        tables = raw.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name")
        versions = raw.execute("SELECT * FROM alembic_version")
        pragma = raw.execute("PRAGMA application_id")
        return [*tables, *versions, *pragma]


def fill(path: Path) -> None:
    with StateDb.open(path) as state:
        state.see(1, [facts(SPENDERS[0], HASHES[0])], at=build.block(7))
        state.keep_rows([kept(1), kept(2)])


def further(folder: Path, *, pause: float = 0, more: str = "") -> str:
    """The package's migrations and one more, in a folder of their own."""
    package = Path(allowctl.store.migrations.__file__).parent
    shutil.copytree(package, folder / "scripts")
    text = _COLUMN.format(before=HEAD, pause=pause, more=more)
    (folder / "scripts" / "versions" / "r9999_note.py").write_text(text)
    return str(folder / "scripts")


def test_the_program_s_version_is_the_last_migration_s() -> None:
    """There is one line of them, and its end is what a file is made as."""
    assert scripts().get_heads() == [HEAD]
    assert [*REVISIONS] == sorted(REVISIONS, reverse=True)


def test_migrations_come_to_the_tables_of_the_program(tmp_path: Path) -> None:
    """Alembic itself finds no difference between a migrated file and the tables."""
    database = Database(tmp_path / "state.db", Step())
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


@pytest.mark.parametrize("version", REVISIONS)
def test_every_version_comes_to_this_one(tmp_path: Path, version: str) -> None:
    """From each that ever was, and from none: to the letter the same tables."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    Database(old, Step(version)).close()
    for path in (old, new):
        StateDb.open(path).close()

    assert schema(old) == schema(new)
    fill(old)


def test_what_was_kept_is_there_after_a_migration(tmp_path: Path) -> None:
    """It happens once, when a newer program opens the file."""
    path = tmp_path / "state.db"
    fill(path)
    newer = Migrated(NEXT, further(tmp_path))
    for _ in range(2):
        with StateDb(Database(path, newer)) as state:
            assert found(state, kept(1), kept(2)) == [kept(1), kept(2)]
            assert state.seen(1, SPENDERS)[SPENDERS[0]].block == 7
    with closing(sqlite3.connect(path)) as raw:
        notes = raw.execute("SELECT DISTINCT note FROM rows").fetchall()

    assert notes == [("none",)]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    """Not even in part; the file can be used as before."""
    path = tmp_path / "state.db"
    fill(path)
    before = schema(path)
    wrong = further(tmp_path, more='op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(CacheError, match="no such table: nowhere"):
        Database(path, Migrated(NEXT, wrong))

    assert schema(path) == before
    with StateDb.open(path) as state:
        assert found(state, kept(1)) == [kept(1)]


_OPEN = """
import sys
from pathlib import Path
from allowctl.store.database import Database
from allowctl.store.migrate import Migrated
path, head, scripts = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
Database(Path(path), Migrated(head, scripts)).close()
"""


@pytest.mark.parametrize("there", [True, False], ids=["older", "none"])
def test_processes_that_migrate_at_once(tmp_path: Path, there: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """One of them does, while the others wait, and all can use the file."""
    path = tmp_path / "state.db"
    if there:
        fill(path)
    arguments = [str(path), NEXT, further(tmp_path, pause=0.3)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        _, told = process.communicate(timeout=60)
        assert (process.returncode, told) == (0, "")
    with closing(sqlite3.connect(path)) as raw:
        count = raw.execute("SELECT count(*) FROM rows").fetchone()
        versions = raw.execute("SELECT * FROM alembic_version").fetchall()

    assert (count, versions) == ((2 if there else 0,), [(NEXT,)])


_USUAL = """
import sys
from pathlib import Path
from allowctl.store.statedb import StateDb
for path in (Path(sys.argv[1]), Path(sys.argv[1]), None):
    with StateDb.open(path) as state:
        state.rows("abcdef")
print("alembic" in sys.modules)
"""


def test_usual_runs_do_not_load_alembic(tmp_path: Path) -> None:
    """A new file, one that is as it should be, and a temporary one need none of it."""
    ran = subprocess.run(
        [sys.executable, "-c", _USUAL, str(tmp_path / "state.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "False\n"
