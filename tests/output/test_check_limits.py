"""What a policy lets pass, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allowctl.model.approval import Kind
from allowctl.model.finding import Level
from allowctl.model.policy import Limits, OnUnpriced, Policy
from allowctl.output.check_limits import entries, limits, span
from tests.output import evaluations
from tests.policy.making import FILE, ROOT


def test_everything() -> None:
    """Each limit that is set, and none that is not."""
    policy = evaluations.policy()
    assert limits(policy) == (
        "fails on: level high and worse; unlimited approvals; kind operator; raised "
        "more than 180 d ago; not used for more than 90 d; more than $250,000 at risk "
        "in a wallet; more than $1.00M at risk in all; contracts that do not answer; "
        "what could not be seen. Warns of what has no price"
    )
    assert entries(policy, ROOT) == (
        "ops/allowctl.toml (1 rule, 2 allow entries, baseline "
        "ops/.allowctl-baseline.json)"
    )


def test_little() -> None:
    """A level is always there."""
    of = Limits(fail_on=Level.CRITICAL, fail_on_incomplete=False)
    assert limits(Policy(file=FILE, limits=of)) == "fails on: level critical"
    assert entries(Policy(file=""), ROOT) == "no file (0 rules, 0 allow entries)"


def test_kinds_and_prices() -> None:
    """The kinds that pass, and what has no price where that fails."""
    of = Limits(
        allowed_kinds=frozenset({Kind.PERMIT2, Kind.ERC20}),
        unpriced=OnUnpriced.FAIL,
        fail_on_incomplete=False,
    )
    policy = Policy(file=FILE, limits=of)
    assert limits(policy) == (
        "fails on: level high and worse; kinds other than erc20, permit2; what has no "
        "price"
    )
    warns = replace(policy, limits=replace(of, unpriced=OnUnpriced.WARN))
    assert limits(warns).endswith("permit2. Warns of what has no price")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 d"),
        (86_400, "1 d"),
        (180 * 86_400, "180 d"),
        (90 * 60, "90 min"),
        (7_200, "2 h"),
        (3_601, "3,601 s"),
    ],
)
def test_spans_are_exact(seconds: int, said: str) -> None:
    """In the largest unit that has them whole: a limit is not rounded."""
    assert span(seconds) == said
