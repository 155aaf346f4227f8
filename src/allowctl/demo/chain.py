"""An Ethereum chain inside this process, on py-evm.

Prague rules, chain id 31337, one transaction to a block, the state of every
block kept. Time is whatever the caller says: nothing here reads a clock.
Needs the extra `demo`, so only lazily imported modules import this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import rlp  # type: ignore[import-untyped] # it ships no types
from eth.chains.base import MiningChain
from eth.db.atomic import AtomicDB
from eth.exceptions import PyEVMError
from eth.vm.forks.prague import PragueVM
from eth_keys.exceptions import BadSignature
from eth_typing.evm import Address as RawAddress
from eth_utils.exceptions import ValidationError

from allowctl.model.chain import Address, Chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eth.abc import BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI, StateAPI

CHAIN_ID = 31_337
"""What development chains call themselves; no public network uses it."""

DEMO = Chain(id=CHAIN_ID, name="demo")
"""Permit2 and the multicall stand at the addresses they have everywhere."""

GAS_LIMIT = 30_000_000
"""Of each block, and of one eth_call."""


_NO_TRANSACTION = (
    PyEVMError,
    ValidationError,
    BadSignature,
    rlp.exceptions.RLPException,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """One account of the first block."""

    balance: int = 0
    """In wei."""
    code: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One log, with its place in its block."""

    address: Address
    topics: tuple[str, ...]
    """Each 0x and 64 lower-case hex digits."""
    data: bytes
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The transaction of a block, and what came of it."""

    transaction: SignedTransactionAPI
    sender: Address
    receipt: ReceiptAPI
    created: Address | None
    """The contract it created, or would have, had it not failed."""
    events: tuple[Event, ...]

    @property
    def hash(self) -> str:
        """The transaction's hash, with 0x."""
        return "0x" + self.transaction.hash.hex()

    @property
    def succeeded(self) -> bool:
        """EIP-658's status."""
        return self.receipt.state_root == b"\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """A block: its header, and its transaction if it has one."""

    header: BlockHeaderAPI
    sent: Sent | None = None

    @property
    def number(self) -> int:
        """Its height."""
        return self.header.block_number

    @property
    def hash(self) -> str:
        """Its hash, with 0x."""
        return "0x" + self.header.hash.hex()

    @property
    def timestamp(self) -> int:
        """Unix seconds."""
        return self.header.timestamp

    @property
    def size(self) -> int:
        """Bytes of its header and transaction; the few round them are left out."""
        sent = b"" if self.sent is None else self.sent.transaction.encode()
        return len(rlp.encode(self.header)) + len(sent)


class DemoChain:
    """The chain. Not safe for threads: the server puts a lock round it."""

    def __init__(self, genesis: Mapping[Address, Genesis], *, timestamp: int) -> None:
        kind = MiningChain.configure(
            __name__="DemoMiningChain",
            vm_configuration=((0, PragueVM),),
            chain_id=CHAIN_ID,
        )
        params: Any = {
            "difficulty": 0,
            "gas_limit": GAS_LIMIT,
            "timestamp": timestamp,
        }
        state: Any = {
            raw(address): {
                "balance": it.balance,
                "nonce": 1 if it.code else 0,
                "code": it.code,
                "storage": {},
            }
            for address, it in genesis.items()
        }
        self._chain: Any = kind.from_genesis(AtomicDB(), params, state)
        self._blocks = [Mined(header=self._chain.get_canonical_head())]
        self._by_hash = {self._blocks[0].hash: 0}
        self._by_transaction: dict[str, int] = {}

    @property
    def head(self) -> Mined:
        """The newest block."""
        return self._blocks[-1]

    def block(self, number: int) -> Mined | None:
        """The block of that height, if the chain is that long."""
        return self._blocks[number] if 0 <= number < len(self._blocks) else None

    def block_by_hash(self, block_hash: str) -> Mined | None:
        """The block of that hash (lower case, with 0x)."""
        number = self._by_hash.get(block_hash)
        return None if number is None else self._blocks[number]

    def block_of(self, transaction_hash: str) -> Mined | None:
        """The block that holds the transaction of that hash."""
        number = self._by_transaction.get(transaction_hash)
        return None if number is None else self._blocks[number]

    def decode(self, signed: bytes) -> SignedTransactionAPI:
        """A transaction from its signed bytes (EIP-2718, or legacy RLP).

        ValueError if they are none, or are signed by nobody.
        """
        builder = PragueVM.get_transaction_builder()
        try:
            transaction = builder.decode(signed)
            transaction.check_signature_validity()
        except _NO_TRANSACTION as error:
            raise ValueError(str(error)) from error
        return transaction

    def state(self, at: Mined) -> StateAPI:
        """The state as it was after that block, to read or to try things on.

        What is done to it stays in it; the chain does not change.
        """
        state: StateAPI = self._chain.get_vm(at.header).state
        return state

    def next_state(self, at: Mined) -> StateAPI:
        """The same state, as contracts see it in the block that follows."""
        header = at.header.copy(
            block_number=at.number + 1,
            parent_hash=at.header.hash,
            timestamp=at.timestamp + 1,
        )
        state: StateAPI = self._chain.get_vm(header).state
        return state

    def next_base_fee(self) -> int:
        """Base fee of the block to come, in wei (EIP-1559)."""
        fee: int = self._chain.header.base_fee_per_gas
        return fee

    def mine(
        self, transaction: SignedTransactionAPI | None = None, *, timestamp: int
    ) -> Mined:
        """Append a block, with one transaction or none; `timestamp` must have grown.

        Raises eth_utils' ValidationError if the block would not be valid.
        """
        # py-evm would read the wall clock, and let the gas limit drift down.
        header = self._chain.header.copy(timestamp=timestamp, gas_limit=GAS_LIMIT)
        self._chain.header = header
        todo = [] if transaction is None else [transaction]
        result, receipts, computations = self._chain.mine_all(todo)
        sent = None
        if transaction is not None:
            message = computations[0].msg
            created = text(message.storage_address) if message.is_create else None
            sent = _sent(transaction, receipts[0], created)
        mined = Mined(header=result.imported_block.header, sent=sent)
        self._blocks.append(mined)
        self._by_hash[mined.hash] = mined.number
        if sent is not None:
            self._by_transaction[sent.hash] = mined.number
        return mined


def raw(address: Address) -> RawAddress:
    """An address as 20 bytes."""
    return RawAddress(bytes.fromhex(address[2:]))


def text(address: bytes) -> Address:
    """An address from 20 bytes."""
    return Address("0x" + address.hex())


def events(logs: Iterable[tuple[bytes, Iterable[int], bytes]]) -> tuple[Event, ...]:
    """The logs of one transaction, from emitters, topics and data."""
    return tuple(
        Event(
            address=text(address),
            topics=tuple(f"0x{topic:064x}" for topic in topics),
            data=data,
            index=index,
        )
        for index, (address, topics, data) in enumerate(logs)
    )


def _sent(
    transaction: SignedTransactionAPI, receipt: ReceiptAPI, created: Address | None
) -> Sent:
    return Sent(
        transaction=transaction,
        sender=text(transaction.sender),
        receipt=receipt,
        created=created,
        events=events((log.address, log.topics, log.data) for log in receipt.logs),
    )
