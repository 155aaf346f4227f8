"""What to do next about an evaluation: commands and lines to be copied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from allowctl.codec.shown import quoted
from allowctl.codec.words import checksum
from allowctl.model.approval import Amount
from allowctl.model.evaluation import Evaluation, Subject, Violation
from allowctl.model.finding import Level
from allowctl.model.missing import Lack
from allowctl.model.policy import Policy
from allowctl.model.report import Record, Report
from allowctl.output import located
from allowctl.output.check_words import approval, own, whose
from allowctl.output.columns import SHORT_ID
from allowctl.policy.checks import CHECKS, RULE_PREFIX
from allowctl.risk.listed import RULES

_SOURCES = "unverified-spender"
_NAME = re.compile(r"[a-z0-9-]{1,40}")
"""A chain's name that stands on a command line as it is."""
_REASON = 200
_CHECKS = 16
"""Checks that have a sentence each."""
_BASELINE = ".allowctl-baseline.json"
_WITH = (
    "add the --rpc-url and --config that you check with to each command that takes them"
)
_SPAM = (
    "its token is taken for spam: leave it alone, for to take it back costs a fee and "
    "may run the token's code; if it is a token of yours after all, give it a price "
    "under [prices.fixed] in allowctl.toml"
)
_RULE = (
    "take the approval back with `allowctl revoke`, or write down in an [[allow]] "
    "entry why it is needed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do, and the lines to do it with."""

    said: str
    """One sentence without a full stop."""
    code: tuple[str, ...] = ()
    toml: bool = False
    """Whether the lines are for the policy's file, and not for a shell."""


def steps(evaluation: Evaluation, root: str) -> Iterator[Step]:
    """What would make the check pass: first what was not seen, then the worst row."""
    unseen = tuple(_unseen(evaluation))
    yield from unseen
    rows = [each for each in evaluation.failing if each.subject.row is not None]
    if rows:
        # Nothing can be done about spam: it comes after what can be mended.
        worst = next((each for each in rows if not _spam(each)), rows[0])
        yield from _first(worst, evaluation.policy, root)
    yield from _advice(evaluation.failing or evaluation.warnings, evaluation.policy)
    if rows:
        yield _known(evaluation.policy, root)
    if unseen or rows:
        yield Step(said=_WITH)


def _spam(violation: Violation) -> bool:
    row = violation.subject.row
    return row is not None and row.spam


def _unseen(evaluation: Evaluation) -> Iterator[Step]:
    ends = [each for each in evaluation.open_ends if not each.forgiven]
    if not ends:
        return
    for_lists = _for_lists(evaluation.report, {each.chain_id for each in ends})
    if any(each & RULES for each in for_lists):
        yield Step(
            said="fetch the lists that could not be had, or check with --offline",
            code=("allowctl intel update",),
        )
    if _wants_sources(evaluation):
        yield Step(
            said="have Sourcify asked, which learns the spenders: a rule of the policy "
            "goes by it",
            code=("allowctl check --sourcify",),
        )
    # Of each scan, what all rules lack is one open end (policy/open_ends.py); others
    # may stand beside it, and then the advice is a step too many.
    if len(ends) > sum(each <= RULES for each in for_lists):
        yield Step(
            said="see which endpoints answer; name others with --rpc-url",
            code=("allowctl endpoints",),
        )
    chains = {
        each.chain_id: _chain(each.chain_id, each.chain)
        for each in ends
        if each.chain_id is not None
    }
    if chains:
        yield Step(
            said="or, if it may be left open, let these chains be incomplete",
            code=(f"allowctl check --allow-incomplete {','.join(chains.values())}",),
        )


def _wants_sources(evaluation: Evaluation) -> bool:
    """Whether a rule of the policy goes by what only Sourcify tells, unasked."""
    named = {name for rule in evaluation.policy.rules for name in rule.when.rules}
    return _SOURCES in named and any(
        each.rule == _SOURCES and each.lack is Lack.NOT_ASKED
        for scan in evaluation.report.scans
        for each in scan.not_evaluated
    )


def _for_lists(report: Report, chains: set[int | None]) -> list[set[str]]:
    """Of each scan on the chains, the rules that lack a fact; none if no list does."""
    lost = any(
        each.missing is not None and each.missing.lack is Lack.FAILED
        for each in report.lists
    )
    return [
        {each.rule for each in scan.unevaluated}
        for scan in report.scans
        if lost and scan.unevaluated and scan.chain.id in chains
    ]


def _first(violation: Violation, policy: Policy, root: str) -> Iterator[Step]:
    """How to look at the worst row, take it back, or let it pass."""
    of = violation.subject
    if of.scan is None or of.row is None:
        return
    short = (approval(of) or "")[:SHORT_ID]
    chain = _chain(of.scan.chain.id, of.scan.chain.name)
    owner = checksum(of.scan.owner)
    yield Step(
        said=f"see why {short} of {whose(of)}, the worst of all, is there",
        code=(f"allowctl explain {short}",),
    )
    if of.row.spam:
        return
    yield Step(
        said="take it back; --keystore in the place of --dry-run sends it",
        code=(f"allowctl revoke {owner} --chain {chain} --id {short} --dry-run",),
    )
    file = own(located.inside(policy.file, root)) if policy.file else "allowctl.toml"
    yield Step(
        said=f"or let it pass: add this to {file}, with a reason",
        code=tuple(entry(of)),
        toml=True,
    )


def entry(of: Subject) -> Iterator[str]:
    """The [[allow]] entry for one row, without the reason that it must have."""
    if of.scan is None or of.row is None:
        return
    record = of.row.record
    candidate = record.allowance.candidate
    yield "[[allow]]"
    if of.wallet is not None:
        yield f"wallet = {json.dumps(of.wallet.name)}"
    yield f'chain = "{_chain(of.scan.chain.id, of.scan.chain.name)}"'
    yield f'kind = "{candidate.kind.value}"'
    if candidate.contract != candidate.token:
        yield f'contract = "{checksum(candidate.contract)}"'
    yield f'token = "{checksum(candidate.token)}"'
    yield f'spender = "{checksum(record.allowance.spender)}"'
    yield from _most(record)
    if of.row.level is not Level.UNKNOWN:
        yield f'max_level = "{of.row.level}"'
    yield 'reason = ""'


def _most(record: Record) -> Iterator[str]:
    match record.allowance.grant:
        case Amount(amount=amount, maximum=maximum):
            most = "unlimited" if amount >= maximum else str(amount)
            yield f'max_amount = "{most}"'
        case _:
            pass


def _advice(some: Iterable[Violation], policy: Policy) -> Iterator[Step]:
    """What to do about each check that is not met, once."""
    every = list(some)
    checks = tuple(dict.fromkeys(each.check for each in every))
    real = {each.check for each in every if not _spam(each)}
    for check in checks[:_CHECKS]:
        card = CHECKS.get(check)
        helps = _RULE if check in real else _SPAM
        said = _of_rule(check, policy, helps) if card is None else card.help
        yield Step(said=f"{own(check)}: {said.rstrip('.')}")
    if len(checks) > _CHECKS:
        yield Step(said=f"and {len(checks) - _CHECKS:,} more checks are not met")


def _of_rule(check: str, policy: Policy, helps: str) -> str:
    """The reason of whoever wrote the rule, and what helps."""
    reasons = (each.reason for each in policy.rules if RULE_PREFIX + each.id == check)
    reason = next(filter(None, reasons), "")
    return f"{quoted(reason, _REASON)}; {helps}" if reason else helps


def _known(policy: Policy, root: str) -> Step:
    """How to let pass all that is there today."""
    if policy.baseline is not None:
        file = own(located.inside(str(policy.baseline.path), root))
        said = "let pass what is there today, as long as it does not grow"
    else:
        file = _BASELINE
        said = (
            "let pass what is there today, as long as it does not grow; "
            f'[baseline] file = "{file}" makes the policy look there'
        )
    return Step(said=said, code=(f"allowctl check --write-baseline {file}",))


def _chain(number: int, name: str | None) -> str:
    return name if name is not None and _NAME.fullmatch(name) else str(number)
