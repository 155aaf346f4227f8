"""Real bytecode, read from npm packages when a test needs it, never committed."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass

from eth_abi.abi import encode

from allowctl.model.chain import Address
from tests.lab.abi import Value
from tests.nodes.anvil import Anvil
from tests.nodes.npm import npm_path

PERMIT2 = Address("0x000000000022d473030f116ddee9f6b43ac78ba3")
MULTICALL3 = Address("0xca11bde05977b3631167028862be2a173976ca11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A compiled contract."""

    name: str
    creation: bytes
    """Creation code, without constructor arguments."""
    runtime: bytes
    """Deployed code; immutables are zero."""
    parameters: tuple[str, ...] = ()
    """Types that the constructor takes."""

    def create(self, *arguments: Value) -> bytes:
        """Give the creation code for these constructor arguments."""
        return self.creation + encode(self.parameters, arguments)


def artifact(path: str) -> Artifact:
    """Read a Hardhat or Truffle artifact by its path in node_modules."""
    found = json.loads(npm_path(path).read_text(encoding="utf-8"))
    return Artifact(
        name=found["contractName"],
        creation=bytes.fromhex(found["bytecode"].removeprefix("0x")),
        runtime=bytes.fromhex(found["deployedBytecode"].removeprefix("0x")),
        parameters=constructor(found["abi"]),
    )


def constructor(abi: Value) -> tuple[str, ...]:
    """Give the types that a JSON ABI's constructor takes (no tuples)."""
    for entry in abi:
        if entry["type"] == "constructor":
            return tuple(parameter["type"] for parameter in entry["inputs"])
    return ()


@functools.cache
def openzeppelin(name: str) -> Artifact:
    """Read one of OpenZeppelin 4.9.6's contracts, by its name."""
    return artifact(f"@openzeppelin/contracts/build/contracts/{name}.json")


def erc20() -> Artifact:
    """Constructor: name, symbol, supply, owner."""
    return openzeppelin("ERC20PresetFixedSupply")


def erc721() -> Artifact:
    """Constructor: name, symbol, base URI. A transfer clears in silence."""
    return openzeppelin("ERC721PresetMinterPauserAutoId")


def erc1155() -> Artifact:
    """Constructor: URI."""
    return openzeppelin("ERC1155PresetMinterPauser")


@functools.cache
def weth9() -> Artifact:
    """Wrapped ether, as it stands on mainnet."""
    return artifact("canonical-weth/build/contracts/WETH9.json")


@functools.cache
def ens_registry() -> Artifact:
    """The ENS registry. The deployer owns the root."""
    return artifact("@ensdomains/ens/build/contracts/ENSRegistry.json")


@functools.cache
def ens_public_resolver() -> Artifact:
    """The public resolver of 2020. Constructor: the registry."""
    return artifact("@ensdomains/resolver/build/contracts/PublicResolver.json")


@functools.cache
def permit2_runtime() -> bytes:
    """Uniswap's Permit2, immutables zero: it computes its domain on each chain."""
    path = npm_path("@1inch/solidity-utils/dist/src/permit2.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    return bytes.fromhex(found["bytecode"].removeprefix("0x"))


@functools.cache
def multicall3_creation() -> bytes:
    """Multicall3 in viem's build."""
    path = npm_path("viem/_esm/constants/contracts.js")
    found = re.search(
        r"multicall3Bytecode = '0x([0-9a-f]+)'", path.read_text(encoding="utf-8")
    )
    if found is None:
        raise ValueError("viem holds no multicall3Bytecode any more")
    return bytes.fromhex(found[1])


def place_permit2(anvil: Anvil) -> None:
    """Put Permit2 where it is on nearly every chain."""
    anvil.set_code(PERMIT2, permit2_runtime())


def place_multicall3(anvil: Anvil) -> None:
    """Put Multicall3 where it is on nearly every chain."""
    place(anvil, MULTICALL3, multicall3_creation())


def place(anvil: Anvil, address: str, creation: bytes) -> None:
    """Deploy, then copy the code to an address. Storage stays behind."""
    made = anvil.deploy(creation)
    code = bytes.fromhex(anvil.rpc("eth_getCode", made, "latest")[2:])
    anvil.set_code(address, code)
