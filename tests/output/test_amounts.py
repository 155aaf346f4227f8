"""Amounts and times as people read them."""

from __future__ import annotations

import re
from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Kind
from allowctl.model.report import Record
from allowctl.output.amounts import brief, granted, moment, movable, units
from tests import build
from tests.strategies import amounts, records

EXACT = Context(prec=400)
decimals = st.none() | st.integers(0, 255)


@given(amounts, decimals)
def test_only_zero_looks_like_zero(amount: int, places: int | None) -> None:
    """What is there is never rendered as nothing."""
    for shown in (units(amount, places), brief(amount, places)):
        digits = re.sub(r"e\+\d+", "", shown)

        assert bool(re.search(r"[1-9]", digits)) is (amount > 0)


@given(st.integers(0, 10**24), st.integers(0, 30))
def test_a_brief_amount_is_never_more_than_it_is(amount: int, places: int) -> None:
    """Cut to a hundredth of a power of a thousand at the most, and "~" says so."""
    shown = brief(amount, places)
    exact = EXACT.scaleb(Decimal(amount), -places)
    if shown.startswith("<") or "e" in shown:
        assert shown == units(amount, places)
        return
    power = {"M": 10**6, "B": 10**9, "T": 10**12}.get(shown[-1], 1)
    told = Decimal(shown.strip("~MBT").replace(",", "")) * power
    assert 0 <= exact - told < max(power / Decimal(100), Decimal("0.001"))
    assert shown.startswith("~") is (told != exact)


@given(amounts, decimals)
def test_a_brief_amount_fits_a_table(amount: int, places: int | None) -> None:
    """Whatever a token claims."""
    assert len(brief(amount, places)) <= 13


@given(st.integers(0, 10**24), st.integers(0, 30))
def test_an_amount_is_never_shown_as_more_than_it_is(amount: int, places: int) -> None:
    """Digits beyond the sixth are cut off, not rounded, and "~" says so."""
    shown = units(amount, places)
    exact = EXACT.scaleb(Decimal(amount), -places)
    if shown.startswith("<"):
        assert 0 < exact < Decimal(shown[1:])
    elif "e" not in shown:
        cut = exact - Decimal(shown.replace(",", "").removeprefix("~"))
        assert 0 <= cut < Decimal("0.000001")
        assert shown.startswith("~") is bool(cut)
    else:
        assert abs(Decimal(shown) - exact) <= exact / 1_000


@given(amounts, decimals)
def test_an_amount_is_short(amount: int, places: int | None) -> None:
    """It fits a column, whatever a token claims."""
    assert len(units(amount, places)) <= 26


@pytest.mark.parametrize(
    ("amount", "places", "shown"),
    [
        (0, 6, "0"),
        (0, None, "0 raw"),
        (1, 0, "1"),
        (1_500_000, 6, "1.5"),
        (1_234_567_890_000, 6, "1,234,567.89"),
        (1_999_999_999, 9, "~1.999999"),
        (1, 6, "0.000001"),
        (1, 18, "<0.000001"),
        (10**18 + 1, 18, "~1"),
        (10**15, 0, "1.000e+15"),
        (10**15 - 1, 0, "999,999,999,999,999"),
        (999, None, "999 raw"),
        (2**256 - 1, None, "1.158e+77 raw"),
        (2**256 - 1, 255, "<0.000001"),
        (2**256 - 1, 18, "1.158e+59"),
    ],
)
def test_amounts_as_they_are_shown(amount: int, places: int | None, shown: str) -> None:
    """Whole tokens where the decimals are known, smallest units where not."""
    assert units(amount, places) == shown


@given(records())
def test_a_row_is_printable_ascii(record: Record) -> None:
    """A hostile symbol is made safe wherever it is shown."""
    for shown in (granted(record), movable(record)):
        assert shown.isascii()
        assert shown.isprintable()
        assert "://" not in shown
        assert shown.strip()


@pytest.mark.parametrize(
    ("record", "gives", "moves"),
    [
        (build.record(), '0.001 "TKN"', "0.0005"),
        (
            build.record(build.allowance(build.amount(2**256 - 1))),
            'unlimited "TKN"',
            "0.0005",
        ),
        (
            build.record(
                build.allowance(build.child(1_000, root_amount=7), kind=Kind.PERMIT2)
            ),
            '0.001 "TKN"',
            "0.000007",
        ),
        (build.record(build.allowance(kind=Kind.ERC721)), '"TKN" #1', "1"),
        (build.record(build.allowance(kind=Kind.OPERATOR)), 'all "TKN"', "500"),
        (
            build.record(build.allowance(kind=Kind.ERC721, token_id=2**255)),
            f'"TKN" #{2**255}',
            "1",
        ),
        (
            build.record(
                build.allowance(kind=Kind.OPERATOR),
                token=build.token_facts(symbol=None, balance=None),
            ),
            "all (no symbol)",
            "unknown",
        ),
        (
            build.record(token=build.token_facts(decimals=None, symbol=" ")),
            "1,000 raw (no symbol)",
            "500 raw",
        ),
    ],
)
def test_a_row_in_a_few_words(record: Record, gives: str, moves: str) -> None:
    """What the allowance gives, and what can move now."""
    assert (granted(record), movable(record)) == (gives, moves)


@given(st.integers(0, 2**256 - 1))
def test_any_second_is_a_moment(timestamp: int) -> None:
    """Beyond the year 9999 a date has no common form."""
    shown = moment(timestamp)

    assert shown == "for ever" or re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", shown
    )


@pytest.mark.parametrize(
    ("timestamp", "shown"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (build.NOW, "2026-09-21 14:13:20 UTC"),
        (253402300799, "9999-12-31 23:59:59 UTC"),
        (253402300800, "for ever"),
        (2**48 - 1, "for ever"),
    ],
)
def test_moments_as_they_are_shown(timestamp: int, shown: str) -> None:
    """In UTC, with its name."""
    assert moment(timestamp) == shown
