"""The table of chains, and the names that find them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.chains.registry import (
    GROUPS,
    LOCAL,
    chain_by_id,
    chain_by_name,
    chains,
    select,
)
from allowctl.errors import UsageError
from allowctl.model.chain import Chain
from tests.nodes.npm import ROOT, node_binary, npm_path

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
    assert chain.explorer is None or re.fullmatch(
        r"https://[a-z0-9.-]+", chain.explorer
    )
    assert re.fullmatch(r"[A-Za-z]{1,5}", chain.native_symbol)
    assert chain.block_ms is None or 100 <= chain.block_ms <= 60_000
    assert chain.finality in (30, 65, 200, 240)
    assert chain_by_id(chain.id) is chain


@pytest.mark.parametrize("chain", chains(), ids=lambda chain: chain.name)
def test_public_endpoints_are_public(chain: Chain) -> None:
    """Encrypted, without a user, a query or a slash at the end, each named once."""
    for url in chain.endpoints:
        assert re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?(/[A-Za-z0-9]{1,12})*", url)
    assert len({*chain.endpoints}) == len(chain.endpoints)
    assert chain.endpoints or chain.id == LOCAL


def test_where_permit2_and_multicall_are_elsewhere() -> None:
    """ZKsync's kin derive addresses in another way; Ronin let nobody deploy."""
    usual = Chain(id=1, name="any")

    assert {
        chain.name: chain.permit2
        for chain in chains()
        if chain.permit2 != usual.permit2
    } == {
        "zksync": "0x0000000000225e31d15943971f47ad3022f714fa",
        "zksync-sepolia": "0x0000000000225e31d15943971f47ad3022f714fa",
        "abstract": "0x0000000000225e31d15943971f47ad3022f714fa",
        "ronin": "0x771ca29e483df5447e20a89e0f00e1daf09ef534",
    }
    assert {chain.name for chain in chains() if chain.multicall != usual.multicall} == {
        "xdc",
        "zksync",
        "zksync-sepolia",
        "lisk",
        "abstract",
        "immutable-zkevm",
    }


def test_there_are_chains_enough() -> None:
    """Forty mainnets and more; the usual testnets, and what runs at home."""
    assert len(select(["mainnets"])) >= 40
    assert {"sepolia", "hoodi", "base-sepolia", "polygon-amoy"} <= {
        chain.name for chain in select(["testnets"])
    }
    assert chain_by_name("hardhat") is chain_by_name("anvil") is chain_by_id(LOCAL)


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("ethereum", 65),
        ("sepolia", 65),
        ("polygon", 200),
        ("arbitrum", 240),
        ("apechain", 240),
        ("base", 30),
    ],
)
def test_depths_that_count_as_final(name: str, depth: int) -> None:
    """As ponder has them, where a node knows no `finalized`."""
    assert chain_by_name(name).finality == depth


def test_a_fresh_build_is_the_same() -> None:
    """`node tools/build_chains.mjs --check` finds no difference."""
    assert npm_path("viem").is_dir()
    done = subprocess.run(
        [node_binary(), "tools/build_chains.mjs", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_help_does_without_the_table() -> None:
    """Nor does it load the configuration or what validates it."""
    done = subprocess.run(
        (sys.executable, "-X", "importtime", "-m", "allowctl", "scan", "--help"),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    assert "allowctl.cli.app" in loaded
    assert loaded.isdisjoint({"allowctl.chains.registry", "allowctl.config.load"})


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
    assert hint.startswith("give its EIP-155 id; names known: abstract, anvil, ")


def names(*texts: str) -> list[str]:
    return [chain.name for chain in select(texts)]


def test_chains_are_selected_in_the_order_they_are_named() -> None:
    """Names, aliases and ids, with commas or apart; each chain once."""
    assert names("base, ETH", "42161,,mainnet", " ", "8453") == [
        "base",
        "ethereum",
        "arbitrum",
    ]
    assert names("123456789", "0123456789") == ["chain-123456789"]
    assert names() == names("", " , ") == []


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_in_the_order_of_the_table(group: str) -> None:
    """What was named before it stays before it."""
    ids = [chain.id for chain in select([group.upper()])]
    first, *_, last = ids

    assert ids == sorted({*ids})
    assert [each.id for each in select([f"{last},{group}"])] == [last, *ids[:-1]]
    assert [each.id for each in select([group, str(first)])] == ids


def test_mainnets_and_testnets_are_all() -> None:
    """And they have nothing in common."""
    mainnets, testnets = {*names("mainnets")}, {*names("testnets")}

    assert mainnets | testnets == {*names("all")}
    assert not mainnets & testnets


def test_a_chain_at_home_is_asked_by_name() -> None:
    """In a group it would be a gap each time, unless an endpoint of it is known."""
    home = replace(chain_by_id(LOCAL), endpoints=("http://127.0.0.1:8545",))
    known = [chain_by_id(1), home]

    assert not {"anvil"} & {*names("all"), *names("testnets")}
    assert names("anvil,all")[0] == "anvil"
    assert select(["all"], known) == (chain_by_id(1), home)
    assert select(["testnets"], known) == (home,)


def test_chains_of_ones_own_are_selected() -> None:
    """By each of their names; those of the table are unknown then."""
    own = Chain(id=7, name="mine", aliases=("my",))

    assert select(["my,7,mine,all"], [own]) == (own,)
    assert chain_by_name("my", [own]) is own
    with pytest.raises(UsageError, match="unknown chain 'base'"):
        select(["base"], [own])


@pytest.mark.parametrize(
    ("typed", "nearest"), [("eth,bsae", "base"), ("mainets", "mainnets"), ("al", "all")]
)
def test_a_group_can_be_the_nearest_name(typed: str, nearest: str) -> None:
    """As any name."""
    with pytest.raises(UsageError) as refused:
        select([typed])

    assert refused.value.hint == f"did you mean '{nearest}'?"
