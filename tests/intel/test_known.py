"""The bundled table: every row from a package, none from memory."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from allowctl.chains.registry import chain_by_id, chains
from allowctl.intel import known
from allowctl.intel.known import KnownSpender
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Label, Listing
from tests.nodes.npm import ROOT, node_binary, npm_path

PERMIT2 = chain_by_id(1).permit2
ROWS = [each for rows in known.spenders().values() for each in rows]
ROUTER = Address("0x7a250d5630b4cf539739df2c5dacb4c659f2488d")


@pytest.mark.parametrize("source", sorted({row.source for row in ROWS}))
def test_each_address_stands_in_the_file_that_its_row_names(source: str) -> None:
    """However it is spelled there."""
    text = npm_path(source).read_text("utf-8").lower()
    assert [
        row for row in ROWS if row.source == source and row.address not in text
    ] == []


def test_a_fresh_build_is_the_same() -> None:
    """`node tools/build_spenders.mjs --check` finds no difference."""
    done = subprocess.run(
        [node_binary(), "tools/build_spenders.mjs", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _pairs(row: KnownSpender) -> Iterator[tuple[int, Address]]:
    return ((chain, row.address) for chain in row.chains or {0})


def test_rows_are_well_formed() -> None:
    """On main networks that there are; a name that can be shown; one for a place."""
    mainnets = {chain.id for chain in chains() if not chain.testnet}
    for row in ROWS:
        assert re.fullmatch(r"0x[0-9a-f]{40}", row.address)
        assert row.chains <= mainnets
        assert re.fullmatch(r"[A-Z0-9][A-Za-z0-9 .:,()-]{2,47}", row.label)
        assert set(row.charges) <= {Charge.SHARED_SIGNATURES, Charge.DEPRECATED}
    named: dict[tuple[int, Address], str] = {}
    for row in ROWS:
        for pair in _pairs(row):
            assert named.setdefault(pair, row.label) == row.label


def test_a_place_for_every_chain_is_no_other_s() -> None:
    """Who is at the same address everywhere is not somebody else somewhere."""
    everywhere = {row.address for row in ROWS if not row.chains}
    for address in everywhere:
        assert len(known.spenders()[address]) == 1


def test_who_is_known() -> None:
    """Those that most owners have approved, each on its chains alone."""
    found = known.entry(1, ROUTER)
    assert found is not None
    assert found.label == Label(text="Uniswap: V2 Router", source=known.BUNDLED)
    assert (found.chain_id, found.listings) == (1, ())
    assert known.entry(250, ROUTER) is None
    assert known.entry(1, Address("0x" + "11" * 20)) is None
    labels = " ".join(row.label for row in ROWS)
    for maker in ("Aave", "Compound", "Morpho", "Balancer", "1inch", "0x:", "CoW"):
        assert maker in labels


def test_signatures_alone() -> None:
    """Permit2 everywhere, Seaport's conduit, and orders that are only signed."""
    for chain_id in (1, 8453, 31337, 999_999):
        found = known.entry(chain_id, PERMIT2)
        assert found is not None
        assert found.listings == (
            Listing(
                source=known.BUNDLED, charge=Charge.SHARED_SIGNATURES, name="Permit2"
            ),
        )
    zksync = known.entry(324, chain_by_id(324).permit2)
    assert zksync is not None
    assert zksync.listings
    conduit = known.entry(1, Address("0x1e0049783f008a0085193e00003d00cd54003c71"))
    assert conduit is not None
    assert [each.charge for each in conduit.listings] == [Charge.SHARED_SIGNATURES]


def test_what_was_given_up() -> None:
    """By the word of its own makers: the folder that its row names."""
    given_up = [row for row in ROWS if Charge.DEPRECATED in row.charges]
    assert given_up
    for row in given_up:
        assert "/deprecated/" in row.source
