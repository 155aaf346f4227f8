"""What holds for every policy and every report."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import assume, given
from hypothesis import strategies as st

from allowctl.model.approval import Amount, Candidate, Everything, Item
from allowctl.model.chain import Address
from allowctl.model.evaluation import CoverKind, Evaluation, Violation
from allowctl.model.finding import Confidence, Finding, Level, Severity
from allowctl.model.missing import Lack
from allowctl.model.place import Place
from allowctl.model.policy import (
    Acknowledgement,
    Action,
    AllowEntry,
    OnRefused,
    Policy,
    PolicyRule,
    ProbeEntry,
)
from allowctl.model.report import AuditedRecord, Report, Scan
from allowctl.policy.baseline import Baseline, read, render
from allowctl.policy.evaluate import evaluate
from tests.build import MAINNET
from tests.nodes.npm import ROOT
from tests.output.schemas import strict
from tests.policy.making import BASE, TODAY, place
from tests.policy.strategies import (
    FOUND,
    LEVELS,
    OWNERS,
    WALLETS,
    acknowledgements,
    allows,
    lasts,
    policies,
    reports,
)

NAMES = {
    (OWNERS[0], MAINNET.id): {"treasury", "ops"},
    (OWNERS[0], BASE.id): {"ops"},
    (OWNERS[1], MAINNET.id): {"cold"},
    (OWNERS[1], BASE.id): {"cold"},
}
"""Whose a scan is, by what the wallets say."""
Entry = TypeVar("Entry", AllowEntry, PolicyRule, Acknowledgement, ProbeEntry)
SCHEMA = strict("baseline")
RULE = PolicyRule(place=place(29, "rule[9]"), id="every", action=Action.DENY)


def judged(
    report: Report, policy: Policy, baseline: Baseline | None = None
) -> Evaluation:
    return evaluate(report, policy, WALLETS, baseline=baseline, today=TODAY)


def failing(of: Evaluation) -> set[str]:
    return {each.fingerprint for each in of.failing}


def bare(of: Policy) -> Policy:
    """Without an entry that lets anything pass."""
    return replace(of, allows=(), acknowledged=())


def strictly(of: Policy) -> Policy:
    """Without rules that ignore, too."""
    rules = tuple(each for each in of.rules if each.action is not Action.IGNORE)
    return replace(bare(of), rules=rules)


def partly(of: Evaluation, data: st.DataObject) -> Baseline:
    """A baseline that knows some of what there is."""
    known = tuple(each for each in of.violations if data.draw(st.booleans()))
    return read(render(replace(of, violations=known)).encode())


def of_rows(violations: Iterable[Violation]) -> list[Violation]:
    """Those of approvals and of contracts that do not answer."""
    return [each for each in violations if each.subject.scan is not None]


def about(entry: AllowEntry, scan: Scan, of: Candidate, spender: Address) -> bool:
    """Whether an entry is about an approval, told by looking at each part."""
    return (
        (entry.wallet is None or entry.wallet in NAMES[scan.owner, scan.chain.id])
        and entry.chain in (None, str(scan.chain.id))
        and entry.kind in (None, of.kind)
        and entry.contract in (None, of.contract)
        and entry.token in (None, of.token)
        and entry.spender in (None, spender)
    )


def covers(entry: AllowEntry, scan: Scan, row: AuditedRecord) -> bool:
    """Whether it covers one, told in the same way."""
    record = row.record
    match record.allowance.grant:
        case Amount(amount=amount):
            fits = entry.max_amount is None or amount <= entry.max_amount
        case Item():
            fits = entry.max_amount is None or entry.max_amount >= 1
        case Everything():
            fits = entry.max_amount is None
    level = entry.max_level is None or (
        row.level is not Level.UNKNOWN and row.level <= entry.max_level
    )
    code = entry.code_hash in (None, record.spender.code_hash)
    of, spender = record.allowance.candidate, record.allowance.spender
    return (
        about(entry, scan, of, spender)
        and lasts(entry.expires)
        and fits
        and level
        and code
    )


def met(report: Report) -> list[tuple[Scan, Candidate, Address]]:
    """Whatever was found, live or not, read or not."""
    found = []
    for scan in report.scans:
        audited = [each.record for each in (*scan.allowances, *scan.expired)]
        for record in (*audited, *scan.dormant):
            of = record.allowance
            found.append((scan, of.candidate, of.spender))
        found += [
            (scan, each.candidate, each.candidate.spender) for each in scan.refused
        ]
    return found


@given(reports(), policies(), allows(9))
def test_an_allow_entry_only_lets_pass(
    report: Report, policy: Policy, entry: AllowEntry
) -> None:
    """One more never adds a failing violation, but for its own if it has expired.

    Read the other way: one less never removes any.
    """
    with_it = judged(report, replace(policy, allows=(*policy.allows, entry)))
    without = judged(report, policy)
    added = [each for each in with_it.failing if each not in without.failing]

    if lasts(entry.expires):
        assert failing(with_it) <= failing(without)
    else:
        assert [each.check for each in added if not each.subject.scan] == [
            "allow-expired"
        ] * (entry not in policy.allows)
        assert marks(of_rows(with_it.failing)) == marks(of_rows(without.failing))


@given(reports(), policies(), acknowledgements(9))
def test_an_acknowledgement_only_lets_pass(
    report: Report, policy: Policy, entry: Acknowledgement
) -> None:
    """The same holds for contracts that do not answer."""
    more = replace(policy, acknowledged=(*policy.acknowledged, entry))
    with_it, without = judged(report, more), judged(report, policy)

    if lasts(entry.expires):
        assert failing(with_it) <= failing(without)
    assert marks(of_rows(with_it.failing)) <= marks(of_rows(without.failing))


@given(reports(), policies(), st.data())
def test_order_never_matters(
    report: Report, policy: Policy, data: st.DataObject
) -> None:
    """Entries in another order, each where it is written: the same, to the letter."""
    other = replace(
        policy,
        allows=tuple(data.draw(st.permutations(policy.allows))),
        rules=tuple(data.draw(st.permutations(policy.rules))),
        acknowledged=tuple(data.draw(st.permutations(policy.acknowledged))),
    )

    assert judged(report, other) == replace(judged(report, policy), policy=other)


@given(reports(), policies(), st.data())
def test_lines_never_matter(
    report: Report, policy: Policy, data: st.DataObject
) -> None:
    """Entries that stand elsewhere say the same, but for where they stand."""
    other = replace(
        policy,
        allows=moved(data.draw(st.permutations(policy.allows)), "allow"),
        rules=moved(data.draw(st.permutations(policy.rules)), "rule"),
        acknowledged=moved(data.draw(st.permutations(policy.acknowledged)), "ack"),
        probes=moved(data.draw(st.permutations(policy.probes)), "probe"),
    )

    assert said(judged(report, other)) == said(judged(report, policy))


@given(reports(), policies(), st.data())
def test_order_of_scans_and_rows_never_matters(
    report: Report, policy: Policy, data: st.DataObject
) -> None:
    """Violations are told in one order, whatever was scanned first."""
    mixed = [
        replace(each, allowances=tuple(data.draw(st.permutations(each.allowances))))
        for each in data.draw(st.permutations(report.scans))
    ]
    other = judged(replace(report, scans=tuple(mixed)), policy)

    assert marks(other.violations) == marks(judged(report, policy).violations)


@given(reports(), policies(), st.data())
def test_every_row_is_in_one_count(
    report: Report, policy: Policy, data: st.DataObject
) -> None:
    """Each live row comes out in exactly one way, and the counts say which."""
    found = judged(report, policy, partly(judged(report, policy), data))
    outcomes: Counter[str] = Counter()
    for scan in report.scans:
        for row in scan.allowances:
            mine = [each for each in found.violations if each.subject.row is row]
            outcomes[outcome(row, mine)] += 1
    counts = found.counts

    assert counts.live == sum(len(each.allowances) for each in report.scans)
    assert outcomes == Counter(
        violating=counts.violating,
        warned=counts.warned,
        covered=counts.covered,
        passed=counts.passed,
        spam=counts.spam,
    )


def outcome(row: AuditedRecord, violations: Sequence[Violation]) -> str:
    if not violations:
        assert not row.spam
        return "passed"
    if any(each.fails for each in violations):
        return "violating"
    if not any(each.warns for each in violations):
        return "covered"
    return "spam" if violations[0].check == "spam" else "warned"


@given(reports(), policies(), st.data())
def test_suppressing_is_never_silent(
    report: Report, policy: Policy, data: st.DataObject
) -> None:
    """What is covered is told: with all that lets pass as without any of it."""
    plain = judged(report, strictly(policy))
    found = judged(report, policy, partly(plain, data))

    assert acts(of_rows(found.violations)) == acts(of_rows(plain.violations))
    assert all(each.cover is None for each in plain.violations)


@given(reports(), policies())
def test_an_entry_covers_what_it_is_about(report: Report, policy: Policy) -> None:
    """A row is allowed just where one of the entries, looked at one by one, fits."""
    for each in judged(report, policy).violations:
        scan, row = each.subject.scan, each.subject.row
        allowed = each.cover is not None and each.cover.kind is CoverKind.ALLOW
        if scan is None or row is None:
            assert not allowed
            continue
        fitting = [entry for entry in policy.allows if covers(entry, scan, row)]
        assert allowed == bool(fitting)
        if each.cover is not None and allowed:
            assert each.cover.place in {entry.place for entry in fitting}
        else:
            # Of the entries that nearly fit, one is named.
            of, spender = row.record.allowance.candidate, row.record.allowance.spender
            near = any(about(entry, scan, of, spender) for entry in policy.allows)
            told = "does not apply" in each.message
            assert told == (near and each.cover is None)


@given(reports(), policies())
def test_refusals(report: Report, policy: Policy) -> None:
    """They are against the policy if it says so, but for those acknowledged."""
    found = [each for each in judged(report, policy).violations if each.subject.refused]
    count = sum(len(each.refused) for each in report.scans)
    wanted = policy.limits.refused is OnRefused.FAIL

    assert len(found) == count * wanted
    for each in found:
        assert each.subject.refused is not None
        assert each.subject.scan is not None
        token = each.subject.refused.candidate.token
        chain = str(each.subject.scan.chain.id)
        assert (each.cover is not None) == any(
            (entry.chain, entry.token) == (chain, token) and lasts(entry.expires)
            for entry in policy.acknowledged
        )


@given(reports(), policies())
def test_entries_are_told_once_they_are_over(report: Report, policy: Policy) -> None:
    """All that have expired; and unused ones, of which nothing was found."""
    found = judged(report, policy).violations
    told = {each.check: set[Place]() for each in found}
    for each in found:
        told[each.check].add(each.place)
    everything = met(report)
    asked = {(scan.owner, scan.chain.id) for scan in report.scans}
    wholly = report.complete and not any(scan.restricted for scan in report.scans)

    over = {each.place for each in policy.allows if not lasts(each.expires)}
    assert {
        replace(each, key=each.key.removesuffix(".expires"))
        for each in told.get("allow-expired", ())
    } == over
    unused = {
        each.place
        for each in policy.allows
        if lasts(each.expires) and not any(about(each, *one) for one in everything)
    }
    assert told.get("allow-unused", set()) <= unused
    if wholly and asked == NAMES.keys():
        # Of a wallet on a chain that it is not asked on, nothing is known.
        speaking = {each.place for each in policy.allows if speaks(each)}
        assert told.get("allow-unused", set()) == unused & speaking
    if not any(scan.complete and not scan.restricted for scan in report.scans):
        assert not told.get("allow-unused")


def speaks(entry: AllowEntry) -> bool:
    """Whether the wallet that an entry names is on the chain that it names."""
    return any(
        entry.wallet in {None, *names} and entry.chain in (None, str(chain_id))
        for (_, chain_id), names in NAMES.items()
    )


@given(reports(), policies())
def test_spam_is_judged_by_rules_that_name_it(report: Report, policy: Policy) -> None:
    """No check of `[policy]` and no other rule is against spam; else it is told."""
    naming = {
        f"rule.{each.id}" for each in policy.rules if "spam-token" in each.when.rules
    }
    found = of_rows(judged(report, policy).violations)
    for scan in report.scans:
        for row in scan.allowances:
            mine = [each for each in found if each.subject.row is row]
            checks = [each.check for each in mine]
            if not row.spam:
                assert "spam" not in checks
            elif checks != ["spam"]:
                assert checks
                assert naming.issuperset(checks)
            else:
                assert mine[0].action is Action.WARN


@given(reports(), policies(), st.data())
def test_no_rule_passes_what_it_could_not_look_at(
    report: Report, policy: Policy, data: st.DataObject
) -> None:
    """Where a finding would put a rule against a row, and nobody sought it: open."""
    some = st.frozensets(st.sampled_from(FOUND), min_size=1)
    rules = (*policy.rules, RULE)
    named = [replace(each.when, rules=data.draw(some)) for each in rules]
    policy = replace(
        policy,
        rules=tuple(
            replace(each, when=when) for each, when in zip(rules, named, strict=True)
        ),
    )
    found = judged(report, policy)
    marks_now = marks(found.violations)
    told = [(each.wallet, each.chain_id, each.reason) for each in found.open_ends]
    for scan in report.scans:
        for row in scan.allowances:
            for name in sorted(lacked(scan, row)):
                seen = seeing(report, row, name)
                for each in judged(seen, policy).violations:
                    if each.fingerprint in marks_now or each.check == "spam":
                        continue
                    rule = each.check.removeprefix("rule.")
                    of = (each.subject.wallet, scan.chain.id)
                    assert any(
                        (wallet, chain_id) == of
                        and f"the rule {rule} cannot be held" in reason
                        and f": {name} was not evaluated: " in reason
                        for wallet, chain_id, reason in told
                    )


def lacked(scan: Scan, row: AuditedRecord) -> set[str]:
    """What was not evaluated on a row, or may not have been."""
    nobody = {
        each.rule for each in scan.not_evaluated if each.lack is Lack.NOT_ASKED
    } - {each.rule for each in row.findings}
    return nobody | {each.rule for each in row.lacking}


def seeing(report: Report, row: AuditedRecord, rule: str) -> Report:
    """The same where a rule found something on a row."""
    more = Finding(
        rule=rule,
        severity=Severity.INFO,
        confidence=Confidence.LOW,
        points=0,
        evidence="seen",
        case="eoa" if rule == "upgradeable-spender" else None,
    )
    other = replace(row, findings=(*row.findings, more), lacking=())
    return replace(
        report,
        scans=tuple(
            replace(
                scan,
                allowances=tuple(
                    other if each is row else each for each in scan.allowances
                ),
            )
            for scan in report.scans
        ),
    )


@given(reports(), policies())
def test_ignoring_is_weakest(report: Report, policy: Policy) -> None:
    """A rule that ignores covers no rule, and nothing that a rule is against."""
    found = judged(report, policy).violations
    for each in found:
        if each.cover is None or each.cover.kind is not CoverKind.IGNORE:
            continue
        row = each.subject.row
        mine = [other for other in found if other.subject.row is row]
        assert not any(other.check.startswith("rule.") for other in mine)


@given(reports(), policies(), st.sampled_from(LEVELS))
def test_a_higher_bar_fails_less(report: Report, policy: Policy, bar: Level) -> None:
    """The worse the level that the policy fails on, the less fails."""
    assume(bar >= policy.limits.fail_on)
    raised = replace(policy, limits=replace(policy.limits, fail_on=bar))

    assert failing(judged(report, raised)) <= failing(judged(report, policy))


@given(reports(), policies(), st.frozensets(st.sampled_from((1, 8453))))
def test_what_was_not_seen_is_told(
    report: Report, policy: Policy, forgiven: frozenset[int]
) -> None:
    """What lacks is an open end, whatever is covered; forgiven where that is said."""
    found = evaluate(report, policy, WALLETS, today=TODAY, forgiven=forgiven)
    again = judged(report, strictly(policy)).open_ends
    strictness = policy.limits.fail_on_incomplete
    missing = {
        (scan.owner, scan.chain.id) for scan in report.scans if not scan.complete
    }

    assert report.complete or found.open_ends
    assert missing <= {
        (each.wallet.address, each.chain_id) for each in found.open_ends if each.wallet
    }
    assert [each.forgiven for each in found.open_ends] == [
        not strictness or each.chain_id in forgiven for each in found.open_ends
    ]
    if policy.values_decide == strictly(policy).values_decide:
        assert [each.reason for each in again] == [
            each.reason for each in found.open_ends
        ]


@given(reports(), policies())
def test_messages_are_ours(report: Report, policy: Policy) -> None:
    """One sentence, without a full stop and without a word of anybody else."""
    for each in judged(report, policy).violations:
        assert each.message.isascii()
        assert each.message.isprintable()
        assert not each.message.endswith(".")
        assert "evil" not in each.message
        assert "script" not in each.message


@given(reports(), policies())
def test_fingerprints_name_one_thing(report: Report, policy: Policy) -> None:
    """No two violations of approvals have one fingerprint, however many there are."""
    found = of_rows(judged(report, policy).violations)

    assert len({each.fingerprint for each in found}) == len(found)


@given(reports(), policies())
def test_what_was_written_down_passes(report: Report, policy: Policy) -> None:
    """A baseline of what is against approvals covers all of it, and stays the same."""
    first = judged(report, policy)
    text = render(first)
    SCHEMA.validate(json.loads(text))
    again = judged(report, policy, read(text.encode()))

    assert text.isascii()
    assert all(each.cover is not None for each in of_rows(again.violations))
    assert render(again) == text
    assert [each for each in again.failing if each.subject.scan] == []
    assert failing(again) <= failing(first)


@given(reports(), policies(), st.data())
def test_a_baseline_knows_what_rose(
    report: Report, policy: Policy, data: st.DataObject
) -> None:
    """A row with a higher level, a larger amount or root, a later end is not known."""
    policy = strictly(policy)
    baseline = read(render(judged(report, policy)).encode())
    rows = [(scan, row) for scan in report.scans for row in scan.allowances]
    assume(rows)
    scan, row = data.draw(st.sampled_from(rows))
    worse = data.draw(st.sampled_from(risen(row) or [row]))
    assume(worse != row)
    changed = tuple(worse if each is row else each for each in scan.allowances)
    scans = tuple(
        replace(each, allowances=changed) if each is scan else each
        for each in report.scans
    )
    found = judged(replace(report, scans=scans), policy, baseline)

    for each in found.violations:
        if each.subject.row is worse:
            assert each.cover is None
        elif each.subject.row is not None:
            assert each.cover is not None


def risen(row: AuditedRecord) -> list[AuditedRecord]:
    """The same approval, worse by one of what a baseline watches."""
    allowance, found = row.record.allowance, []
    if row.level < Level.CRITICAL:
        found.append(replace(row, level=Level(row.level + 1)))
    if isinstance(allowance.grant, Amount):
        grants = [replace(allowance.grant, amount=allowance.grant.amount + 1)]
        root = allowance.grant.root_amount
        if root is not None:
            grants.append(replace(allowance.grant, root_amount=root + 1))
        end = allowance.grant.expiration
        if end is not None:
            grants += [replace(allowance.grant, expiration=e) for e in (None, end + 1)]
        found += [
            replace(
                row,
                record=replace(row.record, allowance=replace(allowance, grant=grant)),
            )
            for grant in grants
        ]
    return found


def test_it_is_the_same_in_every_process() -> None:
    """What sets and dicts are made of differs between processes; the outcome not."""
    code = "from tests.policy.sample import told; print(told())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(runs) == 1
    assert "allow[" in next(iter(runs))


def marks(violations: Iterable[Violation]) -> set[str]:
    return {each.fingerprint for each in violations}


def acts(violations: Iterable[Violation]) -> Counter[tuple[str, str, Action]]:
    return Counter((each.fingerprint, each.check, each.action) for each in violations)


def said(of: Evaluation) -> Counter[object]:
    """All but the places, and the entries' numbers in what is said."""
    return Counter(
        (
            each.check,
            each.action,
            each.fingerprint,
            each.message.partition(";")[0],
            each.cover
            and (
                each.cover.kind,
                each.cover.reason,
                each.cover.owner,
                each.cover.expires,
            ),
        )
        for each in of.violations
    )


def moved(entries: Sequence[Entry], key: str) -> tuple[Entry, ...]:
    """The same entries in this order, one in a line."""
    return tuple(
        replace(each, place=place(100 + number, f"{key}[{number}]"))
        for number, each in enumerate(entries)
    )
