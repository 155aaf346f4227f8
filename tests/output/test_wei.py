"""What gas costs, as people read it: bounds are bounds, prices are exact."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from allowctl.output.wei import about, at_most, gwei, in_dollars
from tests.output.plans import MAINNET


def number(text: str) -> Decimal:
    return Decimal(text.split(maxsplit=1)[0].replace(",", "").removeprefix("~"))


@given(st.integers(0, 2**256))
def test_prices_are_exact(wei: int) -> None:
    """A price of one gas loses no digit."""
    whole, _, behind = gwei(wei).removesuffix(" gwei").replace(",", "").partition(".")
    assert int(whole + behind.ljust(9, "0")) == wei


@given(st.integers(0, 2**256))
def test_bounds(wei: int) -> None:
    """The most is never below what it is; what there is is never above it."""
    assert number(at_most(wei, MAINNET)).scaleb(18) >= wei
    assert number(about(wei, MAINNET)).scaleb(18) <= wei
    assert not wei or number(about(wei, MAINNET))


def test_texts() -> None:
    """Plain digits, thousands apart, no zeros that say nothing."""
    assert gwei(30 * 10**9) == "30 gwei"
    assert gwei(1) == "0.000000001 gwei"
    assert at_most(10**18, MAINNET) == "1 ETH"
    assert at_most(123_456_789, MAINNET) == "0.0000000001235 ETH"
    assert about(123_456_789, MAINNET) == "~0.0000000001234 ETH"
    assert about(0, MAINNET) == "0 ETH"
    assert at_most(12_345 * 10**18, MAINNET) == "12,350 ETH"
    assert in_dollars(10**15, Decimal(3_000)) == " ($3.00)"
    assert in_dollars(1, Decimal(3_000)) == " (<$0.01)"
    assert in_dollars(1, None) == ""
