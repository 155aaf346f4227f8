"""The result of a check as JUnit XML: what others read is what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from junitparser import JUnitXml, TestCase, TestSuite
from syrupy.assertion import SnapshotAssertion

from allowctl.model.evaluation import Cover, CoverKind, Evaluation, Subject
from allowctl.model.finding import Confidence
from allowctl.model.policy import Action, Policy
from allowctl.model.report import AuditedRecord
from allowctl.output.junit import render
from allowctl.output.junit_cases import LISTED, READ
from allowctl.output.junit_suites import MOST
from tests.build import address
from tests.output import checked
from tests.policy.making import (
    FILE,
    ROOT,
    evaluation,
    judged,
    passing,
    place,
    rich,
    violation,
    wallet,
)


def read(of: Evaluation) -> JUnitXml:
    """By junitparser's own reader."""
    return JUnitXml.fromstring(render(of, ROOT).encode())


def suites(of: Evaluation) -> dict[str, TestSuite]:
    return {str(each.name): each for each in read(of)}


def cases(of: Evaluation, suite: str = "treasury on ethereum") -> list[TestCase]:
    return list(suites(of)[suite])


def properties(of: Evaluation, suite: str = "treasury on ethereum") -> dict[str, str]:
    # junitparser does not type what it gives.
    found: Any = suites(of)[suite]
    return {each.name: each.value for each in found.properties()}


def case(of: Evaluation) -> TestCase:
    """The first that is an approval's."""
    return next(each for each in cases(of) if each.name != READ)


def pretty(of: Evaluation) -> str:
    tree = ET.fromstring(render(of, ROOT))  # noqa: S314 - our own
    ET.indent(tree)
    return ET.tostring(tree, encoding="unicode")


def subject(number: int = 0) -> Subject:
    seen = judged()
    return Subject(wallet=wallet(), scan=seen, row=seen.allowances[number])


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that an evaluation can hold."""
    assert pretty(rich()) == snapshot


def test_passing(snapshot: SnapshotAssertion) -> None:
    """What passes is told, too: an approval each."""
    assert pretty(passing()) == snapshot


def test_counts() -> None:
    """Four violations of four things, one thing covered twice, one not seen."""
    whole = read(rich())
    assert whole.name == "allowctl check"
    assert (whole.tests, whole.failures, whole.errors, whole.skipped) == (11, 4, 1, 1)
    assert list(suites(rich())) == [
        "policy",
        "treasury on ethereum",
        "treasury on base",
    ]


def test_every_judged_approval_is_a_case() -> None:
    """Once, whatever is against it; and each suite says whether all was read."""
    for of in (rich(), passing()):
        names = [str(each.name) for each in cases(of)]
        assert len(set(names)) == len(names)
        for row in judged().allowances:
            short = row.record.allowance.fingerprint(1)[:8]
            assert len([each for each in names if each.endswith(f"[{short}]")]) == 1
    for suite in read(rich()):
        assert [each.name for each in suite].count(READ) == 1


def test_all_violations_of_one_fail_it_once() -> None:
    """Readers that look at one failure alone see all of them."""
    of = evaluation(
        violation(subject()),
        violation(subject(), check="unlimited", number=1),
        violation(subject(), check="rule.mine", number=2, action=Action.WARN),
    )
    found = case(of)
    (failure,) = found.result
    assert found.is_failure
    assert failure.type == "fail-on, unlimited"
    text = str(failure.text)
    assert text.count("policy: ops/allowctl.toml:3: policy.fail_on") == 2
    assert text.count("eoa-spender: the spender has no code") == 1
    assert text.count("\neip155:1:0x0A0A") == 1
    assert "rule.mine" in str(found.system_out)
    assert read(of).failures == 1


def test_covered_is_skipped_only_where_nothing_is_left() -> None:
    """With its reason; else it is told, and the case fails or passes by the rest."""
    cover = Cover(
        kind=CoverKind.ALLOW,
        place=place(40),
        reason="OPS-12",
        owner="ops",
        expires=date(2027, 3, 31),
    )
    covered = violation(subject(), cover=cover)
    skipped = case(evaluation(covered))
    (why,) = skipped.result
    assert skipped.is_skipped
    assert why.message == 'fail-on: allowed until 2027-03-31: "OPS-12"; owner: ops'
    failing = case(evaluation(violation(subject(), check="kind"), covered))
    assert failing.is_failure
    assert not failing.is_skipped
    assert '"OPS-12"' in str(failing.system_out)
    warned = case(
        evaluation(violation(subject(), action=Action.WARN, number=3), covered)
    )
    assert warned.is_passed
    assert '"OPS-12"' in str(warned.system_out)


def test_what_was_not_seen_is_an_error() -> None:
    """In its wallet's suite; what is forgiven, and is of nobody, is told alone."""
    of, forgiven = rich().open_ends
    (first, *_) = cases(rich())
    assert first.name == READ
    assert first.is_error
    (policy, *_) = cases(rich(), "policy")
    assert policy.is_passed
    assert "forgiven: base: " in str(policy.system_out)
    (again, *_) = cases(evaluation(open_ends=(replace(of, forgiven=True),)))
    assert again.is_passed
    (alone, *_) = cases(
        evaluation(open_ends=(replace(forgiven, forgiven=False),)), "policy"
    )
    assert alone.is_error


def test_what_was_never_scanned_has_its_suite() -> None:
    """A chain that no endpoint served is no chain without approvals."""
    end = replace(rich().open_ends[0], chain="gnosis", chain_id=100)
    found = cases(evaluation(open_ends=(end, end)), "treasury on gnosis")
    assert [each.name for each in found] == [READ]
    (error,) = found[0].result
    assert len(str(error.text).splitlines()) == 2


def test_spam_is_counted() -> None:
    """It is not judged, so it is no case; unless a rule is against it."""
    seen = judged()
    spam = _spam(seen.allowances[0])
    scan = replace(seen, allowances=(spam, *seen.allowances[1:]))
    report = replace(passing().report, scans=(scan,))
    quiet = suites(evaluation(report=report))["treasury on ethereum"]
    assert properties(evaluation(report=report)) == {
        "left_out": "0",
        "spam": "1",
        "refused": "1",
        "unserved": "0",
    }
    assert len(quiet) == 1 + 2
    of = Subject(wallet=wallet(), scan=scan, row=spam)
    loud = suites(evaluation(violation(of), report=report))["treasury on ethereum"]
    assert len(loud) == 1 + 3


def _spam(row: AuditedRecord) -> AuditedRecord:
    finding = replace(row.findings[0], rule="spam-token", confidence=Confidence.HIGH)
    return replace(row, findings=(finding,))


def test_an_owner_without_a_wallet() -> None:
    """Somebody's address alone: its scan is told all the same."""
    of = replace(passing(), wallets=())
    assert list(suites(of)) == [
        "policy",
        "0x0A0A0a0a0a0a0a0A0a0a0A0a0A0A0A0a0a0a0a0a on ethereum",
    ]


def test_entries_and_caps_are_the_policys() -> None:
    """What is of no chain stands in its own suite, by the key or the wallet."""
    of = evaluation(
        violation(check="allow-expired", where=place(41, "allow[1].expires")),
        violation(Subject(wallet=wallet()), check="max-value-at-risk", number=1),
    )
    names = [str(each.name) for each in cases(of, "policy")]
    assert names == [
        READ,
        LISTED,
        "allow-expired: allow[1].expires [00000000]",
        "max-value-at-risk: treasury [00000000]",
    ]


def test_the_worst_are_kept() -> None:
    """Of 6,000 approvals 5,000; how many are left out is told."""
    whole = read(checked.many())
    assert whole.failures == 2_000
    assert whole.tests == MOST + 2 + 1
    wallets: Any
    policy, wallets = whole
    (listed,) = (each for each in policy if each.name == LISTED)
    assert listed.is_passed
    assert "1000 more are not listed here" in str(listed.system_out)
    assert '<property name="left_out" value="1000" />' in wallets.tostring().decode()


def test_violations_that_are_left_out_fail() -> None:
    """Nobody takes what is shown for all that is violated."""
    of = checked.many()
    every = tuple(
        replace(each, action=Action.DENY, cover=None) for each in of.violations
    )
    whole = read(replace(of, violations=every))
    assert whole.failures == MOST + 1
    (listed,) = (each for each in next(iter(whole)) if each.name == LISTED)
    assert listed.is_failure


@pytest.mark.parametrize("letter", ["\0", "\x08", "\x1b", "\ufffe", "\udc80", "]]>"])
def test_what_xml_forbids(letter: str) -> None:
    """In a reason, an owner, a message or a name: it is read back, as an escape."""
    cover = Cover(
        kind=CoverKind.ALLOW, place=place(40), reason=letter, owner=f"{letter}x"
    )
    named = replace(wallet(), name=f"w{letter}")
    of = evaluation(
        replace(
            violation(Subject(wallet=named, scan=judged())), message=f"so {letter}"
        ),
        violation(subject(), cover=cover, number=1),
        policy=Policy(file=FILE),
    )
    assert len(read(of)) == 3


@settings(max_examples=50)
@given(checked.evaluations())
def test_any_evaluation(of: Evaluation) -> None:
    """Whatever anybody says: well-formed, printable, the same, and rightly counted.

    As many failures as things that fail: no violation is lost, and none is made up.
    """
    text = render(of, ROOT)
    assert text == render(of, ROOT)
    assert text.isascii()
    assert all(each.isprintable() for each in text.splitlines())
    assert not any(mark in text for mark in ("##", "://", "/repo"))
    whole = ET.fromstring(text)  # noqa: S314 - our own
    told = read(of)
    assert len(list(whole.iter("testcase"))) == told.tests
    assert bool(told.failures) is of.violated
    assert bool(told.errors) is not of.complete
    for each in of.failing:
        assert f"{each.check}: " in text
    for one in whole.iter("testcase"):
        assert len(list(one)) - len(one.findall("system-out")) <= 1


def test_namesakes_are_apart() -> None:
    """Approvals that look alike have names of their own."""
    seen = judged()
    row = seen.allowances[0]
    candidate = replace(row.record.allowance.candidate, contract=address(7))
    other = replace(
        row,
        record=replace(
            row.record, allowance=replace(row.record.allowance, candidate=candidate)
        ),
    )
    scan = replace(seen, allowances=(row, other))
    of = evaluation(report=replace(passing().report, scans=(scan,)))
    names = [str(each.name) for each in cases(of)]
    assert len(set(names)) == len(names) == 3
