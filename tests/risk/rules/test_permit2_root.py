"""permit2-root."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.chains.registry import chain_by_id
from allowctl.model.approval import Kind
from allowctl.model.finding import Finding
from allowctl.model.report import Record
from allowctl.risk.rules.permit2_root import Permit2Root
from tests import build
from tests.risk.pages import as_json, example
from tests.strategies import records

RULE = Permit2Root()
ROOT = build.record(build.allowance(spender=build.PERMIT2))


def test_an_allowance_to_permit2_is_found() -> None:
    """However small: a signature moves all of it."""
    assert RULE.judge(ROOT, build.context()) == RULE.card.finding(
        "the spender is Permit2: a signature of the owner's, which leaves no log, "
        "can move the token through it"
    )


def test_permit2_is_that_of_the_chain() -> None:
    """ZkSync has it at another address; there, mainnet's is a stranger."""
    zksync = build.context(chain=chain_by_id(324))
    own = build.record(build.allowance(spender=zksync.chain.permit2))

    assert RULE.judge(ROOT, zksync) is None
    assert isinstance(RULE.judge(own, zksync), Finding)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ERC20])
def test_only_an_erc20_allowance_is_a_root(kind: Kind) -> None:
    """Permit2 moves ERC-20 tokens alone; its own grants are children."""
    record = build.record(build.allowance(kind=kind, spender=build.PERMIT2))

    assert RULE.judge(record, build.context()) is None


@given(records())
def test_other_spenders_are_passed(record: Record) -> None:
    """Whoever they are, they are not Permit2."""
    assert record.allowance.spender != build.PERMIT2
    assert RULE.judge(record, build.context()) is None


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    assert example("permit2-root") == as_json(RULE.judge(ROOT, build.context()))
