"""What earlier runs learned: cache.db.

Synchronous. Every method is one transaction, and may raise CacheError.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from allowctl.model.chain import Address, BlockRange, Log
from allowctl.model.endpoint import Limits
from allowctl.store import chainlogs, describe, knowledge
from allowctl.store.database import Database, Opened
from allowctl.store.values import CacheInfo, Piece


class Cache(Opened):
    """An open cache."""

    @classmethod
    def open(cls, path: Path | None) -> Cache:
        """The cache in a file, made if it is not there; None for a temporary one.

        One of an older version is emptied. CacheError if it cannot be used.
        """
        return cls(Database(path))

    def covered(
        self, chain_id: int, version: str, owners: Sequence[Address]
    ) -> dict[Address, tuple[BlockRange, ...]]:
        """The proven ranges of each owner, in order, none touching the next."""
        with self._database.reading() as connection:
            return chainlogs.covered(connection, hex(chain_id), version, owners)

    def commit(self, chain_id: int, version: str, pieces: Sequence[Piece]) -> None:
        """Keep all of this or, if anything ends the process, nothing.

        Nothing changes if it was committed before. The caller sees to it that
        no block is above finality. ValueError for a log outside its piece.
        """
        if pieces:
            with self._database.writing() as connection:
                chainlogs.commit(connection, hex(chain_id), version, pieces)

    def logs(
        self, chain_id: int, version: str, owner: Address, blocks: BlockRange
    ) -> list[Log]:
        """What is kept of an owner in a range, by block and index, in lower case.

        Data is cut after 256 bytes; an index beyond 63 bits is the largest that
        fits, one that is no number is 0; a transaction that is no hash is empty.
        """
        with self._database.reading() as connection:
            return chainlogs.read(connection, hex(chain_id), version, owner, blocks)

    def compact(self, chain_id: int, version: str) -> None:
        """Put coverage into as few rows as say the same."""
        with self._database.writing() as connection:
            chainlogs.compact(connection, hex(chain_id), version)

    def anchors(self, chain_id: int) -> list[tuple[int, str]]:
        """Number and hash of each block that was final once, newest first."""
        with self._database.reading() as connection:
            return knowledge.read_anchors(connection, hex(chain_id))

    def add_anchor(self, chain_id: int, number: int, block_hash: str) -> None:
        """A block that coverage up to it rests on."""
        with self._database.writing() as connection:
            knowledge.add_anchor(connection, hex(chain_id), number, block_hash)

    def rewind(self, chain_id: int, above: int) -> None:
        """Forget logs, coverage, anchors and canary above a block; -1: all of them."""
        with self._database.writing() as connection:
            chainlogs.rewind(connection, hex(chain_id), above)

    def limits(self, key: str, chain_id: int) -> Limits | None:
        """What an endpoint has shown of itself; None if nothing is remembered."""
        with self._database.reading() as connection:
            return knowledge.read_limits(connection, key, hex(chain_id))

    def save_limits(self, key: str, host: str, chain_id: int, limits: Limits) -> None:
        """Remember an endpoint by `Endpoint.key`; of its URL only the host."""
        with self._database.writing() as connection:
            knowledge.save_limits(connection, key, host, hex(chain_id), limits)

    def canary(self, chain_id: int) -> int | None:
        """The oldest block that is known to hold an event."""
        with self._database.reading() as connection:
            return knowledge.read_canary(connection, hex(chain_id))

    def save_canary(self, chain_id: int, block: int) -> None:
        """Remember it, unless an older one is known."""
        with self._database.writing() as connection:
            knowledge.save_canary(connection, hex(chain_id), block)

    def noticed(self, what: str) -> bool:
        """False the first time ever, True from then on."""
        with self._database.reading() as connection:
            if knowledge.was_noticed(connection, what):
                return True
        with self._database.writing() as connection:
            return knowledge.notice(connection, what)

    def info(self) -> CacheInfo:
        """What it holds, counted."""
        return describe.describe(self._database)
