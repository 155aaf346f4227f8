"""How one endpoint is told the block to read state at: by hash where it can."""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet

from allowctl.model.chain import ZERO_ADDRESS, Block
from allowctl.rpc.answers import ALONE
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.transport import Transport

_NOWHERE = "0x" + "de" * 32
_SAYS_NOTHING = frozenset({RefusalKind.RATE, RefusalKind.FATAL})
_EXPIRED = frozenset({RefusalKind.PRUNED, RefusalKind.HEAD})


class BlockName:
    """EIP-1898's block hash, or the plain number, as the endpoint allows.

    A node can read by hash if it answers at a block's hash and refuses one that
    no block has: else it reads something else instead.
    """

    def __init__(self, transport: Transport) -> None:
        self.by_hash: bool | None = None
        """None where it is not learned yet."""
        self._transport = transport
        self._learning = asyncio.Lock()

    async def of(self, block: Block) -> object:
        """The block parameter. RefusalError if the node has no such block."""
        async with self._learning:
            if self.by_hash is None:
                there, nowhere = await asyncio.gather(
                    self._answers_at(block.hash, _SAYS_NOTHING | _EXPIRED),
                    self._answers_at(_NOWHERE, _SAYS_NOTHING),
                )
                self.by_hash = there and not nowhere
        return {"blockHash": block.hash} if self.by_hash else hex(block.number)

    async def _answers_at(
        self, block_hash: str, raised: AbstractSet[RefusalKind]
    ) -> bool:
        call = {"to": ZERO_ADDRESS, "data": "0x"}
        try:
            await self._transport.one(
                "eth_call",
                (call, {"blockHash": block_hash}),
                max_body=ALONE,
            )
        except RefusalError as refusal:
            if refusal.kind in raised:
                raise
            return False
        return True
