"""What is known of tokens and spenders: claims of their contracts, and state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from allowctl.model.chain import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What a token says of itself. Any of it may be missing, or a lie."""

    address: Address
    symbol: str | None = None
    """As the contract answers it: hostile, made safe only where it is shown."""
    name: str | None = None
    decimals: int | None = None
    total_supply: int | None = None
    balance: int | None = None
    """What the owner holds, in smallest units or in NFTs."""
    interfaces: tuple[str, ...] = ()
    """Of "erc20", "erc721", "erc1155": those it answers as."""
    unserved: bool = False
    """Whether nobody served its balance, supply or decimals: then None means that."""

    @property
    def ambiguous(self) -> bool:
        """Whether one `approve` may mean an amount or an item (ERC-404)."""
        return {"erc20", "erc721"} <= set(self.interfaces)


class SpenderKind(StrEnum):
    """What stands at a spender's address."""

    CONTRACT = "contract"
    EOA = "eoa"
    DELEGATED_EOA = "delegated-eoa"
    """A key's account that runs another's code (EIP-7702)."""
    UNUSED = "unused"
    """No code and no transaction ever: a key's account, or a contract to come."""
    UNKNOWN = "unknown"
    """Nobody could be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpenderFacts:
    """What is known of a spender."""

    address: Address
    kind: SpenderKind
    label: str | None = None
