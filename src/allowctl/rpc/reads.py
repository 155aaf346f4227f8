"""State as one HTTP endpoint shows it: typed questions, checked answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allowctl.errors import UnservedError
from allowctl.model.chain import Address, Answer, Block, Call, Unserved
from allowctl.rpc import answers, questions
from allowctl.rpc.batches import Batches, Request
from allowctl.rpc.blockname import BlockName
from allowctl.rpc.transport import Transport


class HttpState:
    """The part of `Rpc` that reads state."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._batches = Batches(transport)
        self._name = BlockName(transport)

    @property
    def host(self) -> str:
        """Host and port of the endpoint."""
        return self._transport.host

    async def learn(self, at: Block) -> None:
        """Find out how a block is named here, ahead of the first read at it."""
        await self._name.of(at)

    async def call(
        self,
        call: Call,
        at: Block,
        *,
        code_at: Mapping[Address, bytes] | None = None,
        gas: int | None = None,
    ) -> Answer:
        """One eth_call; `code_at` puts other code at addresses (state override)."""
        extra = (questions.override(code_at),) if code_at else ()
        asked = (questions.call(call, gas),)
        (item,) = await self._state("eth_call", [asked], at, extra)
        return answers.answer(item, self.host)

    async def deployless(self, initcode: bytes, at: Block) -> Answer:
        """eth_call of a contract creation: what its constructor returns."""
        creation = {"data": "0x" + initcode.hex()}
        (item,) = await self._state("eth_call", [(creation,)], at)
        return answers.answer(item, self.host)

    async def calls(
        self, calls: Sequence[Call], at: Block, *, gas: int | None = None
    ) -> list[Answer]:
        """Many separate eth_calls: answers in the order of the calls."""
        params = [(questions.call(call, gas),) for call in calls]
        found = await self._state("eth_call", params, at)
        return [answers.answer(item, self.host) for item in found]

    async def accounts(
        self, addresses: Sequence[Address], at: Block
    ) -> list[tuple[bytes | Unserved, int | Unserved]]:
        """Code and nonce of each address, in one round trip."""
        asked = [
            (method, (address,))
            for method in ("eth_getCode", "eth_getTransactionCount")
            for address in addresses
        ]
        found = await self.at_block(asked, at)
        codes, nonces = found[: len(addresses)], found[len(addresses) :]
        return [
            (answers.code(code, self.host), answers.nonce(nonce, self.host))
            for code, nonce in zip(codes, nonces, strict=True)
        ]

    async def codes(
        self, addresses: Sequence[Address], at: Block
    ) -> list[bytes | Unserved]:
        """The code of each address, empty where there is none."""
        params = [(address,) for address in addresses]
        found = await self._state("eth_getCode", params, at)
        return [answers.code(item, self.host) for item in found]

    async def nonces(
        self, addresses: Sequence[Address], at: Block
    ) -> list[int | Unserved]:
        """How many transactions each address has sent."""
        params = [(address,) for address in addresses]
        found = await self._state("eth_getTransactionCount", params, at)
        return [answers.nonce(item, self.host) for item in found]

    async def slots(
        self, asked: Sequence[tuple[Address, int]], at: Block
    ) -> list[bytes | Unserved]:
        """The 32 bytes in each contract's storage slot, zeros where nothing is."""
        params = [questions.slot(*each) for each in asked]
        found = await self._state("eth_getStorageAt", params, at)
        return [answers.slot(item, self.host) for item in found]

    async def old_nonces(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[int | Unserved]:
        """The nonce of each address after the block of that number."""
        params = [(address, hex(number)) for address, number in asked]
        found = await self._batches.each("eth_getTransactionCount", params)
        return [answers.nonce(item, self.host) for item in found]

    async def old_codes(
        self, asked: Sequence[tuple[Address, int]]
    ) -> list[bytes | Unserved]:
        """The code of each address after the block of that number."""
        params = [(address, hex(number)) for address, number in asked]
        found = await self._batches.each("eth_getCode", params)
        return [answers.code(item, self.host) for item in found]

    async def _state(
        self,
        method: str,
        params: Sequence[Sequence[object]],
        at: Block,
        extra: Sequence[object] = (),
    ) -> list[object | UnservedError]:
        return await self.at_block([(method, each) for each in params], at, extra)

    async def at_block(
        self, asked: Sequence[Request], at: Block, extra: Sequence[object] = ()
    ) -> list[object | UnservedError]:
        """Results of methods whose last parameter is the block, as plain JSON values.

        Or why there is none. `extra` are parameters behind the block.
        """
        try:
            where = await self._name.of(at)
        except UnservedError as error:
            return [error for _ in asked]
        return await self._batches.many(
            [(method, (*params, where, *extra)) for method, params in asked]
        )
