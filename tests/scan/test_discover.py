"""Logs nominate: every approval once, by its newest log, in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from allowctl.model.approval import Candidate, Kind, LogRef, Origin
from allowctl.model.chain import Log
from allowctl.scan.discover import nominate
from allowctl.standards import erc20, operator, permit2
from tests import strategies
from tests.build import (
    OWNER,
    PERMIT2,
    SPENDER,
    TOKEN,
    TRANSACTION,
    address,
    candidate,
    log,
)
from tests.build import word as w
from tests.fakes.worlds import approval_log

ERC20 = candidate()
ITEM = candidate(kind=Kind.ERC721, token_id=7)
OPERATOR = candidate(kind=Kind.OPERATOR)
CHILD = candidate(kind=Kind.PERMIT2)
ONE_EACH = (ERC20, ITEM, OPERATOR, CHILD)


def test_every_kind_is_found() -> None:
    """One log of each standard, one candidate of each kind."""
    found = nominate([approval_log(each, number=3) for each in ONE_EACH], OWNER)
    assert {each.key for each in found.candidates} == {each.key for each in ONE_EACH}
    assert found.undecodable == ()


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_alone(kind: Kind) -> None:
    """Kinds that were not asked for stay out, unless a log may mean either."""
    logs = [approval_log(each) for each in ONE_EACH]
    found = nominate(logs, OWNER, frozenset({kind}))
    kinds = {each.kind for each in found.candidates}
    shares_its_event = {Kind.ERC20, Kind.ERC721}
    assert kinds == (shares_its_event if kind in shares_its_event else {kind})


def test_the_newest_log_is_kept() -> None:
    """Of many logs of one approval the last one says when it changed."""
    places = [(5, 1), (9, 0), (5, 2), (2, 7)]
    logs = [approval_log(ERC20, number=b, index=i) for b, i in places]
    (found,) = nominate(logs, OWNER).candidates
    assert found.last_changed is not None
    assert (found.last_changed.block, found.last_changed.index) == (9, 0)


@st.composite
def approvals(draw: st.DrawFn) -> tuple[list[Log], list[Log]]:
    """Logs of few approvals, some in one place, and the same in another order."""
    few = st.integers(1, 3).map(address)
    named = st.builds(
        lambda kind, token, spender: candidate(kind=kind, token=token, spender=spender),
        st.sampled_from(Kind),
        few,
        few,
    )
    drawn = draw(st.lists(st.tuples(named, st.integers(0, 2**161)), max_size=15))
    logs = [
        approval_log(each, value=value, number=index // 5, index=index % 2)
        for index, (each, value) in enumerate(drawn)
    ]
    return logs, draw(st.permutations(logs))


@given(approvals(), st.data())
def test_order_and_repetition_change_nothing(
    drawn: tuple[list[Log], list[Log]], data: st.DataObject
) -> None:
    """Whatever order the replies come in, and however often: the same candidates."""
    logs, shuffled = drawn
    again = data.draw(st.lists(st.sampled_from(logs), max_size=5)) if logs else []
    first, second = nominate(logs, OWNER), nominate([*shuffled, *again], OWNER)

    assert first.candidates == second.candidates
    assert first.other_readings == second.other_readings


def place(number: int) -> LogRef:
    """Of the log with this number in a history: two logs to each block."""
    return LogRef(block=number // 2, index=number, transaction=TRANSACTION)


def history(of: Candidate, claims: Sequence[int | None]) -> list[Log]:
    """One log for each claim, newest first."""
    logs = []
    for number, value in enumerate(claims):
        where = place(number)
        said = approval_log(of, value=value or 0, number=where.block, index=where.index)
        logs.append(structs.replace(said, data="0x") if value is None else said)
    return logs[::-1]


@given(st.lists(st.none() | st.integers(0, 4), min_size=1, max_size=12))
def test_what_the_logs_of_an_approval_say(claims: list[int | None]) -> None:
    """The oldest, the newest, and the newest that says more than the one before it.

    Nothing was said before the first; a claim that is not known may be any.
    """
    (found,) = nominate(history(ERC20, claims), OWNER).candidates
    before = [0, *(each or 0 for each in claims)]
    raises = [
        place(number)
        for number, (had, has) in enumerate(zip(before, claims, strict=False))
        if has is None or has > had
    ]

    assert (found.first, found.last_changed) == (place(0), place(len(claims) - 1))
    assert found.claimed == claims[-1]
    assert found.raised == (raises[-1] if raises else None)


@pytest.mark.parametrize(
    ("claims", "raised"),
    [
        ([100, 60, 20], 0),
        ([100, 60, 100, 60], 2),
        ([100, 0, 100], 2),
        ([100, 100, 100], 0),
        ([0], None),
        ([50, 0], 0),
        ([100, None, 0], 1),
        ([None, 1], 1),
    ],
    ids=[
        "spent",
        "spent and topped up",
        "taken back and given again",
        "given again as it was",
        "taken back, given before what was read",
        "taken back",
        "not known",
        "known again",
    ],
)
def test_what_raises_an_approval(claims: list[int | None], raised: int | None) -> None:
    """Spending does not, and giving the same again does not."""
    (found,) = nominate(history(ERC20, claims), OWNER).candidates

    assert found.raised == (None if raised is None else place(raised))


def test_an_item_for_another_spender_is_raised() -> None:
    """Who is named now had nothing before; who is named again had."""
    other = replace(ITEM, spender=address(0xBB))
    named = [ITEM, other, other, ITEM, ITEM]
    logs = [
        approval_log(each, number=number // 2, index=number)
        for number, each in enumerate(named)
    ]
    for count, raised in ((1, 0), (2, 1), (3, 1), (4, 3), (5, 3)):
        (found,) = nominate(logs[:count], OWNER).candidates

        assert (found.spender, found.raised) == (
            named[count - 1].spender,
            place(raised),
        )


def test_of_two_logs_in_one_place_the_larger_counts() -> None:
    """A node that numbers no log makes no approval smaller, whatever comes first."""
    logs = [approval_log(ERC20, value=value, number=3) for value in (5, 9, 5)]
    for some in (logs, logs[1:], logs[:2]):
        (found,) = nominate(some, OWNER).candidates

        assert found.claimed == 9


def test_another_reading_has_the_history_of_all_its_logs() -> None:
    """An old item's logs are taken for amounts to each of its spenders."""
    kitty = replace(ERC20, spender=address(0xBB))
    logs = [
        approval_log(each, value=7, number=n) for n, each in ((1, ERC20), (2, kitty))
    ]
    readings = nominate(logs, OWNER).other_readings
    (item,) = readings[ERC20.key]

    assert readings[kitty.key] == (item,)
    assert item.spender == kitty.spender
    assert [
        ref.block for ref in (item.first, item.raised, item.last_changed) if ref
    ] == [
        1,
        2,
        2,
    ]


def test_a_log_in_no_known_layout() -> None:
    """It is counted and named, and hides no other."""
    odd = [
        log(permit2.APPROVAL.topic0, w(OWNER)),
        log(erc20.APPROVAL.topic0, w(OWNER), w(2**200)),
        log(operator.APPROVAL_FOR_ALL.topic0, w(OWNER), data="0x12"),
        log(permit2.LOCKDOWN.topic0, w(OWNER), data="0xzz"),
    ]
    found = nominate([*odd, approval_log(ERC20)], OWNER)
    assert [each.key for each in found.candidates] == [ERC20.key]
    assert len(found.undecodable) == 4
    assert {each.contract for each in found.undecodable} == {TOKEN}


def test_second_readings() -> None:
    """A log that may mean an amount or an item is remembered as both."""
    three = approval_log(ERC20, value=7)
    four = approval_log(ITEM)
    found = nominate([three, four], OWNER)
    (item,) = found.other_readings[ERC20.key]
    (allowance,) = found.other_readings[ITEM.key]
    assert (item.kind, item.token_id) == (Kind.ERC721, 7)
    assert allowance.key == ERC20.key


def test_probes_give_way() -> None:
    """What a log names and another only hints at is named."""
    hint = log(erc20.APPROVAL.topic0, w(OWNER), w(5), data=w(SPENDER))
    probe = candidate(origin=Origin.PROBE)
    hinted = {each.key: each.origin for each in nominate([hint], OWNER).candidates}
    assert hinted[probe.key] is Origin.PROBE
    both = nominate([hint, approval_log(ERC20)], OWNER).candidates
    assert {each.key: each.origin for each in both}[ERC20.key] is Origin.LOG


def test_permit2_at_any_address() -> None:
    """A copy of Permit2 is found by its events, wherever it lives."""
    copy = candidate(kind=Kind.PERMIT2, contract=address(0xC0))
    found = nominate([approval_log(copy), approval_log(CHILD)], OWNER).candidates
    assert {each.contract for each in found} == {address(0xC0), PERMIT2}


@given(st.lists(strategies.arbitrary_logs.filter(lambda each: bool(each.topics))))
def test_any_logs(logs: list[Log]) -> None:
    """Logs of any content end as candidates or as undecodable: nothing breaks."""
    found = nominate(logs, OWNER)
    assert len({each.key for each in found.candidates}) == len(found.candidates)


def test_a_log_in_no_place() -> None:
    """Without a position it is the first of its block; without a block it is told."""
    one, two, three = (
        approval_log(ERC20, value=value, number=3, index=index)
        for value, index in ((5, 7), (9, 1), (2, 0))
    )
    nowhere = structs.replace(one, block_hex="0xzz")
    unplaced = structs.replace(three, index_hex="0xzz")
    found = nominate([one, nowhere, two, unplaced], OWNER)
    (told,) = found.candidates
    (undecodable,) = found.undecodable

    assert (told.first, told.claimed) == (
        LogRef(block=3, index=0, transaction=TRANSACTION),
        5,
    )
    assert told.raised == LogRef(block=3, index=1, transaction=TRANSACTION)
    assert undecodable.reason == "a log in no block"
