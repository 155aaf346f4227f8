"""What tests of the lab share: names, and one way to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from allowctl.model.chain import Address
from tests.lab.abi import encode_call, topic0
from tests.nodes.anvil import Anvil

Lab: TypeAlias = Callable[..., Address]
"""Deploys a lab contract: name, then its constructor's arguments."""

MAX = 2**256 - 1
APPROVAL = topic0("Approval(address,address,uint256)")
APPROVE = "approve(address,uint256)"
ALLOWANCE = "allowance(address,address)"
SOMEBODY = Address("0x" + "ab" * 20)


def allowance(anvil: Anvil, token: Address, owner: Address, spender: Address) -> int:
    """Ask a token directly."""
    data = anvil.call(token, encode_call(ALLOWANCE, owner, spender))
    return int.from_bytes(data, "big")
