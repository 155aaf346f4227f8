"""`[[acknowledge]]` and contracts that do not answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from allowctl.model.evaluation import CoverKind, Evaluation
from allowctl.model.policy import Acknowledgement, OnRefused
from allowctl.policy.evaluate import evaluate
from tests import build
from tests.policy.making import BASE, TODAY, place, refusal, wallet
from tests.policy.making_rows import limits, only

REFUSING = build.scan_report(build.scan(refused=(refusal(),)))
TOKEN = refusal().candidate.token


def entry(number: int = 0, days: int | None = None) -> Acknowledgement:
    return Acknowledgement(
        place=place(60 + number, f"acknowledge[{number}]"),
        chain="1",
        token=TOKEN,
        reason="looked at",
        expires=None if days is None else TODAY + timedelta(days=days),
    )


def under(*entries: Acknowledgement, refused: OnRefused = OnRefused.FAIL) -> Evaluation:
    policy = replace(limits(refused=refused), acknowledged=entries)
    return evaluate(REFUSING, policy, [wallet()], today=TODAY)


def test_refused() -> None:
    """It fails where the policy says so, and is a row of the report otherwise."""
    found = only(under())

    assert (found.check, found.fails) == ("refused", True)
    assert found.message == "it gives no answer, and the policy fails on that"
    assert found.place.key == "policy.refused"
    assert found.subject.refused == refusal()
    assert found.subject.wallet == wallet()
    assert under(refused=OnRefused.ROW).violations == ()


def test_acknowledged() -> None:
    """An entry for the token on that chain lets it pass."""
    found = only(under(entry()))

    assert found.cover is not None
    assert found.cover.kind is CoverKind.ACKNOWLEDGE
    assert (found.cover.place, found.cover.reason) == (entry().place, "looked at")
    assert under(replace(entry(), chain="8453")).violated
    assert under(replace(entry(), token=build.SPENDER)).violated


def test_acknowledged_on_another_chain() -> None:
    """The same address elsewhere is another contract."""
    there = build.scan_report(build.scan(chain=BASE, refused=(refusal(),)))
    policy = replace(limits(refused=OnRefused.FAIL), acknowledged=(entry(),))

    assert evaluate(there, policy, [wallet()], today=TODAY).violated


def test_expired() -> None:
    """One that is over covers nothing, and is a violation itself."""
    assert sorted(each.check for each in under(entry(days=-1)).failing) == [
        "acknowledge-expired",
        "refused",
    ]


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_which_entry_is_named(order: tuple[int, ...]) -> None:
    """The one that lasts longest, wherever it stands."""
    entries = [entry(0, 5), entry(1, 9), entry(2, 0)]
    found = only(under(*(entries[each] for each in order)))

    assert found.cover is not None
    assert found.cover.place == entries[1].place
