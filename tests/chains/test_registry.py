"""The table of chains, and the names that find them."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.chains.registry import chain_by_id, chain_by_name, chains
from allowctl.errors import UsageError
from allowctl.model.chain import Chain

NAMES = [(name, c) for c in chains() for name in (c.name, *c.aliases)]


def test_no_name_and_no_id_is_taken_twice() -> None:
    """A name leads to one chain; the table is in the order of ids."""
    names = Counter(name for name, _ in NAMES)
    ids = [chain.id for chain in chains()]

    assert names.most_common(1)[0][1] == 1
    assert ids == sorted(set(ids))


@pytest.mark.parametrize(("name", "chain"), NAMES, ids=[name for name, _ in NAMES])
def test_a_chain_is_found_by_each_of_its_names(name: str, chain: Chain) -> None:
    """Whatever the case, and with blanks around it; no name looks like an id."""
    assert chain_by_name(name) is chain
    assert chain_by_name(f" {name.upper()} ") is chain
    assert re.fullmatch(r"[a-z][a-z0-9-]*", name)


@pytest.mark.parametrize("chain", chains(), ids=lambda chain: chain.name)
def test_a_chain_is_well_formed(chain: Chain) -> None:
    """Addresses in their one form, explorers without a slash at the end."""
    for address in (chain.multicall, chain.permit2):
        assert re.fullmatch(r"0x[0-9a-f]{40}", address)
    assert chain.explorer is None or re.fullmatch(r"https://[a-z.]+", chain.explorer)
    assert re.fullmatch(r"[A-Z]{3,5}", chain.native_symbol)
    assert chain_by_id(chain.id) is chain


def test_zksync_has_its_own_permit2_and_multicall() -> None:
    """Its addresses are derived in another way than on all other chains."""
    odd = [chain.name for chain in chains() if chain.permit2 != chain_by_id(1).permit2]

    assert odd == ["zksync"]
    assert chain_by_id(324).permit2 == "0x0000000000225e31d15943971f47ad3022f714fa"


@given(st.integers(1, 2**63 - 1), st.integers(0, 5_000))
def test_any_id_is_a_chain(chain_id: int, zeros: int) -> None:
    """One that the table lacks is called by its number."""
    chain = chain_by_name("0" * zeros + str(chain_id))

    assert chain.id == chain_id
    assert chain is chain_by_id(chain_id) or chain.name == f"chain-{chain_id}"


@given(
    st.just(0) | st.integers(2**63, 2**70) | st.integers(10**50, 10**60),
    st.sampled_from((0, 1, 19, 20, 5_000)),
)
def test_a_number_out_of_range_is_no_id(number: int, zeros: int) -> None:
    """However many zeros stand before it."""
    with pytest.raises(UsageError) as refused:
        chain_by_name("0" * zeros + str(number))

    assert str(refused.value) == "a chain id is a positive number below 2^63"


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("etherum", "ethereum"),
        ("arbitrun", "arbitrum"),
        ("Polygone", "polygon"),
        ("basee", "base"),
        ("zk-sync", "zksync"),
    ],
)
def test_an_unknown_name_gives_the_nearest(typed: str, nearest: str) -> None:
    """A mistyped name is an error that says what was meant."""
    with pytest.raises(UsageError) as refused:
        chain_by_name(typed)

    assert str(refused.value) == f"unknown chain '{typed}'"
    assert refused.value.hint == f"did you mean '{nearest}'?"


@given(st.text())
def test_any_text_is_a_chain_or_a_usage_error(text: str) -> None:
    """The error is one line of printable ASCII, whatever was typed."""
    shown = ""
    try:
        chain_by_name(text)
    except UsageError as error:
        shown = f"{error}{error.hint}"

    assert shown.isascii()
    assert shown.isprintable()


def test_a_name_like_no_other_gets_the_list() -> None:
    """And the way out: any EVM chain can be asked by its id."""
    with pytest.raises(UsageError) as refused:
        chain_by_name("qqqqqqqq")

    hint = refused.value.hint
    assert hint is not None
    assert hint.startswith("give its EIP-155 id; names known: anvil, arbitrum, ")
