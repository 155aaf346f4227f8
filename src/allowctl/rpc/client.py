"""The one face that nodes have for the rest of the program."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from allowctl.errors import UnservedError
from allowctl.model.chain import (
    Address,
    Answer,
    Block,
    BlockRange,
    Call,
    Log,
    LogFilter,
    Unserved,
)


class RefusalKind(StrEnum):
    """What a refusal asks the caller to do differently."""

    RANGE = "range"
    """Fewer blocks."""
    RESULTS = "results"
    """Fewer logs: the same as RANGE, but only here."""
    RATE = "rate"
    """The same again, later."""
    TRANSIENT = "transient"
    """The same again; nothing is wrong with the question."""
    UNSUPPORTED = "unsupported"
    """This endpoint does not do that."""
    EXECUTION = "execution"
    """The contract failed, not the node."""
    FATAL = "fatal"
    """This endpoint will not serve, whatever is asked."""


class RefusalError(UnservedError):
    """One request that one endpoint did not serve."""

    def __init__(
        self,
        message: str,
        *,
        kind: RefusalKind,
        data: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.data = data
        """The error's `data` as sent: after a revert, the revert data in hex."""


class Rpc(Protocol):
    """One chain's state and logs. Implemented by `HttpRpc`, and in tests by a fake.

    Every method raises `RefusalError` when the endpoint does not serve it, except
    where it returns the failure as a value.
    """

    @property
    def host(self) -> str:
        """The endpoint's name in reports: no path, no key."""

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""

    async def chain_id(self) -> int:
        """The EIP-155 id of the chain that the endpoint serves."""

    async def block(self, number: int | None = None) -> Block:
        """A block by number, or the head."""

    async def logs(self, wanted: LogFilter, blocks: BlockRange) -> Sequence[Log]:
        """All logs of a range that match, checked against filter and range."""

    async def call(self, call: Call, at: Block) -> Answer:
        """One eth_call, with as much gas as the node allows."""

    async def calls(self, calls: Sequence[Call], at: Block) -> list[Answer]:
        """Many separate eth_calls: answers in the order of the calls."""

    async def codes(
        self, addresses: Sequence[Address], at: Block
    ) -> list[bytes | Unserved]:
        """The code of each address, empty where there is none."""

    async def nonces(
        self, addresses: Sequence[Address], at: Block
    ) -> list[int | Unserved]:
        """How many transactions each address has sent (contracts start at 1)."""

    async def request(self, method: str, params: Sequence[object]) -> object:
        """Any other method's result, as plain JSON values."""
