"""What is so about the demo's wallet: the truth to hold a scan against."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allowctl.model.chain import Address

Kind = Literal["erc20", "erc721", "operator", "permit2"]


class Fate(StrEnum):
    """How an approval stands at the last block (DESIGN: promise 2)."""

    LIVE = "live"
    DEAD = "dead"
    DORMANT = "dormant"
    REFUSED = "refused"


class Death(StrEnum):
    """Why a dead approval is dead."""

    ZERO = "zero"
    EXPIRED = "expired"
    NO_CODE = "no code"
    TRANSFERRED = "transferred away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One approval of the story, as it stands at the last block."""

    kind: Kind
    fate: Fate
    token: Address
    contract: Address
    """Who holds the state: the token, or Permit2."""
    spender: Address
    note: str
    """What happened, in a few words."""
    token_id: int | None = None
    """Of a single ERC-721 item."""
    amount: int | None = None
    """Amount on chain, in the token's smallest unit; None where the kind has none,
    or where nothing can be read."""
    expiration: int | None = None
    """Last second it works, of a Permit2 allowance."""
    death: Death | None = None
    """Only where the fate is dead."""
    logged: bool = True
    """Whether any log names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The demo's wallet, who it dealt with, and what became of every approval."""

    chain_id: int
    owner: Address
    permit2: Address
    multicall: Address
    names: Mapping[Address, str]
    """What the story calls each address."""
    prices: Mapping[Address, Decimal]
    """USD for one whole token: made up, as all of it is."""
    approvals: tuple[Expected, ...]
    first_block_time: int
    last_block_time: int
    """Unix seconds; "expired" is judged at the last block."""

    def of(self, *fates: Fate) -> tuple[Expected, ...]:
        """The approvals with one of these fates, in the story's order."""
        return tuple(it for it in self.approvals if it.fate in fates)

    def named(self, name: str) -> Address:
        """The address of that name. KeyError if the story has none."""
        for address, it in self.names.items():
            if it == name:
                return address
        raise KeyError(name)
