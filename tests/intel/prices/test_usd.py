"""Dollars are exact, and no caller's context changes them."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from allowctl.intel.prices import usd

WHOLE = st.integers(0, 2**256 - 1)


@given(WHOLE, st.integers(0, 255))
def test_scaling(amount: int, decimals: int) -> None:
    """A point moves; below sixty digits not one of them is lost."""
    found = Fraction(usd.scaled(amount, decimals))
    exact = Fraction(amount, 10**decimals)
    assert abs(found - exact) <= exact / 10**59
    assert amount >= 10**60 or found == exact


@given(WHOLE, st.decimals(min_value=0, allow_nan=False, allow_infinity=False))
def test_products(amount: int, price: Decimal) -> None:
    """They are right to sixty digits, whatever the numbers are."""
    with localcontext(Context(prec=3, traps=[])):
        found = usd.times(amount, price)
    exact = amount * Fraction(price)
    assert abs(Fraction(found) - exact) <= exact / 10**58


def test_a_careless_context_changes_nothing() -> None:
    """Sums are those of a calm caller."""
    sixes = Decimal("0." + "6" * 30)
    with localcontext(Context(prec=2)):
        found = usd.plus(sixes, usd.scaled(3, 30))
    assert found == Decimal("0." + "6" * 29 + "9")
