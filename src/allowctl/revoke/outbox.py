"""`Outbox` over a chain's endpoints: all are asked, and what they say is compared."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from allowctl.codec.transaction import signed_hash
from allowctl.errors import UnservedError
from allowctl.model.approval import Candidate, Fate
from allowctl.model.chain import Address, Block, Chain, Head
from allowctl.model.outcome import Receipt
from allowctl.revoke import comparing, data_fee, purse, receipts
from allowctl.revoke.answers import classify
from allowctl.revoke.ports import Answer, FeeHistory, Nonces, Posted, Sleep
from allowctl.rpc.client import RefusalError
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool

_PATIENCE = 30.0
"""Seconds for an endpoint to say what it does with a transaction."""
_LONGEST = 300
"""Characters of its words that are kept."""


class PoolOutbox:
    """One chain's endpoints, for one who sends; see `ports.Outbox`.

    Only those that have said which chain they serve are asked. Once one of them has
    changed its chain, `nonces` is refused for good, and so every signature; what was
    sent can still be followed at the others.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._sleep = sleep
        self._oracles: tuple[Address, ...] | None = None

    @property
    def chain(self) -> Chain:
        """The chain, whose id every endpoint is asked for before each signature."""
        return self._pool.chain

    async def head(self) -> Head:
        """The newest block that most have, and the newest one final for all.

        The lower median of those that are fresh. UnservedError if nobody answers, or
        if one serves another chain than before.
        """
        pin = await self._pool.follow()
        return Head(chain_id=self.chain.id, block=pin.block, final=pin.final)

    async def nonces(self, owner: Address) -> Nonces:
        """Agreed by all whose head is fresh; each names its chain in the same breath.

        UnservedError if they differ for some ten seconds, if every head is old, or if
        any endpoint has ever changed its chain.
        """
        if self._pool.tainted:
            raise UnservedError(
                "an endpoint changed its chain: nothing more is signed",
                hint="leave that endpoint out and start again",
            )
        pool = await self._met()
        return await purse.nonces(pool, owner, clock=self._clock, sleep=self._sleep)

    async def balance(self, owner: Address) -> int:
        """Wei; the least that anybody tells."""
        return await purse.balance(await self._met(), owner)

    async def fees(self) -> FeeHistory:
        """What is paid for gas, the lower median of what endpoints tell."""
        return await purse.fees(await self._met())

    async def data_fee(self, payload: bytes) -> int:
        """Wei besides gas, with a margin; where is asked is found out once."""
        nodes = (await self._met()).met
        if self._oracles is None:
            self._oracles = await data_fee.oracles(nodes)
        return await data_fee.fee(nodes, self._oracles, payload)

    async def send(self, raw: bytes) -> tuple[Posted, ...]:
        """Hand a signed transaction to every endpoint, side by side.

        It never raises. The same bytes may go out several times, which changes nothing.
        """
        own = signed_hash(raw)
        self._pool.forgive()
        text = "0x" + raw.hex()
        posts = (self._post(node, text, own) for node in self._pool.met)
        return tuple(await asyncio.gather(*posts))

    async def receipts(
        self, hashes: Sequence[str], sender: Address | None = None
    ) -> dict[str, Receipt]:
        """By hash, what anybody says is mined, in a block that is everybody's."""
        return await receipts.receipts(await self._met(), hashes, sender)

    async def canonical(self, block: int, block_hash: str) -> bool:
        """Whether that is the block of that number, by everyone who has come so far."""
        return await (await self._met()).has(block, block_hash.lower())

    async def read(self, candidates: Sequence[Candidate], at: Block) -> list[Fate]:
        """What state says of each at a block, where nobody contradicts."""
        return await comparing.fates(await self._met(), candidates, at)

    async def items(
        self, contracts: Sequence[Address], at: Block
    ) -> dict[Address, bool]:
        """Whether each contract answers as one of single NFTs; True if not known."""
        return await comparing.items(await self._met(), contracts, at)

    async def spent(
        self, token: Address, owner: Address, first: int, receipt: Receipt
    ) -> int | None:
        """How much of a token has left the owner by its Transfer logs, at most."""
        pool = await self._met()
        return await receipts.spent(pool.met, token, owner, first, receipt)

    async def parent(self, receipt: Receipt) -> Block:
        """The block before a receipt's, if it still is that to everyone."""
        pool = await self._met()
        found = await pool.block(receipt.block - 1)
        if not await pool.has(found.number, found.hash):
            raise UnservedError(f"endpoints differ on block {found.number}")
        return found

    async def code(self, address: Address, at: Block) -> bytes:
        """The account's code, by everyone."""
        return await comparing.code(await self._met(), address, at)

    async def _met(self) -> Pool:
        """The pool, once any of its endpoints has said which chain it serves.

        Each question is asked of all: who was silent at the last may be back.
        """
        self._pool.forgive()
        if not self._pool.met:
            await self._pool.follow()
        return self._pool

    async def _post(self, node: Node, raw: str, own: str) -> Posted:
        host, answer, said = node.host, Answer.UNCLEAR, ""
        try:
            async with asyncio.timeout(_PATIENCE):
                told = await node.rpc.request("eth_sendRawTransaction", (raw,))
        except TimeoutError:
            said = f"no reply in {_PATIENCE:.0f} seconds"
        except RefusalError as refusal:
            # Words of its own stand behind its name; all else is no answer.
            said = refusal.message.removeprefix(f"{host}: ")
            if said != refusal.message:
                answer = classify(f"{said} {_words(refusal.data)}")
        except UnservedError as error:
            said = error.message
        else:
            if isinstance(told, str) and told.lower() == own:
                answer = Answer.TAKEN
            else:
                said = "answers another hash than the transaction's"
        return Posted(host=host, answer=answer, said=said[:_LONGEST])


def _words(data: str | None) -> str:
    """An error's `data` where it is words: gateways put a node's there."""
    return data[:_LONGEST] if data and " " in data else ""
