"""The order in which to fix things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import TypedDict, Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.finding import Confidence, Finding, Level, Severity
from allowctl.model.report import SPAM, AuditedRecord, Record
from allowctl.model.value import Unpriced, Value, Worth
from allowctl.model.weights import WEIGHTS
from allowctl.risk.rank import STANDING, ranked
from tests import build
from tests.strategies import dollars

_POINTS = {
    Level.CRITICAL: (90, 100),
    Level.HIGH: (75, 89),
    Level.MEDIUM: (26, 74),
    Level.LOW: (1, 25),
    Level.INFO: (0, 0),
    Level.UNKNOWN: (0, 0),
}
_SPAM = Finding(
    rule=SPAM,
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    points=0,
    evidence="its name is a web address",
)


def worth(usd: Decimal | int | str) -> Worth:
    return replace(build.worth(), usd=Decimal(usd))


class Parts(TypedDict, total=False):
    balance: int | None
    points: int
    spam: bool


def row(
    level: Level, value: Value | int, number: int = 1, **parts: Unpack[Parts]
) -> AuditedRecord:
    """A row of a level, worth so many dollars or none that are known."""
    value = worth(value) if isinstance(value, int) else value
    balance = parts.get("balance", 500)
    record = Record(
        allowance=build.allowance(token=build.address(number)),
        token=build.token_facts(address=build.address(number), balance=balance),
        spender=build.spender_facts(),
        value=value,
    )
    return AuditedRecord(
        record=record,
        findings=(_SPAM,) if parts.get("spam") else (),
        points=parts.get("points", _POINTS[level][0]),
        level=level,
        expected_loss=None
        if record.usd is None
        else record.usd * WEIGHTS.chances[level],
    )


@st.composite
def rows(draw: st.DrawFn) -> list[AuditedRecord]:
    """Rows of different tokens, often of one value, some of them spam."""
    found = []
    for number in range(draw(st.integers(0, 7))):
        level = draw(st.sampled_from(Level))
        value: Value = draw(dollars.map(worth) | st.sampled_from(Unpriced))
        # What is worth 0 has nothing to take, what is worth more has something.
        balance = draw(st.sampled_from((0, 500, None)))
        if isinstance(value, Worth):
            balance = 500 if value.usd else 0
        found.append(
            row(
                level,
                value,
                number + 1,
                balance=balance,
                points=draw(st.integers(*_POINTS[level])),
                spam=draw(st.sampled_from((False, False, True))),
            )
        )
    return draw(st.permutations(found))


some_rows = rows()


def empty(audited: AuditedRecord) -> bool:
    """Whether nothing can be taken now."""
    record = audited.record
    if record.usd is not None:
        return record.usd == 0
    return record.effective == 0 and record.value is not Unpriced.FURTHER


def place(audited: AuditedRecord, among: Sequence[AuditedRecord]) -> int:
    return [each is audited for each in among].index(True)


def test_the_order_is_the_documented_one() -> None:
    """Each sort of row at its place, as docs/risk.md tells it."""
    expected = [
        row(Level.CRITICAL, 50, 1),
        row(Level.CRITICAL, 3, 2),
        row(Level.CRITICAL, Unpriced.NO_PRICE, 3),
        row(Level.CRITICAL, 0, 4, balance=0),
        row(Level.HIGH, 1_000_000, 5),
        row(Level.HIGH, Unpriced.THIN, 6),
        row(Level.MEDIUM, 500_000, 7),
        row(Level.UNKNOWN, 400_000, 8),
        row(Level.MEDIUM, Unpriced.ITEMS, 9),
        row(Level.UNKNOWN, Unpriced.NO_BALANCE, 10, balance=None),
        row(Level.LOW, 900_000, 11),
        row(Level.HIGH, 10, 12),
        row(Level.LOW, Unpriced.FURTHER, 13, balance=0),
        row(Level.INFO, 200, 14),
        row(Level.LOW, 2, 15),
        row(Level.INFO, Unpriced.NOT_ASKED, 16),
        row(Level.HIGH, 0, 17, balance=0),
        row(Level.MEDIUM, Unpriced.NO_PRICE, 18, balance=0),
        row(Level.UNKNOWN, 0, 19, balance=0),
        row(Level.LOW, 0, 20, balance=0),
        row(Level.INFO, Unpriced.NOT_ASKED, 21, balance=0),
        row(Level.CRITICAL, 1_000_000, 22, spam=True),
        row(Level.LOW, 5, 23, spam=True),
    ]

    assert [*ranked(reversed(expected))] == expected


@given(some_rows, st.randoms(use_true_random=False))
def test_whatever_order_they_come_in(some: list[AuditedRecord], random: Random) -> None:
    """The rows alone decide."""
    other = [*some]
    random.shuffle(other)

    assert ranked(some) == ranked(other)


@given(some_rows)
def test_every_row_is_there_once(some: list[AuditedRecord]) -> None:
    """An unknown price, or no balance, hides none."""
    assert sorted(map(id, ranked(some))) == sorted(map(id, some))


@given(some_rows)
def test_spam_is_never_above_anything_else(some: list[AuditedRecord]) -> None:
    """And without it the others have the same order: it moves nothing."""
    found = ranked(some)
    sound = [each for each in found if not each.spam]

    assert [*found[: len(sound)]] == sound
    assert [*ranked(each for each in some if not each.spam)] == sound


@given(some_rows)
def test_critical_rows_are_first(some: list[AuditedRecord]) -> None:
    """Also those that have nothing to take today."""
    levels = [each.level for each in ranked(some) if not each.spam]

    assert levels[: levels.count(Level.CRITICAL)].count(Level.CRITICAL) == (
        levels.count(Level.CRITICAL)
    )


@given(some_rows)
def test_what_has_nothing_to_take_is_last_by_level(some: list[AuditedRecord]) -> None:
    """Below critical ones."""
    below = [
        each
        for each in ranked(some)
        if not each.spam and each.level is not Level.CRITICAL
    ]
    nothing = [empty(each) for each in below]
    standings = [STANDING[each.level] for each in below if empty(each)]

    assert nothing == sorted(nothing)
    assert standings == sorted(standings, reverse=True)


def without_chance(audited: AuditedRecord) -> AuditedRecord:
    """The row where the weights give its level a chance of 0."""
    loss = None if audited.expected_loss is None else Decimal(0)
    return replace(audited, expected_loss=loss)


@given(some_rows | some_rows.map(lambda some: [*map(without_chance, some)]))
def test_more_value_never_ranks_lower_within_a_level(some: list[AuditedRecord]) -> None:
    """Neither among spam nor among the rest, whatever the chance of the level."""
    for spam in (False, True):
        for level in Level:
            found = [
                each.record.usd
                for each in ranked(some)
                if each.level is level and each.spam is spam
                if each.record.usd is not None
            ]

            assert found == sorted(found, reverse=True)


@given(some_rows, dollars)
def test_a_row_that_gains_value_does_not_fall(
    some: list[AuditedRecord], more: Decimal
) -> None:
    """Whatever else there is."""
    for number, each in enumerate(some):
        if each.record.usd is None:
            continue
        richer = row(
            each.level,
            worth(each.record.usd + more),
            points=each.points,
            spam=each.spam,
        )
        allowance = each.record.allowance
        richer = replace(richer, record=replace(richer.record, allowance=allowance))
        others = [*some[:number], richer, *some[number + 1 :]]

        assert place(richer, ranked(others)) <= place(each, ranked(some))


@given(some_rows)
def test_an_unpriced_row_is_above_every_priced_one_of_a_lower_level(
    some: list[AuditedRecord],
) -> None:
    """Where something can be taken: nobody knows that it is less."""
    found = ranked(some)
    for higher in found:
        if higher.record.usd is not None or empty(higher):
            continue
        for lower in found:
            if lower.record.usd is None or lower.spam is not higher.spam:
                continue
            if STANDING[lower.level] < STANDING[higher.level]:
                assert place(higher, found) < place(lower, found)


@given(some_rows)
def test_among_what_can_lose_something_the_loss_decides(
    some: list[AuditedRecord],
) -> None:
    """Whatever the level, below critical."""
    losses = [
        each.expected_loss
        for each in ranked(some)
        if not each.spam and each.level is not Level.CRITICAL
        if each.expected_loss
    ]

    assert losses == sorted(losses, reverse=True)


@given(some_rows)
def test_a_row_without_a_price_moves_no_other(some: list[AuditedRecord]) -> None:
    """Its place follows from the others', theirs do not follow from it."""
    for each in some:
        if each.expected_loss is not None:
            continue
        rest = [other for other in some if other is not each]

        assert [*ranked(rest)] == [other for other in ranked(some) if other != each]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (row(Level.HIGH, 2, 2), row(Level.MEDIUM, 7, 1)),
        (row(Level.MEDIUM, 7, 2), row(Level.UNKNOWN, 7, 1)),
        (row(Level.LOW, 7, 2, points=20), row(Level.LOW, 7, 1, points=5)),
        (row(Level.LOW, 7, 1, points=5), row(Level.LOW, 7, 2, points=5)),
    ],
    ids=["level", "points of no level", "points", "token"],
)
def test_ties_are_broken_by_likelihood(
    first: AuditedRecord, second: AuditedRecord
) -> None:
    """By level and points; in the end by what they are."""
    loss = Decimal("0.7")
    pair = [replace(each, expected_loss=loss) for each in (second, first)]

    assert [*ranked(pair)] == pair[::-1]
