"""vanity-spender."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Finding
from allowctl.model.lists import Label
from allowctl.model.report import Record
from allowctl.risk.rules.vanity_spender import VanitySpender
from tests import build
from tests.risk.facts import spender_records
from tests.risk.pages import as_json, example

RULE = VanitySpender()
VANITY = Address("0x0000" + "5e" * 16 + "0000")
EVIDENCE = (
    "the spender's address begins with 0x0000 and ends with 0000: "
    "somebody tried many to get it"
)


def record(address: Address, label: Label | None = None) -> Record:
    return build.record(
        build.allowance(spender=address),
        spender=build.spender_facts(address=address, label=label),
    )


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (VANITY, True),
        (Address("0x0000" + "00" * 15 + "010000"), True),
        (ZERO_ADDRESS, False),
        (Address("0x0000" + "5e" * 16 + "0001"), False),
        (Address("0x0001" + "5e" * 16 + "0000"), False),
        (build.PERMIT2, False),
        (build.SPENDER, False),
    ],
)
def test_zeros_at_both_ends_are_found(address: Address, *, found: bool) -> None:
    """At one end alone they are common, and the zero address is nobody's."""
    assert RULE.judge(record(address), build.context()) == (
        RULE.card.finding(EVIDENCE) if found else None
    )


def test_a_well_known_one_is_passed() -> None:
    """By the table in the package, which nobody else writes."""
    known = record(VANITY, Label(text="A singleton", source="bundled"))

    assert RULE.judge(known, build.context()) is None


def test_a_name_from_outside_is_no_excuse() -> None:
    """Whoever makes the address may give it a name."""
    named = record(VANITY, Label(text="A singleton", source="whois"))

    assert RULE.judge(named, build.context()) == RULE.card.finding(EVIDENCE)


@pytest.mark.parametrize("kind", SpenderKind)
def test_it_needs_no_fact_but_the_address(kind: SpenderKind) -> None:
    """So it is never without one: found where nobody served anything."""
    unread = build.record(
        build.allowance(spender=VANITY),
        spender=build.spender_facts(kind, address=VANITY),
    )

    assert RULE.judge(unread, build.context()) == RULE.card.finding(EVIDENCE)


@given(spender_records())
def test_it_is_found_exactly_for_such_addresses(record: Record) -> None:
    """Four zeros at each end, and another digit between."""
    digits = record.allowance.spender[2:]
    label = record.spender.label
    known = label is not None and label.source == "bundled"
    vanity = digits[:4] == digits[-4:] == "0000" and set(digits) != {"0"}
    found = isinstance(RULE.judge(record, build.context()), Finding)

    assert found is (vanity and not known)


def test_the_page_shows_a_real_finding() -> None:
    """The example is what the rule says of such a record."""
    assert example("vanity-spender") == as_json(
        RULE.judge(record(VANITY), build.context())
    )
