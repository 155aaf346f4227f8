"""Prices on a node: replicas of feeds and an oracle, real pools of Uniswap's."""

from __future__ import annotations

import json
from dataclasses import replace

from allowctl.intel.feeds import ChainFeeds, Factory, feeds_of
from allowctl.model.chain import Address
from tests.lab import artifacts
from tests.lab.abi import Value, encode_call
from tests.lab.artifacts import artifact
from tests.lab.solidity import contract
from tests.nodes.anvil import Anvil
from tests.nodes.npm import npm_path

FEES = (500, 3_000, 10_000)
"""Those that the factory of Uniswap v3's core makes pools of by itself."""


class Exchange:
    """Mainnet's table of feeds, put up on an anvil. Each act is a transaction.

    Feeds, tokens and the oracle stand at the table's own addresses. Only the
    factories are deployed as they come: theirs are in the constructor's hands.
    """

    def __init__(self, anvil: Anvil) -> None:
        self.anvil = anvil
        artifacts.place_multicall3(anvil)
        v2 = npm_path("@uniswap/v2-core/build/UniswapV2Factory.json")
        creation = bytes.fromhex(json.loads(v2.read_bytes())["bytecode"])
        v3 = artifact(
            "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/"
            "UniswapV3Factory.json"
        )
        self.v2 = anvil.deploy(creation + bytes(31) + b"\x01")
        self.v3 = anvil.deploy(v3.create())
        self.table: ChainFeeds = replace(
            feeds_of(1),
            factories=(
                Factory(address=self.v2),
                Factory(address=self.v3, fees=FEES),
            ),
        )
        if self.table.oneinch is None:
            raise ValueError("mainnet has the oracle")
        self.oracle = self.table.oneinch
        artifacts.place(anvil, self.oracle, contract("SpotOracle").create())

    def known(self, symbol: str) -> Address:
        """A token of the table, deployed at its address with its decimals."""
        (token,) = (t for t in self.table.tokens.values() if t.symbol == symbol)
        creation = contract("MintedToken").create(token.decimals)
        artifacts.place(self.anvil, token.address, creation)
        return token.address

    def token(self, decimals: int) -> Address:
        """A token that no table knows."""
        return self.anvil.deploy(contract("MintedToken").create(decimals))

    def feed(
        self, pair: str, answer: int, *, decimals: int = 8, age: int = 60
    ) -> Address:
        """A feed of the table, renewed so many seconds before the head."""
        at = self.table.feeds[pair].address
        return self.feed_at(at, answer, decimals=decimals, age=age)

    def feed_at(
        self, at: Address, answer: int, *, decimals: int = 8, age: int = 60
    ) -> Address:
        """A feed at any address."""
        artifacts.place(
            self.anvil, at, contract("PriceFeed").create(decimals, answer, 0)
        )
        when = self.anvil.now - age
        self.send(at, "set(int256,uint256,uint256)", answer, when, when)
        return at

    def pool(
        self, token: Address, quote: Address, paid: int, *, fee: int | None = None
    ) -> Address:
        """A pool made by its factory, with so much of the quote put in."""
        if fee is None:
            self.send(self.v2, "createPair(address,address)", token, quote)
            found = self.read(self.v2, "getPair(address,address)", token, quote)
        else:
            made = "createPool(address,address,uint24)"
            self.send(self.v3, made, token, quote, fee)
            asked = "getPool(address,address,uint24)"
            found = self.read(self.v3, asked, token, quote, fee)
        pool = Address("0x" + found[-20:].hex())
        self.mint(quote, pool, paid)
        return pool

    def market(self, token: Address, held: int, weth: Address, paid: int) -> None:
        """A pool against ether that the oracle takes its rate from."""
        pool = self.pool(token, weth, paid)
        self.mint(token, pool, held)
        self.send(self.oracle, "add(address,address,address)", token, pool, weth)

    def mint(self, token: Address, to: Address, amount: int) -> None:
        """Make units out of nothing."""
        self.send(token, "mint(address,uint256)", to, amount)

    def send(self, to: Address, signature: str, *arguments: Value) -> None:
        """One call, by the first account."""
        data = encode_call(signature, *arguments)
        self.anvil.send(self.anvil.accounts[0], to, data)

    def read(self, to: Address, signature: str, *arguments: Value) -> bytes:
        """One read at the head."""
        return self.anvil.call(to, encode_call(signature, *arguments))
