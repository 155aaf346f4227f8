"""ENS on a node that says it is mainnet, where web3 expects it."""

from __future__ import annotations

from eth_utils.crypto import keccak

from allowctl.model.chain import Address
from tests.lab import artifacts
from tests.lab.abi import encode_call
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil
from tests.nodes.node import address_of

REGISTRY = Address("0x00000000000c2e074ec69a0dfb2997ba6c7d2e1e")
UNIVERSAL_RESOLVER = Address("0xeeeeeeee14d718c2b47d9923deab1335e144eeee")


class Ens:
    """The real registry and public resolver, our replica of the Universal Resolver."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil = anvil
        self.owner = address_of(anvil.accounts[0])
        artifacts.place(anvil, REGISTRY, artifacts.ens_registry().create())
        # The code is copied without the storage that its constructor wrote:
        # the root's owner, records[0].owner.
        root = int.from_bytes(keccak(bytes(64)), "big")
        anvil.set_storage(REGISTRY, root, int(self.owner, 16))
        anvil.set_code(UNIVERSAL_RESOLVER, contract("UniversalResolverLike").runtime)
        resolver = artifacts.ens_public_resolver().create(REGISTRY)
        self.resolver = anvil.deploy(resolver)

    def register(self, name: str, resolver: str | None = None) -> None:
        """Own a name (its parents too), with the public resolver or another one."""
        labels = name.split(".")
        for depth in range(1, len(labels) + 1):
            label, *parent = labels[-depth:]
            data = encode_call(
                "setSubnodeOwner(bytes32,bytes32,address)",
                namehash(".".join(parent)),
                keccak(text=label),
                self.owner,
            )
            self.anvil.send(self.owner, REGISTRY, data)
        chosen = resolver or self.resolver
        data = encode_call("setResolver(bytes32,address)", namehash(name), chosen)
        self.anvil.send(self.owner, REGISTRY, data)

    def point(self, name: str, address: str) -> None:
        """Let a registered name's public resolver say an address."""
        data = encode_call("setAddr(bytes32,address)", namehash(name), address)
        self.anvil.send(self.owner, self.resolver, data)


def namehash(name: str) -> bytes:
    """Hash a normalised name as EIP-137 says."""
    node = bytes(32)
    for label in reversed(name.split(".") if name else []):
        node = keccak(node + keccak(text=label))
    return node
