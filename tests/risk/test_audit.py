"""Points, levels and the order of findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Allowance, Kind
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import (
    Confidence,
    Finding,
    Level,
    NotEvaluated,
    Severity,
)
from allowctl.model.missing import NOT_ASKED, Lack, Missing
from allowctl.model.report import AuditedRecord, Record
from allowctl.model.value import Unpriced, Value
from allowctl.model.weights import WEIGHTS, Weights
from allowctl.risk.audit import MOST_POINTS, audit, level_of
from allowctl.risk.rank import ranked
from allowctl.risk.rule import Context, Rule, RuleCard
from allowctl.risk.rules import RULES
from allowctl.risk.rules.unlimited_amount import UnlimitedAmount
from tests import build
from tests.strategies import records

FAILED = Missing(Lack.FAILED, "no fact")


def card(name: str, points: int, cases: Mapping[str, int] | None = None) -> RuleCard:
    return RuleCard(
        id=name,
        title=name,
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        points=points,
        cases=cases or {},
    )


@dataclass(frozen=True)
class Always:
    """Finds the same in every record."""

    card: RuleCard

    def judge(self, record: Record, context: Context) -> Finding:
        del record, context
        return self.card.finding("always")


@dataclass(frozen=True)
class Never:
    """Lacks a fact for every record."""

    card: RuleCard = field(default_factory=lambda: card("never", 50))
    missing: Missing = FAILED

    def judge(self, record: Record, context: Context) -> NotEvaluated:
        del record, context
        return self.card.unknown(self.missing)


def audited(
    rules: Sequence[Rule], of: Record | None = None, weights: Weights = WEIGHTS
) -> AuditedRecord:
    (only,) = audit(
        [of or build.record()], build.context(weights=weights), rules
    ).records
    return only


_distinct = st.lists(
    records(), max_size=5, unique_by=lambda each: each.allowance.fingerprint(1)
)


@pytest.mark.parametrize(
    ("points", "level"),
    [
        (0, Level.INFO),
        (1, Level.LOW),
        (25, Level.LOW),
        (26, Level.MEDIUM),
        (74, Level.MEDIUM),
        (75, Level.HIGH),
        (89, Level.HIGH),
        (90, Level.CRITICAL),
        (100, Level.CRITICAL),
    ],
)
def test_a_level_has_its_borders(points: int, level: Level) -> None:
    """They are documented in docs/risk.md."""
    assert level_of(points) is level


@given(st.integers(0, 100), st.integers(0, 100))
def test_more_points_are_never_a_lower_level(one: int, other: int) -> None:
    """Levels are ordered as points are."""
    if one <= other:
        assert level_of(one) <= level_of(other)


@given(st.lists(st.integers(0, 100), max_size=6))
def test_points_add_up(points: list[int]) -> None:
    """To a hundred at most, with every part of the sum shown, the heaviest first."""
    rules = [Always(card(f"rule-{i}", each)) for i, each in enumerate(points)]
    (only,) = audit([build.record()], build.context(), rules).records

    assert only.points == min(sum(points), MOST_POINTS)
    assert only.level is level_of(only.points)
    assert [finding.points for finding in only.findings] == sorted(points, reverse=True)


@given(_distinct.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_records_does_not_matter(
    orders: tuple[list[Record], list[Record]],
) -> None:
    """The same report comes of the same facts, however they were read."""
    one, other = (audit(some, build.context()) for some in orders)

    assert one == other


@pytest.mark.parametrize(
    "alike",
    [
        [build.allowance(kind=kind) for kind in (Kind.ERC20, Kind.PERMIT2)],
        [build.allowance(token=build.address(i)) for i in range(3)],
        [build.allowance(spender=build.address(i)) for i in range(3)],
        [build.allowance(contract=build.address(i)) for i in range(3)],
        [build.allowance(kind=Kind.ERC721, token_id=i) for i in range(3)],
    ],
    ids=["kind", "token", "spender", "contract", "token id"],
)
def test_records_that_differ_in_one_thing_have_one_order(
    alike: list[Allowance],
) -> None:
    """Whatever else they share, the order they came in is not what decides."""
    found = {
        audit([build.record(each) for each in order], build.context()).records
        for order in permutations(alike)
    }

    assert len(found) == 1


@given(_distinct, st.permutations(RULES))
def test_the_order_of_rules_does_not_matter(
    some: list[Record], rules: list[Rule]
) -> None:
    """Findings stand by their weight and their id."""
    assert audit(some, build.context(), rules) == audit(some, build.context())


@given(_distinct)
def test_every_record_is_audited_once(some: list[Record]) -> None:
    """None is dropped, none is invented; their order is that of the ranking."""
    found = audit(some, build.context()).records

    assert {id(each.record) for each in found} == {id(each) for each in some}
    assert len(found) == len(some)
    assert found == ranked(found)


def test_among_equals_comes_first_what_can_move_now() -> None:
    """An empty balance is less urgent than one that is there."""
    empty = build.record(
        build.allowance(kind=Kind.OPERATOR, token=build.address(1)),
        token=build.token_facts(balance=0),
    )
    full = build.record(
        build.allowance(kind=Kind.OPERATOR, token=build.address(2)),
        token=build.token_facts(balance=3),
    )
    unknown = build.record(
        build.allowance(kind=Kind.OPERATOR, token=build.address(3)),
        token=build.token_facts(balance=None),
    )
    found = audit([empty, full, unknown], build.context()).records

    assert [each.record for each in found] == [full, unknown, empty]


def test_what_could_not_be_evaluated_is_told_once_with_its_rows() -> None:
    """By rule, reason and lack; it adds no points: unknown is neither good nor bad."""
    rows = [build.record(build.allowance(spender=build.address(i))) for i in range(3)]
    rules = [Never(), Never(), Never(card("other", 5), NOT_ASKED)]
    found = audit(rows, build.context(), rules)

    assert found.not_evaluated == (
        NotEvaluated(rule="never", reason="no fact (6 rows)", lack=Lack.FAILED),
        NotEvaluated(
            rule="other", reason="not asked for (3 rows)", lack=Lack.NOT_ASKED
        ),
    )
    assert {each.points for each in found.records} == {0}
    assert {each.failed for each in found.records} == {("never",)}


@pytest.mark.parametrize(
    ("rules", "level", "failed"),
    [
        ([Never()], Level.UNKNOWN, ("never",)),
        ([Never(), Always(card("light", 0))], Level.UNKNOWN, ("never",)),
        ([Never(), Always(card("heavy", 30))], Level.MEDIUM, ("never",)),
        ([Never(missing=NOT_ASKED)], Level.INFO, ()),
        ([Never(missing=Missing(Lack.UNAVAILABLE, "no oracle"))], Level.INFO, ()),
        ([Never(card("remark", 0))], Level.INFO, ("remark",)),
        ([], Level.INFO, ()),
    ],
    ids=["failed", "no points", "points", "not asked", "unavailable", "remark", "none"],
)
def test_a_level_is_unknown_if_what_failed_could_be_all_there_is(
    rules: list[Rule], level: Level, failed: tuple[str, ...]
) -> None:
    """A lack that is nobody's failure says nothing, nor does a rule without points."""
    only = audited(rules)

    assert (only.level, only.failed) == (level, failed)


def test_a_rule_that_can_add_points_by_the_weights_alone_makes_unknown() -> None:
    """And one that they take all points from does not."""
    heavy = Weights(points={"remark": 10})
    light = Weights(points={"never": 0})

    assert audited([Never(card("remark", 0))], weights=heavy).level is Level.UNKNOWN
    assert audited([Never()], weights=light).level is Level.INFO


@given(
    st.lists(st.integers(0, 100), max_size=4), st.integers(0, 100), st.integers(0, 1)
)
def test_an_added_finding_never_lowers_the_level(
    points: list[int], more: int, failed: int
) -> None:
    """Also where a rule could not be applied: unknown is the lowest of all."""
    rules: list[Rule] = [Always(card(f"r-{i}", each)) for i, each in enumerate(points)]
    rules += [Never()] * failed
    before, after = audited(rules), audited([*rules, Always(card("more", more))])

    assert after.level >= before.level
    assert after.points >= before.points


_values = st.sampled_from(Unpriced) | st.integers(0, 10**12).map(build.worth)


@given(_values, st.integers(0, 100))
def test_the_expected_loss_is_the_value_by_the_chance(
    value: Value, points: int
) -> None:
    """Exactly; and unknown where the value is, never 0."""
    only = audited([Always(card("some", points))], build.record(value=value))
    usd = only.record.usd

    assert only.expected_loss == (
        None if usd is None else usd * WEIGHTS.chances[only.level]
    )


def test_the_chances_are_the_weights_own() -> None:
    """That of an unknown level, too; no rounding of the process gets in."""
    chances = {**WEIGHTS.chances, Level.UNKNOWN: Decimal("0.123456789")}
    weights = Weights(chances=chances)
    with localcontext(prec=2):
        only = audited([Never()], build.record(value=build.worth(1001)), weights)

    assert only.expected_loss == Decimal("123.580245789")


@pytest.mark.parametrize("value", [build.worth(9), Unpriced.NO_PRICE])
def test_an_expired_allowance_can_lose_nothing_now(value: Value) -> None:
    """Its findings are those of any other: what a new signature would wake."""
    ended = build.allowance(
        build.child(build.UNLIMITED >> 96, expiration=build.NOW - 1), kind=Kind.PERMIT2
    )
    lasting = replace(
        ended, grant=build.child(build.UNLIMITED >> 96, expiration=build.NOW)
    )
    expired, live = (
        audited([UnlimitedAmount()], build.record(each, value=value))
        for each in (ended, lasting)
    )

    assert expired.findings == live.findings
    assert (expired.level, expired.expected_loss) == (Level.LOW, Decimal(0))
    assert live.expected_loss != 0


def test_nothing_is_found_in_nothing() -> None:
    """No records, no findings, nothing left unevaluated."""
    found = audit([], build.context())

    assert (found.records, found.not_evaluated) == ((), ())


@pytest.mark.parametrize(
    ("record", "rules", "level"),
    [
        (build.record(build.allowance(build.amount(5))), [], Level.INFO),
        (build.record(), ["exceeds-balance"], Level.LOW),
        (
            build.record(build.allowance(build.amount(2**256 - 1))),
            ["unlimited-amount"],
            Level.LOW,
        ),
        (
            build.record(
                build.allowance(build.amount(2**256 - 1), spender=build.PERMIT2)
            ),
            ["permit2-root", "unlimited-amount"],
            Level.MEDIUM,
        ),
        (
            build.record(spender=build.spender_facts(SpenderKind.EOA)),
            ["eoa-spender", "exceeds-balance"],
            Level.CRITICAL,
        ),
    ],
)
def test_common_allowances_have_their_levels(
    record: Record, rules: list[str], level: Level
) -> None:
    """As docs/rules/README.md tells it."""
    (only,) = audit([record], build.context()).records

    assert [finding.rule for finding in only.findings] == rules
    assert only.level is level
