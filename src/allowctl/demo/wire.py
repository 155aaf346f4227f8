"""The chain's values as JSON-RPC spells them (ethereum/execution-apis)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from allowctl.demo.chain import CHAIN_ID, Event, Mined, Sent
from allowctl.demo.simulate import Failed, Worked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eth.abc import SignedTransactionAPI

Json = dict[str, Any]

LEGACY, SET_CODE = 0, 4
"""Transaction types (EIP-2718, EIP-7702)."""
_EIP155 = 35


def hexed(value: bytes) -> str:
    """Bytes as DATA."""
    return "0x" + value.hex()


def block(mined: Mined, *, full: bool) -> Json:
    """A block, with its transaction in full or by hash."""
    header: Any = mined.header
    sent = mined.sent
    transactions: list[Any] = []
    if sent is not None:
        transactions = [transaction(mined, sent) if full else sent.hash]
    return {
        "number": hex(mined.number),
        "hash": mined.hash,
        "parentHash": hexed(header.parent_hash),
        "nonce": hexed(header.nonce),
        "sha3Uncles": hexed(header.uncles_hash),
        "logsBloom": f"0x{header.bloom:0512x}",
        "transactionsRoot": hexed(header.transaction_root),
        "stateRoot": hexed(header.state_root),
        "receiptsRoot": hexed(header.receipt_root),
        "withdrawalsRoot": hexed(header.withdrawals_root),
        "parentBeaconBlockRoot": hexed(header.parent_beacon_block_root),
        "requestsHash": hexed(header.requests_hash),
        "miner": hexed(header.coinbase),
        "mixHash": hexed(header.mix_hash),
        "difficulty": hex(header.difficulty),
        "extraData": hexed(header.extra_data),
        "size": hex(mined.size),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
        "timestamp": hex(header.timestamp),
        "transactions": transactions,
        "uncles": [],
        "withdrawals": [],
    }


def log(mined: Mined, sent: Sent, event: Event) -> Json:
    """A log, as eth_getLogs and receipts give it."""
    return {
        "address": event.address,
        "topics": list(event.topics),
        "data": hexed(event.data),
        "blockNumber": hex(mined.number),
        "blockHash": mined.hash,
        "blockTimestamp": hex(mined.timestamp),
        "transactionHash": sent.hash,
        "transactionIndex": "0x0",
        "logIndex": hex(event.index),
        "removed": False,
    }


def simulated(below: Mined, ran: Sequence[Worked | Failed]) -> Json:
    """A block that was never made, on top of one that was: what eth_simulateV1 gives.

    Of its header only what does not need it to be made.
    """
    calls = [_simulated(it) for it in ran]
    header: Any = below.header
    return {
        "number": hex(below.number + 1),
        "parentHash": below.hash,
        "timestamp": hex(below.timestamp + 1),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(sum(int(it["gasUsed"], 16) for it in calls)),
        "calls": calls,
    }


def _simulated(ran: Worked | Failed) -> Json:
    match ran:
        case Worked(output=output, spent=spent, events=events):
            return {
                "status": "0x1",
                "gasUsed": hex(spent),
                "returnData": hexed(output),
                "logs": [
                    {
                        "address": it.address,
                        "topics": list(it.topics),
                        "data": hexed(it.data),
                        "logIndex": hex(it.index),
                    }
                    for it in events
                ],
            }
        case Failed(reason=reason, data=data, gas=gas):
            said = hexed(data or b"")
            error = {"code": 3 if data is not None else -32_015, "message": reason}
            return {
                "status": "0x0",
                "gasUsed": hex(gas),
                "returnData": said,
                "logs": [],
                "error": {**error, "data": said},
            }
        case _:
            assert_never(ran)


def receipt(mined: Mined, sent: Sent) -> Json:
    """What came of a transaction. One to a block, so its gas is also the cumulative."""
    created = sent.created if sent.succeeded else None
    return {
        "type": hex(_type(sent.transaction)),
        "transactionHash": sent.hash,
        "transactionIndex": "0x0",
        "blockHash": mined.hash,
        "blockNumber": hex(mined.number),
        "from": sent.sender,
        "to": None if sent.created else hexed(sent.transaction.to),
        "contractAddress": created,
        "status": hex(sent.succeeded),
        "gasUsed": hex(sent.receipt.gas_used),
        "cumulativeGasUsed": hex(sent.receipt.gas_used),
        "effectiveGasPrice": hex(_price(mined, sent.transaction)),
        "logsBloom": f"0x{sent.receipt.bloom:0512x}",
        "logs": [log(mined, sent, it) for it in sent.events],
    }


def transaction(mined: Mined, sent: Sent) -> Json:
    """A mined transaction."""
    signed: Any = sent.transaction
    kind = _type(signed)
    found: Json = {
        "type": hex(kind),
        "hash": sent.hash,
        "blockHash": mined.hash,
        "blockNumber": hex(mined.number),
        "transactionIndex": "0x0",
        "chainId": hex(CHAIN_ID),
        "from": sent.sender,
        "to": None if sent.created else hexed(signed.to),
        "nonce": hex(signed.nonce),
        "gas": hex(signed.gas),
        "gasPrice": hex(_price(mined, signed)),
        "value": hex(signed.value),
        "input": hexed(signed.data),
        "r": hex(signed.r),
        "s": hex(signed.s),
    }
    if kind == LEGACY:
        return found | {"v": hex(signed.v)}
    found |= {
        "v": hex(signed.y_parity),
        "yParity": hex(signed.y_parity),
        "accessList": [
            {"address": hexed(address), "storageKeys": [f"0x{it:064x}" for it in keys]}
            for address, keys in signed.access_list
        ],
    }
    if kind > 1:
        found |= {
            "maxFeePerGas": hex(signed.max_fee_per_gas),
            "maxPriorityFeePerGas": hex(signed.max_priority_fee_per_gas),
        }
    if kind == SET_CODE:
        found["authorizationList"] = [
            {
                "chainId": hex(it.chain_id),
                "address": hexed(it.address),
                "nonce": hex(it.nonce),
                "yParity": hex(it.y_parity),
                "r": hex(it.r),
                "s": hex(it.s),
            }
            for it in signed.authorization_list
        ]
    return found


def chain_id_of(signed: SignedTransactionAPI) -> int | None:
    """Chain a transaction is signed for; None for a legacy one without EIP-155."""
    untyped: Any = signed
    if _type(signed) == LEGACY and untyped.v < _EIP155:
        return None
    found: int = untyped.chain_id
    return found


def _type(signed: SignedTransactionAPI) -> int:
    return signed.type_id or LEGACY


def _price(mined: Mined, signed: SignedTransactionAPI) -> int:
    """Wei that one unit of gas cost (EIP-1559)."""
    base: int = mined.header.base_fee_per_gas or 0
    return min(signed.max_fee_per_gas, base + signed.max_priority_fee_per_gas)
