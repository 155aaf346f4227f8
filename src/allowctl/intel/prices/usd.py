"""Arithmetic of dollars: one context, so that no caller's setting changes a sum."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation

ROUNDING = Context(
    prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero]
)
"""Digits enough for a uint256 of some token; what is shown is cut elsewhere."""


def times(*factors: Decimal | int) -> Decimal:
    """Their product."""
    product = Decimal(1)
    for factor in factors:
        product = ROUNDING.multiply(product, Decimal(factor))
    return product


def scaled(amount: Decimal | int, decimals: int) -> Decimal:
    """An amount of smallest units as whole ones, of which each has 10^decimals."""
    return ROUNDING.scaleb(Decimal(amount), -decimals)


def plus(one: Decimal, other: Decimal) -> Decimal:
    """Their sum."""
    return ROUNDING.add(one, other)
