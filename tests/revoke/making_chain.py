"""A chain in memory that takes what is signed: pool, blocks, reorganisations, faults.

It is an `Outbox`. Time is its own: `sleep` moves it on, and a block comes every twelve
seconds.
"""

from __future__ import annotations

import copy
import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from allowctl.errors import UnservedError
from allowctl.model.approval import Candidate, Fate, NotServed
from allowctl.model.chain import Address, Block, Chain, Head
from allowctl.model.outcome import Receipt
from allowctl.revoke.ports import Answer, FeeHistory, Nonces, Posted
from tests.build import NOW
from tests.revoke import making_guarded as calls
from tests.revoke.making_keys import OWNER
from tests.revoke.making_state import State, Tx, executed, fate, in_pool

CHAIN = Chain(id=1, name="ethereum", finality=4)
FIRST = 24_000_000
"""The newest block before anything happens."""
BLOCK_SECONDS = 12
BASE_FEE = 9 * 10**9

Reply = Answer | Literal["lost", "dropped"]
"""What is forced on one `send`: a refusal; or the reply is lost, after the transaction
was taken or before it ever came."""


@dataclass(slots=True, kw_only=True)
class Mined:
    """A block, what is in it, and the state after it."""

    block: Block
    state: State
    receipts: list[Receipt] = field(default_factory=list)
    txs: list[Tx] = field(default_factory=list)
    moved: list[tuple[int, Address, int]] = field(default_factory=list)
    """What left the owner: before which position, token, amount."""


class FakeChain:
    """See the module. Everything that is public may be changed by a test meanwhile."""

    def __init__(self, **state: object) -> None:
        self.now = 1_000.0
        self.money = 10**18
        self.floor = BASE_FEE
        """Miners take nothing cheaper, in wei per gas."""
        self.least = 0
        """The pool neither."""
        self.pool: dict[int, Tx] = {}
        self.replies: deque[Reply] = deque()
        self.script: dict[int, list[Callable[[], None]]] = {}
        """What happens before the block with this number since the first is made."""
        self.spends: list[tuple[Address, Address, int]] = []
        """Put before all else into the next block: token, spender, amount."""
        self.late: list[tuple[Address, Address, int]] = []
        """The same, behind everything in it."""
        self.failing: set[Address] = set()
        """Contracts that revert."""
        self.lying: set[Address] = set()
        """Contracts that succeed, and change nothing."""
        self.with_items: set[Address] = set()
        self.hidden: set[str] = set()
        """Transactions whose receipts nobody tells."""
        self.forged: dict[str, Receipt] = {}
        """What one endpoint that lies tells beside the others."""
        self.unread: dict[Address, str] = {}
        """Why contracts' state is not told."""
        self.no_logs = False
        self.gate: Callable[[str], None] = lambda _what: None
        """Called with a method's name before it answers; it may raise."""
        self.heard: list[str] = []
        self.sent: list[bytes] = []
        self.ticks = 0
        self._forks = 0
        self._final = FIRST - CHAIN.finality
        self._next = self.now + BLOCK_SECONDS
        start = State(**state)  # type: ignore[arg-type] # State itself refuses
        self.blocks = [
            Mined(block=self._block(number), state=start)
            for number in range(FIRST - CHAIN.finality, FIRST + 1)
        ]

    # Time.

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float, /) -> None:
        """The gate is asked, too: a process can be killed while it waits."""
        self.gate("sleep")
        self.now += seconds
        while self.now >= self._next:
            self.mine()
            self._next += BLOCK_SECONDS

    def on(self, tick: int, act: Callable[[], None]) -> None:
        """Do something before the block with this number since the first."""
        self.script.setdefault(tick, []).append(act)

    # Blocks.

    @property
    def newest(self) -> Mined:
        return self.blocks[-1]

    @property
    def state(self) -> State:
        return self.newest.state

    def mine(self) -> None:
        """The next block: early spends, whatever the pool has in order, late spends."""
        self.ticks += 1
        for act in self.script.pop(self.ticks, []):
            act()
        made = Mined(
            block=self._block(self.newest.block.number + 1),
            state=copy.deepcopy(self.state),
        )
        self._spend(made, self.spends)
        while (tx := self.pool.get(made.state.nonce)) and tx.max_fee >= self.floor:
            del self.pool[tx.nonce]
            self._include(made, tx)
        self._spend(made, self.late)
        self.blocks.append(made)
        self._final = max(self._final, made.block.number - CHAIN.finality)

    def reorganise(self, depth: int, *, forget: bool = False) -> None:
        """Undo the newest blocks, but none that is final.

        Their transactions go back to the pool, unless they are forgotten.
        """
        for _ in range(min(depth, self.newest.block.number - self._final)):
            gone = self.blocks.pop()
            for tx in gone.txs:
                if not forget:
                    self.pool.setdefault(tx.nonce, tx)
        self._forks += 1

    def foreign(self, nonce: int) -> None:
        """Another program's transaction takes a nonce."""
        self.pool[nonce] = Tx(
            name=f"0xf0{nonce:062x}",
            nonce=nonce,
            tip=10**15,
            max_fee=10**15,
            to=calls.OTHER,
            data=b"",
            ours=False,
        )

    def receipt(self, name: str) -> Receipt | None:
        """As it really is."""
        return next(
            (
                each
                for mined in self.blocks
                for each in mined.receipts
                if each.transaction == name
            ),
            None,
        )

    def is_final(self, receipt: Receipt) -> bool:
        return receipt.block <= self._final and self._has(
            receipt.block, receipt.block_hash
        )

    def taken_before(self, token: Address, receipt: Receipt, first: int = 0) -> int:
        """What has left the owner before a transaction, as it really is.

        From a block on.
        """
        return sum(
            amount
            for mined in self.blocks
            for place, contract, amount in mined.moved
            if contract == token
            and mined.block.number >= first
            and (mined.block.number, place) <= (receipt.block, receipt.index)
        )

    # The Outbox.

    @property
    def chain(self) -> Chain:
        return CHAIN

    async def head(self) -> Head:
        self._ask("head")
        final = self._at(self._final)
        return Head(chain_id=1, block=self.newest.block, final=final.block)

    async def nonces(self, owner: Address) -> Nonces:
        self._ask("nonces")
        assert owner == OWNER
        latest = pending = self.state.nonce
        while pending in self.pool:
            pending += 1
        return Nonces(latest=latest, pending=pending)

    async def balance(self, owner: Address) -> int:
        self._ask("balance")
        assert owner == OWNER
        return self.money

    async def fees(self) -> FeeHistory:
        self._ask("fees")
        return FeeHistory(base_fees=(BASE_FEE, BASE_FEE))

    async def data_fee(self, payload: bytes) -> int:
        del payload
        self._ask("data_fee")
        return 0

    async def send(self, raw: bytes) -> tuple[Posted, ...]:
        self.heard.append("send")
        self.gate("send")
        self.sent.append(raw)
        reply = self.replies.popleft() if self.replies else None
        if isinstance(reply, Answer):
            answer = reply
        else:
            answer = Answer.UNCLEAR if reply == "dropped" else self._take(raw)
            answer = answer if reply is None else Answer.UNCLEAR
        self.gate("sent")
        return (Posted(host="one", answer=answer), Posted(host="two", answer=answer))

    async def receipts(
        self, hashes: Sequence[str], sender: Address | None = None
    ) -> dict[str, Receipt]:
        self._ask("receipts")
        found: dict[str, Receipt] = {}
        for name in hashes:
            true, forged = self.receipt(name), self.forged.get(name)
            if name in self.hidden:
                true = None
            if forged and (
                not self._has(forged.block, forged.block_hash)
                or sender not in {None, forged.sender}
            ):
                forged = None
            if true and forged and true != forged:
                raise UnservedError(f"endpoints differ about what became of {name}")
            told = true or forged
            if told:
                found[name] = told
        return found

    async def canonical(self, block: int, block_hash: str) -> bool:
        self._ask("canonical")
        return self._has(block, block_hash)

    async def read(self, candidates: Sequence[Candidate], at: Block) -> list[Fate]:
        self._ask("read")
        here = next((e for e in self.blocks if e.block.hash == at.hash), None)
        return [
            NotServed(candidate=each, reason=self.unread.get(each.contract, "gone"))
            if here is None or each.contract in self.unread
            else fate(here.state, each, at)
            for each in candidates
        ]

    async def items(
        self, contracts: Sequence[Address], at: Block
    ) -> dict[Address, bool]:
        del at
        self._ask("items")
        return {each: each in self.with_items for each in contracts}

    async def spent(
        self, token: Address, owner: Address, first: int, receipt: Receipt
    ) -> int | None:
        self._ask("spent")
        assert owner == OWNER
        if self.no_logs or not self._has(receipt.block, receipt.block_hash):
            return None
        return self.taken_before(token, receipt, first)

    async def parent(self, receipt: Receipt) -> Block:
        self._ask("parent")
        return self._at(receipt.block - 1).block

    async def code(self, address: Address, at: Block) -> bytes:
        del address, at
        self._ask("code")
        return b"\x01"

    # Within.

    def _ask(self, what: str) -> None:
        self.heard.append(what)
        self.gate(what)

    def _block(self, number: int) -> Block:
        name = hashlib.sha256(f"{number} {self._forks}".encode()).hexdigest()
        return Block(
            number=number,
            hash="0x" + name,
            timestamp=NOW + BLOCK_SECONDS * (number - FIRST),
        )

    def _at(self, number: int) -> Mined:
        return self.blocks[number - self.blocks[0].block.number]

    def _has(self, number: int, block_hash: str) -> bool:
        return any(
            (e.block.number, e.block.hash) == (number, block_hash) for e in self.blocks
        )

    def _take(self, raw: bytes) -> Answer:
        """What a pool does; EIP-1559 needs both an eighth higher to be replaced."""
        tx = in_pool(raw)
        there = self.pool.get(tx.nonce)
        if there and there.name == tx.name:
            return Answer.KNOWN
        if tx.nonce < self.state.nonce:
            return Answer.NONCE_USED
        if self.money < 60_000 * tx.max_fee:
            return Answer.NO_MONEY
        if tx.max_fee < self.least:
            return Answer.TOO_CHEAP
        if there and not (
            8 * tx.tip >= 9 * there.tip and 8 * tx.max_fee >= 9 * there.max_fee
        ):
            return Answer.UNDERPRICED
        self.pool[tx.nonce] = tx
        return Answer.TAKEN

    def _include(self, made: Mined, tx: Tx) -> None:
        made.state.nonce += 1
        passed = tx.ours and tx.to not in self.failing
        if passed and tx.to not in self.lying:
            passed = executed(made.state, tx, self.with_items)
        made.receipts.append(
            Receipt(
                transaction=tx.name,
                block=made.block.number,
                block_hash=made.block.hash,
                index=len(made.receipts),
                succeeded=passed,
                sender=OWNER,
                to=tx.to,
                gas_used=40_000,
                paid=40_000 * tx.max_fee,
            )
        )
        made.txs.append(tx)

    @staticmethod
    def _spend(made: Mined, spends: list[tuple[Address, Address, int]]) -> None:
        """As much of it as is granted."""
        for token, spender, wanted in spends:
            pair = (token, spender)
            amount = min(wanted, made.state.granted(pair))
            if amount:
                made.state.take(pair, amount)
                made.moved.append((len(made.receipts), token, amount))
        spends.clear()
