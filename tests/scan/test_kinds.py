"""Fates are told of as the kinds that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from allowctl.model.approval import (
    Candidate,
    Dead,
    DeadReason,
    Fate,
    Kind,
    Live,
    NotServed,
    Refused,
)
from allowctl.scan.discover import Discovery
from allowctl.scan.kinds import asked
from tests.build import allowance, candidate

AMOUNT = candidate()
ITEM = candidate(kind=Kind.ERC721, token_id=7)
OPERATOR = candidate(kind=Kind.OPERATOR)
UNTOLD: list[Refused | NotServed] = [
    Refused(candidate=AMOUNT, reason="r"),
    NotServed(candidate=AMOUNT, reason="n"),
]
TOLD: list[Fate] = [
    Live(allowance=allowance()),
    Dead(candidate=AMOUNT, reason=DeadReason.ZERO),
]


def of(
    fates: Sequence[Fate], *kinds: Kind, others: Sequence[Candidate] = (ITEM,)
) -> list[Fate]:
    """What is told, where the log of an amount may mean others too."""
    readings = {AMOUNT.key: tuple(others)}
    discovery = Discovery(candidates=(AMOUNT,), other_readings=readings)
    return asked(discovery, fates, frozenset(kinds))


@pytest.mark.parametrize("fate", [*TOLD, *UNTOLD])
def test_asked_for(fate: Fate) -> None:
    """A fate of a kind that was asked for stays as it is."""
    assert of([fate], Kind.ERC20) == [fate]
    assert of([fate], *Kind) == [fate]


@pytest.mark.parametrize("fate", TOLD)
def test_state_has_decided(fate: Fate) -> None:
    """What answered as another kind is of that kind, and not told of."""
    assert of([fate], Kind.ERC721) == []


@pytest.mark.parametrize("fate", UNTOLD)
def test_nobody_could_tell(fate: Refused | NotServed) -> None:
    """It may be of the kind that was asked for: it is told of as that one."""
    (found,) = of([fate], Kind.ERC721)
    assert isinstance(found, type(fate))
    assert isinstance(found, Refused | NotServed)
    assert (found.candidate, found.reason) == (ITEM, fate.reason)


@pytest.mark.parametrize("fate", UNTOLD)
def test_no_reading_of_the_kind(fate: Fate) -> None:
    """A log that cannot mean what was asked for is left out."""
    assert of([fate], Kind.OPERATOR) == []


def test_once_each() -> None:
    """What is known is not told a second time by a guess."""
    dead = Dead(candidate=ITEM, reason=DeadReason.ZERO)
    assert of([UNTOLD[0], dead], Kind.ERC721) == [dead]
    twins = of([UNTOLD[0], *UNTOLD], Kind.ERC721)
    assert len(twins) == 1


def test_kinds_are_sorted_out() -> None:
    """Only what was asked for is left of a mixture."""
    operator = Dead(candidate=OPERATOR, reason=DeadReason.ZERO)
    assert of([*TOLD, operator], Kind.OPERATOR) == [operator]
