"""A wallet that has approved spenders of every sort, on mainnet's chain id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from allowctl.codec.words import checksum
from allowctl.intel import proxies
from allowctl.model.chain import ZERO_ADDRESS, Address
from tests.lab.abi import encode_call
from tests.lab.artifacts import PERMIT2
from tests.lab.market import Exchange
from tests.lab.upgrades import DAY, Yard
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil
from tests.nodes.node import ETHER, address_of

BAIT = "Visit https://claim.example to claim"


class Town:
    """One owner; each spender by its name, each with an amount of its own.

    `tok` is worth what `config` says, ether what its feed says, `odd` nobody knows.
    """

    def __init__(self, anvil: Anvil) -> None:
        self.anvil = anvil
        self.world = World(anvil)
        self.owner = self.world.owner
        self.yard = Yard(anvil)
        self.key = address_of(anvil.accounts[1])
        self.logic = self.yard.lab("Owned", ZERO_ADDRESS)
        self.brings = self.yard.lab("OwnUpgrade")
        self.timelock = self.yard.timelock(2 * DAY)
        keys = [address_of(account) for account in anvil.accounts[1:4]]
        self.safe = self.yard.safe(keys, 2)
        self.admin = self.yard.proxy_admin(self.key)
        self.beacon = self.yard.beacon(self.logic, self.key)
        anvil.send(anvil.accounts[1], self.yard.deployer)
        self.spenders = self._spenders()
        self._grant()

    def config(self, folder: Path, more: str = "") -> Path:
        """A file that says what `tok` is worth: 20 cents."""
        file = folder / f"prices{len(more)}.toml"
        fixed = f'[prices.fixed]\n"ethereum:{checksum(self.tok)}" = "0.2"\n'
        file.write_text(fixed + more, "utf-8")
        return file

    def _spenders(self) -> Mapping[str, Address]:
        yard, logic = self.yard, self.logic
        own = encode_call("initialize(address)", self.key)
        return {
            "key": self.key,
            "delegated": yard.delegate(self.anvil.accounts[7], logic),
            "unused": Address("0x" + "0c" * 20),
            "plain": yard.lab("Furnace"),
            "proxy": yard.transparent(logic, self.admin),
            "by safe": yard.transparent(logic, yard.proxy_admin(self.safe)),
            "by timelock": yard.transparent(logic, yard.proxy_admin(self.timelock)),
            "uups": yard.uups(self.brings, own),
            "of beacon": yard.behind_beacon(self.beacon),
            "clone": yard.clone(proxies.FIXED[0], logic),
            "permit2": PERMIT2,
        }

    def _grant(self) -> None:
        world, spenders, plain = self.world, self.spenders, self.spenders["plain"]
        exchange = Exchange(self.anvil)
        self.tok, self.odd = world.token(), world.token("Odd", "ODD")
        self.items = world.collection()
        self.weth = exchange.known("WETH")
        exchange.feed("ETH / USD", 2_000 * 10**8)
        exchange.mint(self.weth, self.owner, 3 * ETHER)
        for name, tokens in AMOUNTS.items():
            amount = MAX if tokens is None else tokens * ETHER
            world.approve(self.tok, spenders[name], amount)
        world.permit2_approve(self.tok, plain, 20 * ETHER, self.anvil.now + 30 * DAY)
        world.approve(self.weth, plain, 3 * ETHER // 2)
        world.approve(self.odd, spenders["proxy"], 1)
        world.mint_item(self.items)
        world.operator(self.items, plain)
        self.spam = world.lab("Airdrop", BAIT, "CLAIM", self.owner, self.key)


AMOUNTS: Mapping[str, int | None] = {
    "key": 5,
    "delegated": 6,
    "unused": 7,
    "plain": None,
    "proxy": 100,
    "by safe": 50,
    "by timelock": 40,
    "uups": 90,
    "of beacon": 80,
    "clone": 1_000,
    "permit2": 30,
}
"""Whole tokens of `tok`; None for no limit."""
