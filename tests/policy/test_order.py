"""In which order violations are told."""

from __future__ import annotations

from dataclasses import replace

from allowctl.model.evaluation import Cover, CoverKind, Subject
from allowctl.model.finding import Level
from allowctl.model.policy import Action
from allowctl.policy.order import ordered
from tests import build
from tests.build import address
from tests.policy.making import place, violation
from tests.policy.making_rows import row

SCAN = build.scan()
COVER = Cover(kind=CoverKind.ALLOW, place=place(), reason="x")


def of(level: Level, usd: int = 1, token: int = 1) -> Subject:
    record = build.record(build.allowance(token=address(token)), value=build.worth(usd))
    return Subject(scan=SCAN, row=row(record, level=level))


def test_order() -> None:
    """What fails, what warns, spam, what is covered; each of them the worst first."""
    worst, bad = of(Level.CRITICAL, token=2), of(Level.LOW, token=3)
    wanted = [
        violation(worst, number=1),
        violation(check="max-value-at-risk", number=2),
        violation(of(Level.UNKNOWN, usd=900), check="rule.x", number=3),
        violation(of(Level.UNKNOWN, usd=9), check="rule.x", number=4),
        violation(check="allow-expired", number=5),
        violation(bad, number=6),
        violation(worst, action=Action.WARN, number=7),
        violation(check="allow-unused", action=Action.WARN, number=8),
        violation(worst, check="spam", action=Action.WARN, number=9),
        violation(bad, check="spam", action=Action.WARN, number=10),
        violation(worst, cover=COVER, number=11),
    ]

    assert ordered(wanted[::-1]) == (*wanted[:2], *wanted[2:])


def test_one_approval_stands_together() -> None:
    """Of two that are alike, what is against one is told before the other's."""
    first, second = (of(Level.HIGH, token=token) for token in (1, 2))
    mixed = [
        violation(subject, check=check, number=number)
        for number, (check, subject) in enumerate(
            [("fail-on", first), ("fail-on", second), ("kind", first), ("kind", second)]
        )
    ]
    found = [each.subject for each in ordered(mixed)]

    assert found[0] is found[1]
    assert found[2] is found[3]


def test_it_is_total() -> None:
    """What differs in nothing but its line has an order, too."""
    one = violation(where=place(1), number=1)
    two = replace(one, place=place(2))

    assert ordered([two, one]) == ordered([one, two]) == (one, two)
