"""Spenders whose keys gain nothing."""

from __future__ import annotations

from hypothesis import given

from allowctl.model.chain import ZERO_ADDRESS
from allowctl.model.report import Record
from allowctl.risk.keys import harmless
from tests.risk.facts import spender_records


@given(spender_records())
def test_only_the_owner_and_the_zero_address_are_harmless(record: Record) -> None:
    """Whatever is known or said of the spender."""
    mine = record.allowance.spender == record.allowance.candidate.owner
    nobody = record.allowance.spender == ZERO_ADDRESS

    assert harmless(record) is (mine or nobody)
