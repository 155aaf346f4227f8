"""lying-token."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Allowance, Amount, Kind
from allowctl.model.finding import Finding
from allowctl.model.report import Record
from allowctl.risk.rules.lying_token import LyingToken
from tests import build
from tests.build import address
from tests.risk.pages import as_json, example
from tests.strategies import allowances, amounts, records

RULE = LyingToken()
FAKE_PERMIT2 = address(0xFA4E)


def erc20(granted: int, claimed: int | None) -> Record:
    return build.record(build.allowance(build.amount(granted), claimed=claimed))


@pytest.mark.parametrize(
    ("claimed", "granted"),
    [
        (0, 1),
        (1_000, 1_003),
        (1_000, build.UNLIMITED),
        (10**18, 10**18 + 10**12 + 3),
    ],
)
def test_more_than_the_log_says_is_found(claimed: int, granted: int) -> None:
    """Nothing raises an allowance without a log."""
    found = RULE.judge(erc20(granted, claimed), build.context())

    assert found == RULE.card.finding(
        f"the newest log says {claimed}, state says {granted}"
    )


@pytest.mark.parametrize(
    ("claimed", "granted"),
    [
        (1_000, 1_000),
        (1_000, 1),
        (build.UNLIMITED, 2**96 - 1),
        (2**255, build.UNLIMITED),
        (1_000, 1_002),
        (1, 3),
        (10**18, 10**18 + 10**12),
        (None, build.UNLIMITED),
    ],
)
def test_what_agrees_is_passed(claimed: int | None, granted: int) -> None:
    """Spent, rounded, unlimited either way, or named by no log."""
    assert RULE.judge(erc20(granted, claimed), build.context()) is None


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.ERC721])
def test_what_was_taken_back_and_stands_is_found(kind: Kind) -> None:
    """A log that says no, and state that says yes."""
    record = build.record(build.allowance(kind=kind, claimed=0))

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        "the newest log says that it was taken back, state says that it stands"
    )


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.ERC721])
@pytest.mark.parametrize("claimed", [1, None])
def test_what_was_given_and_stands_is_passed(kind: Kind, claimed: int | None) -> None:
    """Log and state say yes, or no log says anything."""
    record = build.record(build.allowance(kind=kind, claimed=claimed))

    assert RULE.judge(record, build.context()) is None


def test_permit2_does_not_lie() -> None:
    """The chain's own: its code is known. What looks like it elsewhere may."""
    own = build.allowance(kind=Kind.PERMIT2, claimed=0)
    fake = build.allowance(kind=Kind.PERMIT2, claimed=0, contract=FAKE_PERMIT2)

    assert RULE.judge(build.record(own), build.context()) is None
    assert isinstance(RULE.judge(build.record(fake), build.context()), Finding)


@pytest.mark.parametrize(
    ("kind", "found"),
    [(Kind.ERC20, False), (Kind.ERC721, False), (Kind.OPERATOR, True)],
)
def test_a_log_that_may_mean_two_things_contradicts_neither(
    kind: Kind, found: object
) -> None:
    """An ERC-404's amount may be an item's number; an operator is one thing."""
    both = build.token_facts(interfaces=("erc20", "erc721"))
    record = build.record(build.allowance(kind=kind, claimed=0), token=both)

    assert isinstance(RULE.judge(record, build.context()), Finding) is found


@given(records())
def test_who_grants_strangers_lies(record: Record) -> None:
    """Whatever its logs say, and whichever right the row is about."""
    token = replace(record.token, grants_strangers=True)

    assert RULE.judge(
        replace(record, token=token), build.context()
    ) == RULE.card.finding(
        "the token tells of rights between addresses that nobody has a key to"
    )


@given(allowances(), amounts)
def test_less_than_the_log_says_is_never_found(of: Allowance, more: int) -> None:
    """Spending lowers an allowance, with a log or without."""
    granted = of.grant.amount if isinstance(of.grant, Amount) else 1
    claimed = replace(of.candidate, claimed=granted + more)
    record = build.record(replace(of, candidate=claimed))

    assert RULE.judge(record, build.context()) is None


@given(amounts.filter(bool), amounts.filter(bool), st.integers(0, 2**255 - 1))
def test_the_more_is_granted_the_less_it_agrees(
    one: int, other: int, claimed: int
) -> None:
    """What is more than a contradiction is one."""
    found = [
        isinstance(RULE.judge(erc20(granted, claimed), build.context()), Finding)
        for granted in sorted((one, other))
    ]

    assert found == sorted(found)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    found = RULE.judge(erc20(build.UNLIMITED, 0), build.context())

    assert example("lying-token") == as_json(found)
