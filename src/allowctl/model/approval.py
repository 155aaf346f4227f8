"""Approvals: what a log names, what state says of it, and how it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

from allowctl.model.chain import Address


class Kind(StrEnum):
    """The approval standards this version knows; a closed vocabulary."""

    ERC20 = "erc20"
    ERC721 = "erc721"
    OPERATOR = "operator"
    PERMIT2 = "permit2"


class Origin(StrEnum):
    """Who named a candidate."""

    LOG = "log"
    """An event named it."""
    NAMED = "named"
    """The person asking named it, with --token and --spender."""
    PROBE = "probe"
    """Nobody: it is read to be sure, and counts only if state shows a grant."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LogRef:
    """Where a log stands; ordered as the chain orders them."""

    block: int
    index: int
    transaction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An approval that was mentioned; what it is worth is not known yet."""

    kind: Kind
    owner: Address
    contract: Address
    """Holder of the state: the token, or the Permit2 that was used."""
    token: Address
    spender: Address
    """Who was named. For an ERC-721 item only a hint: state says who it is."""
    token_id: int | None = None
    origin: Origin = Origin.LOG
    last_changed: LogRef | None = None
    claimed: int | None = None
    """What the newest log says is granted: an amount, or 1 and 0 for an item or an
    operator; None where no log says it in a known layout. State decides."""
    first: LogRef | None = None
    """The oldest log that names it, of those that were read."""
    raised: LogRef | None = None
    """The newest log that says more than the one before it: spending lowers an
    allowance, and many tokens log that, too."""

    @property
    def key(self) -> Hashable:
        """Equal for two candidates whose state is the same storage slot."""
        if self.kind is Kind.ERC721:
            return (self.kind, self.owner, self.contract, self.token_id)
        return (self.kind, self.owner, self.contract, self.token, self.spender)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Up to so many smallest units."""

    amount: int
    maximum: int
    """From this amount on the standard means "no limit"."""
    expiration: int | None = None
    """Last second it works, inclusive, in unix seconds; None: for ever."""
    permit2_nonce: int | None = None
    root_amount: int | None = None
    """For Permit2: what the token itself lets Permit2 move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One NFT."""

    token_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """Every token of the contract, those received later included."""


Grant = Amount | Item | Everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A grant as read from state at one block."""

    candidate: Candidate
    spender: Address
    grant: Grant

    def fingerprint(self, chain_id: int) -> str:
        """32 hex digits that name this approval, whatever its amount.

        Made of chain, owner, kind, contract, token, token id and spender.
        """
        c = self.candidate
        token_id = "" if c.token_id is None else str(c.token_id)
        parts = (str(chain_id), c.owner, c.kind, c.contract, c.token, token_id)
        text = "|".join((*parts, self.spender))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


class DeadReason(StrEnum):
    """Why an approval that was mentioned gives nobody anything."""

    ZERO = "zero"
    EXPIRED = "expired"
    NO_CODE = "no code"
    TRANSFERRED = "transferred away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """State at as_of says: this can be used."""

    allowance: Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Dormant:
    """A Permit2 child whose root is zero: approving the root again wakes it."""

    allowance: Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """State at as_of says: nothing is left of it."""

    candidate: Candidate
    reason: DeadReason
    allowance: Allowance | None = None
    """What is left in state of one that has expired."""
    permit2_nonce: int | None = None
    """Permit2's nonce of a pair whose amount is zero."""
    expiration: int | None = None
    """Its expiration, which stays as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The contract itself does not answer, read alone with ample gas."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotServed:
    """No endpoint answered: whether it is live is not known."""

    candidate: Candidate
    reason: str


Reading = Live | Dead | Dormant | Refused
"""What the answers of a contract can mean."""

Fate = Reading | NotServed
"""How a candidate ends: every one in exactly one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecodable:
    """A log with an approval's topic and the owner in it, in no known layout."""

    contract: Address
    reason: str
    where: LogRef
