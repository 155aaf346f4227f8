"""Each approval once, with all that is against it; no flood buries another."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from allowctl.model.evaluation import CoverKind, Evaluation, Subject
from allowctl.model.policy import Action
from allowctl.output.check_items import (
    MOST,
    against,
    groups,
    heading,
    items,
    passed,
)
from tests.output import checked, evaluations
from tests.policy import making

SEEN = making.judged()
OF = Subject(wallet=making.wallet(), scan=SEEN)


def test_a_row_is_one_item() -> None:
    """Whatever is against it, at the place of the first; entries stand alone."""
    first, second = (replace(OF, row=each) for each in SEEN.allowances[:2])
    found = items(
        [
            making.violation(first, number=1),
            making.violation(second, number=2),
            making.violation(first, check="max-age", number=3),
            making.violation(check="allow-unused", number=4),
            making.violation(check="allow-unused", number=5),
        ]
    )
    assert [[v.fingerprint[-1] for v in each.violations] for each in found] == [
        ["1", "3"],
        ["2"],
        ["4"],
        ["5"],
    ]


def test_the_same_approval_of_two_wallets_is_two() -> None:
    """Each wallet has its own section."""
    row = replace(OF, row=SEEN.allowances[0])
    other = replace(row, wallet=making.wallet("other"))
    found = groups(items([making.violation(row), making.violation(other)]))

    assert [heading(each).split()[0] for each in found] == ["treasury", "other"]


def test_what_fails_and_what_warns() -> None:
    """A warning stands beside what fails of the same approval; covers are neither."""
    row = replace(OF, row=SEEN.allowances[0])
    both = making.evaluation(
        making.violation(row, number=1),
        making.violation(row, number=2, action=Action.WARN),
        making.violation(number=3, action=Action.WARN),
    )
    failing, warned = against(both)

    assert [len(each.violations) for each in failing] == [2]
    assert [each.violations[0].fingerprint[-1] for each in warned] == ["3"]


def test_what_is_covered() -> None:
    """By how it is; of one approval and one entry, all checks together."""
    found = passed(evaluations.treasury())

    assert list(found) == [CoverKind.ALLOW]
    assert [each.checks for each in found[CoverKind.ALLOW]] == [
        ("fail-on", "unlimited")
    ]


def test_a_flood_is_counted() -> None:
    """Of one token so many; the rest is a number, and another token stays."""
    failing, _ = against(evaluations.flooded(60))
    (group,) = groups(failing)

    assert len(group.items) == 2 * MOST + 1
    assert [each.split(":")[0] for each in group.left_out] == [
        "and 40 more approvals of 0x0000000000000000000000000000000000F1000D",
        "and 40 more contracts that do not answer",
    ]


@settings(max_examples=30)
@given(checked.evaluations())
def test_nothing_gets_lost(evaluation: Evaluation) -> None:
    """Every violation is in one item, or covered; each item in one group."""
    failing, warned = against(evaluation)
    told = [v for each in (*failing, *warned) for v in each.violations]
    covered = [
        c for some in passed(evaluation).values() for e in some for c in e.checks
    ]

    assert len(told) + len(covered) == len(evaluation.violations)
    assert {*told} == {v for v in evaluation.violations if v.cover is None}
    for some in (failing, warned):
        assert sum(len(each.items) for each in groups(some)) == len(some)
