"""The JSON-RPC methods of the demo's node: what web3 and a wallet ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_utils.exceptions import ValidationError

from allowctl.demo import params, wire
from allowctl.demo.chain import CHAIN_ID, GAS_LIMIT, DemoChain, Mined, raw
from allowctl.demo.params import INVALID_PARAMS, SERVER_ERROR, RpcFault
from allowctl.demo.simulate import Failed, Worked, attempt, estimate, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eth.abc import SignedTransactionAPI

METHOD_NOT_FOUND = -32601
REVERTED = 3
"""What geth answers a revert with."""
BLOB = 3
"""EIP-4844's transaction type: there is nobody here to keep blobs."""
TIP = 1_000_000_000
"""Priority fee that the node suggests, in wei."""
MAX_HISTORY = 1_024
MAX_PERCENTILES = 100
"""Blocks that one eth_feeHistory covers at most."""


class Node:
    """Answers for a chain. `clock` gives the unix seconds a new block is mined at."""

    def __init__(self, chain: DemoChain, clock: Callable[[], int]) -> None:
        self._chain = chain
        self._clock = clock
        self._methods: Mapping[str, Callable[..., object]] = {
            "web3_clientVersion": lambda: "allowctl-demo/py-evm",
            "net_version": lambda: str(CHAIN_ID),
            "net_listening": lambda: True,
            "eth_chainId": lambda: hex(CHAIN_ID),
            "eth_syncing": lambda: False,
            "eth_accounts": tuple,
            "eth_blockNumber": lambda: hex(chain.head.number),
            "eth_gasPrice": lambda: hex(chain.next_base_fee() + TIP),
            "eth_maxPriorityFeePerGas": lambda: hex(TIP),
            "eth_feeHistory": self._fee_history,
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getLogs": self._logs,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": self._receipt,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_simulateV1": self._simulate,
            "eth_getCode": self._code,
            "eth_getBalance": self._balance,
            "eth_getStorageAt": self._storage,
            "eth_getTransactionCount": self._nonce,
            "eth_sendRawTransaction": self._send,
        }

    def answer(self, method: str, arguments: Sequence[object]) -> object:
        """The result of one call. RpcFault for all that is the asker's."""
        found = self._methods.get(method)
        if found is None:
            raise RpcFault(
                METHOD_NOT_FOUND,
                f"the method {method[:80]} does not exist/is not available",
            )
        try:
            return found(*arguments)
        except TypeError as error:
            # Raised before the method's first line: the wrong number of parameters.
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:
                raise RpcFault(INVALID_PARAMS, "wrong number of parameters") from None
            raise

    def _block_by_number(self, number: object, full: object = False) -> object:  # noqa: FBT002 - JSON-RPC passes by position
        found = self._chain.block(params.number(self._chain, number))
        return None if found is None else wire.block(found, full=bool(full))

    def _block_by_hash(self, block_hash: object, full: object = False) -> object:  # noqa: FBT002 - as above
        found = self._chain.block_by_hash(params.block_hash(block_hash))
        return None if found is None else wire.block(found, full=bool(full))

    def _block_receipts(self, at: object) -> object:
        block = params.block(self._chain, at)
        return [] if block.sent is None else [wire.receipt(block, block.sent)]

    def _logs(self, wanted: object) -> object:
        query = params.log_query(self._chain, wanted)
        return [
            wire.log(block, block.sent, event)
            for block in query.blocks
            if block.sent is not None
            for event in block.sent.events
            if query.matches(event)
        ]

    def _transaction(self, wanted: object) -> object:
        block = self._chain.block_of(params.block_hash(wanted))
        if block is None or block.sent is None:
            return None
        return wire.transaction(block, block.sent)

    def _receipt(self, wanted: object) -> object:
        block = self._chain.block_of(params.block_hash(wanted))
        if block is None or block.sent is None:
            return None
        return wire.receipt(block, block.sent)

    def _call(self, wanted: object, at: object = None, overrides: object = None) -> str:
        block = params.block(self._chain, at)
        match attempt(self._chain, params.attempt(wanted, overrides), block):
            case Worked(output=output):
                return wire.hexed(output)
            case Failed() as failed:
                raise _fault(failed)

    def _estimate(
        self, wanted: object, at: object = None, overrides: object = None
    ) -> str:
        block = params.block(self._chain, at)
        match estimate(self._chain, params.attempt(wanted, overrides), block):
            case Failed() as failed:
                raise _fault(failed)
            case gas:
                return hex(gas)

    def _simulate(self, wanted: object, at: object = None) -> object:
        block = params.block(self._chain, at)
        calls = params.simulation(wanted)
        return [wire.simulated(block, in_turn(self._chain, calls, block))]

    def _code(self, address: object, at: object = None) -> str:
        return wire.hexed(self._state(at).get_code(raw(params.address(address))))

    def _balance(self, address: object, at: object = None) -> str:
        return hex(self._state(at).get_balance(raw(params.address(address))))

    def _nonce(self, address: object, at: object = None) -> str:
        return hex(self._state(at).get_nonce(raw(params.address(address))))

    def _storage(self, address: object, slot: object, at: object = None) -> str:
        owner, position = raw(params.address(address)), params.quantity(slot)
        return f"0x{self._state(at).get_storage(owner, position):064x}"

    def _state(self, at: object) -> Any:  # noqa: ANN401 - py-evm's AddressType is a NewType of bytes
        return self._chain.state(params.block(self._chain, at))

    def _fee_history(
        self, count: object, newest: object, percentiles: object = None
    ) -> object:
        last = params.block(self._chain, newest).number
        wanted = count if isinstance(count, int) else params.quantity(count)
        first = max(0, last + 1 - min(wanted, MAX_HISTORY))
        blocks = [self._block(it) for it in range(first, last + 1)]
        fees: list[Any] = [it.header.base_fee_per_gas for it in blocks]
        after = self._chain.block(last + 1)
        fees.append(
            self._chain.next_base_fee()
            if after is None
            else after.header.base_fee_per_gas
        )
        found: dict[str, object] = {
            "oldestBlock": hex(first),
            "baseFeePerGas": [hex(it) for it in fees],
            "gasUsedRatio": [it.header.gas_used / GAS_LIMIT for it in blocks],
        }
        if isinstance(percentiles, list):
            if len(percentiles) > MAX_PERCENTILES:
                raise RpcFault(INVALID_PARAMS, f"over {MAX_PERCENTILES} percentiles")
            found["reward"] = [
                [hex(TIP if it.sent else 0) for _ in percentiles] for it in blocks
            ]
        return found

    def _block(self, number: int) -> Mined:
        found = self._chain.block(number)
        if found is None:
            raise RpcFault(SERVER_ERROR, "header not found")
        return found

    def _send(self, signed: object) -> str:
        try:
            transaction = self._chain.decode(params.data(signed))
        except ValueError as error:
            raise RpcFault(INVALID_PARAMS, f"invalid transaction: {error}") from None
        self._check(transaction)
        timestamp = max(self._clock(), self._chain.head.timestamp + 1)
        try:
            mined = self._chain.mine(transaction, timestamp=timestamp)
        except ValidationError as error:
            raise RpcFault(SERVER_ERROR, str(error)) from None
        return "" if mined.sent is None else mined.sent.hash

    def _check(self, transaction: SignedTransactionAPI) -> None:
        """Refuse what a node refuses, in the words that nodes use."""
        state, sender = self._state(None), transaction.sender
        nonce, price = state.get_nonce(sender), transaction.max_fee_per_gas
        cost = transaction.gas * price + transaction.value
        given = f"tx {transaction.nonce}, state {nonce}"
        refusals = {
            "transaction type not supported": transaction.type_id == BLOB,
            "invalid chain id for signer": wire.chain_id_of(transaction) != CHAIN_ID,
            "already known": self._known(transaction),
            f"nonce too low: {given}": transaction.nonce < nonce,
            f"nonce too high: {given}": transaction.nonce > nonce,
            "intrinsic gas too low": transaction.gas < transaction.intrinsic_gas,
            "exceeds block gas limit": transaction.gas > GAS_LIMIT,
            "max fee per gas less than block base fee": price
            < self._chain.next_base_fee(),
            "insufficient funds for gas * price + value": state.get_balance(sender)
            < cost,
        }
        for reason, holds in refusals.items():
            if holds:
                raise RpcFault(SERVER_ERROR, reason)

    def _known(self, transaction: SignedTransactionAPI) -> bool:
        return self._chain.block_of(wire.hexed(transaction.hash)) is not None


def _fault(failed: Failed) -> RpcFault:
    if failed.data is None:
        return RpcFault(SERVER_ERROR, failed.reason)
    return RpcFault(REVERTED, failed.reason, wire.hexed(failed.data))
