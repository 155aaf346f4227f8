"""What prices are wanted of, and what a source of prices is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices.board import Board
from allowctl.model.approval import Allowance, Amount
from allowctl.model.chain import Address, Block, Chain
from allowctl.model.facts import TokenFacts
from allowctl.model.report import effective
from allowctl.model.value import Price, Unpriced
from allowctl.rpc.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What an allowance reaches of a token."""

    token: TokenFacts
    effective: int | None
    """What can really move now, in smallest units; None where that is unknown."""
    fungible: bool
    """Whether it is an amount of units that are all alike, and no NFTs."""

    @classmethod
    def of(cls, allowance: Allowance, token: TokenFacts) -> Holding:
        """That of an allowance for a token."""
        return cls(
            token=token,
            effective=effective(allowance, token),
            fungible=isinstance(allowance.grant, Amount),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A token whose price is wanted."""

    token: TokenFacts
    most: int
    """The largest amount that an allowance reaches of it, in smallest units. Where it
    is 0 a price is used if it is at hand, and nobody is asked for it."""
    decimals: int | None
    """By the table of known tokens, else by the token's own word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of one source: everything at one block of one chain."""

    chain: Chain
    state: State
    table: ChainFeeds
    board: Board
    tokens: Mapping[Address, Wanted]

    @property
    def at(self) -> Block:
        """The block at which prices are to hold."""
        return self.state.at


Told = Price | Unpriced
"""What a source says of a token: a price; THIN or UNSERVED, where it gives none."""


class Source(Protocol):
    """Somebody who tells prices."""

    by_feeds: ClassVar[bool]
    """Whether it looks at the feeds of the table."""

    def serves(self, table: ChainFeeds) -> bool:
        """Whether it can be asked about any token of such a chain.

        What nobody tells of whom that is true was asked for in vain.
        """

    async def prices(self, query: Query) -> Mapping[Address, Told]:
        """What it says of each token; one that is left out is unknown to it."""
