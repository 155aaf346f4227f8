"""Proxies and those who decide over them, of real bytecode, on an anvil."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from allowctl.model.chain import ZERO_ADDRESS, Address
from tests.lab.abi import Value, encode_call
from tests.lab.artifacts import Artifact, artifact, openzeppelin
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil
from tests.nodes.node import GWEI, MAX_FEE, address_of

DAY = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeRelease:
    """One version's contracts, as npm has them."""

    singletons: tuple[Artifact, ...]
    """The usual one, and that for chains where logs are cheap."""
    proxy: Artifact
    factory: Artifact


SAFES = {
    "1.3.0": ("@gnosis.pm/safe-contracts", "GnosisSafe"),
    "1.4.1": ("@safe-global/safe-contracts", "Safe"),
    "1.5.0": ("@safe-global/safe-smart-account", "Safe"),
}
"""Package and the contracts' name by version."""


@functools.cache
def safe_release(version: str) -> SafeRelease:
    """Read one version's artifacts."""
    package, name = SAFES[version]
    folder = f"{package}/build/artifacts/contracts"

    def read(path: str, which: str) -> Artifact:
        return artifact(f"{folder}/{path}{which}.sol/{which}.json")

    return SafeRelease(
        singletons=(read("", name), read("", f"{name}L2")),
        proxy=read("proxies/", f"{name}Proxy"),
        factory=read("proxies/", f"{name}ProxyFactory"),
    )


class Yard:
    """Deploys what tests of spenders need. Everything is the deployer's at first."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil = anvil
        self.deployer = address_of(anvil.accounts[9])

    def deploy(self, made: Artifact, *arguments: Value) -> Address:
        return self.anvil.deploy(made.create(*arguments), sender=self.deployer)

    def lab(self, name: str, *arguments: Value) -> Address:
        """Deploy one of `tests/lab/contracts`."""
        return self.deploy(contract(name), *arguments)

    def act(self, to: Address, signature: str, *arguments: Value) -> None:
        """Send a transaction as the deployer."""
        self.anvil.send(self.deployer, to, encode_call(signature, *arguments))

    def transparent(self, logic: Address, admin: Address) -> Address:
        """OpenZeppelin 4.9.6's transparent proxy, with any admin."""
        return self.deploy(
            openzeppelin("TransparentUpgradeableProxy"), logic, admin, b""
        )

    def proxy_admin(self, owner: Address) -> Address:
        """Its ProxyAdmin, handed over to an owner."""
        made = self.deploy(openzeppelin("ProxyAdmin"))
        if owner == ZERO_ADDRESS:
            self.act(made, "renounceOwnership()")
        else:
            self.act(made, "transferOwnership(address)", owner)
        return made

    def uups(self, logic: Address, data: bytes = b"") -> Address:
        """Its ERC1967Proxy: what may upgrade it is the logic's business."""
        return self.deploy(openzeppelin("ERC1967Proxy"), logic, data)

    def beacon(self, logic: Address, owner: Address) -> Address:
        """Its UpgradeableBeacon."""
        made = self.deploy(openzeppelin("UpgradeableBeacon"), logic)
        self.act(made, "transferOwnership(address)", owner)
        return made

    def behind_beacon(self, beacon: Address) -> Address:
        """Its BeaconProxy."""
        return self.deploy(openzeppelin("BeaconProxy"), beacon, b"")

    def timelock(self, delay: int) -> Address:
        """Its TimelockController, without anybody in a role."""
        return self.deploy(
            openzeppelin("TimelockController"), delay, [], [], ZERO_ADDRESS
        )

    def safe(
        self,
        owners: Sequence[Address],
        threshold: int,
        *,
        version: str = "1.5.0",
        layer2: bool = False,
    ) -> Address:
        """A Safe as its factory makes it."""
        release = safe_release(version)
        singleton = self.deploy(release.singletons[layer2])
        factory = self.deploy(release.factory)
        setup = encode_call(
            "setup(address[],uint256,address,bytes,address,address,uint256,address)",
            *(list(owners), threshold, ZERO_ADDRESS, b""),
            *(ZERO_ADDRESS, ZERO_ADDRESS, 0, ZERO_ADDRESS),
        )
        create = encode_call(
            "createProxyWithNonce(address,bytes,uint256)", singleton, setup, 0
        )
        made = self.anvil.call(factory, create)
        self.anvil.send(self.deployer, factory, create)
        return Address("0x" + made[-20:].hex())

    def clone(self, pattern: tuple[bytes, bytes], target: Address) -> Address:
        """Deploy code that is an address between two pieces."""
        before, behind = pattern
        return self.code(before + bytes.fromhex(target[2:]) + behind)

    def code(self, runtime: bytes) -> Address:
        """Deploy runtime code as it is: PUSH2 size, CODECOPY behind these, RETURN."""
        creation = bytes.fromhex(f"61{len(runtime):04x}80600a3d393df3") + runtime
        return self.anvil.deploy(creation, sender=self.deployer)

    def delegate(self, key: LocalAccount, to: Address) -> Address:
        """Let a key's account run a contract's code (EIP-7702)."""
        chain_id = self.anvil.chain_id
        signed = key.sign_authorization(
            {"chainId": chain_id, "address": bytes.fromhex(to[2:]), "nonce": 0}
        )
        payer = self.anvil.accounts[8]
        nonce = self.anvil.rpc("eth_getTransactionCount", payer.address, "latest")
        fields: dict[str, Value] = {
            "type": 4,
            "chainId": chain_id,
            "nonce": int(nonce, 16),
            "to": to_checksum_address(ZERO_ADDRESS),
            "value": 0,
            "gas": 200_000,
            "maxFeePerGas": MAX_FEE,
            "maxPriorityFeePerGas": GWEI,
            "data": b"",
            "accessList": [],
            "authorizationList": [signed],
        }
        sent = payer.sign_transaction(fields)
        raw = "0x" + bytes(sent.raw_transaction).hex()
        self.anvil.rpc("eth_sendRawTransaction", raw)
        return address_of(key)


def hash_at(anvil: Anvil, address: Address) -> str:
    """keccak256 of the code that stands somewhere, by another library."""
    code = bytes.fromhex(anvil.rpc("eth_getCode", address, "latest")[2:])
    return "0x" + keccak(code).hex()
