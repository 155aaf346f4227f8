"""Rules of the policy that name what was not evaluated: nothing passes for that."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from allowctl.model.evaluation import Evaluation
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level, NotEvaluated
from allowctl.model.missing import Lack
from allowctl.model.policy import Action, Condition, OnUnpriced, PolicyRule
from allowctl.model.report import AuditedRecord
from allowctl.model.value import Unpriced
from allowctl.policy.evaluate import evaluate
from allowctl.risk.audit import audit
from tests import build
from tests.build import allowance, context
from tests.policy.making import TODAY, allow, wallet
from tests.policy.making_rows import finding, limits, row, rule

VERIFIED = frozenset({"unverified-spender"})
ONLY = rule("only-verified", rules=VERIFIED)
NOT_ASKED = "not asked for (2 rows)"
QUIET = row()


def under(
    *rows: AuditedRecord,
    rules: tuple[PolicyRule, ...] = (ONLY,),
    lack: Lack = Lack.NOT_ASKED,
    unpriced: OnUnpriced | None = None,
    forgiven: bool = False,
) -> Evaluation:
    """Rows of a scan in which `unverified-spender` was not evaluated."""
    lacking = NotEvaluated(rule="unverified-spender", reason=NOT_ASKED, lack=lack)
    report = build.scan_report(build.scan(allowances=rows, not_evaluated=(lacking,)))
    return evaluate(
        report,
        replace(limits(unpriced=unpriced), rules=rules),
        [wallet()],
        today=TODAY,
        forgiven=frozenset({1} if forgiven else ()),
    )


def reasons(of: Evaluation) -> list[str]:
    return [each.reason for each in of.open_ends]


def lacking(of: AuditedRecord = QUIET, reason: str = "no oracle") -> AuditedRecord:
    """A row that says itself what it lacks."""
    one = NotEvaluated(rule="unverified-spender", reason=reason, lack=Lack.UNAVAILABLE)
    return replace(of, lacking=(one,))


def test_what_nobody_asked_for() -> None:
    """A rule that denies passes nothing because its fact was not wanted."""
    found = under(QUIET, QUIET)
    (end,) = found.open_ends

    assert end.reason == (
        "the rule only-verified cannot be held against up to 2 approvals: "
        "unverified-spender was not evaluated: not asked for (2 rows)"
    )
    assert (end.wallet, end.chain_id, end.chain) == (wallet(), 1, "ethereum")
    assert (found.violated, found.complete) == (False, False)
    assert under(QUIET, forgiven=True).complete


def test_as_a_scan_has_it() -> None:
    """The records of a real audit without --sourcify."""
    made = audit([build.record(allowance())], context())
    scan = build.scan(allowances=made.records, not_evaluated=made.not_evaluated)
    policy = replace(limits(), rules=(ONLY,))
    found = evaluate(build.scan_report(scan), policy, [wallet()], today=TODAY)

    assert [each.lacking for each in made.records] == [()]
    assert scan.complete
    assert [each for each in reasons(found) if "only-verified" in each] != []
    assert not found.complete


def test_what_cannot_be_had() -> None:
    """The rows say so themselves, so that they are counted."""
    found = under(lacking(), lacking(reason="a timeout"), QUIET, lack=Lack.UNAVAILABLE)

    assert reasons(found) == [
        (
            "the rule only-verified cannot be held against 2 approvals: "
            "unverified-spender was not evaluated: a timeout"
        ),
    ]


def test_one_for_each_rule() -> None:
    """Of the policy, and of allowctl's."""
    row_ = lacking()
    more = NotEvaluated(rule="stale-approval", reason="no", lack=Lack.UNAVAILABLE)
    row_ = replace(row_, lacking=(*row_.lacking, more))
    both = rule("both", Action.WARN, rules=VERIFIED | {"stale-approval.case"})

    assert [each[:30] for each in reasons(under(row_, rules=(both, ONLY)))] == [
        "the rule both cannot be held a",
        "the rule both cannot be held a",
        "the rule only-verified cannot ",
    ]


@pytest.mark.parametrize(
    ("when", "of"),
    [
        (Condition(min_level=Level.HIGH), QUIET),
        (Condition(kinds=frozenset({"operator"})), QUIET),  # type: ignore[arg-type]
        (Condition(min_value_usd=Decimal(5)), QUIET),
        (
            Condition(spender_kinds=frozenset({SpenderKind.EOA})),
            QUIET,
        ),
        (Condition(), row(None, finding("unverified-spender"))),
        (Condition(), row(None, finding("spam-token"))),
    ],
)
def test_what_does_not_hang_on_it(when: Condition, of: AuditedRecord) -> None:
    """Where another condition fails, or the rule holds, or it is not asked: nothing."""
    asked = replace(ONLY, when=replace(when, rules=VERIFIED))

    assert reasons(under(of, rules=(asked,))) == []


def test_another_that_was_found() -> None:
    """Any of a list is enough, so what was found decides."""
    of = row(None, finding("eoa-spender"))
    either = rule("either", rules=VERIFIED | {"eoa-spender"})
    found = under(of, rules=(either,))

    assert reasons(found) == []
    assert found.violated


def test_rules_that_ignore() -> None:
    """What nobody knows excuses nothing, and leaves nothing open."""
    assert reasons(under(QUIET, rules=(replace(ONLY, action=Action.IGNORE),))) == []


@pytest.mark.parametrize(
    ("when", "of"),
    [
        (Condition(min_level=Level.HIGH), row(level=Level.UNKNOWN)),
        (Condition(max_level=Level.LOW), row(level=Level.UNKNOWN)),
        (
            Condition(min_level=Level.HIGH),
            replace(QUIET, failed=("eoa-spender",)),
        ),
        (
            Condition(spender_kinds=frozenset({SpenderKind.EOA})),
            row(build.record(spender=build.spender_facts(SpenderKind.UNKNOWN))),
        ),
        (Condition(min_age=5), row(build.record())),
    ],
)
def test_what_else_is_unknown(when: Condition, of: AuditedRecord) -> None:
    """It may be as the rule says."""
    asked = replace(ONLY, when=replace(when, rules=VERIFIED))

    assert [each for each in reasons(under(of, rules=(asked,))) if "only-ver" in each]


@pytest.mark.parametrize("unpriced", list(OnUnpriced))
def test_an_unknown_value(unpriced: OnUnpriced) -> None:
    """As `unpriced` says: where it is ignored, the rule does not hold anyway."""
    asked = replace(ONLY, when=Condition(rules=VERIFIED, min_value_usd=Decimal(5)))
    of = row(build.record(value=Unpriced.NO_PRICE))
    found = under(of, rules=(asked,), unpriced=unpriced)

    assert bool(reasons(found)) is (unpriced is not OnUnpriced.IGNORE)


def test_spam_by_rules_that_name_it() -> None:
    """Only those are applied to it, and such a one holds or does not."""
    spam = row(None, finding("spam-token"))
    naming = rule("naming", rules=VERIFIED | {"spam-token.case"})

    assert len(reasons(under(spam, rules=(naming,)))) == 1


def test_no_entry_takes_it_away() -> None:
    """What is not seen stays open, whatever is allowed."""
    lacks = build.scan(allowances=(lacking(),))
    policy = replace(limits(), rules=(ONLY,), allows=(allow(),))
    found = evaluate(build.scan_report(lacks), policy, [wallet()], today=TODAY)

    assert len(found.open_ends) == 1
