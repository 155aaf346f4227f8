"""`[[rule]]`s that cannot be held against an approval: nobody told what they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from allowctl.model.missing import Lack
from allowctl.model.policy import Action, Condition, OnUnpriced, Policy, PolicyRule
from allowctl.model.report import Scan
from allowctl.model.settings import Wallet
from allowctl.policy.conditions import found, may_match
from allowctl.policy.judged import Judged
from allowctl.policy.rules import naming_spam
from allowctl.policy.words import several


@dataclass(slots=True)
class _Open:
    """Why one of allowctl's rules is open, and of how many approvals."""

    reasons: set[str] = field(default_factory=set)
    """Of those that are known to lack it."""
    known: int = 0
    possible: int = 0
    """Those of which only their scan says that some may lack it."""


def unheld(scan: Scan, wallets: tuple[Wallet, ...], policy: Policy) -> Iterator[str]:
    """A sentence for each rule of the policy and each of allowctl's that it lacks.

    For whatever reason it was not evaluated: a rule that denies must not let pass
    what it could not look at.
    """
    not_asked = _not_asked(scan)
    rules = [
        each
        for each in policy.rules
        if each.when.rules and each.action is not Action.IGNORE
    ]
    of_spam = naming_spam(rules)
    every: dict[tuple[str, str], _Open] = {}
    for row in scan.allowances if rules else ():
        lacking = {each.rule: each.reason for each in row.lacking}
        evaluated = {each.rule for each in row.findings}
        possible = not_asked.keys() - evaluated - lacking.keys()
        of = Judged(scan=scan, wallets=wallets, row=row)
        for rule in of_spam if row.spam else rules:
            names = _named(rule.when) & (lacking.keys() | possible)
            if not names or not _may_hold(rule, of, policy):
                continue
            for name in names:
                told = every.setdefault((rule.id, name), _Open())
                if name in lacking:
                    told.known += 1
                    told.reasons.add(lacking[name])
                else:
                    told.possible += 1
    for (rule_id, name), told in sorted(every.items(), key=lambda each: each[0]):
        most = "up to " if told.possible else ""
        count = several(told.known + told.possible, "approval")
        reason = min(told.reasons, default="") or not_asked[name]
        yield (
            f"the rule {rule_id} cannot be held against {most}{count}: "
            f"{name} was not evaluated: {reason}"
        )


def _not_asked(scan: Scan) -> Mapping[str, str]:
    """What nobody wanted is told by the scan alone, not by its rows."""
    asked = sorted(
        (each.rule, each.reason)
        for each in scan.not_evaluated
        if each.lack is Lack.NOT_ASKED
    )
    return dict(reversed(asked))


def _named(when: Condition) -> set[str]:
    """The ids of the rules that it names, whatever the case."""
    return {name.partition(".")[0] for name in when.rules}


def _may_hold(rule: PolicyRule, of: Judged, policy: Policy) -> bool:
    """Whether it hangs on what was not evaluated alone."""
    if found(rule.when, of):
        return False
    matched = may_match(rule.when, of)
    if matched is None:
        return False
    return matched.value_known or policy.unpriced is not OnUnpriced.IGNORE
