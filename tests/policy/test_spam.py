"""`spam`: what is taken for spam is named, whoever may have planted it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.model.approval import Kind
from allowctl.model.evaluation import CoverKind, Evaluation
from allowctl.model.facts import Sender
from allowctl.model.finding import Level
from allowctl.model.policy import Action, Policy
from allowctl.model.report import AuditedRecord, Record
from allowctl.policy.baseline import read, render
from allowctl.policy.evaluate import evaluate
from allowctl.risk.audit import audit
from tests import build
from tests.build import allowance, context
from tests.policy.making import EVIL, FILE, TODAY, allow, wallet
from tests.policy.making_rows import evaluated, finding, limits, only, row, rule

PLANTED = row(None, finding("spam-token"), level=Level.CRITICAL)
IGNORE = rule("quiet", Action.IGNORE, rules=frozenset({"spam-token"}))
DENY = rule("loud", Action.DENY, rules=frozenset({"spam-token"}))
WARN = rule("warn", Action.WARN, rules=frozenset({"spam-token"}))


def under(policy: Policy, of: AuditedRecord = PLANTED) -> Evaluation:
    return evaluated(policy, of)


def outcome(of: Evaluation) -> tuple[int, int, int, int, int]:
    counts = of.counts
    return (
        counts.violating,
        counts.warned,
        counts.covered,
        counts.passed,
        counts.spam,
    )


def test_it_is_named() -> None:
    """As a warning that names the approval; it counts as spam and nothing else."""
    found = under(limits())
    told = only(found)

    assert (told.check, told.action, told.warns) == ("spam", Action.WARN, True)
    assert told.subject.row is PLANTED
    assert str(told.place) == f"{FILE}: rule (default)"
    assert outcome(found) == (0, 0, 0, 0, 1)
    assert (found.violated, found.complete) == (False, True)


def test_what_a_phished_signature_allows() -> None:
    """A relayer sends the permit of a single NFT: spam by all that is known."""
    phished = build.record(
        allowance(kind=Kind.ERC721, token_id=7),
        sent=Sender.OTHER,
        plain_owner=True,
    )
    (judged,) = audit([phished], context()).records
    told = only(under(limits(denied_kinds=frozenset({Kind.ERC721})), judged))

    assert judged.spam
    assert told.message == (
        "it is taken for spam and not judged: the owner did not send the transaction "
        "that logged it; whoever sees that it is none judges it by a rule that names "
        "spam-token"
    )


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (build.record(sent=Sender.OTHER), "the owner did not send the transaction"),
        (
            build.record(token=build.token_facts(grants_strangers=True)),
            "its token tells of rights between addresses that nobody has a key to",
        ),
        (
            build.record(token=build.token_facts(symbol=EVIL, imitates=EVIL)),
            "its token looks like spam, or a list says so",
        ),
    ],
)
def test_why(of: Record, why: str) -> None:
    """In our words alone: a finding's evidence may name other tokens."""
    evil = replace(finding("spam-token"), evidence=EVIL)
    told = only(under(limits(), row(of, evil)))

    assert f"not judged: {why}" in told.message
    assert "evil" not in told.message


@pytest.mark.parametrize(
    ("policy", "cover", "counted"),
    [
        (replace(limits(), allows=(allow(),)), CoverKind.ALLOW, (0, 0, 1, 0, 0)),
        (replace(limits(), rules=(IGNORE,)), CoverKind.IGNORE, (0, 0, 1, 0, 0)),
        (replace(limits(), allows=(allow(max_amount=5),)), None, (0, 0, 0, 0, 1)),
        (
            replace(
                limits(), rules=(rule("all", Action.IGNORE, min_level=Level.INFO),)
            ),
            None,
            (0, 0, 0, 0, 1),
        ),
    ],
)
def test_what_lets_it_pass(
    policy: Policy, cover: CoverKind | None, counted: tuple[int, ...]
) -> None:
    """An entry that fits, a rule that ignores it by name, and no other rule."""
    found = under(policy)
    told = only(found)

    assert (told.check, told.cover and told.cover.kind) == ("spam", cover)
    assert outcome(found) == counted


@pytest.mark.parametrize(
    ("rules", "checks", "counted"),
    [
        ((DENY,), ["rule.loud"], (1, 0, 0, 0, 0)),
        ((WARN, IGNORE), ["rule.warn"], (0, 1, 0, 0, 0)),
        ((replace(DENY, when=replace(DENY.when, min_amount=2**255)),), ["spam"], None),
    ],
)
def test_rules_that_name_it(
    rules: tuple[object, ...], checks: list[str], counted: tuple[int, ...] | None
) -> None:
    """Where one is against it, it is judged: then nobody says that it is not."""
    found = under(replace(limits(), rules=rules))  # type: ignore[arg-type]

    assert [each.check for each in found.violations] == checks
    assert outcome(found) == (counted or (0, 0, 0, 0, 1))


def test_a_baseline_knows_it() -> None:
    """Until it grows."""
    report = build.scan_report(build.scan(allowances=(PLANTED,)))
    known = read(render(under(limits())).encode())
    found = evaluate(report, limits(), [wallet()], baseline=known, today=TODAY)

    assert only(found).cover is not None
    assert outcome(found) == (0, 0, 1, 0, 0)


def test_an_entry_about_it_is_not_unused() -> None:
    """It is there, judged or not."""
    found = under(replace(limits(), allows=(allow(max_amount=5),)))

    assert [each.check for each in found.violations] == ["spam"]
