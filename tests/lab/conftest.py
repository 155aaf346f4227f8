"""One anvil for a file of lab tests, with Permit2 and Multicall3 in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from allowctl.model.chain import Address
from tests.lab import artifacts
from tests.lab.abi import Value
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil
from tests.nodes.node import address_of


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as node:
        artifacts.place_permit2(node)
        artifacts.place_multicall3(node)
        yield node


@pytest.fixture
def owner(anvil: Anvil) -> Address:
    return address_of(anvil.accounts[0])


@pytest.fixture
def lab(anvil: Anvil) -> Callable[..., Address]:
    """Deploy one of the lab's contracts by name."""

    def deploy(name: str, *arguments: Value) -> Address:
        return anvil.deploy(contract(name).create(*arguments))

    return deploy
