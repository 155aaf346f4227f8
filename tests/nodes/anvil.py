"""Foundry's anvil: the main node of the tests."""

from __future__ import annotations

import platform
from pathlib import Path

from allowctl.model.chain import Address
from tests.nodes.node import ETHER, Node, throwaway
from tests.nodes.npm import npm_path
from tests.nodes.process import Watched

HISTORY = Address("0x0000f90827f1c53a10cb7a02335b175320002935")
"""EIP-2935's contract. It writes to state at each block, and anvil keeps a
copy of the state for each, so 100,000 blocks take forever while it is there."""

_OS = {"Darwin": "darwin", "Linux": "linux", "Windows": "win32"}
_CPU = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def foundry_binary(tool: str) -> Path:
    """Find anvil or cast: npm keeps each platform's binary in its own package."""
    system, cpu = _OS[platform.system()], _CPU[platform.machine()]
    suffix = ".exe" if system == "win32" else ""
    return npm_path(f"@foundry-rs/{tool}-{system}-{cpu}/bin/{tool}{suffix}")


class Anvil(Node):
    """An anvil. Any address may send (`send(address, ...)`), if it has ether.

    `history` keeps old states, for reading at old blocks: for short chains.
    `number` is the genesis block's. `finalized` is the head minus twice
    `slots_in_an_epoch`, and null below that and when `number` is high.
    """

    def __init__(
        self,
        *arguments: str,
        chain_id: int = 31337,
        history: bool = False,
        number: int | None = None,
        slots_in_an_epoch: int | None = None,
    ) -> None:
        self._process = Watched([foundry_binary("anvil"), "-p", "0"])
        options = ["--chain-id", str(chain_id), "--accounts", "0", "--auto-impersonate"]
        if not history:
            options.append("--prune-history")
        if number is not None:
            options += ["--number", str(number)]
        if slots_in_an_epoch is not None:
            options += ["--slots-in-an-epoch", str(slots_in_an_epoch)]
        cache = self._process.folder / "cache"
        try:
            self._process.start("--cache-path", cache, *options, *arguments)
            found = self._process.wait_for(r"Listening on 127\.0\.0\.1:(\d+)")
            self.url = f"http://127.0.0.1:{found[1]}"
            self.accounts = tuple(throwaway(index) for index in range(10))
            for account in self.accounts:
                self.fund(account.address)
            if not history:
                self.set_code(HISTORY, b"")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._process.stop()

    def mine(self, blocks: int = 1, *, interval: int = 1) -> None:
        """Add empty blocks, `interval` seconds of chain time apart."""
        self.rpc("anvil_mine", hex(blocks), hex(interval))

    def fund(self, address: str, wei: int = 10_000 * ETHER) -> None:
        """Set an address's balance."""
        self.rpc("anvil_setBalance", address, hex(wei))

    def set_code(self, address: str, code: bytes) -> None:
        """Put runtime code at an address, storage untouched."""
        self.rpc("anvil_setCode", address, "0x" + code.hex())

    def set_storage(self, address: str, slot: int, word: int) -> None:
        """Write one storage word of a contract."""
        self.rpc("anvil_setStorageAt", address, f"0x{slot:064x}", f"0x{word:064x}")

    def warp(self, timestamp: int) -> None:
        """Mine one block at a later time. Later blocks go on from there."""
        self.rpc("evm_setNextBlockTimestamp", hex(timestamp))
        self.rpc("anvil_mine", "0x1")

    def snapshot(self) -> str:
        """Remember the state; good for one `revert`."""
        snapshot: str = self.rpc("evm_snapshot")
        return snapshot

    def revert(self, snapshot: str) -> None:
        """Go back to a snapshot."""
        self.rpc("evm_revert", snapshot)

    def reorg(self, depth: int) -> None:
        """Replace the last blocks by empty ones."""
        self.rpc("anvil_reorg", depth, [])
