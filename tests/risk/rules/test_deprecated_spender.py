"""deprecated-spender."""

from __future__ import annotations

import pytest

from allowctl.model.approval import Kind
from allowctl.model.facts import SpenderKind
from allowctl.model.lists import Charge
from allowctl.risk.rules.deprecated_spender import DeprecatedSpender
from tests import build
from tests.risk.pages import as_json, example

RULE = DeprecatedSpender()
CHARGE = Charge.DEPRECATED
LISTED = build.listing(
    CHARGE, source="bundled", name="Balancer: batch-relayer", date=None
)


@pytest.mark.parametrize("kind", SpenderKind)
@pytest.mark.parametrize("approval", Kind)
def test_what_was_given_up_is_found_whatever_it_is(
    kind: SpenderKind, approval: Kind
) -> None:
    """Nobody mends it, whatever it may take."""
    record = build.record(
        build.allowance(kind=approval),
        spender=build.spender_facts(kind, listed=(LISTED,)),
    )

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        'listed by bundled: "Balancer: batch-relayer"'
    )


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(spender=build.spender_facts(listed=(LISTED,)))

    assert example("deprecated-spender") == as_json(RULE.judge(record, build.context()))
