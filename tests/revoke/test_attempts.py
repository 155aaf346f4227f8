"""From rows to attempts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Kind
from allowctl.model.chain import ZERO_ADDRESS
from allowctl.model.finding import Level
from allowctl.model.plan import Attempt, Change, LeftOut, Method, Role
from allowctl.model.report import Record
from allowctl.revoke.attempts import PAIRS
from allowctl.revoke.goal import Goal, LimitTo, LimitToBalance, Revoke
from allowctl.revoke.select import Row
from tests import build
from tests.lab.abi import decode_as
from tests.revoke import making_plans as making
from tests.revoke.making_plans import tried

OTHER_PERMIT2 = build.address(0xF2)


def methods(attempts: tuple[Attempt, ...]) -> list[Method]:
    return [each.ways[0].stages[0].method for each in attempts]


def reasons(left_out: tuple[LeftOut, ...]) -> list[str]:
    return [each.reason for each in left_out]


def is_cancel(change: Change) -> bool:
    return change.permit2_nonce is not None


def test_a_row_becomes_a_change() -> None:
    """With what is shown of it; a level where it was judged."""
    spender = build.spender_facts(label="An exchange")
    of = build.record(spender=spender)
    (judged,), _ = tried([making.judged(of, Level.LOW)])
    (plain,), _ = tried([of])
    expected = Change(
        allowance=of.allowance,
        fingerprint=making.fingerprint(of),
        after=0,
        symbol="TKN",
        decimals=6,
        label="An exchange",
        level=Level.LOW,
    )

    assert judged.changes == (expected,)
    assert plain.changes == (replace(expected, level=None),)


def test_a_row_counts_once() -> None:
    """Whoever selects it twice."""
    attempts, left_out = tried([making.erc20(), making.erc20()])

    assert (len(attempts), left_out) == (1, ())


def test_children_of_one_permit2_are_one_lockdown() -> None:
    """In the place of the first; another Permit2 has its own."""
    other = making.child(3)
    candidate = replace(other.allowance.candidate, contract=OTHER_PERMIT2)
    other = build.record(replace(other.allowance, candidate=candidate))
    rows = [
        making.erc20(1),
        making.child(1),
        making.erc20(2),
        other,
        making.child(2),
    ]
    attempts, _ = tried(rows)

    assert methods(attempts) == [
        Method.APPROVE,
        Method.LOCKDOWN,
        Method.APPROVE,
        Method.LOCKDOWN,
    ]
    lockdown, theirs = attempts[1], attempts[3]
    ((stage,),) = [way.stages for way in lockdown.ways]
    assert (stage.role, stage.leaves, stage.call.to) == (Role.WHOLE, 0, build.PERMIT2)
    assert decode_as("((address,address)[])", stage.call.data[4:]) == (
        ((making.token(1), build.SPENDER), (making.token(2), build.SPENDER)),
    )
    assert [each.allowance for each in lockdown.changes] == [
        rows[1].allowance,
        rows[4].allowance,
    ]
    assert theirs.ways[0].stages[0].call.to == OTHER_PERMIT2


def test_a_lockdown_has_a_bound() -> None:
    """What is beyond it is another one."""
    attempts, _ = tried([making.child(each) for each in range(2 * PAIRS + 1)])

    assert [len(each.changes) for each in attempts] == [PAIRS, PAIRS, 1]


def test_signatures_are_cancelled_first() -> None:
    """Of every known pair, directly before the first change in Permit2."""
    rows = [
        making.erc20(1),
        making.child(1, permit2_nonce=7),
        making.erc20(2),
        making.child(2, root_amount=0),
        making.child(3, expiration=build.NOW - 1),
    ]
    deltas = iter((4_096, 5_000, 65_535))
    attempts, left_out = tried(rows, cancel=lambda: next(deltas))

    assert left_out == ()
    assert methods(attempts) == [
        Method.APPROVE,
        Method.INVALIDATE_NONCES,
        Method.INVALIDATE_NONCES,
        Method.INVALIDATE_NONCES,
        Method.LOCKDOWN,
        Method.APPROVE,
    ]
    cancels = [each.changes[0] for each in attempts[1:4]]
    assert [each.permit2_nonce for each in cancels] == [7 + 4_096, 5_000, 65_535]
    assert all(each.after == each.before for each in cancels)
    ((stage,),) = [way.stages for way in attempts[1].ways]
    assert (stage.role, stage.leaves) == (Role.CANCEL, 1_000)
    assert decode_as("(address,address,uint48)", stage.call.data[4:]) == (
        making.token(1),
        build.SPENDER,
        7 + 4_096,
    )


def test_signatures_are_cancelled_where_nothing_else_is_done() -> None:
    """A limit that is kept already says nothing of a signature."""
    attempts, left_out = tried(
        [making.erc20(), making.child()],
        LimitTo("1000 units"),
        cancel=lambda: making.DELTA,
    )

    assert methods(attempts) == [Method.INVALIDATE_NONCES]
    assert reasons(left_out) == ["it is no more than that already"] * 2


@pytest.mark.parametrize("nonce", [2**48 - 4_096, 2**48 - 1])
def test_a_nonce_at_its_end_is_left_out(nonce: int) -> None:
    """The lockdown goes on without it."""
    attempts, left_out = tried(
        [making.child(permit2_nonce=nonce)], cancel=lambda: making.DELTA
    )

    assert methods(attempts) == [Method.LOCKDOWN]
    assert reasons(left_out) == [
        "signatures not cancelled: the Permit2 nonce is at its end"
    ]


def test_a_nonce_that_is_not_known_is_left_out() -> None:
    """It is not guessed."""
    grant = build.child(permit2_nonce=None)
    row = build.record(build.allowance(grant, kind=Kind.PERMIT2))
    _, left_out = tried([row], cancel=lambda: making.DELTA)

    assert reasons(left_out) == [
        "signatures not cancelled: the Permit2 nonce is not known"
    ]


@pytest.mark.parametrize("delta", [-1, 0, 1, 4_095, 65_536])
def test_a_delta_is_large_and_taken(delta: int) -> None:
    """By 1 the next permit would become good; above 65,535 Permit2 refuses."""
    with pytest.raises(ValueError, match="is not from 4096 to 65535"):
        tried([making.child()], cancel=lambda: delta)


@pytest.mark.parametrize(
    ("row", "goal", "reason"),
    [
        (making.erc20(amount=5), LimitTo("5 units"), "no more than that already"),
        (making.erc20(amount=5), LimitTo("1"), "no more than that already"),
        (making.erc20(amount=500), LimitToBalance(), "no more than that already"),
        (making.child(root_amount=0), LimitTo("1 unit"), "it is dormant"),
        (making.child(expiration=build.NOW - 1), LimitTo("1 unit"), "it has expired"),
        (making.child(expiration=0), LimitTo("1 unit"), "it has expired"),
        (
            build.record(
                build.allowance(build.child(expiration=None), kind=Kind.PERMIT2)
            ),
            LimitTo("1 unit"),
            "not a Permit2 amount with an expiration",
        ),
        (
            build.record(build.allowance(kind=Kind.OPERATOR)),
            LimitTo("1"),
            "only be taken back whole",
        ),
        (
            build.record(build.allowance(kind=Kind.OPERATOR)),
            LimitToBalance(),
            "only be taken back whole",
        ),
        (
            build.record(build.allowance(kind=Kind.ERC721)),
            LimitTo("0.1"),
            "only be taken back whole",
        ),
        (
            build.record(token=build.token_facts(decimals=None)),
            LimitTo("1"),
            "does not tell its decimals",
        ),
        (
            build.record(token=build.token_facts(balance=None)),
            LimitToBalance(),
            "balance is not known",
        ),
    ],
)
def test_what_cannot_be_lowered_is_left_out(
    row: Record, goal: Goal, reason: str
) -> None:
    """With why; nothing is raised, dated anew or guessed."""
    attempts, (left_out,) = tried([row], goal)

    assert attempts == ()
    assert reason in left_out.reason
    assert left_out.change.after <= left_out.change.before


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.ERC721])
def test_a_limit_of_nothing_takes_back(kind: Kind) -> None:
    """Whatever its units."""
    row = build.record(build.allowance(kind=kind))

    assert tried([row], LimitTo("0")) == tried([row], Revoke())


def test_the_last_second_is_not_past() -> None:
    """Permit2 takes an allowance at its expiration, too."""
    attempts, _ = tried([making.child(expiration=build.NOW)], LimitTo("1 unit"))

    (attempt,) = attempts
    assert attempt.ways[0].stages[-1].method is Method.PERMIT2_APPROVE


def test_limits_in_one_permit2_are_not_merged() -> None:
    """Each has its own amount to be set after its own lockdown."""
    rows = [making.child(1), making.child(2)]
    attempts, _ = tried(rows, LimitTo("1 unit"))

    assert [len(each.changes) for each in attempts] == [1, 1]
    assert all(each.changes[0].after == 1 for each in attempts)


@pytest.mark.parametrize("goal", [Revoke(), LimitTo("10 units")])
def test_an_amount_is_never_taken_for_an_item(goal: Goal) -> None:
    """ERC-404 and ERC-721 have the same approve: the guard lets none of it through."""
    hybrid = build.token_facts(interfaces=("erc20", "erc721"))
    item = build.record(build.allowance(kind=Kind.ERC721), token=hybrid)
    amount = build.record(build.allowance(build.amount(1_000)), token=hybrid)
    inside = build.record(build.allowance(kind=Kind.PERMIT2), token=hybrid)
    nobody = build.record(build.allowance(spender=ZERO_ADDRESS))

    for row in (amount, nobody):
        attempts, left_out = tried([row], goal)
        assert (attempts, len(left_out)) == ((), 1)
    assert len(tried([inside], goal)[0]) == 1
    assert len(tried([item])[0]) == 1


@given(making.many_rows, making.goals, st.none() | making.deltas)
def test_every_row_is_tried_or_left_out(
    rows: list[Row], goal: Goal, delta: int | None
) -> None:
    """Once; and so is every cancellation, before all lockdowns."""
    cancel = None if delta is None else lambda: delta or 0
    attempts, left_out = tried(rows, goal, cancel)
    changes = [change for each in attempts for change in each.changes]
    names = set(map(making.fingerprint, rows))
    inside = {
        making.fingerprint(row)
        for row in rows
        if _of(row).allowance.candidate.kind is Kind.PERMIT2
    }
    cancelled = Counter(each.fingerprint for each in changes if is_cancel(each)) + (
        Counter(
            each.change.fingerprint
            for each in left_out
            if "not cancelled" in each.reason
        )
    )
    aimed = Counter(each.fingerprint for each in changes if not is_cancel(each)) + (
        Counter(
            each.change.fingerprint
            for each in left_out
            if "not cancelled" not in each.reason
        )
    )

    assert aimed == Counter(names)
    assert cancelled == (Counter() if delta is None else Counter(inside))
    kinds = [is_cancel(each.changes[0]) for each in attempts]
    if True in kinds:
        first, last = kinds.index(True), len(kinds) - kinds[::-1].index(True)
        assert all(kinds[first:last])
        assert not inside & {
            change.fingerprint for each in attempts[:first] for change in each.changes
        }


@given(making.many_rows, making.goals)
def test_every_way_ends_where_it_is_to_or_says_so(rows: list[Row], goal: Goal) -> None:
    """Below what there is; the one that leaves 1 in the stead of 0 has a note."""
    attempts, _ = tried(rows, goal)

    for attempt in attempts:
        for way in attempt.ways:
            for change in attempt.changes:
                last = way.stages[-1].leaves
                assert last < change.before
                assert last == change.after or (last == 1 and way.note)
                assert all(each.leaves < change.before for each in way.stages)


@given(making.many_rows, st.none() | making.deltas)
def test_the_order_of_the_rows_is_kept(rows: list[Row], delta: int | None) -> None:
    """But that lockdowns come with their first, and cancellations before them."""
    cancel = None if delta is None else lambda: delta or 0
    attempts, _ = tried(rows, cancel=cancel)
    names = list(dict.fromkeys(map(making.fingerprint, rows)))
    firsts = [
        names.index(each.changes[0].fingerprint)
        for each in attempts
        if not is_cancel(each.changes[0])
    ]

    assert firsts == sorted(firsts)


def _of(row: Row) -> Record:
    return row if isinstance(row, Record) else row.record
