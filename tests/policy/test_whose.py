"""Which wallets an owner on a chain is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.model.chain import Chain
from allowctl.policy.whose import Whose, means
from tests.build import MAINNET, OWNER, address
from tests.policy.making import BASE, wallet

SEPOLIA = Chain(id=11155111, name="sepolia", testnet=True)
FIRST = wallet()
SECOND = replace(wallet("ops"), chains=())
THIRD = replace(wallet("rollups"), chains=("base",))


@pytest.mark.parametrize(
    ("text", "chains"),
    [
        ("ethereum", [MAINNET]),
        (" ETH ", [MAINNET]),
        ("1", [MAINNET]),
        ("eip155:1", [MAINNET]),
        ("8453", [BASE]),
        ("all", [MAINNET, BASE, SEPOLIA]),
        ("mainnets", [MAINNET, BASE]),
        ("testnets", [SEPOLIA]),
        ("etherea", []),
    ],
)
def test_means(text: str, chains: list[Chain]) -> None:
    """A chain by name, alias, id or group, as a file may have it."""
    every = (MAINNET, BASE, SEPOLIA)

    assert [each for each in every if means(text, each)] == chains


def test_of() -> None:
    """All that have the address there, in the policy's order."""
    whose = Whose([FIRST, SECOND, THIRD])

    assert whose.of(OWNER, MAINNET) == (FIRST, SECOND)
    assert whose.of(OWNER, BASE) == (SECOND, THIRD)
    assert whose.of(address(9), MAINNET) == ()


def test_a_chain_that_no_wallet_names() -> None:
    """What was scanned all the same is no stranger's."""
    assert Whose([FIRST, THIRD]).of(OWNER, SEPOLIA) == (FIRST, THIRD)


def test_anywhere() -> None:
    """The first that has the address; nobody has none."""
    whose = Whose([FIRST, SECOND])

    assert whose.anywhere(OWNER) == FIRST
    assert whose.anywhere(address(9)) is None
    assert whose.anywhere(None) is None
