"""blocklisted-spender."""

from __future__ import annotations

import pytest

from allowctl.model.approval import Kind
from allowctl.model.facts import SpenderKind
from allowctl.model.lists import Charge
from allowctl.risk.rules.blocklisted_spender import BlocklistedSpender
from tests import build
from tests.risk.pages import as_json, example

RULE = BlocklistedSpender()
CHARGE = Charge.BLOCKED
LISTED = build.listing(CHARGE, source="scamsniffer", name="", date=None)


@pytest.mark.parametrize("kind", SpenderKind)
@pytest.mark.parametrize("approval", Kind)
def test_a_scam_is_found_whatever_it_is(kind: SpenderKind, approval: Kind) -> None:
    """A contract, a key or nothing yet: a scam uses what suits it."""
    record = build.record(
        build.allowance(kind=approval),
        spender=build.spender_facts(kind, listed=(LISTED,)),
    )

    assert RULE.judge(record, build.context()) == RULE.card.finding(
        "listed by scamsniffer"
    )


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    record = build.record(spender=build.spender_facts(listed=(LISTED,)))

    assert example("blocklisted-spender") == as_json(
        RULE.judge(record, build.context())
    )
