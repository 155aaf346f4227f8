"""What `revoke` and `limit` do: scan, select, plan, show, ask, carry out, show."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from allowctl.cli import ask, interrupt, take_plans, take_shown, wiring
from allowctl.cli.progress import progress
from allowctl.cli.take_jobs import Job, pool_of, pools_of, run_jobs
from allowctl.cli.take_stopped import UNSIGNED
from allowctl.cli.take_terms import Terms
from allowctl.codec.shown import plain
from allowctl.errors import (
    AllowctlError,
    ExitCode,
    JournalError,
    PlanError,
    UnservedError,
)
from allowctl.model.chain import Chain
from allowctl.model.report import Report, Scan

if TYPE_CHECKING:
    from allowctl.cli.reported import Reports
    from allowctl.cli.wanted import Wanted
    from allowctl.model.outcome import Result
    from allowctl.model.plan import Plan
    from allowctl.revoke.carry import Carrier
    from allowctl.revoke.prepare import Offer, Wish
    from allowctl.revoke.select import Row, Selection

_INTERRUPTED = f"interrupted: {UNSIGNED}"
_REASON = 160
_BRIEF = 100


def take(  # noqa: PLR0913, PLR0917 - what is asked, in the order of its use
    means: wiring.Means,
    asked: Wanted,
    selection: Selection,
    wish: Wish,
    terms: Terms,
    before: Reports | None = None,
) -> ExitCode:
    """Take back, or lower, what is selected of the owners' approvals.

    `before`: the report whose rows they are.
    """
    try:
        with progress(quiet=terms.quiet) as watch:
            report = asyncio.run(wiring.scan_all(means, asked, watch))
        for sentence in before.compared(report, asked.known) if before else ():
            typer.echo(sentence, err=True)
        code = _incomplete(report, terms)
        rows = _rows(report, selection, terms)
        _refuse_unfinished(report, terms)
        plans = asyncio.run(_plans(means, asked.known, rows, wish))
    except KeyboardInterrupt:
        raise interrupt.StoppedError(_INTERRUPTED) from None
    return carry_out(means, asked.known, plans, terms, code)


def follow_plan(  # noqa: PLR0913 - what is given, in the order of its use
    means: wiring.Means,
    known: Sequence[Chain],
    file: Path,
    terms: Terms,
    offer: Offer,
    *,
    lowers: bool = False,
) -> ExitCode:
    """Carry out the plans of a file, if state is still what they were made from.

    `lowers`: PlanError for one that takes all back.
    """
    plans: Sequence[Plan] = take_plans.read_plans(file)
    if lowers and any(map(_revokes, plans)):
        raise PlanError(
            "the plan revokes", hint="allowctl revoke --plan carries it out"
        )
    try:
        plans = asyncio.run(_unchanged(means, known, plans, offer))
    except KeyboardInterrupt:
        raise interrupt.StoppedError(_INTERRUPTED) from None
    return carry_out(means, known, plans, terms)


def _revokes(plan: Plan) -> bool:
    """Whether it leaves nothing of anything; `limit` makes none that cancels."""
    from allowctl.model.plan import Role

    cancels = any(step.role is Role.CANCEL for step in plan.steps)
    return cancels or (bool(plan.goals) and all(each.revokes for each in plan.goals))


async def _unchanged(
    means: wiring.Means, known: Sequence[Chain], plans: Sequence[Plan], offer: Offer
) -> list[Plan]:
    async with pools_of(means, known, {plan.chain.id for plan in plans}) as pools:
        mode = means.outside.prices
        return [
            await take_plans.unchanged(pool_of(pools, plan.chain.id), plan, offer, mode)
            for plan in plans
        ]


def carry_out(
    means: wiring.Means,
    known: Sequence[Chain],
    plans: Sequence[Plan],
    terms: Terms,
    code: ExitCode = ExitCode.OK,
) -> ExitCode:
    """Show plans, ask, send, show what became of them. `code`: how it ends at best."""
    if terms.plan_out is not None:
        take_plans.write_plan(plans, terms.plan_out)
    if terms.dry_run:
        take_shown.show_plans(plans, terms.places)
        left_out = any(plan.left_out for plan in plans)
        return ExitCode.TRANSACTION if left_out else code
    going = [plan for plan in plans if plan.steps]
    if going:
        take_shown.tell_plans(plans, quiet=terms.quiet and terms.yes)
        ask.agree(take_shown.question(going), yes=terms.yes, undone=UNSIGNED)
    jobs = [_carrying(plan) for plan in going]
    found = run_jobs(means, known, jobs, terms) if going else []
    return ended([*_untried(plans), *found], terms, code)


def ended(
    found: Sequence[Result | AllowctlError],
    terms: Terms,
    code: ExitCode = ExitCode.OK,
) -> ExitCode:
    """Show what became of it all. The first error, where there is one, is raised.

    What is known stands on stdout all the same.
    """
    errors = [each for each in found if isinstance(each, AllowctlError)]
    results = [each for each in found if not isinstance(each, AllowctlError)]
    if results or not errors:
        take_shown.show_results(results, terms.places)
    for error in errors[1:]:
        typer.echo(f"error: {error.message}", err=True)
    if errors:
        raise errors[0]
    return take_shown.verdict(results, code)


def _untried(plans: Sequence[Plan]) -> list[Result]:
    """What had nothing to be sent."""
    from allowctl.model.outcome import Result

    return [Result(plan=plan, outcomes=()) for plan in plans if not plan.steps]


def _carrying(plan: Plan) -> Job:
    async def carry(carrier: Carrier) -> Result:
        return await carrier.carry(plan, secrets.token_hex(8))

    return Job(plan=plan, work=carry)


async def _plans(
    means: wiring.Means,
    known: Sequence[Chain],
    rows: Sequence[tuple[Scan, Sequence[Row]]],
    wish: Wish,
) -> list[Plan]:
    """A plan for each scan of which something is to be changed.

    PlanError if an owner is a contract, be there something to change or not.
    """
    chains = {scan.chain.id for scan, _ in rows}
    if not chains:
        return []
    async with pools_of(means, known, chains) as pools:
        if means.say is not None:
            hosts = [node.host for pool in pools.values() for node in pool.nodes]
            means.say(f"asked for the plan: {', '.join(dict.fromkeys(hosts))}")
        found = []
        for scan, some in rows:
            pool = pool_of(pools, scan.chain.id)
            if some:
                mode = means.outside.prices
                found.append(await take_plans.planned(pool, scan, some, wish, mode))
            else:
                await take_plans.refuse_contract(pool, scan.owner)
        return found


def _refuse_unfinished(report: Report, terms: Terms) -> None:
    """JournalError if an earlier run of an owner is open: before anything is shown."""
    from allowctl.revoke import journal
    from allowctl.revoke.journal_files import Place

    for scan in () if terms.dry_run else report.scans:
        place = Place(state=terms.state, chain_id=scan.chain.id, owner=scan.owner)
        if any(run.signed for run in journal.read(place).open_runs):
            raise JournalError(
                f"an earlier run for {scan.owner} on {scan.chain.name} is not finished",
                hint="finish it first: allowctl resume",
            )


def _rows(
    report: Report, selection: Selection, terms: Terms
) -> list[tuple[Scan, Sequence[Row]]]:
    """What is selected of each scan; what is not, and why, is told."""
    from allowctl.revoke.select import resolved, selected

    unread = [plain(each, _REASON) for each in _unread(report)]
    if not report.scans and report.unscanned:
        raise UnservedError(f"nothing was read: {unread[0]}")
    whole = resolved(selection, report.scans, unread)
    now = int(time.time())
    found: list[tuple[Scan, Sequence[Row]]] = []
    for scan in report.scans:
        rows, notes = selected(scan, whole, now)
        found.append((scan, rows))
        if not terms.quiet:
            for note in notes:
                typer.echo(f"{scan.chain.name}: {note}", err=True)
    return found


def _unread(report: Report) -> list[str]:
    """Why there may be approvals that no scan has."""
    return [
        *(each.reason for each in report.unscanned),
        *(gap.reason for scan in report.scans for gap in scan.coverage.gaps),
    ]


def _incomplete(report: Report, terms: Terms) -> ExitCode:
    """3 where something was not served on a chain that nobody has excused; why."""
    bad = [
        *(
            (scan.chain.id, f"{scan.chain.name}: {_lacks(scan)}")
            for scan in report.scans
            if not scan.complete
        ),
        *(
            (each.chain.id, f"{each.chain.name}: {each.reason}")
            if each.chain
            else (0, f"a chain: {each.reason}")
            for each in report.unscanned
        ),
    ]
    left = [words for chain_id, words in bad if chain_id not in terms.allowed]
    for words in dict.fromkeys(left):
        typer.echo(f"incomplete: {plain(words, _REASON)}", err=True)
    return ExitCode.INCOMPLETE if left else ExitCode.OK


def _lacks(scan: Scan) -> str:
    """Why a scan is not whole, in a few words: allowctl scan has all of them."""
    reasons = [
        *(gap.reason for gap in scan.coverage.gaps),
        *(each.reason for each in scan.unserved),
        *(each.reason for each in scan.unevaluated),
        *["endpoints tell different logs"] * bool(scan.coverage.differences),
        *["facts of a token or a spender were not served"] * bool(scan.half_known),
    ]
    found = list(dict.fromkeys(reasons))
    more = f"; and {len(found) - 1} more (allowctl scan)" if len(found) > 1 else ""
    return f"{plain(found[0], _BRIEF)}{more}" if found else "not whole"
