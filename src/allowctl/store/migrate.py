"""state.db's tables: brought from version to version, never made anew."""

from __future__ import annotations

import re

from sqlalchemy import Connection, insert, select

from allowctl.errors import CodecError
from allowctl.store.books import STATE, Book
from allowctl.store.layout import Age
from allowctl.store.state_tables import HEAD, metadata, versions

SCRIPTS = "allowctl.store:migrations"
"""Package and folder, as alembic names them."""
_VERSION = re.compile(r"\d{4}")


class Migrated:
    """A layout for what cannot be had again."""

    book: Book = STATE

    def __init__(self, head: str = HEAD, scripts: str = SCRIPTS) -> None:
        self._head = head
        self._scripts = scripts

    def age(self, connection: Connection) -> Age:
        """By alembic's own table, without alembic: importing it takes 0.2 seconds."""
        match list(connection.execute(select(versions.c.version_num)).scalars()):
            case [str(version)] if _VERSION.fullmatch(version):
                pass
            case _:
                raise CodecError("a version that is none")
        if version == self._head:
            return Age.CURRENT
        return Age.NEWER if version > self._head else Age.OLDER

    def arrange(self, connection: Connection, age: Age) -> None:
        """Make them, or bring them here by one migration after the other."""
        if age is not Age.EMPTY:
            upgrade(connection, self._head, self._scripts)
            return
        for tables in (metadata, versions.metadata):
            tables.create_all(connection, checkfirst=False)
        connection.execute(insert(versions).values(version_num=self._head))


def upgrade(connection: Connection, to: str, scripts: str = SCRIPTS) -> None:
    """Run the migrations up to one, inside of the transaction that is open.

    CodecError if the file's version is none of theirs.
    """
    from alembic import command  # noqa: PLC0415 - see `age`
    from alembic.config import Config  # noqa: PLC0415 - the same
    from alembic.util import CommandError  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", scripts)
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError:
        raise CodecError("a version from which there is no way on") from None
