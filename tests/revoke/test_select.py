"""Which approvals are taken."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import UnservedError, UsageError
from allowctl.model.approval import Kind, NotServed, Refused
from allowctl.model.finding import Level
from allowctl.model.missing import NOT_ASKED
from allowctl.model.report import AuditedRecord, Record, Scan
from allowctl.revoke.select import Row, Selection, fingerprints, resolved, selected
from tests import build
from tests.revoke import making_plans as making

NOW = build.NOW
RISKY = making.judged(making.erc20(1))
MILD = making.judged(making.erc20(2), Level.LOW)
SPAM = making.judged(making.erc20(3), spam=True)
INSIDE = making.judged(making.child(4), Level.MEDIUM)
DORMANT = making.child(5, root_amount=0)
EXPIRED = making.judged(making.child(6, expiration=NOW - 1), Level.INFO)
UNREAD = build.candidate(token=making.token(7), contract=making.token(7))
ALL = build.scan(
    allowances=(RISKY, MILD, SPAM, INSIDE),
    dormant=(DORMANT,),
    expired=(EXPIRED,),
)


def take(selection: Selection, scan: Scan = ALL) -> list[Row]:
    return list(selected(scan, selection, NOW)[0])


def notes(selection: Selection, scan: Scan = ALL) -> list[str]:
    return list(selected(scan, selection, NOW)[1])


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(all_risky=True), [RISKY]),
        (Selection(all_risky=True, include_spam=True), [RISKY, SPAM]),
        (Selection(everything=True), [RISKY, MILD, INSIDE, DORMANT]),
        (
            Selection(everything=True, include_spam=True),
            [RISKY, MILD, SPAM, INSIDE, DORMANT],
        ),
        (Selection(min_level=Level.MEDIUM), [RISKY, INSIDE]),
        (Selection(everything=True, min_level=Level.MEDIUM), [RISKY, INSIDE]),
        (Selection(tokens=frozenset({making.token(2)})), [MILD]),
        (Selection(tokens=frozenset({making.token(5)})), []),
        (Selection(spenders=frozenset({build.SPENDER})), [RISKY, MILD, INSIDE]),
        (Selection(spenders=frozenset({build.OWNER})), []),
        (Selection(kinds=frozenset({Kind.PERMIT2})), [INSIDE]),
        (Selection(kinds=frozenset({Kind.PERMIT2}), all_risky=True), []),
    ],
)
def test_filters_narrow_each_other(selection: Selection, expected: list[Row]) -> None:
    """What is dormant comes with --all; spam only when it is asked for."""
    assert take(selection) == expected


@pytest.mark.parametrize("row", [RISKY, MILD, SPAM, INSIDE, DORMANT, EXPIRED])
def test_an_id_finds_one_whatever_it_is(row: Row) -> None:
    """By its first digits: live, dormant, expired, spam."""
    name = making.fingerprint(row)

    for text in (name, name[:8], "0x" + name[:8].upper()):
        selection = resolved(Selection(fingerprints=(text,)), [ALL])
        assert selection.fingerprints == (name,)
        assert take(selection) == [row]


def test_several_ids_find_several() -> None:
    """In the scan's order, each once."""
    names = [making.fingerprint(row)[:10] for row in (DORMANT, RISKY, DORMANT)]

    assert take(resolved(Selection(fingerprints=tuple(names)), [ALL])) == [
        RISKY,
        DORMANT,
    ]


def test_an_id_may_stand_in_any_of_the_scans() -> None:
    """It is looked for in all, and taken where it is."""
    other = build.scan(allowances=(making.judged(making.erc20(9)),))
    selection = resolved(
        Selection(fingerprints=(making.fingerprint(RISKY),)), [other, ALL]
    )

    assert take(selection, other) == []
    assert take(selection) == [RISKY]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "0x123",
        "f" * 33,
        "xyzxyz",
        "123456 ",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
    ],
)
def test_what_is_no_id_is_told(text: str) -> None:
    """6 to 32 hex digits."""
    with pytest.raises(UsageError, match="not 6 to 32 digits") as told:
        resolved(Selection(fingerprints=(text,)), [ALL])
    assert told.value.hint


def test_an_id_of_nothing_is_told() -> None:
    """Nothing is passed over in silence."""
    with pytest.raises(UsageError, match="no approval that was found has the id"):
        resolved(Selection(fingerprints=("0" * 32,)), [ALL])


def test_an_id_of_what_was_not_read_may_be_there() -> None:
    """Then it is no mistake of who asks; what is found is found all the same."""
    with pytest.raises(UnservedError, match=r"a\.example: timeout") as told:
        resolved(Selection(fingerprints=("0" * 32,)), [ALL], ["a.example: timeout"])
    assert "0" * 32 in told.value.message
    name = making.fingerprint(RISKY)
    selection = resolved(Selection(fingerprints=(name[:8],)), [ALL], ["timeout"])
    assert selection.fingerprints == (name,)


def test_an_id_of_several_is_told_with_them() -> None:
    """None of them is guessed; more digits say which."""
    alike = [making.judged(making.erc20(number)) for number in (284, 4_992)]
    names = sorted(map(making.fingerprint, alike))
    scan = build.scan(allowances=tuple(alike))
    assert names[0][:6] == names[1][:6]

    with pytest.raises(UsageError, match="the beginning of several") as told:
        resolved(Selection(fingerprints=(names[0][:6],)), [scan])
    assert ", ".join(names) in told.value.message
    assert resolved(Selection(fingerprints=(names[0][:12],)), [scan]).fingerprints == (
        names[0],
    )


def test_a_report_names_rows() -> None:
    """In full; spam needs its own word, and what is gone is in no scan."""
    names = {making.fingerprint(each) for each in (SPAM, DORMANT, EXPIRED, RISKY)}
    selection = Selection(named=frozenset(names | {"0" * 32}))

    assert take(selection) == [RISKY, DORMANT, EXPIRED]
    assert notes(selection) == [
        "1 approval not taken: of spam tokens: --include-spam or --id takes those"
    ]
    assert names < fingerprints([ALL])
    assert "0" * 32 not in fingerprints([ALL])
    assert fingerprints([]) == frozenset()


@pytest.mark.parametrize("selection", [Selection(), Selection(include_spam=True)])
def test_nothing_given_takes_nothing(selection: Selection) -> None:
    """It is no way to say "everything"."""
    for ask in (
        lambda: selected(ALL, selection, NOW),
        lambda: resolved(selection, [ALL]),
    ):
        with pytest.raises(UsageError, match="nothing says") as told:
            ask()
        assert "--all-risky" in (told.value.hint or "")


def test_an_empty_report_takes_nothing() -> None:
    """It says which rows: none."""
    assert take(Selection(named=frozenset())) == []


def test_what_is_older_is_taken() -> None:
    """By the event that last raised it; an unknown age is no great one."""
    old = making.judged(_raised(1, NOW - 100))
    young = making.judged(_raised(2, NOW - 99))
    ageless = making.judged(_raised(3, None))
    scan = build.scan(allowances=(young, ageless, old))
    selection = Selection(older_than=100)

    assert take(selection, scan) == [old]
    assert notes(selection, scan) == ["1 approval not taken: of unknown age"]


def test_a_clock_that_is_behind_keeps_nothing_back() -> None:
    """The age counts only where it is asked for."""
    row = making.judged(_raised(1, NOW + 50))

    assert take(Selection(everything=True), build.scan(allowances=(row,))) == [row]


def test_what_is_not_taken_is_counted() -> None:
    """Spam, what is dormant, what was not judged whole, what could not be read."""
    half = making.judged(making.erc20(8), Level.LOW, failed=True)
    blank = making.judged(making.erc20(9), Level.UNKNOWN)
    scan = build.scan(
        allowances=(RISKY, SPAM, half, blank, MILD),
        dormant=(DORMANT, DORMANT),
        refused=(Refused(candidate=UNREAD, reason="reverts"),),
        unserved=(NotServed(candidate=UNREAD, reason="timeout"),),
    )

    no_level = "dormant, which has no level: taken only where no level is asked for"
    half_known = "below the level that is asked for, but a fact was not served"

    assert notes(Selection(all_risky=True), scan) == [
        "1 approval not taken: refused by the contract",
        "1 approval not taken: not served",
        f"2 approvals not taken: {no_level}",
        f"2 approvals not taken: {half_known}",
        "1 approval not taken: of spam tokens: --include-spam or --id takes those",
    ]
    assert notes(Selection(tokens=frozenset({making.token(1)})), scan) == []


def test_what_is_dormant_has_a_word_that_helps() -> None:
    """--all is not what takes it where a level keeps it back."""
    scan = build.scan(dormant=(DORMANT,))
    helps = ["1 approval not taken: dormant: --all or --id takes those"]

    assert notes(Selection(tokens=frozenset({making.token(5)})), scan) == helps
    for selection in (
        Selection(all_risky=True, everything=True),
        Selection(min_level=Level.INFO),
    ):
        (only,) = notes(selection, scan)
        assert "--all" not in only


def test_an_id_of_what_could_not_be_read_is_no_mistake() -> None:
    """It is there; there is nothing to take, and that is said."""
    scan = build.scan(unserved=(NotServed(candidate=UNREAD, reason="timeout"),))
    name = making.fingerprint(build.record(build.allowance(token=making.token(7))))
    selection = resolved(Selection(fingerprints=(name[:6],)), [scan])

    assert selected(scan, selection, NOW) == (
        (),
        ("1 approval not taken: not served",),
    )


selections = st.builds(
    Selection,
    all_risky=st.booleans(),
    everything=st.booleans(),
    tokens=st.frozensets(st.integers(1, 7).map(making.token), max_size=3),
    spenders=st.sampled_from((frozenset(), frozenset({build.SPENDER}))),
    kinds=st.frozensets(st.sampled_from(Kind)),
    min_level=st.none() | st.sampled_from(Level),
    older_than=st.none() | st.integers(0, 10**7),
    include_spam=st.booleans(),
)


@given(selections, st.permutations([RISKY, MILD, SPAM, INSIDE]))
def test_a_filter_more_takes_no_more(
    selection: Selection, order: Sequence[AuditedRecord]
) -> None:
    """What passes all filters passes each; the scan's order is kept."""
    scan = build.scan(allowances=tuple(order), dormant=(DORMANT,), expired=(EXPIRED,))
    if not selection.given:
        return
    taken = take(selection, scan)
    everything: list[Row] = [*order, DORMANT]

    assert taken == [row for row in everything if row in taken]
    for row in taken:
        record = row if isinstance(row, Record) else row.record
        candidate = record.allowance.candidate
        assert not selection.tokens or candidate.token in selection.tokens
        assert not selection.kinds or candidate.kind in selection.kinds
        assert row is not SPAM or selection.include_spam
        assert row is not DORMANT or selection.everything
        if selection.min_level is not None:
            assert isinstance(row, AuditedRecord)
            assert row.level >= selection.min_level


def _raised(number: int, at: int | None) -> Record:
    of = making.erc20(number)
    return build.record(of.allowance, raised_at=NOT_ASKED if at is None else at)
