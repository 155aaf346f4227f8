"""What is said of a run that was stopped: nothing was signed, or what was."""

from __future__ import annotations

from pathlib import Path

from allowctl.cli import take_stopped
from allowctl.model.plan import Plan, Role
from allowctl.revoke.goal import LimitTo
from allowctl.revoke.journal_files import Place
from tests.revoke import making_plans
from tests.revoke.making_journals import OWNER, ended, keep, place_in, planned, signed

NOTHING = "interrupted: nothing was signed"
PLAN = making_plans.plan(making_plans.erc20(1))


def said(place: Place, before: int = 0, plan: Plan = PLAN) -> tuple[str, str | None]:
    error = take_stopped.stopped([(place, plan)], {place: before})
    return error.message, error.hint


def test_nothing_was_signed(tmp_path: Path) -> None:
    """At the password prompt the plan stands in the journal, and no signature."""
    place = place_in(tmp_path)
    assert said(place) == (NOTHING, None)
    assert take_stopped.counts([place]) == {place: 0}
    keep(place, [planned()])
    assert said(place) == (NOTHING, None)


def test_something_was_signed(tmp_path: Path) -> None:
    """An open run with a signature: resume is to look after it."""
    place = place_in(tmp_path)
    keep(place, [planned(), signed()])
    message, hint = said(place)

    assert "allowctl resume" in message
    assert hint is None


def test_what_was_signed_before_is_not_of_this_run(tmp_path: Path) -> None:
    """Runs that have come to their end count only if it was meanwhile."""
    place = place_in(tmp_path)
    keep(place, [planned(), signed(), ended()])

    assert take_stopped.counts([place]) == {place: 1}
    assert said(place, before=1) == (NOTHING, None)
    message, _ = said(place, before=0)
    assert "has come to its end" in message


def test_one_of_several_is_enough(tmp_path: Path) -> None:
    """Chains side by side: one signature anywhere."""
    one, two = place_in(tmp_path), place_in(tmp_path, chain_id=10)
    keep(two, [planned(), signed()])
    error = take_stopped.stopped([(one, PLAN), (two, PLAN)], {})
    assert "stands in the journal" in error.message


def test_a_limit_may_be_half_done(tmp_path: Path) -> None:
    """The zero is signed, what is to be set is not: the hint says so."""
    record = making_plans.erc20(1, 1_000)
    attempts, left_out = making_plans.tried([record], LimitTo("5 units"), None)
    (attempt,) = attempts
    way = next(
        number
        for number, each in enumerate(attempt.ways)
        if each.stages[-1].role is Role.SET
    )
    plan = making_plans.planned([making_plans.works(attempt, way)], left_out)
    place = place_in(tmp_path)
    keep(place, [planned(), signed(step=1)])
    _, hint = said(place, plan=plan)
    assert hint == "a limit may be zeroed and not set yet: allowctl resume"

    done = place_in(tmp_path, chain_id=10)
    keep(done, [planned(), signed(step=1), signed(step=2)])
    assert said(done, plan=plan)[1] is None


def test_a_journal_that_cannot_be_read(tmp_path: Path) -> None:
    """It does not say that nothing was signed: neither do we."""
    place = place_in(tmp_path)
    keep(place, [planned()])
    place.journal.write_bytes(b"{}\n{}\n")

    assert take_stopped.counts([place]) == {}
    assert "stands in the journal" in said(place)[0]
    assert place.owner == OWNER
