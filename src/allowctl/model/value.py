"""What something is worth in USD, by whose word; unknown is a value of its own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class PriceSource(StrEnum):
    """Who told a price."""

    FIXED = "allowctl.toml"
    CHAINLINK = "chainlink"
    ONEINCH = "1inch"
    """1inch's spot-price aggregator, times Chainlink's price of the native coin."""
    DEFILLAMA = "defillama"


class PriceConfidence(StrEnum):
    """How far a price is to be believed."""

    LOW = "low"
    """A spot price: what one pool says at one moment."""
    MEDIUM = "medium"
    """A spot price with liquidity behind it, or an aggregator's."""
    HIGH = "high"
    """A feed of a known token, or one's own word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a token is worth."""

    usd_per_unit: Decimal
    """USD for one smallest unit; above 0."""
    source: PriceSource
    at: int
    """Unix seconds of the price itself, not of the question."""
    confidence: PriceConfidence
    note: str = ""
    """What it rests on, in words of our own: a pool's liquidity, a feed's address."""


class Unpriced(StrEnum):
    """Why something has no value in USD. None of them means 0."""

    NOT_ASKED = "not asked"
    """--prices none, or no source for that chain."""
    NO_PRICE = "unpriced"
    """No source knows it."""
    THIN = "unpriced (thin)"
    """A spot price without enough liquidity behind it."""
    BEYOND = "unpriced (beyond its pools)"
    """A spot price with liquidity behind it, but less than the whole would be worth."""
    NO_BALANCE = "balance unknown"
    FURTHER = "value unknown"
    """The approval reaches more than the balance: collateral, debt."""
    ITEMS = "NFT"
    """Items have no price here."""
    UNSERVED = "price not served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """A value in USD, and the price that it was made with."""

    usd: Decimal
    price: Price


Value = Worth | Unpriced
