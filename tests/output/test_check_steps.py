"""What to do next: commands and entries that can be copied."""

from __future__ import annotations

from dataclasses import replace

import pytest
import tomli

from allowctl.codec.words import checksum
from allowctl.model.approval import Kind, NotServed
from allowctl.model.evaluation import OpenEnd, Subject
from allowctl.model.finding import Level, NotEvaluated
from allowctl.model.lists import ListStatus
from allowctl.model.missing import Lack, Missing
from allowctl.model.policy import Action, Condition, Policy, PolicyRule
from allowctl.output.check_steps import entry, steps
from allowctl.policy.checks import CHECKS
from allowctl.policy.evaluate import evaluate
from allowctl.risk.audit import audit
from tests.build import (
    address,
    allowance,
    audited,
    candidate,
    child,
    context,
    record,
    scan,
    scan_report,
)
from tests.output import evaluations, sample
from tests.policy import making
from tests.policy.making import ROOT


def test_passing_needs_nothing() -> None:
    """No advice where nothing is wrong."""
    assert list(steps(making.passing(), ROOT)) == []
    assert list(steps(evaluations.forgiven(), ROOT)) == []


def test_failing() -> None:
    """See it, take it back, let it pass, each check's help, and the baseline."""
    evaluation = making.rich()
    found = list(steps(evaluation, ROOT))
    row = evaluation.violations[0].subject.row
    assert row is not None
    short = row.record.allowance.fingerprint(1)[:8]
    owner = "0x0A0A0a0a0a0a0a0A0a0a0A0a0A0A0A0a0a0a0a0a"
    revoke = f"{owner} --chain ethereum --id {short} --dry-run"
    code = [each.code for each in found if each.code and not each.toml]

    assert code == [
        ("allowctl endpoints",),
        ("allowctl check --allow-incomplete ethereum",),
        (f"allowctl explain {short}",),
        (f"allowctl revoke {revoke}",),
        ("allowctl check --write-baseline .allowctl-baseline.json",),
    ]
    assert found[-1].said.startswith("add the --rpc-url and --config")
    for check in dict.fromkeys(each.check for each in evaluation.failing):
        assert any(
            each.said == f"{check}: {CHECKS[check].help.rstrip('.')}" for each in found
        )


def test_incomplete() -> None:
    """Which endpoints answer, and which chains may be left open; no row to fix."""
    *found, last = steps(evaluations.incomplete(), ROOT)
    assert [each.code[0].split()[1] for each in found] == ["endpoints", "check"]
    assert last.said.startswith("add the --rpc-url and --config")

    nowhere = replace(making.passing(), open_ends=(OpenEnd(reason="no chain told"),))
    assert len(list(steps(nowhere, ROOT))) == 2


LOST = ListStatus(
    id="mine", source="lists.example", missing=Missing(Lack.FAILED, "nobody answers")
)


@pytest.mark.parametrize(
    ("rules", "lists", "other", "advice"),
    [
        ({"exploited-spender"}, (LOST,), 0, ["intel"]),
        ({"exploited-spender"}, (LOST,), 1, ["intel", "endpoints"]),
        ({"exploited-spender", "paused-token"}, (LOST,), 0, ["intel", "endpoints"]),
        ({"paused-token"}, (LOST,), 0, ["endpoints"]),
        ({"exploited-spender"}, (), 0, ["endpoints"]),
        ({"exploited-spender"}, (replace(LOST, missing=None),), 0, ["endpoints"]),
    ],
)
def test_lists_are_fetched_and_endpoints_asked(
    rules: set[str],
    lists: tuple[ListStatus, ...],
    other: int,
    advice: list[str],
) -> None:
    """Each cause of what was not seen has a cure of its own."""
    unknown = tuple(
        NotEvaluated(rule=rule, reason="lost", lack=Lack.FAILED) for rule in rules
    )
    lost = (NotServed(candidate=candidate(token=address(9)), reason="lost"),) * other
    seen = scan(not_evaluated=unknown, unserved=lost)
    report = replace(scan_report(seen), lists=lists)
    evaluation = evaluate(
        report, Policy(file=""), (making.wallet(),), today=making.TODAY
    )
    said = [each.code[0].split()[1] for each in steps(evaluation, ROOT) if each.code]
    assert said == [*advice, "check"]


def test_what_a_rule_goes_by_is_to_be_asked() -> None:
    """A rule on published source can be held against nothing while nobody asked."""
    unasked = NotEvaluated(
        rule="unverified-spender", reason="not asked for (1 row)", lack=Lack.NOT_ASKED
    )
    seen = scan(allowances=(audited(),), not_evaluated=(unasked,))
    when = Condition(rules=frozenset({"unverified-spender"}))
    rule = PolicyRule(place=making.place(), id="open", action=Action.DENY, when=when)
    for rules, advised in (((rule,), True), ((), False)):
        evaluation = evaluate(
            scan_report(seen),
            Policy(file="", rules=rules),
            (making.wallet(),),
            today=making.TODAY,
        )
        code = [line for each in steps(evaluation, ROOT) for line in each.code]
        assert ("allowctl check --sourcify" in code) is advised


def test_spam_is_left_alone() -> None:
    """It is not taken back and not allowed; a row that matters comes before it."""
    second = making.rows()[1]
    spam = next(each for each in sample.rich_scan().allowances if each.spam)
    seen = scan(allowances=(spam, second))
    of = Subject(wallet=making.wallet(), scan=seen)
    planted = making.violation(replace(of, row=spam), check="rule.no-spam", number=1)
    real = making.violation(replace(of, row=second), number=2)

    alone = list(steps(making.evaluation(planted), ROOT))
    assert "revoke" not in " ".join(each.said + "".join(each.code) for each in alone)
    assert not any(each.toml for each in alone)
    assert any("its token is taken for spam" in each.said for each in alone)

    both = list(steps(making.evaluation(planted, real), ROOT))
    (told,) = (each for each in both if each.toml)
    assert told.code == tuple(entry(real.subject))


def test_odd_chains_are_named_by_number() -> None:
    """No stranger's word stands in a command."""
    end = OpenEnd(chain_id=7, chain="base; rm -rf /", reason="lost")
    found = list(steps(replace(making.passing(), open_ends=(end,)), ROOT))
    assert found[1].code == ("allowctl check --allow-incomplete 7",)


def test_warnings_have_help_where_nothing_fails() -> None:
    """And no command that a pass does not need."""
    warned = making.violation(check="allow-unused", action=Action.WARN)
    (only,) = steps(making.evaluation(warned), ROOT)
    assert only.said.startswith("allow-unused: Delete it")


def test_a_rule_says_why() -> None:
    """In the words of whoever wrote it, in quotes; or only what helps."""
    rule = PolicyRule(
        place=making.place(), id="mine", action=Action.DENY, reason=making.EVIL
    )
    evaluation = making.evaluation(making.violation(check="rule.mine"))
    policy = replace(evaluation.policy, rules=(rule,))
    (quoted,) = steps(replace(evaluation, policy=policy), ROOT)
    (plain,) = steps(evaluation, ROOT)

    assert quoted.said.startswith('rule.mine: "\\x3a:error')
    assert plain.said.startswith("rule.mine: take the approval back")


def test_many_checks_are_counted() -> None:
    """Sixteen have their help, the others a number."""
    every = [making.violation(check=f"rule.r{number}") for number in range(20)]
    assert [each.said for each in steps(making.evaluation(*every), ROOT)][-1] == (
        "and 4 more checks are not met"
    )


@pytest.mark.parametrize("number", range(3))
def test_an_entry_is_toml_without_its_reason(number: int) -> None:
    """Whole addresses and the exact amount; the reason is for a person to give."""
    seen = making.judged()
    row = seen.allowances[number]
    of = Subject(wallet=making.wallet(), scan=seen, row=row)
    (told,) = tomli.loads("\n".join(entry(of)))["allow"]
    candidate = row.record.allowance.candidate
    expected = {"max_level": str(row.level)}
    if candidate.kind is not Kind.OPERATOR:
        expected["max_amount"] = "unlimited" if row.record.unlimited else "1000"

    assert told == {
        "wallet": "treasury",
        "chain": "ethereum",
        "kind": candidate.kind.value,
        "token": checksum(candidate.token),
        "spender": checksum(row.record.allowance.spender),
        "reason": "",
        **expected,
    }


def test_an_entry_names_the_permit2_that_it_is_in() -> None:
    """A token lets many contracts hold state for it."""
    rows = audit([record(allowance(child(7), kind=Kind.PERMIT2))], context()).records
    of = Subject(scan=scan(allowances=rows), row=rows[0])
    (told,) = tomli.loads("\n".join(entry(of)))["allow"]

    assert told["contract"].lower() == rows[0].record.allowance.candidate.contract
    assert "wallet" not in told
    unknown = replace(rows[0], level=Level.UNKNOWN)
    assert not any("max_level" in each for each in entry(replace(of, row=unknown)))
    assert list(entry(Subject())) == []
