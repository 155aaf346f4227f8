"""A synthetic chain whose truth is known, cheap at any height."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from tests.fakes import provider_state
from tests.fakes.provider_abi import Inner, aggregate_reply, aggregated, uint
from tests.fakes.provider_chain import Blocks, bloom
from tests.fakes.provider_logs import Emitted, Logbook
from tests.fakes.provider_state import (
    BurnsError,
    Change,
    Contract,
    Ledger,
    RevertsError,
    Slot,
)

MULTICALL = "0xca11bde05977b3631167028862be2a173976ca11"
PERMIT2 = "0x000000000022d473030f116ddee9f6b43ac78ba3"
IDENTITY = "0x" + "0" * 39 + "4"
HEAD_TIME = 1_790_000_000
CODE = "0x60806040"
_SPENDER = "0x5e"
_NO_HASH = "0x" + "00" * 32
_EMPTY: Mapping[str, object] = {
    "nonce": "0x0000000000000000",
    "sha3Uncles": _NO_HASH,
    "transactionsRoot": _NO_HASH,
    "stateRoot": _NO_HASH,
    "receiptsRoot": _NO_HASH,
    "miner": "0x" + "00" * 20,
    "difficulty": "0x0",
    "extraData": "0x",
    "size": "0x400",
    "gasLimit": "0x1c9c380",
    "gasUsed": "0x0",
    "transactions": [],
    "uncles": [],
}


class Standing(NamedTuple):
    """What an approval is worth at a block."""

    status: str
    """live, dead or dormant."""
    value: int
    """The amount; 1 for an operator; for an item its spender."""


class World:
    """A chain with its logs and the state that follows from them.

    `head` is where it stands now: it stays there, or grows by a block in every
    `block_time` seconds of `clock`. A block's timestamp is 12 seconds after the
    last one's, or `block_time`. `silent` state changes have no log. `contracts`
    answer in place of the chain's own.
    """

    def __init__(  # noqa: PLR0913 - a chain has many properties, all with defaults
        self,
        logs: Iterable[Emitted] = (),
        *,
        head: int,
        chain_id: int = 1,
        seed: int = 0,
        block_time: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        finality: int = 64,
        background_every: int = 4,
        silent: Iterable[Change] = (),
        contracts: Mapping[str, Contract] | None = None,
        multicall: bool = True,
    ) -> None:
        self.chain_id = chain_id
        self.start_head = head
        self.finality = finality
        self.contracts = dict(contracts or {})
        self.codes: dict[str, str] = {}
        """The code of contracts, as 0x hex, where it is another than all have."""
        self.storage: dict[tuple[str, int], int] = {}
        """What is not zero in contracts' storage, at every block."""
        self.multicall = multicall
        self.chain = Blocks(seed=seed, every=background_every)
        self.silent = tuple(silent)
        self._block_time = block_time
        self._clock = clock
        self._started = clock()
        self._emit(logs)

    @property
    def head(self) -> int:
        if not self._block_time:
            return self.start_head
        passed = self._clock() - self._started
        return self.start_head + int(passed / self._block_time)

    def advance(self, blocks: int) -> None:
        """Move the head by so many blocks; back, if below zero."""
        self.start_head += blocks

    def reorganise(self, first: int, logs: Iterable[Emitted] = ()) -> None:
        """Replace every block from `first` on, with these logs in place of theirs."""
        kept = [each for each in self.emitted() if each.block < first]
        self.chain.fork(first)
        self._emit([*kept, *logs])

    def emitted(self) -> list[Emitted]:
        """The logs of contracts, in order."""
        pairs = zip(self.logbook.blocks, self.logbook.rows, strict=True)
        return [Emitted(n, row[0], row[2:], row[1]) for n, row in pairs]

    def timestamp(self, number: int) -> int:
        """Unix seconds."""
        passed = (number - self.start_head) * (self._block_time or 12)
        return HEAD_TIME + int(passed)

    def block(self, number: int) -> dict[str, object]:
        """A block's header, as eth_getBlockByNumber gives it."""
        book = self.logbook
        return {
            **_EMPTY,
            "number": hex(number),
            "hash": self.chain.hash(number),
            "parentHash": self.chain.hash(number - 1) if number else _NO_HASH,
            "timestamp": hex(self.timestamp(number)),
            "logsBloom": bloom(map(book.row, book.in_block(number))),
        }

    def receipts(self, number: int) -> list[dict[str, object]]:
        """A block's receipts: each log has a transaction of its own."""
        found: list[dict[str, object]] = []
        for place in self.logbook.in_block(number):
            log = msgspec.json.decode(self.logbook.wire(place))
            shared = ("transactionHash", "transactionIndex", "blockHash", "blockNumber")
            receipt = {name: log[name] for name in shared}
            logs_bloom = bloom([self.logbook.row(place)])
            receipt |= {"status": "0x1", "logs": [log], "logsBloom": logs_bloom}
            found.append(receipt)
        return found

    def transaction(self, hashed: str) -> dict[str, object] | None:
        """A transaction: whoever a log names first has sent it to its contract."""
        place = self.chain.place(hashed)
        if place is None or place[0] > self.head:
            return None
        for log in map(self.logbook.wire, self.logbook.in_block(place[0])):
            told = msgspec.json.decode(log)
            if told["transactionHash"] == hashed:
                return {
                    "hash": hashed,
                    "from": "0x" + told["topics"][1][-40:],
                    "to": told["address"],
                    "blockNumber": told["blockNumber"],
                    "input": "0x",
                }
        return None

    def code(self, address: str) -> str:
        """0x hex. A spender is a contract if its address is even."""
        if address in self.codes:
            return self.codes[address]
        if address == MULTICALL:
            return CODE if self.multicall else "0x"
        there = address in self.contracts or address in self.ledger.emitters
        even = address.startswith(_SPENDER) and int(address[-1], 16) % 2 == 0
        return CODE if there or even else "0x"

    def nonce(self, address: str) -> int:
        """How many transactions an account has sent: every third none."""
        return int(address[-8:], 16) % 3

    def call(self, to: str, data: bytes, at: int, *, aggregator: bool = False) -> bytes:
        """What a contract returns at a block. RevertsError, BurnsError.

        `aggregator`: Multicall3's code is put at the address for this call.
        """
        if aggregator or (to == MULTICALL and self.multicall):
            return self._multicall(data, at)
        if to == IDENTITY:
            return data
        contract = self.contracts.get(to)
        if contract is not None:
            return contract(data, at)
        return provider_state.answer(self.ledger, to, data, at)

    def truth(self, owner: str, at: int | None = None) -> dict[Slot, Standing]:
        """Every approval that a log up to block `at` mentions, and its standing."""
        block = self.head if at is None else at
        found: dict[Slot, Standing] = {}
        for slot, changes in self.ledger.book(owner).items():
            if changes[0][0] <= block:
                found[slot] = self._standing(owner, slot, block)
        return found

    def live(self, owner: str, at: int | None = None) -> dict[Slot, int]:
        """What of it is live, with its value."""
        truth = self.truth(owner, at).items()
        return {slot: found.value for slot, found in truth if found.status == "live"}

    def _emit(self, logs: Iterable[Emitted]) -> None:
        self.logbook = Logbook(logs, self.chain)
        self.ledger = Ledger(self.logbook, self.silent)

    def _standing(self, owner: str, slot: Slot, at: int) -> Standing:
        value = self.ledger.value(owner, slot, at)
        if slot.kind != "permit2":
            return Standing("live" if value else "dead", value)
        amount, expiration = value % 2**160, value >> 160
        if not amount or expiration < self.timestamp(at):
            return Standing("dead", amount)
        root = Slot("erc20", slot.token, slot.token, slot.contract)
        rooted = self.ledger.value(owner, root, at)
        return Standing("live" if rooted else "dormant", amount)

    def _multicall(self, data: bytes, at: int) -> bytes:
        match data[:4].hex():
            case "82ad56cb":
                return self._aggregate3(_inner(data), at)
            case "0f28c97d":
                return uint(self.timestamp(at))
            case "42cbb15c":
                return uint(at)
            case "3408e470":
                return uint(self.chain_id)
            case "ee82ac5e":
                return bytes.fromhex(self.chain.hash(int.from_bytes(data[4:36]))[2:])
            case _:
                raise RevertsError

    def _aggregate3(self, calls: Sequence[Inner], at: int) -> bytes:
        items: list[tuple[bool, bytes]] = []
        burnt = False
        for to, may_fail, given in calls:
            try:
                item = (False, b"") if burnt else (True, self.call(to, given, at))
            except (RevertsError, BurnsError) as error:
                burnt = isinstance(error, BurnsError)
                item = (False, b"")
            if not item[0] and not may_fail:
                raise RevertsError
            items.append(item)
        return aggregate_reply(items)


def _inner(data: bytes) -> list[Inner]:
    try:
        return aggregated(data)
    except ValueError:
        raise RevertsError from None
