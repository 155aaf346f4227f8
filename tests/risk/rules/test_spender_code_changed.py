"""spender-code-changed."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.facts import Seen, SpenderKind
from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.risk.rules.spender_code_changed import SpenderCodeChanged
from tests import build
from tests.risk.facts import spender_records
from tests.risk.pages import as_json, example

RULE = SpenderCodeChanged()
OLD = "0x" + "11" * 32
NEW = "0x" + "22" * 32
SEEN = Seen(code_hash=OLD, block=23_990_000)
PINNED = Seen(code_hash=OLD, block=0, pinned=True)


def judged(
    now: str | Missing | None,
    seen: Seen | None,
    kind: SpenderKind = SpenderKind.CONTRACT,
) -> Finding | NotEvaluated | None:
    spender = build.spender_facts(kind, code_hash=now, seen=seen)
    return RULE.judge(build.record(spender=spender), build.context())


@pytest.mark.parametrize(
    ("seen", "before"),
    [(SEEN, f"at block 23990000 it ran {OLD}"), (PINNED, f"pinned is {OLD}")],
)
@pytest.mark.parametrize(("now", "runs"), [(NEW, f"code {NEW}"), (None, "no code")])
def test_other_code_is_found(
    now: str | None, runs: str, seen: Seen, before: str
) -> None:
    """None at all is other code, too; a pin is named as one."""
    assert judged(now, seen) == RULE.card.finding(
        f"the spender runs {runs} at block 24000000; {before}"
    )


@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("now", ["ab", "AB"])
@pytest.mark.parametrize("then", ["ab", "AB"])
def test_the_same_code_is_passed(now: str, then: str, *, pinned: bool) -> None:
    """A hash is a number, however it is written."""
    seen = Seen(code_hash="0x" + then * 32, block=1, pinned=pinned)

    assert judged("0x" + now * 32, seen) is None


@pytest.mark.parametrize("now", [NEW, None, Missing(Lack.FAILED, "no code was served")])
def test_what_was_never_seen_has_not_changed(now: str | Missing | None) -> None:
    """There is nothing to compare with, so nothing is missing."""
    assert judged(now, None) is None


@pytest.mark.parametrize("lack", Lack)
def test_code_that_was_not_had_is_not_evaluated(lack: Lack) -> None:
    """It may have changed."""
    assert judged(Missing(lack, "no implementation"), SEEN) == NotEvaluated(
        rule="spender-code-changed", reason="no implementation", lack=lack
    )


def test_a_spender_that_nobody_served_is_not_evaluated() -> None:
    """That there is no hash of its code does not mean that it has none."""
    assert judged(None, SEEN, SpenderKind.UNKNOWN) == NotEvaluated(
        rule="spender-code-changed",
        reason="nobody served the spender's code",
        lack=Lack.FAILED,
    )


@given(spender_records())
def test_it_is_found_exactly_where_two_known_things_differ(record: Record) -> None:
    """What is not known is no difference."""
    spender = record.spender
    comparable = (
        spender.seen is not None
        and not isinstance(spender.code_hash, Missing)
        and not (spender.code_hash is None and spender.kind is SpenderKind.UNKNOWN)
    )
    differs = spender.seen is not None and spender.seen.code_hash != spender.code_hash
    found = RULE.judge(record, build.context())

    assert isinstance(found, Finding) is (comparable and differs)
    assert isinstance(found, NotEvaluated) is (
        spender.seen is not None and not comparable
    )


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    assert example("spender-code-changed") == as_json(judged(NEW, SEEN))
