"""The command line of `revoke` and `limit`: what it means, all of it together."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from allowctl.cli import given, parse, reported, taking, wanted
from allowctl.cli.signing_key import Key
from allowctl.cli.take_options import UrgencyName
from allowctl.cli.take_values import Keys, Pay, Reach, Run, Which, Whom
from allowctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from allowctl.model.chain import Address
    from allowctl.revoke.goal import Goal
    from allowctl.revoke.select import Selection

__all__ = ["Asked", "Keys", "Pay", "Reach", "Run", "Which", "Whom", "limit_to"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All of it."""

    whom: Whom
    reach: Reach
    which: Which
    keys: Keys
    pay: Pay
    run: Run

    def take(self, goal: Goal, *, cancel: bool, lowers: bool = False) -> ExitCode:
        """Do it, and say how it ended. `lowers`: nothing but what lowers is meant."""
        from allowctl.revoke.attempts import DELTAS
        from allowctl.revoke.prepare import Wish

        world = self.reach.world()
        means = self.reach.means(world)
        key = self.keys.key()
        terms = self.run.terms(key, world.chains)
        if self.run.plan is not None:
            self._refuse_idle(goal, cancel=cancel)
            offer = self.pay.offer()
            terms.check()
            return taking.follow_plan(
                means, world.chains, self.run.plan, terms, offer, lowers=lowers
            )
        report = self._report()
        selection = self.which.selection(report.fingerprints if report else None)
        terms.check()
        asked = self._wanted(world, key, selection, report)
        if report is not None:
            self._tell(report, selection)
        wish = Wish(
            goal=goal,
            offer=self.pay.offer(),
            cancel=(lambda: secrets.choice(DELTAS)) if cancel else None,
        )
        return taking.take(means, asked, selection, wish, terms, report)

    def _refuse_idle(self, goal: Goal, *, cancel: bool) -> None:
        """UsageError for whatever would have no effect beside a plan."""
        from allowctl.revoke.goal import Revoke

        which, whom, run = self.which, self.whom, self.run
        given_too = {
            "OWNER": whom.owner,
            "--from": _typed(whom.sender, "ALLOWCTL_FROM", "ETH_FROM"),
            "--from-report": whom.from_report,
            "--chain": _typed(" ".join(whom.chains), "ALLOWCTL_CHAIN"),
            "--to": not isinstance(goal, Revoke),
            "--all-risky": which.all_risky,
            "--all": which.everything,
            "--id": which.ids,
            "--token": which.tokens,
            "--spender": which.spenders,
            "--kind": which.kinds,
            "--min-level": which.min_level,
            "--older-than": which.older_than,
            "--include-spam": which.include_spam,
            "--cancel-signatures": cancel,
            "--urgency": self.pay.urgency is not UrgencyName.NORMAL,
            "--plan-out": run.plan_out,
            "--allow-incomplete": run.allow_incomplete,
        }
        names = [name for name, value in given_too.items() if value]
        if names:
            raise UsageError(
                f"the plan says all that: {', '.join(names)} has no effect with --plan",
                hint="leave it out, or make a new plan with --plan-out",
            )

    def _report(self) -> reported.Reports | None:
        """The one of --from-report. UsageError for what its rows do not tell."""
        if self.whom.from_report is None:
            return None
        if self.which.older_than is not None:
            raise UsageError(
                "--older-than has nothing to go by: with --from-report no log is read, "
                "and its rows have no age",
                hint="leave one of them out",
            )
        return reported.read(self.whom.from_report)

    def _tell(self, report: reported.Reports, selection: Selection) -> None:
        """What is not looked at, and not judged, because it is a report's."""
        if self.run.quiet:
            return
        ageless = [reported.AGELESS] * selection.by_level
        for sentence in (*report.not_taken, *ageless):
            typer.echo(sentence, err=True)

    def _wanted(
        self,
        world: given.World,
        key: Key,
        selection: Selection,
        report: reported.Reports | None,
    ) -> wanted.Wanted:
        """Whose approvals are looked at: OWNER, --from, a wallet, or the keystore."""
        text = self.whom.owner or self.whom.sender
        owners: tuple[str, ...] = (text,) if text else ()
        if text is None and report is not None:
            owners = report.owners
        elif text is None and len(world.settings.wallets) != 1:
            owners = (self._of_keystore(key),)
        asked = wanted.wanted(
            named=parse.Named(
                tokens=selection.tokens if report is None else frozenset(),
                spenders=selection.spenders if report is None else frozenset(),
            ),
            owners=owners,
            settings=world.settings,
            known=world.chains,
            chains=self.whom.chains or (report.chains if report else ()),
        )
        if report is None:
            return asked
        report.check(asked)
        return replace(asked, candidates=report.candidates)

    def _of_keystore(self, key: Key) -> Address:
        """Whose keystore it is, where it tells; a dry run does not look."""
        found = None if self.run.dry_run else key.address()
        if found is None and key.source is not None and not self.run.dry_run:
            raise UsageError(
                "no owner: the keystore names no address",
                hint="give the address, or --from",
            )
        if found is None:
            raise UsageError(
                "no owner: nothing says whose approvals are meant",
                hint="give an address, --from, or one [[wallet]] in your allowctl.toml",
            )
        return found


def _typed(text: str | None, *variables: str) -> str | None:
    """The text, unless it is what a variable says: nobody meant that for this run."""
    return None if text in {os.environ.get(each) for each in variables} else text


def limit_to(text: str | None, plan: Path | None) -> Goal:
    """What --to says. UsageError where it says nothing."""
    from allowctl.revoke.goal import LimitTo, LimitToBalance, Revoke

    if text is None:
        if plan is not None:
            return Revoke()
        raise UsageError(
            "--to says what is to be left: it is missing",
            hint="--to 100.5, --to '1000 units' or --to balance",
        )
    word = text.strip()
    return LimitToBalance() if word.lower() == "balance" else LimitTo(word)
