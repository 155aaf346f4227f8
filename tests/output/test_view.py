"""What of a scan is shown: every row in one place, none without a count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.finding import Level
from allowctl.model.missing import Missing
from allowctl.model.report import AuditedRecord, Record
from allowctl.output.view import Sort, View, shown
from allowctl.risk.audit import audit
from tests import build
from tests.output import anything, wallet

views = st.builds(
    View,
    sort=st.sampled_from(Sort),
    min_level=st.none() | st.sampled_from(Level),
    show_spam=st.booleans(),
)
some_records = st.lists(anything.records(), max_size=4)
WALLET = audit(wallet.records(), build.context()).records


def audited(records: list[Record]) -> tuple[AuditedRecord, ...]:
    return audit(records, build.context()).records


@given(some_records, views)
def test_every_row_is_in_one_place(records: list[Record], view: View) -> None:
    """Shown, spam, or below the level; with its place among all of the scan."""
    rows = audited(records)
    seen = shown(build.scan(allowances=rows), view)
    placed = [*seen.rows, *seen.spam]

    assert len(placed) + seen.below == len(rows)
    assert len({row.rank for row in placed}) == len(placed)
    for row in placed:
        assert rows[row.rank - 1] is row.audited


@given(some_records, views)
def test_what_may_be_worse_is_never_below(records: list[Record], view: View) -> None:
    """A level that is not known, or lacks a fact, is not called too low."""
    rows = audited(records)
    seen = shown(build.scan(allowances=rows), view)
    placed = {row.rank for row in (*seen.rows, *seen.spam)}
    for rank, each in enumerate(rows, 1):
        doubtful = each.failed or each.record.half_known or each.level is Level.UNKNOWN
        assert not doubtful or rank in placed


@pytest.mark.parametrize("sort", Sort)
def test_an_order_is_total(sort: Sort) -> None:
    """The same rows have the same order, and rank decides what is left."""
    seen = shown(build.scan(allowances=WALLET), View(sort=sort, show_spam=True))
    again = shown(build.scan(allowances=WALLET), View(sort=sort, show_spam=True))

    assert seen == again
    assert sorted(row.rank for row in seen.rows) == list(range(1, len(WALLET) + 1))
    if sort is Sort.RANK:
        assert [row.rank for row in seen.rows] == list(range(1, len(WALLET) + 1))


@given(some_records)
def test_levels_are_sorted(records: list[Record]) -> None:
    """The worst first."""
    scan = build.scan(allowances=audited(records))
    levels = [
        row.audited.level
        for row in shown(scan, View(sort=Sort.LEVEL, show_spam=True)).rows
    ]

    assert levels == sorted(levels, reverse=True)


@given(some_records)
def test_values_are_sorted(records: list[Record]) -> None:
    """The greatest first, those that nobody knows last."""
    scan = build.scan(allowances=audited(records))
    rows = shown(scan, View(sort=Sort.VALUE, show_spam=True)).rows
    values = [row.audited.record.usd for row in rows]
    known = [each for each in values if each is not None]

    assert known == sorted(known, reverse=True)
    assert values == [*known, *[None] * (len(values) - len(known))]


@given(some_records)
def test_ages_are_sorted(records: list[Record]) -> None:
    """The oldest first, those that nobody knows last."""
    scan = build.scan(allowances=audited(records))
    rows = shown(scan, View(sort=Sort.AGE, show_spam=True)).rows
    raised = [row.audited.record.raised_at for row in rows]
    known = [each for each in raised if isinstance(each, int)]

    assert known == sorted(known)
    assert [isinstance(each, Missing) for each in raised] == [
        *[False] * len(known),
        *[True] * (len(raised) - len(known)),
    ]


def test_what_belongs_together_stands_together() -> None:
    """Rows of one spender."""
    seen = shown(build.scan(allowances=WALLET), View(sort=Sort.SPENDER))
    addresses = [row.audited.record.spender.address for row in seen.rows]

    assert addresses == sorted(addresses)


def test_tokens_are_sorted_by_symbol() -> None:
    """Whatever its case; those without one last, and two of one name kept apart."""
    names = ("dWETH", "DUSDC", None, "dsil", " ", "dUSDC", "DUSDC")
    addresses = (9, 8, 1, 7, 2, 5, 8)
    rows = audited(
        [
            build.record(
                build.allowance(token=build.address(address)),
                token=build.token_facts(address=build.address(address), symbol=name),
            )
            for name, address in zip(names, addresses, strict=True)
        ]
    )
    seen = shown(build.scan(allowances=rows), View(sort=Sort.TOKEN))
    tokens = [row.audited.record.token for row in seen.rows]

    assert [(token.symbol, int(token.address, 16)) for token in tokens] == [
        ("dsil", 7),
        ("dUSDC", 5),
        ("DUSDC", 8),
        ("DUSDC", 8),
        ("dWETH", 9),
        (None, 1),
        (" ", 2),
    ]


def test_spam_is_apart_unless_it_is_asked_for() -> None:
    """It keeps its rank either way."""
    scan = build.scan(allowances=WALLET)
    apart, among = shown(scan, View()), shown(scan, View(show_spam=True))

    assert len(apart.spam) == 2
    assert all(row.audited.spam for row in apart.spam)
    assert among.spam == ()
    assert among.rows == (*apart.rows, *apart.spam)


def test_a_level_hides_what_is_below_it() -> None:
    """But for what may be worse."""
    scan = build.scan(allowances=WALLET)
    seen = shown(scan, View(min_level=Level.HIGH))

    assert {row.audited.level for row in seen.rows} == {Level.CRITICAL, Level.UNKNOWN}
    assert seen.below == len(WALLET) - len(seen.rows)
    half = replace(WALLET[-1].record.token, unserved=True)
    doubtful = replace(WALLET[-1], record=replace(WALLET[-1].record, token=half))
    kept = shown(build.scan(allowances=(doubtful,)), View(min_level=Level.HIGH))
    assert kept.below == 0
