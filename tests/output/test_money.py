"""Dollars and ages: short, and never rounded to nothing."""

from __future__ import annotations

import re
from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.model.value import Unpriced, Value, Worth
from allowctl.output.money import age, at_risk, dollars, exact, per_token, since
from tests import build
from tests.output import anything
from tests.strategies import amounts

EXACT = Context(prec=400)
usd = st.decimals(0, 10**12, places=2) | st.builds(
    lambda units, power: EXACT.scaleb(Decimal(units), -power),
    amounts,
    st.integers(0, 60),
)
"""From nothing to what a token with absurd decimals is worth."""


@given(usd)
def test_only_nothing_looks_like_nothing(amount: Decimal) -> None:
    """What is there is never shown as 0."""
    shown = dollars(amount)

    assert bool(re.search(r"[1-9]", re.sub(r"e\+\d+", "", shown))) is (amount > 0)


@given(usd)
def test_dollars_are_close(amount: Decimal) -> None:
    """To the cent below a thousand, to the dollar below a million, else to 1 %."""
    shown = dollars(amount)
    if shown == "<$0.01":
        assert 0 < amount < Decimal("0.01")
        return
    factor = {"M": 10**6, "B": 10**9}.get(shown[-1], 1)
    told = Decimal(shown.strip("$MB").replace(",", "")) * factor
    slack = Decimal("0.005") if amount < 1_000 else Decimal("0.5")
    assert abs(told - amount) <= max(slack, amount / 100)


@given(usd)
def test_dollars_are_short(amount: Decimal) -> None:
    """They fit a column."""
    assert len(dollars(amount)) <= 10


@given(usd)
def test_exact_is_exact(amount: Decimal) -> None:
    """Plain digits that are read back as the same number."""
    text = exact(amount)

    assert re.fullmatch(r"(0|[1-9]\d*)\.\d{2,}", text)
    assert EXACT.create_decimal(text) == amount


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("0.0001", "<$0.01"),
        ("0.01", "$0.01"),
        ("0.014", "$0.01"),
        ("999.994", "$999.99"),
        ("999.999", "$1,000.00"),
        ("1000", "$1,000"),
        ("123456.7", "$123,457"),
        ("999999.7", "$1,000,000"),
        ("31415926.53", "$31.42M"),
        ("2718281828", "$2.72B"),
        ("1e12", "$1.00e+12"),
        ("1e70", "$1.00e+70"),
    ],
)
def test_dollars_as_they_are_shown(amount: str, shown: str) -> None:
    """Cents where they count."""
    assert dollars(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (build.worth(9_875), "$9,875"),
        (Unpriced.NOT_ASKED, "-"),
        (Unpriced.NO_PRICE, "unpriced"),
        (Unpriced.THIN, "thin"),
        (Unpriced.NO_BALANCE, "unknown"),
        (Unpriced.FURTHER, "unknown"),
        (Unpriced.ITEMS, "NFT"),
        (Unpriced.UNSERVED, "unserved"),
    ],
)
def test_a_value_in_one_word(value: Value, shown: str) -> None:
    """What is not known is never a number."""
    assert at_risk(build.record(value=value)) == shown


@pytest.mark.parametrize("value", [build.worth(0), *Unpriced])
def test_nothing_to_take(value: Value) -> None:
    """Whatever a unit is worth; unless more than the balance can be taken."""
    empty = build.record(token=build.token_facts(balance=0), value=value)
    further = value is Unpriced.FURTHER

    assert at_risk(empty) == ("unknown" if further else "nothing")


@given(anything.records())
def test_a_number_is_a_known_one(record: Record) -> None:
    """Digits stand only where there is a price, and "nothing" only for nothing."""
    shown = at_risk(record)

    assert len(shown) <= 10
    assert ("$" in shown) <= isinstance(record.value, Worth)
    assert (shown == "nothing") <= (record.effective == 0)


@pytest.mark.parametrize(
    ("decimals", "said"),
    [(6, "1.00 USD"), (None, "0.000001 USD for a smallest unit"), (0, "0.000001 USD")],
)
def test_a_price(decimals: int | None, said: str) -> None:
    """Of a whole token where one knows what that is."""
    assert per_token(Decimal("0.000001"), decimals) == said


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (0, "<1 d"),
        (1, "1 d"),
        (999, "999 d"),
        (1_200, "3.3 y"),
        (Missing(Lack.FAILED, "no"), "?"),
        (Missing(Lack.NOT_ASKED, "no"), "-"),
        (Missing(Lack.UNAVAILABLE, "no"), "-"),
    ],
)
def test_ages(days: int | Missing, shown: str) -> None:
    """What was asked for in vain is a question; the rest is a dash."""
    assert age(days) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7_199, "1 h"), (200_000, "2 d")],
)
def test_how_long_ago(seconds: int, shown: str) -> None:
    """In the largest unit that is whole; a clock that is ahead is no age."""
    assert since(seconds) == shown
