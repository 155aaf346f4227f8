"""What is to be left."""

from __future__ import annotations

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import UsageError
from allowctl.revoke.goal import LimitTo, LimitToBalance, Revoke, takes_all, wanted
from allowctl.standards.base import CannotLower
from tests import build
from tests.revoke import making_plans as making


@pytest.mark.parametrize(
    ("text", "decimals", "expected"),
    [
        ("100.5", 6, 100_500_000),
        ("100.500000000", 6, 100_500_000),
        ("007", 0, 7),
        ("7.0", 0, 7),
        ("0.000001", 6, 1),
        ("1", 255, 10**255),
        ("1000000 units", 6, 1_000_000),
        ("1 unit", 6, 1),
        ("1000000wei", None, 1_000_000),
        ("0", None, 0),
        ("0.00", None, 0),
        ("0 wei", 6, 0),
    ],
)
def test_an_amount_is_exact(text: str, decimals: int | None, expected: int) -> None:
    """In the token's own units, or in smallest ones where that is said."""
    assert LimitTo(text).amount(decimals) == expected


@given(st.integers(0, 2**256 - 1), st.integers(0, 78))
def test_an_amount_is_what_it_says(amount: int, decimals: int) -> None:
    """As decimal arithmetic has it, whatever the decimals."""
    text = f"{Context(prec=200).scaleb(Decimal(amount), -decimals):f}"

    assert LimitTo(text).amount(decimals) == amount


@pytest.mark.parametrize(
    ("text", "decimals", "reason"),
    [
        ("1", None, "does not tell its decimals"),
        ("1.0000001", 6, "more decimals (7) than the token (6)"),
        ("0.5", 0, "more decimals (1) than the token (0)"),
    ],
)
def test_what_is_no_amount_of_a_token_is_said(
    text: str, decimals: int | None, reason: str
) -> None:
    """Nothing is rounded: the other tokens go on."""
    amount = LimitTo(text).amount(decimals)

    assert isinstance(amount, CannotLower)
    assert reason in amount.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "1,5",
        "1e6",
        ".5",
        "5.",
        "1.5 units",
        "1 gwei",
        " 1",
        "1\n",
        "1_000",
        "0x10",
        "\u0661",
        "9" * 79,
        "nan",
        "max",
    ],
)
def test_what_is_no_amount_at_all_is_told(text: str) -> None:
    """At once, with a hint at how it is written."""
    with pytest.raises(UsageError, match="is not an amount") as told:
        LimitTo(text)
    assert "units" in (told.value.hint or "")


@given(st.text(max_size=100))
def test_any_text_is_an_amount_or_told(text: str) -> None:
    """UsageError is all that comes of garbage."""
    try:
        limit = LimitTo(text)
    except UsageError:
        return
    for decimals in (None, 0, 18, 255):
        amount = limit.amount(decimals)
        assert isinstance(amount, CannotLower) or amount >= 0


def test_the_balance_is_what_the_owner_holds() -> None:
    """Where that is known."""
    of = making.erc20()
    unknown = build.record(of.allowance, token=build.token_facts(balance=None))

    assert wanted(LimitToBalance(), of) == 500
    assert wanted(Revoke(), unknown) == 0
    assert isinstance(wanted(LimitToBalance(), unknown), CannotLower)


def test_nothing_is_nothing_of_everything() -> None:
    """A balance is not nothing, though it may be 0 of a token."""
    assert takes_all(Revoke())
    assert takes_all(LimitTo("0.00"))
    assert takes_all(LimitTo("0 units"))
    assert not takes_all(LimitTo("0.01"))
    assert not takes_all(LimitToBalance())
