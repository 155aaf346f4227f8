"""What every node of the tests can do, whatever it is written in."""

from __future__ import annotations

import functools
import time
from abc import ABC, abstractmethod
from typing import Self, TypeAlias

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from allowctl.model.chain import Address
from tests.nodes.jsonrpc import Json, NodeError, rpc

ETHER = 10**18
GWEI = 10**9
GAS = 8_000_000
"""More than any act of the tests needs, less than any node's cap."""
MAX_FEE = 200 * GWEI
PATIENCE = 20.0

Sender: TypeAlias = LocalAccount | Address
"""A key to sign with, or the address of an account that the node has unlocked."""


@functools.cache
def throwaway(index: int) -> LocalAccount:
    """Give the same throw-away account for a number, on every node."""
    account: LocalAccount = Account.from_key(keccak(b"allowctl test %d" % index))
    return account


def address_of(sender: Sender) -> Address:
    """Return the lower-case address of a key, or of an address."""
    address = sender if isinstance(sender, str) else sender.address
    return Address(str(address).lower())


class Node(ABC):
    """A node that is running, with ten funded accounts. A context manager."""

    url: str
    accounts: tuple[LocalAccount, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def stop(self) -> None:
        """End the process. Does no harm the second time."""

    @abstractmethod
    def mine(self, blocks: int = 1) -> None:
        """Add blocks without transactions of their own (pending ones get in)."""

    def rpc(self, method: str, *params: Json) -> Json:
        """One request's result. NodeError if the node answers with an error."""
        return rpc(self.url, method, *params)

    @property
    def chain_id(self) -> int:
        return int(self.rpc("eth_chainId"), 16)

    @property
    def head(self) -> int:
        """The latest block's number."""
        return int(self.rpc("eth_blockNumber"), 16)

    @property
    def now(self) -> int:
        """The latest block's timestamp."""
        return int(self.block()["timestamp"], 16)

    def block(self, at: int | str = "latest") -> Json:
        """Fetch a block, with its transactions' hashes only."""
        params = (at if isinstance(at, str) else hex(at), False)
        return self.rpc("eth_getBlockByNumber", *params)

    def send(  # noqa: PLR0913 (a transaction has these fields)
        self,
        sender: Sender,
        to: str | None,
        data: bytes = b"",
        *,
        value: int = 0,
        gas: int = GAS,
        legacy: bool = False,
        check: bool = True,
    ) -> Json:
        """Get a transaction into a block: its receipt.

        NodeError if it failed, unless `check` is false.
        """
        fields: dict[str, Json] = {
            "gas": gas,
            "value": value,
            "data": "0x" + data.hex(),
        }
        if to is not None:
            fields["to"] = to_checksum_address(to)
        if legacy:
            fields["gasPrice"] = MAX_FEE
        else:
            fields |= {"maxFeePerGas": MAX_FEE, "maxPriorityFeePerGas": GWEI}
        if isinstance(sender, str):
            sent = self.rpc("eth_sendTransaction", _hexed(fields) | {"from": sender})
        else:
            sent = self._send_signed(sender, fields, legacy=legacy)
        receipt = self._receipt(sent)
        if check and int(receipt["status"], 16) != 1:
            raise NodeError(f"transaction {sent} failed", data=receipt)
        return receipt

    def deploy(
        self, code: bytes, *, sender: Sender | None = None, gas: int = GAS
    ) -> Address:
        """Run creation code: the new contract's address."""
        receipt = self.send(sender or self.accounts[0], None, code, gas=gas)
        return Address(receipt["contractAddress"].lower())

    def call(
        self,
        to: str,
        data: bytes,
        *,
        sender: str | None = None,
        gas: int | None = None,
        block: int | str = "latest",
    ) -> bytes:
        """One eth_call's return data. NodeError if it reverts."""
        call: dict[str, Json] = {"to": to, "data": "0x" + data.hex()}
        if sender is not None:
            call["from"] = sender
        if gas is not None:
            call["gas"] = hex(gas)
        at = block if isinstance(block, str) else hex(block)
        return bytes.fromhex(self.rpc("eth_call", call, at)[2:])

    def logs(
        self, *topics: str | list[str] | None, first: int = 0, last: int | None = None
    ) -> list[Json]:
        """Fetch the logs of a block range (to the head), as the node gives them."""
        until = "latest" if last is None else hex(last)
        wanted = {"fromBlock": hex(first), "toBlock": until, "topics": list(topics)}
        found: list[Json] = self.rpc("eth_getLogs", wanted)
        return found

    def _send_signed(
        self, sender: LocalAccount, fields: dict[str, Json], *, legacy: bool
    ) -> str:
        nonce = int(self.rpc("eth_getTransactionCount", sender.address, "pending"), 16)
        fields = fields | {"nonce": nonce, "chainId": self.chain_id}
        if not legacy:
            fields["type"] = 2
        raw = sender.sign_transaction(fields).raw_transaction
        sent: str = self.rpc("eth_sendRawTransaction", "0x" + bytes(raw).hex())
        return sent

    def _receipt(self, transaction: str) -> Json:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            receipt = self.rpc("eth_getTransactionReceipt", transaction)
            if receipt is not None:
                return receipt
            time.sleep(0.002)
        raise NodeError(f"no receipt of {transaction} after {PATIENCE} s")


def _hexed(fields: dict[str, Json]) -> dict[str, Json]:
    return {k: hex(v) if isinstance(v, int) else v for k, v in fields.items()}
