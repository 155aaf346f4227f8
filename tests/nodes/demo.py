"""The chain behind `allowctl demo`, as one more node: py-evm in this process."""

from __future__ import annotations

from eth_account import Account

from allowctl import demo
from allowctl.demo.actors import actor
from tests.nodes.node import ETHER, Node, throwaway

_RICH = "relayer"


class Demo(Node):
    """The demo with its story told; a transaction makes a block. Three accounts."""

    def __init__(self, *, clock_base: int | None = None) -> None:
        self.running = demo.start(clock_base=clock_base)
        self.url = self.running.url
        self._rich = Account.from_key(actor(_RICH).key.to_bytes())
        self.accounts = tuple(throwaway(index) for index in range(3))
        for account in self.accounts:
            self.send(self._rich, account.address, value=20 * ETHER, gas=21_000)

    def stop(self) -> None:
        self.running.close()

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.send(self._rich, self._rich.address, gas=21_000)
