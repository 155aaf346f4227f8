"""EthereumJS: the third client, with an EVM of its own. Blocks are made by hand.

It has no consensus of its own after the merge, so the test plays the beacon
node over the Engine API (Shanghai: version 2 of its methods).
"""

from __future__ import annotations

import json
import os
import time

from tests.nodes.jsonrpc import Json, NodeError
from tests.nodes.node import ETHER, GWEI, PATIENCE, Node, throwaway
from tests.nodes.npm import node_binary, npm_path
from tests.nodes.process import StartError, Watched, free_port

_ZERO = "0x" + "00" * 32
_GENESIS_TIME = 0x65000000
_BLOCK_TIME = 12
_ATTEMPTS = 3
_FORKS = (
    *("homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople"),
    *("petersburg", "istanbul", "berlin", "london", "mergeFork", "mergeNetsplit"),
)


class EthereumJS(Node):
    """An EthereumJS client. `send` mines the block it needs; about 12 a second."""

    def __init__(self, *, chain_id: int = 31339) -> None:
        self.accounts = tuple(throwaway(index) for index in range(10))
        balances = {
            account.address.lower(): {"balance": hex(10_000 * ETHER)}
            for account in self.accounts
        }
        for attempt in range(_ATTEMPTS):
            self._process = Watched(
                [node_binary(), npm_path("@ethereumjs/client/dist/esm/bin/cli.js")]
            )
            try:
                self._start(_genesis(chain_id, balances))
            except StartError as error:
                self.stop()
                # It prints the port it was given, not one it found: another
                # process may have taken it meanwhile.
                if "EADDRINUSE" not in str(error) or attempt == _ATTEMPTS - 1:
                    raise
            except BaseException:
                self.stop()
                raise
            else:
                break
        self._time = _GENESIS_TIME

    def stop(self) -> None:
        self._process.stop()

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self._mine_one()

    def _start(self, genesis: Json) -> None:
        folder = self._process.folder
        mark = "0x" + os.urandom(16).hex()
        text = json.dumps(genesis | {"extraData": mark})
        (folder / "allowctl.json").write_text(text, encoding="utf-8")
        port = str(free_port())
        self._process.start(
            *("--gethGenesis", folder / "allowctl.json", "--dataDir", folder / "data"),
            *("--rpc", "--rpcAddr", "127.0.0.1", "--rpcPort", port),
            *("--rpcEngine", "--rpcEngineAddr", "127.0.0.1", "--rpcEnginePort", port),
            *("--rpcEngineAuth=false", "--sync", "none", "--isSingleNode"),
            *("--port", "0", "--discDns=false", "--discV4=false"),
            *("--logFile=false", "--saveReceipts"),
        )
        self.url = f"http://127.0.0.1:{port}"
        self._wait_for(mark)

    def _wait_for(self, mark: str) -> None:
        """Wait until it listens: it says so too early, and another may be there."""
        self._process.wait_for("Client started successfully")
        deadline = time.monotonic() + PATIENCE
        while self._process.running and time.monotonic() < deadline:
            try:
                if self.block(0)["extraData"] == mark:
                    return
            except OSError:
                pass
            time.sleep(0.01)
        raise StartError(f"EADDRINUSE or worse:\n{self._process.output()[-2000:]}")

    def _mine_one(self) -> None:
        head = self.block()["hash"]
        self._time += _BLOCK_TIME
        attributes = {
            "timestamp": hex(self._time),
            "prevRandao": _ZERO,
            "suggestedFeeRecipient": "0x" + "00" * 20,
            "withdrawals": [],
        }
        built = self._choose(head, attributes)["payloadId"]
        payload = self.rpc("engine_getPayloadV2", built)["executionPayload"]
        status = self.rpc("engine_newPayloadV2", payload)
        if status["status"] != "VALID":
            raise NodeError(f"a payload was refused: {status}")
        self._choose(payload["blockHash"], None)

    def _choose(self, head: str, attributes: Json) -> Json:
        state = {
            "headBlockHash": head,
            "safeBlockHash": head,
            "finalizedBlockHash": head,
        }
        chosen = self.rpc("engine_forkchoiceUpdatedV2", state, attributes)
        if chosen["payloadStatus"]["status"] != "VALID":
            raise NodeError(f"a head was refused: {chosen}")
        return chosen

    def _receipt(self, transaction: str) -> Json:
        self._mine_one()
        return super()._receipt(transaction)


def _genesis(chain_id: int, balances: Json) -> Json:
    config = {f"{fork}Block": 0 for fork in _FORKS} | {
        "chainId": chain_id,
        "shanghaiTime": 0,
        "terminalTotalDifficulty": 0,
        "terminalTotalDifficultyPassed": True,
    }
    return {
        "config": config,
        "nonce": "0x0",
        "timestamp": hex(_GENESIS_TIME),
        "gasLimit": hex(30_000_000),
        "difficulty": "0x0",
        "mixHash": _ZERO,
        "coinbase": "0x" + "00" * 20,
        "number": "0x0",
        "gasUsed": "0x0",
        "parentHash": _ZERO,
        "baseFeePerGas": hex(GWEI),
        "alloc": balances,
    }
