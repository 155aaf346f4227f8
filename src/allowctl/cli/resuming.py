"""What `resume` does: look into the journals, and finish what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer

from allowctl.cli import ask, take_shown, taking
from allowctl.cli.take_jobs import Job, run_jobs
from allowctl.cli.take_terms import Terms
from allowctl.cli.take_values import Keys, Reach, Run
from allowctl.codec.words import checksum
from allowctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from allowctl.cli.given import World
    from allowctl.model.chain import Address
    from allowctl.model.outcome import Result
    from allowctl.model.plan import Plan
    from allowctl.revoke import history
    from allowctl.revoke.carry import Carrier
    from allowctl.revoke.journal_files import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A run that was broken off."""

    place: Place
    run: history.Run
    plan: Plan

    @property
    def words(self) -> str:
        """What a person is told of it."""
        count = len(self.plan.steps)
        return (
            f"an open run for {checksum(self.plan.owner)} on {self.plan.chain.name}: "
            f"{count - self.unsigned} of {count} transactions were signed"
        )

    @property
    def unsigned(self) -> int:
        """How many of its steps were not signed."""
        return len(self.plan.steps) - len({each.step for each in self.run.signed})


def resume(
    owner: str | None, chains: Sequence[str], reach: Reach, keys: Keys, run: Run
) -> ExitCode:
    """Finish every open run that is meant, and say how they ended."""
    world = reach.world()
    key = keys.key()
    terms = run.terms(key, world.chains)
    found = _open(world, owner, chains, terms)
    if not found:
        typer.echo("nothing is open: every run has come to its end", err=True)
        take_shown.show_results([], take_shown.told_already(terms.places))
        return ExitCode.OK
    for each in found:
        typer.echo(each.words, err=True)
    unsigned = sum(each.unsigned for each in found)
    if unsigned and key.source is None:
        # Whoever names no key gives up what was not signed.
        terms = replace(terms, signs=False)
        typer.echo("no keystore is named: nothing more is signed", err=True)
    elif unsigned:
        terms.check(ask.NO_DRY_RUN)
        take_shown.tell_plans(
            [each.plan for each in found], quiet=run.quiet and run.yes
        )
        question = f"Go on, and sign what was not signed yet ({unsigned})?"
        ask.agree(
            question,
            yes=run.yes,
            undone="nothing more was signed",
            hint=ask.NO_DRY_RUN,
        )
    jobs = [_job(each) for each in found]
    results = run_jobs(reach.means(world), world.chains, jobs, terms)
    return taking.ended(results, terms)


def _open(
    world: World, owner: str | None, chains: Sequence[str], terms: Terms
) -> list[_Open]:
    """The open runs, by chain and account. JournalError, PlanError."""
    from allowctl.chains.registry import select
    from allowctl.revoke import document, journal
    from allowctl.revoke.journal_files import places

    whose = None if owner is None else _address(world, owner)
    where = {chain.id for chain in select(chains, world.chains)}
    return [
        _Open(place=place, run=run, plan=document.read_one(run.plan_text))
        for place in places(terms.state)
        if whose in {None, place.owner} and (not where or place.chain_id in where)
        for run in journal.read(place).open_runs
    ]


def _address(world: World, text: str) -> Address:
    from allowctl.chains.owners import OwnerName, parse_owner
    from allowctl.model.settings import wallets_named

    wallets = wallets_named(world.settings)
    if text in wallets:
        return wallets[text].address
    owner = parse_owner(text, world.chains)
    if isinstance(owner, OwnerName):
        raise UsageError(
            f"{text!a} is a name: the journal knows addresses", hint="give the address"
        )
    return owner.address


def _job(found: _Open) -> Job:
    async def work(carrier: Carrier) -> Result:
        return await carrier.resume(found.run)

    return Job(plan=found.plan, work=work)
