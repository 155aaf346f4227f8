"""new-contract-spender."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.facts import Creation, SpenderKind
from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.missing import NOT_ASKED, Lack, Missing
from allowctl.model.weights import Weights
from allowctl.risk.rule import DAY
from allowctl.risk.rules.new_contract_spender import NewContractSpender
from tests import build
from tests.risk.facts import creations, missing
from tests.risk.pages import as_json, example

RULE = NewContractSpender()


def judged(
    created: Creation | Missing,
    kind: SpenderKind = SpenderKind.CONTRACT,
    weights: Weights | None = None,
) -> Finding | NotEvaluated | None:
    record = build.record(spender=build.spender_facts(kind, created=created))
    return RULE.judge(record, build.context(weights=weights or Weights()))


def made(seconds: int, *, exact: bool = True) -> Creation:
    """So long before the scan's block."""
    return Creation(block=23_999_000, exact=exact, timestamp=build.NOW - seconds)


@pytest.mark.parametrize(
    ("seconds", "case", "age"),
    [
        (-60, "new", "less than a day"),
        (0, "new", "less than a day"),
        (DAY - 1, "new", "less than a day"),
        (DAY, "new", "1 day"),
        (3 * DAY - 1, "new", "2 days"),
        (3 * DAY, "recent", "3 days"),
        (30 * DAY - 1, "recent", "29 days"),
    ],
)
def test_a_young_contract_is_found(seconds: int, case: str, age: str) -> None:
    """By the days since its block; a clock that runs ahead makes none older."""
    assert judged(made(seconds)) == RULE.card.finding(
        f"the spender was made in block 23999000, {age} before block 24000000",
        case=case,
    )


def test_the_younger_weighs_more() -> None:
    """Points by case."""
    assert dict(RULE.card.cases) == {"new": 40, "recent": 20}


@pytest.mark.parametrize("exact", [True, False])
def test_an_old_contract_is_passed(*, exact: bool) -> None:
    """An approval of so long ago proves the age as well."""
    assert judged(made(30 * DAY, exact=exact)) is None


@pytest.mark.parametrize("seconds", [0, 3 * DAY, 30 * DAY - 1])
def test_a_young_approval_proves_nothing(seconds: int) -> None:
    """The contract may be much older: neither new nor old, and said once for all."""
    assert judged(made(seconds, exact=False)) == NotEvaluated(
        rule="new-contract-spender",
        reason="approved less than 30 days ago; "
        "when the spender was made is not known without archive state",
        lack=Lack.UNAVAILABLE,
    )


@pytest.mark.parametrize("lack", Lack)
def test_an_unknown_creation_is_not_evaluated(lack: Lack) -> None:
    """For the reason for which it is not known."""
    assert judged(Missing(lack, "a reason")) == NotEvaluated(
        rule="new-contract-spender", reason="a reason", lack=lack
    )


@pytest.mark.parametrize("exact", [True, False])
def test_a_block_without_its_time_is_not_evaluated(*, exact: bool) -> None:
    """A number of blocks is no number of days."""
    created = Creation(block=23_999_000, exact=exact)

    assert judged(created) == NotEvaluated(
        rule="new-contract-spender",
        reason="nobody served the time of the spender's creation",
        lack=Lack.FAILED,
    )


def test_a_spender_that_nobody_served_is_not_evaluated() -> None:
    """It may be a contract, and a new one."""
    assert judged(NOT_ASKED, SpenderKind.UNKNOWN) == NotEvaluated(
        rule="new-contract-spender",
        reason="nobody served the spender's code",
        lack=Lack.FAILED,
    )


@given(
    st.sampled_from(SpenderKind).filter(
        lambda kind: kind not in (SpenderKind.CONTRACT, SpenderKind.UNKNOWN)
    ),
    creations | missing,
)
def test_what_is_no_contract_has_no_age(
    kind: SpenderKind, created: Creation | Missing
) -> None:
    """A key and an empty place have rules of their own."""
    assert judged(created, kind) is None


@given(st.integers(0, 90), st.integers(0, 90), st.integers(0, 90))
def test_the_limits_are_the_configuration_s(new: int, recent: int, age: int) -> None:
    """In days; what is not younger than either is passed."""
    weights = Weights(new_days=new, recent_days=recent)
    found = judged(made(age * DAY), weights=weights)

    match found:
        case None:
            assert age >= recent
        case Finding(case="new"):
            assert age < min(new, recent)
        case _:
            assert isinstance(found, Finding)
            assert new <= age < recent


@given(creations, st.integers(0, 10**7))
def test_age_never_adds_points(created: Creation, later: int) -> None:
    """The same contract at a later block weighs no more."""
    record = build.record(spender=build.spender_facts(created=created))
    then = build.context(as_of=build.block(25_000_000, timestamp=build.NOW + later))
    now, after = RULE.judge(record, build.context()), RULE.judge(record, then)

    assert _points(after) <= _points(now)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    assert example("new-contract-spender") == as_json(judged(made(DAY)))


def _points(found: Finding | NotEvaluated | None) -> int:
    return found.points if isinstance(found, Finding) else 0
