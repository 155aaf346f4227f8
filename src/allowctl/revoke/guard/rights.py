"""What a transaction is measured by: rights as state has them now, and limits."""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.model.chain import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountRight:
    """An ERC-20 allowance, read again just before signing."""

    contract: Address
    """Whose storage holds it: the only allowed target. So it is for every right."""
    spender: Address
    amount: int
    """Smallest units."""
    items: bool
    """Whether the contract answers as one of single NFTs too, or nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRight:
    """One NFT that somebody is approved for (EIP-721)."""

    contract: Address
    token_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRight:
    """All of a collection (EIP-721, EIP-1155)."""

    contract: Address
    operator: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit2Right:
    """An allowance inside a Permit2, read again just before signing."""

    contract: Address
    """The Permit2."""
    token: Address
    spender: Address
    amount: int
    expiration: int
    """Last second it works, inclusive, in unix seconds."""
    nonce: int
    """Permit2's own, of this owner, token and spender."""


Right = AmountRight | ItemRight | OperatorRight | Permit2Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Zeroing:
    """A zeroing of our own whose receipt is final: a SET may follow it.

    It is the only thing by which an amount may rise, and never above what the
    spender had before and has not spent.
    """

    contract: Address
    spender: Address
    remaining: int
    """What remains of the frozen plan's allowance, in smallest units, after all that
    was spent before the zeroing was mined is deducted."""
    left: int = 0
    """What the zeroing left: 0, or 1 where the token takes no 0. If state shows more
    now, somebody has set it since."""
    token: Address | None = None
    """Of what, inside a Permit2; None for a token's own allowance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """All that a transaction is held against."""

    chain_id: int
    sender: Address
    """Whose rights these are, and who has to be the one that signs."""
    nonce: int
    gas: int
    """The most."""
    fee_per_gas: int
    """The most, in wei."""
    cost: int
    """The most that gas times fee may come to, in wei."""
    target: Address
    rights: tuple[Right, ...]
    """Those that the transaction is to lower, each held by the target."""
    now: int
    """Unix seconds of the newest block."""
    zeroing: Zeroing | None = None
