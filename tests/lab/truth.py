"""The books a test keeps while it acts, and what must be found at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from allowctl.model.chain import ZERO_ADDRESS, Address

Fate: TypeAlias = Literal["live", "dead", "dormant", "refused"]


class Key(NamedTuple):
    """One approval of the world's owner, in the report's words."""

    kind: Literal["erc20", "erc721", "operator", "permit2"]
    contract: Address
    """Holder of the state: the token, or Permit2."""
    token: Address
    spender: Address
    """Of a dead item: who had it last (zero: nobody ever)."""
    token_id: int | None = None


class Expected(NamedTuple):
    """How an approval must end."""

    fate: Fate
    amount: int | None = None
    """Of erc20 and permit2, where it is live or dormant."""
    expiration: int | None = None
    """Of permit2, where it is live or dormant."""
    reason: str | None = None
    """Of a dead one: "zero", "expired", "no code" or "transferred away"."""


@dataclass(slots=True)
class Item:
    """One NFT's approval."""

    spender: Address
    """The last one that was approved."""
    left: str | None = None
    """Why nothing is left of it, if so."""


@dataclass(slots=True)
class Books:
    """What one owner granted, as the acts say: nothing here was read from a chain."""

    permit2: Address
    amounts: dict[tuple[Address, Address], int] = field(default_factory=dict)
    """(token, spender) -> ERC-20 allowance."""
    children: dict[tuple[Address, Address], tuple[int, int]] = field(
        default_factory=dict
    )
    """(token, spender) -> Permit2's amount and expiration."""
    items: dict[tuple[Address, int], Item] = field(default_factory=dict)
    operators: dict[tuple[Address, Address], bool] = field(default_factory=dict)
    """(collection, operator) -> whether it is approved."""
    refused: set[Key] = field(default_factory=set)
    """Named by logs of contracts that do not answer."""
    silent: dict[Key, Expected] = field(default_factory=dict)
    """True in state, but no log names them."""
    gone: set[Address] = field(default_factory=set)
    """Contracts that have no code any more."""

    def truth(self, now: int) -> dict[Key, Expected]:
        """Give every approval that a log named, and its fate at a block's time."""
        found: dict[Key, Expected] = {}
        for (token, spender), amount in self.amounts.items():
            key = Key("erc20", token, token, spender)
            found[key] = Expected("live", amount) if amount else _dead("zero")
        for (token, spender), (amount, expiration) in self.children.items():
            key = Key("permit2", self.permit2, token, spender)
            found[key] = self._child(token, amount, expiration, now)
        for (token, token_id), item in self.items.items():
            key = Key("erc721", token, token, item.spender, token_id)
            found[key] = _dead(item.left) if item.left else Expected("live")
        for (token, operator), approved in self.operators.items():
            key = Key("operator", token, token, operator)
            found[key] = Expected("live") if approved else _dead("zero")
        for key in found:
            if key.contract in self.gone:
                found[key] = _dead("no code")
        return found | dict.fromkeys(self.refused, Expected("refused"))

    def spend(self, token: Address, spender: Address, amount: int) -> None:
        """Take an amount off an ERC-20 allowance, unless that is unlimited."""
        left = self.amounts[token, spender]
        if left != 2**256 - 1:
            self.amounts[token, spender] = left - amount

    def spend_child(self, token: Address, spender: Address, amount: int) -> None:
        """Take an amount off a Permit2 allowance and off its root."""
        left, expiration = self.children[token, spender]
        if left != 2**160 - 1:
            self.children[token, spender] = (left - amount, expiration)
        self.spend(token, self.permit2, amount)

    def name_item(self, token: Address, token_id: int, left: str) -> None:
        """Note that a log named an item of which nothing is left."""
        item = self.items.setdefault((token, token_id), Item(ZERO_ADDRESS))
        item.left = left

    def _child(
        self, token: Address, amount: int, expiration: int, now: int
    ) -> Expected:
        if amount == 0:
            return _dead("zero")
        if expiration < now:
            return _dead("expired")
        root = self.amounts.get((token, self.permit2), 0)
        return Expected("live" if root else "dormant", amount, expiration)


def _dead(reason: str) -> Expected:
    return Expected("dead", reason=reason)
