"""What the execution of a plan needs from outside, as it uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from allowctl.model.approval import Candidate, Fate
from allowctl.model.chain import Address, Block, Chain, Head
from allowctl.model.outcome import Receipt


class Signer(Protocol):
    """Somebody who signs for one address. It has no printable form of its key."""

    @property
    def address(self) -> Address:
        """Whose signature it gives."""

    def sign(self, payload: bytes) -> bytes:
        """The signed transaction, for eth_sendRawTransaction, of an unsigned one.

        `payload` is what is hashed: 0x02 and the RLP list of nine fields (EIP-1559),
        or the RLP list of nine (EIP-155). SignerError if it cannot be signed.
        """

    def forget(self) -> None:
        """Drop the key. It signs nothing after that. Harmless when repeated."""


class Answer(StrEnum):
    """What an endpoint's reply to eth_sendRawTransaction means."""

    TAKEN = "taken"
    KNOWN = "already known"
    NONCE_USED = "nonce too low"
    GAP = "nonce too high"
    UNDERPRICED = "replacement underpriced"
    TOO_CHEAP = "fee too low"
    NO_MONEY = "insufficient funds"
    WRONG_CHAIN = "wrong chain"
    LIMITED = "pool limit of a delegated account"
    UNCLEAR = "unclear"
    """Anything else, a lost reply included: receipt and state decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What one endpoint said to a transaction."""

    host: str
    answer: Answer
    said: str = ""
    """Its own words, bounded and masked: hostile, made safe where they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonces:
    """How many transactions an account has sent."""

    latest: int
    """Mined: the next nonce if nothing is under way."""
    pending: int
    """With those under way that the endpoints know of; not below `latest`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeHistory:
    """eth_feeHistory of some 20 blocks, oldest first; all in wei per gas."""

    base_fees: tuple[int, ...]
    """One more than blocks: the last is the next block's. Empty: no base fee here."""
    rewards: tuple[tuple[int, int, int], ...] = ()
    """For each block that holds anything: its tips at 25, 50 and 75 %."""
    gas_price: int = 0
    """eth_gasPrice, for chains without a base fee."""
    suggested_tip: int | None = None
    """eth_maxPriorityFeePerGas, where that was asked and answered."""


class Outbox(Protocol):
    """One chain, for one who sends. Whatever is told is checked between endpoints.

    Every method raises UnservedError where nobody answers, or where answers that
    must agree do not: then nothing is to be signed.
    """

    @property
    def chain(self) -> Chain:
        """The chain, whose id every endpoint is asked for before each signature."""

    async def head(self) -> Head:
        """The newest block that all agree on, and the newest final one.

        Every endpoint says here which chain it serves: UnservedError if one serves
        another than before.
        """

    async def nonces(self, owner: Address) -> Nonces:
        """Agreed by all that answer."""

    async def balance(self, owner: Address) -> int:
        """Wei; the least that anybody tells."""

    async def fees(self) -> FeeHistory:
        """What is paid for gas."""

    async def data_fee(self, payload: bytes) -> int:
        """Wei that the chain takes for a transaction's data besides gas; mostly 0."""

    async def send(self, raw: bytes) -> tuple[Posted, ...]:
        """Hand a signed transaction to every endpoint. It never raises."""

    async def receipts(
        self, hashes: Sequence[str], sender: Address | None = None
    ) -> dict[str, Receipt]:
        """By hash, those that anybody says are mined, in a canonical block.

        That is one which all who have come so far have under its number. A receipt
        of another transaction counts for nothing, nor does one from another `sender`,
        where one is named; the caller compares `to`.
        """

    async def canonical(self, block: int, block_hash: str) -> bool:
        """Whether that is the block of that number, by everyone who has come so far."""

    async def read(self, candidates: Sequence[Candidate], at: Block) -> list[Fate]:
        """What state says of each at a block, by every endpoint that has it.

        NotServed where nobody answers, and where they differ ("endpoints differ").
        """

    async def items(
        self, contracts: Sequence[Address], at: Block
    ) -> dict[Address, bool]:
        """Whether each contract answers as one of single NFTs (ERC-721, ERC-404).

        True also where that is not known.
        """

    async def spent(
        self, token: Address, owner: Address, first: int, receipt: Receipt
    ) -> int | None:
        """How much of a token has left the owner; None where that is not known.

        By its Transfer logs from block `first` up to, not including, the transaction
        of a receipt: more than a spender took of it, never less.
        """

    async def parent(self, receipt: Receipt) -> Block:
        """The block before a receipt's. UnservedError if it cannot be told."""

    async def code(self, address: Address, at: Block) -> bytes:
        """The account's code, by everyone."""


class Journal(Protocol):
    """What was done for one account on one chain: written down before it is done."""

    def append(self, entry: Entry) -> None:
        """Written, and on the disk (fsync), when this returns. JournalError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a journal."""

    run: str
    """Which run it belongs to."""
    what: Event
    step: int = 0
    nonce: int = -1
    transaction: str = ""
    """A hash."""
    raw: str = ""
    """A signed transaction in hex: with it anyone can send it again, and nobody can
    sign another."""
    block: int = -1
    block_hash: str = ""
    text: str = ""
    """A plan as a document, or a verdict, or a note."""


class Event(StrEnum):
    """What happened."""

    PLANNED = "planned"
    """`text` is the plan."""
    SIGNED = "signed"
    """`step`, `nonce`, `transaction`, `raw`: written before anybody is told of it.
    `text`: what its approvals gave just before, at `block`; commas between several."""
    SENT = "sent"
    """`text` is what the endpoints answered."""
    MINED = "mined"
    """`step`, `transaction`, `block`, `block_hash`."""
    LOST = "lost"
    """A block that held `transaction` is gone again, or its nonce went to another."""
    ENDED = "ended"
    """`text` is the outcome: the run is over."""


class Sleep(Protocol):
    """asyncio.sleep, or a test's."""

    async def __call__(self, seconds: float, /) -> None:
        """Wait."""


__all__ = [
    "Answer",
    "Entry",
    "Event",
    "FeeHistory",
    "Journal",
    "Nonces",
    "Outbox",
    "Posted",
    "Signer",
    "Sleep",
]
