"""What is at risk in all: a sum that names what it lacks."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.value import Unpriced
from allowctl.output import worth
from allowctl.output.money import dollars
from allowctl.risk.audit import audit
from allowctl.risk.totals import Totals
from tests import build
from tests.output import wallet

counts = st.integers(1, 5_000)
sums = st.builds(
    Totals,
    usd=st.decimals(0, 10**12, places=2),
    priced=st.just(0) | counts,
    lacking=st.dictionaries(st.sampled_from(Unpriced), counts),
)


@given(sums)
def test_the_sentence_is_true(summed: Totals) -> None:
    """A sum where there is one, "at least" where it lacks rows, and each reason."""
    said, *more = worth.sentences(summed)

    assert bool(more) is (Unpriced.NOT_ASKED in summed.lacking)
    assert said.startswith("at risk: ")
    assert (dollars(summed.usd) in said) is bool(summed.priced)
    assert (" at least" in said) is bool(summed.priced and summed.unknown)
    for reason, count in summed.lacking.items():
        assert f"{count:,} {worth.WORDS[reason]}" in said
    rows = "1 row" if summed.unknown == 1 else f"{summed.unknown:,} rows"
    assert (f"of {rows} the value is not known" in said) is bool(summed.unknown)


@pytest.mark.parametrize(
    ("summed", "said"),
    [
        (Totals(), "at risk: nothing at the moment"),
        (
            Totals(usd=Decimal(5), priced=1),
            "at risk: $5.00, each token counted once",
        ),
        (
            Totals(lacking={Unpriced.THIN: 1}),
            (
                "at risk: of 1 row the value is not known: "
                "1 thin (a price without liquidity behind it)"
            ),
        ),
        (
            Totals(usd=Decimal(5), priced=1, lacking={Unpriced.ITEMS: 2}),
            (
                "at risk: $5.00 at least, each token counted once; "
                "of 2 rows the value is not known: 2 NFT"
            ),
        ),
    ],
)
def test_sentences(summed: Totals, said: str) -> None:
    """Unknown is never counted as nothing."""
    assert list(worth.sentences(summed)) == [said]


def test_spam_counts_for_nothing() -> None:
    """Neither its value nor its lack of one."""
    spam = build.scan(allowances=audit(wallet.spam()[3:4], build.context()).records)

    assert worth.at_risk(spam) == ["at risk: nothing at the moment"]


def test_nothing_live_is_no_sum() -> None:
    """Where there is no row, nothing is said of their value."""
    assert worth.at_risk(build.scan()) == []
    assert worth.in_all([build.scan(), build.scan()]) == []


def test_the_sum_of_all_scans() -> None:
    """One owner's tokens on two chains are two balances."""
    row = audit([build.record(value=build.worth(7))], build.context()).records
    scans = [build.scan(allowances=row)] * 2

    (one,) = worth.at_risk(scans[0])
    (both,) = worth.in_all(scans)
    assert (one, both) == (
        "at risk: $500.00, each token counted once",
        "at risk: $1,000, each token counted once",
    )
