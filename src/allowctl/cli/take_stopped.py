"""What is said of a run that was stopped: whether anything was signed in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from allowctl.cli.interrupt import StoppedError
from allowctl.errors import JournalError
from allowctl.model.plan import Role

if TYPE_CHECKING:
    from allowctl.model.plan import Plan
    from allowctl.revoke.history import History, Run
    from allowctl.revoke.journal_files import Place

UNSIGNED = "nothing was signed"
_STANDS = (
    "interrupted: what was signed stands in the journal; allowctl resume looks after it"
)
_ENDED = "interrupted: what was signed has come to its end, nothing else was signed"
_HALF = "a limit may be zeroed and not set yet: allowctl resume"


def counts(places: Iterable[Place]) -> Mapping[Place, int]:
    """How many signatures each journal holds; without those that cannot be read."""
    return {place: _count(found) for place in places if (found := _read(place))}


def stopped(
    plans: Sequence[tuple[Place, Plan]], before: Mapping[Place, int]
) -> StoppedError:
    """The error that says it. `before`: the counts when the plans were begun."""
    histories = [(_read(place), place, plan) for place, plan in plans]
    if any(history is None for history, _, _ in histories):
        # Who knows: the journal does not say that there is nothing.
        return StoppedError(_STANDS)
    known = [(history, place, plan) for history, place, plan in histories if history]
    going = [
        (run, plan)
        for history, _, plan in known
        for run in history.open_runs
        if run.signed
    ]
    if going:
        half = any(_half(run, plan) for run, plan in going)
        return StoppedError(_STANDS, hint=_HALF if half else None)
    if any(_count(history) > before.get(place, 0) for history, place, _ in known):
        return StoppedError(_ENDED)
    return StoppedError(f"interrupted: {UNSIGNED}")


def _read(place: Place) -> History | None:
    from allowctl.revoke import journal

    try:
        return journal.read(place)
    except JournalError:
        return None


def _count(history: History) -> int:
    return sum(len(run.signed) for run in history.runs)


def _half(run: Run, plan: Plan) -> bool:
    """Whether the first of two transactions is signed, and the second is not."""
    done = {each.step for each in run.signed}
    return any(
        step.role is Role.SET and step.waits_for in done and step.number not in done
        for step in plan.steps
    )
