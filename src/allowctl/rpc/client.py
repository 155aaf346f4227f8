"""The one face that nodes have for the rest of the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from allowctl.errors import UnservedError
from allowctl.model.chain import (
    Address,
    Answer,
    Block,
    BlockRange,
    Call,
    Head,
    Log,
    LogFilter,
    Sent,
    Unserved,
)


class RefusalKind(StrEnum):
    """What a refusal asks the caller to do differently."""

    RANGE = "range"
    """Fewer blocks, here and from now on: a cap of the endpoint."""
    RESULTS = "results"
    """Fewer logs: the same as RANGE, but only here."""
    TOPICS = "topics"
    """Fewer alternatives in one filter, or a smaller body."""
    BATCH = "batch"
    """Fewer requests in one batch."""
    TIMEOUT = "timeout"
    """Less work at once; how much less, it does not say."""
    HEAD = "head"
    """The same, once the endpoint has that block."""
    RATE = "rate"
    """The same again, later."""
    TRANSIENT = "transient"
    """The same again; nothing is wrong with the question."""
    PRUNED = "pruned"
    """Elsewhere: the endpoint keeps no logs, or no state, of blocks so old."""
    UNSUPPORTED = "unsupported"
    """Elsewhere: this endpoint does not do that."""
    EXECUTION = "execution"
    """The contract failed, not the node."""
    FATAL = "fatal"
    """This endpoint will not serve, whatever is asked."""


class RefusalError(UnservedError):
    """One request that one endpoint did not serve."""

    def __init__(  # noqa: PLR0913 - the parts of one refusal, all by name
        self,
        message: str,
        *,
        kind: RefusalKind,
        data: str | None = None,
        hint: str | None = None,
        width: int | None = None,
        cap: int | None = None,
        wait: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.data = data
        """The error's `data` as sent: after a revert, the revert data in hex."""
        self.width = width
        """RANGE, RESULTS, TIMEOUT: blocks that should work at once, if it says."""
        self.cap = cap
        """RESULTS: logs in one reply; TOPICS: alternatives; BATCH: requests."""
        self.wait = wait
        """RATE, TRANSIENT: seconds it asks to wait, if it says."""


class Rpc(Protocol):
    """One chain as one endpoint shows it: `HttpRpc`, and in tests a fake.

    Every method raises `RefusalError` when the endpoint does not serve it, except
    where it returns the failure as a value.
    """

    @property
    def host(self) -> str:
        """The endpoint's name in reports: no path, no key."""

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""

    @property
    def items(self) -> int:
        """JSON-RPC requests sent so far: a batch is one HTTP request of many."""

    @property
    def batch(self) -> int | None:
        """Requests in one HTTP body that it takes; None where it refused none."""

    @property
    def by_hash(self) -> bool | None:
        """Whether it reads state at a block's hash; None where not learned."""

    async def head(self) -> Head:
        """Chain, newest block and newest final block, in one round trip."""

    async def chain_id(self) -> int:
        """The EIP-155 id of the chain that the endpoint serves."""

    async def block(self, number: int | None = None) -> Block:
        """A block by number, or the head."""

    async def confirm(self, number: int) -> tuple[int, Block]:
        """Chain id and a block by number, in one round trip."""

    async def blocks(self, numbers: Sequence[int]) -> list[Block | Unserved]:
        """Each block by number; `expired` is one that the endpoint does not have."""

    async def blooms(self, numbers: Sequence[int]) -> list[bool | Unserved]:
        """Whether each block's logsBloom says that it holds logs."""

    async def holds_logs(self, number: int) -> bool:
        """Whether eth_getLogs has any log of one block, whatever its topics."""

    async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
        """All logs of a range that match, checked against filter and range.

        Sent once: what to do about a refusal is the caller's to decide.
        """

    async def receipts(self, wanted: LogFilter, number: int) -> Sequence[Log]:
        """The same for one block, out of all its receipts."""

    async def transactions(self, hashes: Sequence[str]) -> list[Sent | Unserved]:
        """Who sent each; `expired` is one that the endpoint does not have."""

    async def learn(self, at: Block) -> None:
        """Find out how a block is named here, ahead of the first read at it."""

    async def call(
        self,
        call: Call,
        at: Block,
        *,
        code_at: Mapping[Address, bytes] | None = None,
        gas: int | None = None,
    ) -> Answer:
        """One eth_call; `code_at` puts other code at addresses (state override).

        Without `gas`, with as much as the node allows.
        """

    async def deployless(self, initcode: bytes, at: Block) -> Answer:
        """eth_call of a contract creation: what its constructor returns."""

    async def calls(
        self, calls: Sequence[Call], at: Block, *, gas: int | None = None
    ) -> list[Answer]:
        """Many separate eth_calls: answers in the order of the calls."""

    async def accounts(
        self, addresses: Sequence[Address], at: Block
    ) -> list[tuple[bytes | Unserved, int | Unserved]]:
        """Code and nonce of each address, in one round trip."""

    async def codes(
        self, addresses: Sequence[Address], at: Block
    ) -> list[bytes | Unserved]:
        """The code of each address, empty where there is none."""

    async def nonces(
        self, addresses: Sequence[Address], at: Block
    ) -> list[int | Unserved]:
        """How many transactions each address has sent (contracts start at 1)."""

    async def slots(
        self, asked: Sequence[tuple[Address, int]], at: Block
    ) -> list[bytes | Unserved]:
        """The 32 bytes in each contract's storage slot, zeros where nothing is."""

    async def old_nonces(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[int | Unserved]:
        """The nonce of each address after the block of that number."""

    async def old_codes(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[bytes | Unserved]:
        """The code of each address after the block of that number."""

    async def at_block(
        self,
        asked: Sequence[tuple[str, Sequence[object]]],
        at: Block,
        extra: Sequence[object] = (),
    ) -> list[object | UnservedError]:
        """Results, as plain JSON values, of methods and parameters that end in a block.

        Or why there is none. `extra` are parameters behind the block.
        """

    async def request(self, method: str, params: Sequence[object]) -> object:
        """Any other method's result, as plain JSON values."""

    async def many(
        self, asked: Sequence[tuple[str, Sequence[object]]]
    ) -> list[object | UnservedError]:
        """The same of several, in one round trip: each result, or why there is none."""

    def forgive(self) -> None:
        """Ask on where it was given up for its silence: it may be back."""
