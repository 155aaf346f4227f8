"""The checks of `[policy]`, one approval at a time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from allowctl.model.approval import Allowance, Item, Kind
from allowctl.model.finding import Confidence, Level
from allowctl.model.missing import NOT_ASKED, Lack, Missing
from allowctl.model.place import Place
from allowctl.model.policy import Action, OnUnpriced
from allowctl.model.value import Unpriced
from tests import build
from tests.build import NOW, UNLIMITED, allowance, amount
from tests.policy.making import FILE, place
from tests.policy.making_rows import (
    DAY,
    evaluated,
    finding,
    limits,
    only,
    raised,
    row,
    said,
)

FAILED = Missing(Lack.FAILED, "a timeout")
UNAVAILABLE = Missing(Lack.UNAVAILABLE, "no archive")
SOME_TIME = "raised at an unknown time"
LATELY = "in the last 90 days, which is the most that the policy lets pass"
BEFORE = "200 days ago, and the policy lets 90 days pass at the most"
CHILD = row(build.record(allowance(kind=Kind.PERMIT2), value=build.worth(1)))


def test_quiet() -> None:
    """A row that meets all checks has nothing against it."""
    found = evaluated(
        limits(
            fail_on=Level.MEDIUM,
            allow_unlimited=False,
            allowed_kinds=frozenset({Kind.ERC20}),
            max_age=DAY,
            max_unused=DAY,
            unpriced=OnUnpriced.FAIL,
        ),
        row(),
    )

    assert found.violations == ()
    assert found.complete
    assert found.counts.passed == 1


@pytest.mark.parametrize("level", Level)
def test_fail_on(level: Level) -> None:
    """That level and worse; one that is unknown is not known to be so bad."""
    found = said(limits(fail_on=Level.HIGH), row(level=level))
    message = f"its level is {level}, and the policy fails on high and worse"

    assert found == ([("fail-on", message)] if level >= Level.HIGH else [])


def test_fail_on_critical() -> None:
    """Nothing is worse than critical, so nothing is said of it."""
    (found,) = said(limits(), row(level=Level.CRITICAL))

    assert found[1] == "its level is critical, and the policy fails on critical"


def test_fail_on_info() -> None:
    """All that is known is at least info; what is unknown is open elsewhere."""
    policy = limits(fail_on=Level.INFO)

    assert [check for check, _ in said(policy, row(level=Level.INFO))] == ["fail-on"]
    assert said(policy, row(level=Level.UNKNOWN)) == []


def test_where_it_is_written() -> None:
    """A violation names the key's line; a default is called one, and has no line."""
    policy = limits(allow_unlimited=False, places={"allow_unlimited": place(7, "x")})
    bad = row(build.record(allowance(amount(UNLIMITED))), level=Level.CRITICAL)
    places = {each.check: each.place for each in evaluated(policy, bad).violations}

    assert places["unlimited"] == place(7, "x")
    assert places["fail-on"] == Place.by_default(FILE, "policy.fail_on")
    assert str(places["fail-on"]) == f"{FILE}: policy.fail_on (default)"


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (allowance(amount(UNLIMITED)), "it is unlimited"),
        (allowance(kind=Kind.OPERATOR), "it is for all that there is, and will be"),
    ],
    ids=["amount", "operator"],
)
def test_unlimited(of: Allowance, words: str) -> None:
    """Amounts and operators without a limit, only where the policy says so."""
    bad = row(build.record(of, value=build.worth(1)))

    assert said(limits(), bad) == []
    assert said(limits(allow_unlimited=False), bad) == [
        ("unlimited", f"{words}, and the policy lets no approval be unlimited")
    ]


def test_kinds() -> None:
    """Of those allowed, or of all but those denied."""
    both = frozenset({Kind.PERMIT2, Kind.OPERATOR})

    assert said(limits(denied_kinds=both), row()) == []
    assert said(limits(allowed_kinds=both), CHILD) == []
    assert said(limits(denied_kinds=both), CHILD) == [
        ("kind", "its kind is permit2, and the policy denies operator and permit2")
    ]
    assert said(limits(allowed_kinds=both), row()) == [
        ("kind", "its kind is erc20, and the policy allows only operator and permit2")
    ]
    assert said(limits(allowed_kinds=frozenset()), row()) == [
        ("kind", "its kind is erc20, and the policy allows none")
    ]


def test_kinds_are_one_check() -> None:
    """A kind that is both denied and not allowed is told once."""
    policy = limits(allowed_kinds=frozenset(), denied_kinds=frozenset({Kind.ERC20}))

    assert [check for check, _ in said(policy, row())] == ["kind"]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW - 180 * DAY, None),
        (NOW - 180 * DAY - 1, "raised more than 180 days ago"),
        (NOW - 412 * DAY, "raised 412 days ago"),
        (NOT_ASKED, SOME_TIME),
        (UNAVAILABLE, SOME_TIME),
        (FAILED, SOME_TIME),
    ],
)
def test_max_age(at: int | Missing, words: str | None) -> None:
    """To the second; an age that nobody knows is too much."""
    found = said(limits(max_age=180 * DAY), row(build.record(raised_at=at)))
    end = ", and the policy lets none be older than 180 days"

    assert found == ([("max-age", words + end)] if words else [])


@pytest.mark.parametrize(
    ("days", "used", "words"),
    [
        (90, None, None),
        (91, None, f"raised 91 days ago and not used {LATELY}"),
        (91, NOW - 90 * DAY, None),
        (400, NOW - 200 * DAY, f"raised 400 days ago and last used {BEFORE}"),
        (91, NOT_ASKED, f"raised 91 days ago and not known to have been used {LATELY}"),
        (
            UNAVAILABLE,
            UNAVAILABLE,
            f"{SOME_TIME} and not known to have been used {LATELY}",
        ),
        (91, FAILED, None),
        (UNAVAILABLE, None, f"{SOME_TIME} and not used {LATELY}"),
        (UNAVAILABLE, NOW - 200 * DAY, f"{SOME_TIME} and last used {BEFORE}"),
        (UNAVAILABLE, NOW, None),
    ],
)
def test_max_unused(
    days: int | Missing, used: int | Missing | None, words: str | None
) -> None:
    """Raised and last used too long ago; whoever says nothing is taken for no use."""
    found = said(limits(max_unused=90 * DAY), row(raised(days), used_at=used))

    assert found == ([("max-unused", words)] if words else [])


def test_use_that_was_not_served() -> None:
    """It is open then: neither passed nor failed, unless it is young anyway."""
    policy = limits(max_unused=90 * DAY)
    old = evaluated(policy, row(raised(91), used_at=FAILED))
    young = evaluated(policy, row(raised(1), used_at=FAILED))

    assert [each.reason for each in old.open_ends] == [
        "the last use of 1 approval was not served: a timeout"
    ]
    assert not old.violated
    assert young.complete


@pytest.mark.parametrize("value", Unpriced)
def test_unpriced(value: Unpriced) -> None:
    """A value that is unknown fails, warns or passes, as the policy has it."""
    bad = row(build.record(value=value))
    actions = {
        on: [each.action for each in evaluated(limits(unpriced=on), bad).violations]
        for on in OnUnpriced
    }

    assert actions == {
        OnUnpriced.IGNORE: [],
        OnUnpriced.WARN: [Action.WARN],
        OnUnpriced.FAIL: [Action.DENY],
    }
    message = only(evaluated(limits(unpriced=OnUnpriced.FAIL), bad)).message
    assert message.startswith("its value at risk is unknown: ")


def test_unpriced_is_asked_where_a_value_decides() -> None:
    """Unsaid, it warns under a cap and is left alone without one."""
    bad = row(build.record(value=Unpriced.NO_PRICE))

    assert evaluated(limits(), bad).violations == ()
    assert [
        (each.check, each.action)
        for each in evaluated(limits(max_value_at_risk_usd=Decimal(9)), bad).violations
    ] == [("unpriced", Action.WARN)]


def test_nothing_at_risk_is_a_value() -> None:
    """Of what nothing can be taken, no price is needed."""
    empty = build.token_facts(balance=0)
    idle = row(build.record(token=empty, value=Unpriced.NO_PRICE))
    further = row(build.record(token=empty, value=Unpriced.FURTHER))
    policy = limits(unpriced=OnUnpriced.FAIL)

    assert said(policy, idle) == []
    assert [check for check, _ in said(policy, further)] == ["unpriced"]


def test_items_are_unpriced() -> None:
    """NFTs have no value here, which is not nothing."""
    item = build.record(
        allowance(Item(token_id=1), kind=Kind.ERC721), value=Unpriced.ITEMS
    )

    assert said(limits(unpriced=OnUnpriced.FAIL), row(item)) == [
        ("unpriced", "its value at risk is unknown: items have no price here")
    ]


def test_spam() -> None:
    """It is told and not judged, if the rule is sure of it."""
    worst = row(None, finding("spam-token"), level=Level.CRITICAL)
    doubted = replace(worst, findings=(finding("spam-token", Confidence.LOW),))
    found = evaluated(limits(unpriced=OnUnpriced.FAIL), worst)

    assert [each.check for each in found.violations] == ["spam"]
    assert not found.violated
    assert (found.counts.live, found.counts.spam) == (1, 1)
    assert [check for check, _ in said(limits(), doubted)] == ["fail-on"]
