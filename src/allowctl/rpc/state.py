"""The state of one block, read wherever it can be had."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from allowctl.errors import UnservedError
from allowctl.model.chain import Address, Answer, Call, Unserved
from allowctl.rpc.alone import read_heavy
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.coalesce import Coalesced
from allowctl.rpc.multicall import StateReader

K = TypeVar("K")
V = TypeVar("V")

Account = tuple[bytes | Unserved, int | Unserved]
"""Code and nonce."""

_EXPIRED = {RefusalKind.PRUNED, RefusalKind.HEAD}


class StateExpiredError(UnservedError):
    """No endpoint has the state of that block any more: a newer one is to be read."""


class State:
    """Several endpoints' readers of one block as one, in order of preference.

    What is read side by side is asked together. What one does not serve is asked
    at the next. One that shows itself useless is
    left out, with its reason. Where all have lost the block, every read raises
    StateExpiredError, unless it is `final`: then that is each answer's reason.
    """

    def __init__(self, readers: Sequence[StateReader], *, final: bool = False) -> None:
        blocks = {reader.at for reader in readers}
        if len(blocks) != 1:
            raise ValueError("readers of one block, and at least one")
        (self.at,) = blocks
        self.multicall3: Address = readers[0].multicall3
        self.left_out: dict[str, str] = {}
        """Why an endpoint is asked no more, by host."""
        self._final = final
        self._readers = list(readers)
        self._answered: list[StateReader] = []
        self._reads = Coalesced(self._read)
        self._codes = Coalesced(self._read_codes)
        self._accounts = Coalesced(self._read_accounts)
        self._slots = Coalesced(self._read_slots)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The endpoints that answered anything."""
        return tuple(dict.fromkeys(reader.rpc.host for reader in self._answered))

    async def proven(self) -> bool:
        """Whether each endpoint that answered has shown to have the block's state.

        RefusalError if it shows that it has another block's.
        """
        for reader in list(self._answered):
            try:
                if not await reader.proven():
                    return False
            except RefusalError as refusal:
                self._leave_out(reader, refusal)
        return bool(self._answered)

    async def read(
        self, calls: Sequence[Call], *, impatient: Collection[Call] = ()
    ) -> list[Answer]:
        """The answer of each call, in order; see `StateReader.read`."""
        hasty = frozenset(impatient)
        return await self._reads([(call, call in hasty) for call in calls])

    async def _read(self, asked: Sequence[tuple[Call, bool]]) -> list[Answer]:
        """The answer of each call, and whether a failure of it is taken as it is."""
        patient = {call for call, hasty in asked if not hasty}
        calls = list(dict.fromkeys(call for call, _ in asked))
        impatient = [call for call in calls if call not in patient]

        def ask(reader: StateReader, some: Sequence[Call]) -> Awaitable[list[Answer]]:
            return reader.read(some, impatient=impatient)

        found = await self._everywhere(calls, ask, lambda why: why, _unserved)
        answers = dict(zip(calls, found, strict=True))
        return [answers[call] for call, _ in asked]

    async def heavy(self, calls: Sequence[Call]) -> list[Answer]:
        """The answer of each call, asked by itself: too much work for an aggregate."""

        def ask(reader: StateReader, some: Sequence[Call]) -> Awaitable[list[Answer]]:
            return read_heavy(reader.rpc, some, self.at)

        return await self._everywhere(calls, ask, lambda why: why, _unserved)

    async def codes(self, addresses: Sequence[Address]) -> list[bytes | Unserved]:
        """The code of each address, empty where there is none."""
        return await self._codes(addresses)

    async def _read_codes(self, addresses: Sequence[Address]) -> list[bytes | Unserved]:
        def ask(
            reader: StateReader, some: Sequence[Address]
        ) -> Awaitable[list[bytes | Unserved]]:
            return reader.rpc.codes(some, self.at)

        return await self._everywhere(addresses, ask, lambda why: why, _unserved)

    async def slots(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[bytes | Unserved]:
        """The 32 bytes in each contract's storage slot, zeros where nothing is."""
        return await self._slots(asked)

    async def _read_slots(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[bytes | Unserved]:
        def ask(
            reader: StateReader, some: Sequence[tuple[Address, int]]
        ) -> Awaitable[list[bytes | Unserved]]:
            return reader.rpc.slots(some, self.at)

        return await self._everywhere(asked, ask, lambda why: why, _unserved)

    async def nonces(self, addresses: Sequence[Address]) -> list[int | Unserved]:
        """How many transactions each address has sent (contracts start at 1)."""

        def ask(
            reader: StateReader, some: Sequence[Address]
        ) -> Awaitable[list[int | Unserved]]:
            return reader.rpc.nonces(some, self.at)

        return await self._everywhere(addresses, ask, lambda why: why, _unserved)

    async def accounts(self, addresses: Sequence[Address]) -> list[Account]:
        """Code and nonce of each address."""
        return await self._accounts(addresses)

    async def _read_accounts(self, addresses: Sequence[Address]) -> list[Account]:
        def ask(
            reader: StateReader, some: Sequence[Address]
        ) -> Awaitable[list[Account]]:
            return reader.rpc.accounts(some, self.at)

        def missing(account: Account) -> Unserved | None:
            return _unserved(account[0]) or _unserved(account[1])

        return await self._everywhere(addresses, ask, lambda why: (why, why), missing)

    async def _everywhere(
        self,
        keys: Sequence[K],
        ask: Callable[[StateReader, Sequence[K]], Awaitable[list[V]]],
        nothing: Callable[[Unserved], V],
        missing: Callable[[V], Unserved | None],
    ) -> list[V]:
        """Each key's value, from the first reader that has it."""
        found: dict[int, V] = {}
        not_gone: set[int] = set()
        left = list(range(len(keys)))
        if left and not self._readers:
            reasons = "; ".join(self.left_out.values())
            raise UnservedError(f"no endpoint is left to read state from: {reasons}")
        for reader in list(self._readers):
            if not left:
                break
            try:
                values = await _asked(ask(reader, [keys[i] for i in left]))
            except RefusalError as refusal:
                self._leave_out(reader, refusal)
                if not self._readers and len(found) < len(keys):
                    raise
                continue
            if isinstance(values, Unserved):
                values = [nothing(values) for _ in left]
            told = dict(zip(left, values, strict=True))
            found |= told
            why = {i: reason for i, value in told.items() if (reason := missing(value))}
            not_gone |= {i for i, reason in why.items() if not reason.expired}
            self._note(reader, served=len(why) < len(told))
            left = list(why)
        if not self._final and not not_gone.issuperset(left):
            raise StateExpiredError(
                f"no endpoint has the state of block {self.at.number} any more",
                hint="ask an endpoint that keeps old state, or the head",
            )
        return [found[index] for index in range(len(keys))]

    def _note(self, reader: StateReader, *, served: bool) -> None:
        if served and reader not in self._answered:
            self._answered.append(reader)
        if not served and len(self._readers) > 1 and reader in self._readers:
            # Whoever had nothing to say is asked last from now on.
            self._readers.remove(reader)
            self._readers.append(reader)

    def _leave_out(self, reader: StateReader, refusal: RefusalError) -> None:
        self.left_out[reader.rpc.host] = refusal.message
        for readers in (self._readers, self._answered):
            if reader in readers:
                readers.remove(reader)


async def _asked(values: Awaitable[list[V]]) -> list[V] | Unserved:
    """The values, or why there are none. RefusalError if there never will be."""
    try:
        return await values
    except RefusalError as refusal:
        if refusal.kind is RefusalKind.FATAL:
            raise
        return Unserved(refusal.message, expired=refusal.kind in _EXPIRED)
    except UnservedError as error:
        return Unserved(error.message)


def _unserved(value: object) -> Unserved | None:
    return value if isinstance(value, Unserved) else None
