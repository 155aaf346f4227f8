"""Hardhat 2 (its EVM is written in Rust, apart from anvil's): the second client."""

from __future__ import annotations

import json

from tests.nodes.node import ETHER, Node, throwaway
from tests.nodes.npm import node_binary, npm_path
from tests.nodes.process import Watched

_ENVIRONMENT = {
    # Otherwise it must be installed under its working directory.
    "HARDHAT_EXPERIMENTAL_ALLOW_NON_LOCAL_INSTALLATION": "true",
    "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true",
}


class Hardhat(Node):
    """A Hardhat node; every transaction gets its block at once."""

    def __init__(self, *, chain_id: int = 31338) -> None:
        self.accounts = tuple(throwaway(index) for index in range(10))
        keys = [
            {
                "privateKey": "0x" + bytes(account.key).hex(),
                "balance": str(10**4 * ETHER),
            }
            for account in self.accounts
        ]
        network = {"chainId": chain_id, "accounts": keys, "loggingEnabled": False}
        config = {"solidity": "0.8.37", "networks": {"hardhat": network}}
        self._process = Watched(
            [node_binary(), npm_path("hardhat/internal/cli/bootstrap.js")],
            env=_ENVIRONMENT,
        )
        file = self._process.folder / "hardhat.config.js"
        file.write_text(f"module.exports = {json.dumps(config)};\n", encoding="utf-8")
        try:
            self._process.start(
                *("--config", file, "node", "--port", "0", "--hostname", "127.0.0.1")
            )
            found = self._process.wait_for(r"server at (http://127\.0\.0\.1:\d+)")
            self.url = found[1]
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._process.stop()

    def mine(self, blocks: int = 1) -> None:
        self.rpc("hardhat_mine", hex(blocks))
