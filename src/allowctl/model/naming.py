"""An ENS name that a wallet is said to have, and what it leads to."""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.model.chain import Address
from allowctl.model.missing import Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class NameClaim:
    """What a configuration says of a wallet."""

    wallet: str
    name: str
    """The ENS name, as written."""
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCheck:
    """A claim, and what mainnet says."""

    claim: NameClaim
    found: Address | Missing | None
    """Where it leads; None if to no address, Missing if nobody told."""

    @property
    def holds(self) -> bool:
        """Whether the name leads to the wallet."""
        return self.found == self.claim.address
