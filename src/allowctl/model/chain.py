"""What a chain and its nodes speak of: blocks, logs, calls and their answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NewType

import msgspec

Address = NewType("Address", str)
"""20 bytes as 0x and 40 lower-case hex digits; checksummed only where shown."""

ZERO_ADDRESS = Address("0x" + "00" * 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One EVM network, as far as reading approvals on it depends on it."""

    id: int
    """EIP-155 chain id."""
    name: str
    aliases: tuple[str, ...] = ()
    """Other names people type, the EIP-3770 short name among them."""
    testnet: bool = False
    native_symbol: str = "ETH"
    block_ms: int | None = None
    """Milliseconds between blocks; None where nobody says."""
    finality: int = 64
    """Blocks below the head that count as final where a node has no `finalized`."""
    endpoints: tuple[str, ...] = ()
    """Public endpoints; empty where none is known."""
    explorer: str | None = None
    """Base URL of a block explorer, without a trailing slash."""
    multicall: Address = Address("0xca11bde05977b3631167028862be2a173976ca11")
    """Multicall3: the same address on nearly every chain."""
    permit2: Address = Address("0x000000000022d473030f116ddee9f6b43ac78ba3")
    """Uniswap's Permit2: the same address on nearly every chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block that a report can be true at."""

    number: int
    hash: str
    timestamp: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an endpoint says of its chain at one moment."""

    chain_id: int
    block: Block
    final: Block | None
    """The newest block it calls finalized; None where it knows no such tag."""


@dataclass(frozen=True, slots=True, order=True)
class BlockRange:
    """Blocks first..last, both inclusive, as eth_getLogs counts them."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            raise ValueError(f"no block range: {self.first}..{self.last}")

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number <= self.last

    def halves(self) -> tuple[BlockRange, BlockRange]:
        """Two ranges that together are this one. ValueError for a single block."""
        middle = (self.first + self.last) // 2
        return BlockRange(self.first, middle), BlockRange(middle + 1, self.last)

    def up_to(self, last: int) -> BlockRange:
        """The part that ends at a block. ValueError if there is none."""
        return BlockRange(self.first, min(self.last, last))

    def cut(self, width: int) -> Iterator[BlockRange]:
        """Consecutive ranges of at most `width` blocks that together are this one.

        ValueError if `width` is below 1.
        """
        if width < 1:
            raise ValueError(f"no width: {width}")
        for first in range(self.first, self.last + 1, width):
            yield BlockRange(first, min(first + width - 1, self.last))


class Log(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A log as eth_getLogs gives it, still in the wire's hex.

    Turning ten thousand of them into numbers costs more than receiving them,
    so numbers are made where they are asked for.
    """

    address: str
    topics: tuple[str, ...]
    data: str
    block_hex: str = msgspec.field(name="blockNumber")
    index_hex: str = msgspec.field(name="logIndex")
    transaction: str = msgspec.field(name="transactionHash", default="")

    @property
    def block(self) -> int:
        """Number of the block it stands in. ValueError if that is no hex."""
        return int(self.block_hex, 16)

    @property
    def index(self) -> int:
        """Its position in the block. ValueError if that is no hex."""
        return int(self.index_hex, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """What eth_getLogs is asked for: alternatives by topic.

    An empty position is a wildcard. (It is sent as null: some nodes take an
    empty list for "nothing".)
    """

    topics: tuple[tuple[str, ...], ...]
    addresses: tuple[Address, ...] = ()
    """The contracts whose logs they are; empty for every contract."""

    def matches(self, log: Log) -> bool:
        """Whether a log was asked for. Nodes err, so replies are checked."""
        found = log.topics
        if len(found) < len(self.topics):
            return False
        if self.addresses and log.address not in self.addresses:
            return False
        for position, wanted in enumerate(self.topics):
            if wanted and found[position] not in wanted:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Call:
    """A read: eth_call of `data` at contract `to`."""

    to: Address
    data: bytes


@dataclass(frozen=True, slots=True)
class Returned:
    """The contract answered. An address without code "answers" no bytes at all."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Reverted:
    """The contract itself failed: it reverted, burnt its gas, or has a bad opcode."""

    reason: str
    """In words of our own, REVERTS or BURNS for the most: never the contract's."""


REVERTS = "reverts"
BURNS = "burns its gas"


@dataclass(frozen=True, slots=True)
class Sent:
    """Who sent a transaction, and to whom; nobody where it made a contract."""

    sender: Address
    to: Address | None


@dataclass(frozen=True, slots=True)
class Unserved:
    """No endpoint answered: nothing is known."""

    reason: str
    expired: bool = False
    """Whether the node has no state of that block, any more or yet."""


Answer = Returned | Reverted | Unserved
