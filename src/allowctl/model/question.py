"""What a scan is asked."""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.model.approval import Candidate, Kind
from allowctl.model.chain import Address, Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A token and a spender to be read from state, log or no log."""

    token: Address
    spender: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One owner on one chain."""

    chain: Chain
    owner: Address
    kinds: frozenset[Kind] = frozenset(Kind)
    from_block: int = 0
    to_block: int | None = None
    """The block that the answer is to be true at; None for the head."""
    asked_at: int | None = None
    """The clock when it was asked, in unix seconds: to tell how old the head is."""
    owner_name: str | None = None
    """The ENS name that led to the owner, if one did."""
    pairs: tuple[Pair, ...] = ()
    """Where there are any, they are read and no log is sought."""
    candidates: tuple[Candidate, ...] = ()
    """The same for approvals that are known already, of a report."""
    probes: tuple[Pair, ...] = ()
    """Pairs that are read besides what logs name."""
    unused_for: int | None = None
    """Seconds before the block that the answer is true at: whether approvals may have
    been used since then is sought, too; None for not at all."""
    tokens: frozenset[Address] = frozenset()
    """The tokens that are asked about; empty for all."""
    spenders: frozenset[Address] = frozenset()
    """The spenders that are asked about; empty for all."""

    @property
    def named(self) -> bool:
        """Whether it says what is to be read, so that no log is sought."""
        return bool(self.pairs or self.candidates)

    @property
    def restricted(self) -> bool:
        """Whether it asks for less than there is."""
        return bool(
            self.named
            or self.from_block
            or self.to_block is not None
            or self.kinds != frozenset(Kind)
            or self.tokens
            or self.spenders
        )
