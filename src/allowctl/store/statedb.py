"""What cannot be asked for again: state.db.

Synchronous. Every method is one transaction, and may raise CacheError.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from allowctl.model.chain import Address, Block
from allowctl.model.facts import Creation, Seen, SpenderFacts
from allowctl.model.kept import Kept
from allowctl.model.missing import Missing
from allowctl.store import codes, runs
from allowctl.store.database import Database, Opened
from allowctl.store.migrate import Migrated


class StateDb(Opened):
    """An open state file. Nothing empties it, damaged or not."""

    @classmethod
    def open(cls, path: Path | None) -> StateDb:
        """The state in a file, made if it is not there; None for a temporary one.

        One of an older version is brought to this one. CacheError if it cannot be
        used.
        """
        return cls(Database(path, Migrated()))

    def seen(self, chain_id: int, spenders: Collection[Address]) -> dict[Address, Seen]:
        """What code ran behind those of them that were looked at before.

        It may have been at a newer block than the one that is scanned now.
        """
        with self._database.reading() as connection:
            return codes.seen(connection, hex(chain_id), spenders)

    def see(self, chain_id: int, facts: Iterable[SpenderFacts], *, at: Block) -> None:
        """Remember what code runs behind each at a block.

        What is known of a newer block stays, and so does what is known of one that
        has no code now, or of which nobody told it.
        """
        known = [each for each in facts if isinstance(each.code_hash, str)]
        if known:
            with self._database.writing() as connection:
                codes.see(connection, hex(chain_id), known, at)

    def creations(
        self, chain_id: int, spenders: Collection[Address]
    ) -> dict[Address, Creation]:
        """Those of them whose creation is known exactly; without its time."""
        with self._database.reading() as connection:
            return codes.read_creations(connection, hex(chain_id), spenders)

    def add_creations(
        self, chain_id: int, found: Mapping[Address, Creation | Missing]
    ) -> None:
        """Remember those that are exact. The caller sees to it that they are final."""
        exact = {
            spender: each.block
            for spender, each in found.items()
            if isinstance(each, Creation) and each.exact
        }
        if exact:
            with self._database.writing() as connection:
                codes.add_creations(connection, hex(chain_id), exact)

    def rows(self, prefix: str) -> list[Kept]:
        """The rows whose fingerprint begins so, by fingerprint.

        ValueError unless it is 6 to 32 hex digits in lower case.
        """
        with self._database.reading() as connection:
            return runs.find(connection, prefix)

    def keep_rows(self, some: Sequence[Kept]) -> None:
        """Remember the rows of a report, each in the place of an older one of it.

        Kept are at most `runs.MOST`, none for longer than `runs.DAYS` days after
        the last report that had it.
        """
        if some:
            with self._database.writing() as connection:
                runs.keep(connection, some)
