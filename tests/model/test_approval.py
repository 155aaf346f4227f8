"""Candidates, allowances and their fingerprints."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import (
    Allowance,
    Candidate,
    Everything,
    Kind,
    LogRef,
    Origin,
)
from tests import build
from tests.strategies import addresses, allowances, candidates, places, uints

OTHER = build.address(0xFFFF)


def test_the_kinds_are_a_closed_vocabulary() -> None:
    """They stand in reports: none is renamed, none is lost."""
    assert [kind.value for kind in Kind] == ["erc20", "erc721", "operator", "permit2"]


@given(allowances(), st.integers(1, 2**62))
def test_a_fingerprint_is_32_hex_digits(allowance: Allowance, chain_id: int) -> None:
    """It is the same each time it is asked for."""
    fingerprint = allowance.fingerprint(chain_id)

    assert re.fullmatch(r"[0-9a-f]{32}", fingerprint)
    assert fingerprint == replace(allowance).fingerprint(chain_id)


@given(allowances(), st.integers(1, 2**62))
def test_a_fingerprint_depends_on_each_of_its_parts(
    allowance: Allowance, chain_id: int
) -> None:
    """Chain, owner, kind, contract, token, token id and spender: each one counts."""
    of = allowance.candidate
    kinds = [kind for kind in Kind if kind is not of.kind]
    others = [
        replace(of, owner=OTHER),
        replace(of, contract=OTHER),
        replace(of, token=OTHER),
        replace(of, token_id=(of.token_id or 0) + 1),
        *(replace(of, kind=kind) for kind in kinds),
    ]
    fingerprints = [
        allowance.fingerprint(chain_id),
        allowance.fingerprint(chain_id + 1),
        replace(allowance, spender=OTHER).fingerprint(chain_id),
        *(replace(allowance, candidate=o).fingerprint(chain_id) for o in others),
    ]

    assert len(set(fingerprints)) == len(fingerprints) == 3 + 4 + 3


def test_a_fingerprint_tells_no_token_id_from_the_first() -> None:
    """Item 0 of a collection is not the collection."""
    collection = build.allowance()
    first = build.allowance(token_id=0)

    assert collection.fingerprint(1) != first.fingerprint(1)


@given(allowances(), places(), st.sampled_from(Origin), addresses)
def test_a_fingerprint_ignores_what_changes(
    allowance: Allowance, where: LogRef, origin: Origin, hint: str
) -> None:
    """The amount, the log that named it and who was named in it do not count."""
    del hint
    candidate = replace(allowance.candidate, last_changed=where, origin=origin)
    changed = replace(allowance, candidate=candidate, grant=Everything())

    assert changed.fingerprint(1) == allowance.fingerprint(1)


@given(candidates(), places(), st.sampled_from(Origin))
def test_a_key_ignores_who_named_it_and_where(
    candidate: Candidate, where: LogRef, origin: Origin
) -> None:
    """Two logs of one approval are one candidate."""
    assert replace(candidate, last_changed=where, origin=origin).key == candidate.key


@given(candidates(Kind.ERC721), addresses, uints())
def test_an_item_has_one_slot_whoever_is_named(
    candidate: Candidate, spender: str, token_id: int
) -> None:
    """ERC-721 keeps one approved address per id: the spender is not in the key."""
    named = build.candidate(spender=build.address(int(spender, 16))).spender
    other = replace(candidate, token_id=token_id)

    assert replace(candidate, spender=named).key == candidate.key
    assert (other.key == candidate.key) is (token_id == candidate.token_id)


@given(candidates())
def test_a_key_depends_on_what_names_the_slot(candidate: Candidate) -> None:
    """Owner, contract, kind, and the spender of all but an item."""
    changed = [
        replace(candidate, owner=OTHER),
        replace(candidate, contract=OTHER),
    ]
    if candidate.kind is not Kind.ERC721:
        changed.append(replace(candidate, spender=OTHER))
        changed.append(replace(candidate, token=OTHER))
    keys = {candidate.key, *(each.key for each in changed)}

    assert len(keys) == len(changed) + 1


@given(places(), places())
def test_log_places_are_ordered_as_the_chain_orders_them(
    one: LogRef, other: LogRef
) -> None:
    """By block, then by position in it."""
    if (one.block, one.index) != (other.block, other.index):
        assert (one < other) is ((one.block, one.index) < (other.block, other.index))
