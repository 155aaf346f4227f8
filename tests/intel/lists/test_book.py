"""What all lists say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.intel import known
from allowctl.intel.lists import keep
from allowctl.intel.lists.book import Held, ListBook
from allowctl.intel.lists.keep import Kept
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Label, Listing
from allowctl.model.missing import Lack, Missing
from allowctl.model.sources import ListSource
from tests.intel.lists.making import ADDRESSES, EXPLOITS, LABELS, NOW, ONE, TWO, WHOIS

PERMIT2 = Address("0x000000000022d473030f116ddee9f6b43ac78ba3")
FAILED = Missing(Lack.FAILED, "could not be fetched: x")
OFFLINE = Missing(Lack.NOT_ASKED, "was never fetched")
DEPRECATED = replace(ADDRESSES, id="old", charge=Charge.DEPRECATED)
SIGNED = replace(ADDRESSES, id="signed", charge=Charge.SHARED_SIGNATURES)
MIXED_UP = dict.fromkeys(Charge, Lack.NOT_ASKED) | {Charge.BLOCKED: Lack.FAILED}


def hit(source: str, charge: Charge, name: str = "") -> Listing:
    return Listing(source=source, charge=charge, name=name, fetched_at=NOW)


def entry(
    address: Address = ONE,
    chain_id: int | None = 1,
    label: Label | None = None,
    *listings: Listing,
) -> Entry:
    return Entry(chain_id=chain_id, address=address, label=label, listings=listings)


def held(source: ListSource, *entries: Entry, missing: Missing | None = None) -> Held:
    kept = Kept(
        id=source.id,
        source="x",
        fetched_at=NOW,
        digest="0" * 64,
        rows=keep.rows(entries),
    )
    return Held(source=source, kept=kept, missing=missing)


def outdated(source: ListSource, missing: Missing = FAILED) -> Held:
    return replace(held(source, missing=missing), outdated=True)


def lost(source: ListSource, missing: Missing | None = FAILED) -> Held:
    return Held(source=source, kept=None, missing=missing)


def test_lists_are_merged() -> None:
    """Every charge with its list; one label, with whose it is."""
    first = Label(text="Swap", source="whois")
    drained = hit("exploits", Charge.EXPLOITED, "Hack")
    blocked = hit("drainers", Charge.BLOCKED)
    book = ListBook(
        [
            held(LABELS, entry(ONE, None, Label(text="Other", source="labels"))),
            held(ADDRESSES, entry(ONE, None, None, blocked)),
            held(WHOIS, entry(ONE, 1, first, hit("whois", Charge.EXPLOITED))),
            held(EXPLOITS, entry(ONE, 1, None, drained)),
        ]
    )
    assert book.entry(1, ONE) == entry(
        ONE,
        1,
        Label(text="Other", source="labels"),
        hit("whois", Charge.EXPLOITED),
        drained,
        blocked,
    )
    assert book.entry(5, ONE) == entry(
        ONE, 5, Label(text="Other", source="labels"), blocked
    )
    assert book.entry(1, TWO) is None
    assert ListBook().entry(1, ONE) is None


def test_the_bundled_table_has_the_first_word_on_names() -> None:
    """And no word against a charge: a known name takes nothing away."""
    drained = hit("whois", Charge.EXPLOITED, "Hack")
    label = Label(text="Free money", source="whois")
    book = ListBook([held(WHOIS, entry(PERMIT2, 1, label, drained))])
    found = book.entry(1, PERMIT2)
    assert found is not None
    assert found.label == Label(text="Permit2", source=known.BUNDLED)
    assert [(each.source, each.charge) for each in found.listings] == [
        ("whois", Charge.EXPLOITED),
        (known.BUNDLED, Charge.SHARED_SIGNATURES),
    ]
    alone = ListBook().entry(1, PERMIT2)
    assert alone is not None
    assert [each.charge for each in alone.listings] == [Charge.SHARED_SIGNATURES]


def test_statuses() -> None:
    """What a list can say is its format's, and whatever it does say."""
    deprecated = hit("exploits", Charge.DEPRECATED)
    book = ListBook(
        [held(EXPLOITS, entry(ONE, 1, None, deprecated)), lost(ADDRESSES, OFFLINE)]
    )
    first, second = book.statuses
    assert first.charges == (Charge.EXPLOITED, Charge.DEPRECATED)
    assert (first.entries, first.fetched_at, first.usable) == (1, NOW, True)
    assert (second.charges, second.missing) == ((Charge.BLOCKED,), OFFLINE)
    assert (second.entries, second.fetched_at, second.usable) == (0, None, False)


@pytest.mark.parametrize(
    ("lists", "absent"),
    [
        ([held(EXPLOITS), held(ADDRESSES), held(WHOIS)], {}),
        ([held(EXPLOITS, missing=FAILED), held(ADDRESSES, missing=OFFLINE)], {}),
        ([held(EXPLOITS), lost(ADDRESSES)], {Charge.BLOCKED: Lack.FAILED}),
        ([held(EXPLOITS), lost(ADDRESSES, OFFLINE)], {Charge.BLOCKED: Lack.NOT_ASKED}),
        ([held(EXPLOITS), lost(ADDRESSES, None)], {Charge.BLOCKED: Lack.NOT_ASKED}),
        ([held(EXPLOITS)], {Charge.BLOCKED: Lack.NOT_ASKED}),
        ([], {Charge.EXPLOITED: Lack.NOT_ASKED, Charge.BLOCKED: Lack.NOT_ASKED}),
        ([held(LABELS), held(ADDRESSES)], {Charge.EXPLOITED: Lack.NOT_ASKED}),
        ([lost(LABELS), held(WHOIS)], {}),
        ([lost(WHOIS)], dict.fromkeys(Charge, Lack.FAILED)),
        ([lost(WHOIS, OFFLINE)], dict.fromkeys(Charge, Lack.NOT_ASKED)),
        ([lost(DEPRECATED), held(WHOIS)], {Charge.DEPRECATED: Lack.FAILED}),
        ([lost(SIGNED), held(WHOIS)], {Charge.SHARED_SIGNATURES: Lack.FAILED}),
        ([outdated(ADDRESSES), held(WHOIS)], {Charge.BLOCKED: Lack.FAILED}),
        ([outdated(ADDRESSES), lost(WHOIS, OFFLINE)], MIXED_UP),
        # The other list does not know what the lost one does.
        (
            [held(WHOIS), lost(EXPLOITS), held(ADDRESSES)],
            {Charge.EXPLOITED: Lack.FAILED},
        ),
        (
            [lost(WHOIS, OFFLINE), lost(EXPLOITS), held(ADDRESSES)],
            dict.fromkeys(Charge, Lack.NOT_ASKED) | {Charge.EXPLOITED: Lack.FAILED},
        ),
    ],
)
def test_absent(lists: Sequence[Held], absent: dict[Charge, Lack]) -> None:
    """A charge is whole where every list that knows of it could be asked."""
    found = ListBook(lists).absent()
    assert {charge: each.lack for charge, each in found.items()} == absent
    for each in found.values():
        assert each.reason.isprintable()


def test_what_an_outdated_list_names_counts() -> None:
    """It proves nothing of what it lacks; that takes no charge away."""
    blocked = hit("drainers", Charge.BLOCKED)
    kept = held(ADDRESSES, entry(ONE, None, None, blocked), missing=FAILED)
    book = ListBook([replace(kept, outdated=True)])
    assert Charge.BLOCKED in book.absent()
    found = book.entry(1, ONE)
    assert found is not None
    assert found.listings == (blocked,)


_LISTS = st.lists(
    st.tuples(
        st.sampled_from(Charge),
        st.none() | st.integers(1, 3),
        st.sampled_from((ONE, TWO)),
    ),
    max_size=12,
)


@given(_LISTS, _LISTS, st.integers(1, 3), st.sampled_from((ONE, TWO)))
def test_a_further_list_takes_no_charge_away(
    first: list[tuple[Charge, int | None, Address]],
    second: list[tuple[Charge, int | None, Address]],
    chain_id: int,
    address: Address,
) -> None:
    """Whatever it says; and what is looked up is what stands there, no more."""

    def charges(*lists: Sequence[tuple[Charge, int | None, Address]]) -> set[Charge]:
        parts = [
            held(
                replace(ADDRESSES, id=f"l{number}"),
                *(
                    entry(where, chain, None, hit(f"l{number}", charge))
                    for charge, chain, where in said
                ),
            )
            for number, said in enumerate(lists)
        ]
        found = ListBook(parts).entry(chain_id, address)
        return {each.charge for each in found.listings} if found else set()

    expected = {
        charge
        for charge, chain, where in (*first, *second)
        if where == address and chain in {None, chain_id}
    }
    assert charges(first, second) == expected == charges(second, first)
    assert charges(first) <= expected
