"""A `FakeRpc` behind HTTP: what a real client sees of an honest node."""

from __future__ import annotations

import asyncio

from allowctl.codec import words
from allowctl.model.chain import (
    Address,
    Block,
    BlockRange,
    Call,
    LogFilter,
    Returned,
    Reverted,
    Sent,
    Unserved,
)
from allowctl.rpc.client import RefusalError, RefusalKind
from tests.fakes.rpc import FakeRpc
from tests.fakes.server import Answer, Asked, Raw, as_json, error, result
from tests.nodes.jsonrpc import Json

_ACCOUNT = {
    "eth_getBalance",
    "eth_getCode",
    "eth_getTransactionCount",
    "eth_getStorageAt",
}
_LIMITS = {"range": "block range too large", "results": "too many results"}


def node(rpc: FakeRpc) -> Answer:
    """Answers JSON-RPC, batches too, from a fake's chain."""

    def answer(asked: Asked) -> Raw:
        replies = [_reply(rpc, each) for each in asked.every]
        return as_json(replies if asked.is_batch else replies[0])

    return answer


def _reply(rpc: FakeRpc, asked: Json) -> Json:
    try:
        found = asyncio.run(_result(rpc, asked["method"], asked["params"]))
    except RefusalError as refusal:
        text = _LIMITS.get(refusal.kind, refusal.message)
        return error(asked, {"code": -32005, "message": text})
    if isinstance(found, Reverted):
        burnt = "gas" in found.reason
        said = "out of gas" if burnt else "execution reverted"
        return error(asked, {"code": 3, "message": said, "data": "0x"})
    if isinstance(found, Unserved):
        return error(asked, {"code": -32000, "message": found.reason})
    return result(asked, found)


async def _result(rpc: FakeRpc, method: str, params: Json) -> Json:
    found: Json
    match method, params:
        case "eth_chainId", _:
            found = hex(await rpc.chain_id())
        case "eth_getBlockByNumber", ["finalized", *_]:
            found = None
        case "eth_getBlockByNumber", [tag, *_]:
            found = _block(await rpc.block(None if tag == "latest" else int(tag, 16)))
        case "eth_getLogs", [wanted]:
            found = await _logs(rpc, wanted)
        case "eth_getTransactionByHash", [wanted]:
            (sent,) = await rpc.transactions([wanted])
            found = _transaction(wanted, sent)
        case "eth_call", [call, where]:
            data = words.hex_bytes(call["data"])
            found = await rpc.call(Call(call["to"], data), _at(rpc, where))
        case _, [*account, where] if method in _ACCOUNT:
            found = await _account(rpc, method, account, _at(rpc, where))
        case _:
            found = await rpc.request(method, params)
    match found:
        case Returned(data=data) | bytes(data):
            return "0x" + data.hex()
        case int(number):
            return hex(number)
        case _:
            return found


async def _account(rpc: FakeRpc, method: str, asked: Json, at: Block) -> Json:
    address = Address(asked[0])
    match method:
        case "eth_getBalance":
            return "0x0"
        case "eth_getCode":
            return (await rpc.codes((address,), at))[0]
        case "eth_getTransactionCount":
            return (await rpc.nonces((address,), at))[0]
        case _:
            return (await rpc.slots(((address, int(asked[1], 16)),), at))[0]


def _block(block: Block) -> Json:
    return {
        "number": hex(block.number),
        "hash": block.hash,
        "timestamp": hex(block.timestamp),
    }


def _transaction(wanted: str, sent: Sent | Unserved) -> Json:
    if isinstance(sent, Unserved):
        return None
    return {"hash": wanted, "from": sent.sender, "to": sent.to}


async def _logs(rpc: FakeRpc, wanted: Json) -> Json:
    topics = tuple(tuple(position or ()) for position in wanted["topics"])
    blocks = BlockRange(int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16))
    return [
        {
            "address": log.address,
            "topics": log.topics,
            "data": log.data,
            "blockNumber": log.block_hex,
            "logIndex": log.index_hex,
            "transactionHash": log.transaction,
            "removed": False,
        }
        for log in await rpc.logs(LogFilter(topics=topics), blocks)
    ]


def _at(rpc: FakeRpc, where: Json) -> Block:
    """The block that a state read names, by hash (EIP-1898) or number."""
    if isinstance(where, dict):
        hashes = {rpc.block_at(n).hash: n for n in range(rpc.newest + 1)}
        if where["blockHash"] not in hashes:
            raise RefusalError("header not found", kind=RefusalKind.TRANSIENT)
        return rpc.block_at(hashes[where["blockHash"]])
    return rpc.block_at(int(where, 16))
