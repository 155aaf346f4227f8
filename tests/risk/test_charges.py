"""What holds for every rule that goes by lists: each looks for one charge."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from allowctl.model.finding import Finding, NotEvaluated
from allowctl.model.lists import Charge
from allowctl.model.missing import Lack, Missing
from allowctl.model.report import Record
from allowctl.risk.rule import Rule
from allowctl.risk.rules.blocklisted_spender import BlocklistedSpender
from allowctl.risk.rules.deprecated_spender import DeprecatedSpender
from allowctl.risk.rules.exploited_spender import ExploitedSpender
from allowctl.risk.rules.shared_signature_surface import SharedSignatureSurface
from tests import build
from tests.risk.facts import charges_absent, spender_records

BY_CHARGE: dict[Charge, Rule] = {
    Charge.EXPLOITED: ExploitedSpender(),
    Charge.BLOCKED: BlocklistedSpender(),
    Charge.DEPRECATED: DeprecatedSpender(),
    Charge.SHARED_SIGNATURES: SharedSignatureSurface(),
}

each_charge = pytest.mark.parametrize("charge", Charge)


def test_every_charge_has_a_rule() -> None:
    """What a list can say is weighed by somebody."""
    assert set(BY_CHARGE) == set(Charge)


@each_charge
@pytest.mark.parametrize("other", Charge)
def test_another_charge_is_another_rule_s(charge: Charge, other: Charge) -> None:
    """A list says several things, and each is weighed once."""
    record = build.record(spender=build.spender_facts(listed=(build.listing(other),)))
    found = BY_CHARGE[charge].judge(record, build.context())
    assert isinstance(found, Finding) is (charge is other)


@each_charge
def test_a_spender_on_no_list_is_passed(charge: Charge) -> None:
    """Where lists could be asked, and say nothing."""
    rule, record = BY_CHARGE[charge], build.record()
    absent = {each: Missing(Lack.FAILED, "gone") for each in Charge if each != charge}
    assert rule.judge(record, build.context()) is None
    assert rule.judge(record, build.context(absent=absent)) is None


@each_charge
@pytest.mark.parametrize("lack", Lack)
def test_without_a_list_it_is_not_evaluated(charge: Charge, lack: Lack) -> None:
    """Silence of a list that is not there is no word for the spender."""
    rule = BY_CHARGE[charge]
    absent = {charge: Missing(lack, "no list of them could be had")}
    assert rule.judge(build.record(), build.context(absent=absent)) == NotEvaluated(
        rule=rule.card.id, reason="no list of them could be had", lack=lack
    )


@given(spender_records(), charges_absent)
def test_it_is_found_exactly_where_a_list_charges_it(
    record: Record, absent: dict[Charge, Missing]
) -> None:
    """One list is enough, even where another could not be had."""
    assume(record.allowance.spender != build.PERMIT2)
    for charge, rule in BY_CHARGE.items():
        charged = any(each.charge is charge for each in record.spender.listed)
        found = rule.judge(record, build.context(absent=absent))
        assert isinstance(found, Finding) is charged
        assert isinstance(found, NotEvaluated) is (not charged and charge in absent)
