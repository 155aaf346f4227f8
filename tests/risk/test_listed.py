"""What lists say of a spender."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.lists import Charge, Listing
from allowctl.risk.listed import evidence
from tests.build import listing
from tests.risk.facts import listings


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ([listing(name="", date=None, source="mine")], "listed by mine"),
        ([listing(name="", source="mine")], "listed by mine of 2023-07-06"),
        (
            [listing(), listing(source="whois", name="", date=None)],
            (
                'listed by approval-exploit-list: "Bridge of 2023" of 2023-07-06, '
                "and whois"
            ),
        ),
        (
            [
                listing(name="", date=None, source=f"list-{number}")
                for number in range(5)
            ],
            "listed by list-0, and list-1, and list-2, and 2 more",
        ),
        (
            [listing(name="", date=None, source=each) for each in "abc"],
            "listed by a, and b, and c",
        ),
        (
            [listing(name="::error::[red]\x1b[2J", date="<b>", source="a\nb")],
            (
                'listed by a\\nb: "\\x3a:error\\x3a:\\x5bred\\x5d\\x1b\\x5b2J" '
                "of \\x3cb\\x3e"
            ),
        ),
    ],
)
def test_the_lists_are_named(against: list[Listing], said: str) -> None:
    """Each with its case and the date, as far as it says them."""
    assert evidence(against) == said


@given(st.lists(listings, min_size=1, max_size=20))
def test_evidence_is_one_bounded_line(against: list[Listing]) -> None:
    """However many lists there are, and whatever they call the case."""
    said = evidence(against)

    assert said.isascii()
    assert said.isprintable()
    assert len(said) < 500
    assert not re.search(r"[<>|`@]|://|::|##", said)


@given(st.lists(listings, min_size=1, max_size=20))
def test_every_list_is_named_or_counted(against: list[Listing]) -> None:
    """None is left out without a word."""
    said = evidence(against)
    more = re.search(r", and (\d+) more$", said)
    named = min(len(against), 3)

    assert (int(more[1]) if more else None) == (len(against) - named or None)
    assert all(each.source in said for each in against[:named])


def test_a_charge_s_name_is_no_evidence() -> None:
    """What the list is taken to say is the rule's title."""
    assert [charge for charge in Charge if charge in evidence([listing(charge)])] == []
