"""The bundled table of feeds and tokens: every row is what its source says."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import msgspec
import pytest
import tomli

from allowctl.chains.registry import chain_by_id, chains
from allowctl.intel.feeds import (
    ChainFeeds,
    Factory,
    Feed,
    KnownToken,
    feeds_of,
    known_tokens,
)
from allowctl.model.chain import ZERO_ADDRESS, Address
from tests.nodes.npm import ROOT, node_binary, npm_path

FILE = ROOT / "src" / "allowctl" / "intel" / "feeds.toml"
FACTS = ROOT.parent / "shared"
BOOK = "@bgd-labs/aave-address-book"


class Row(TypedDict, total=False):
    """What stands in the file, where a test reads it by itself."""

    address: str
    slug: str
    source: str


def rows() -> Iterator[tuple[int, Row]]:
    """Each row that names a source, with its chain."""
    for chain in tomli.loads(FILE.read_text("utf-8"))["chain"]:
        lists = [chain.get(each, []) for each in ("factories", "feeds", "tokens")]
        single = [chain.get(each) for each in ("llama", "sequencer", "oneinch")]
        for row in [*(r for each in lists for r in each), *single]:
            if row is not None:
                yield chain["id"], msgspec.convert(row, Row)


TABLES = [(chain, feeds_of(chain.id)) for chain in chains()]
PRICED = [(chain, table) for chain, table in TABLES if table.feeds]


def stands(row: Row, chain_id: int) -> bool:
    """Whether the named place of an npm package has that address, or chain."""
    path, _, name = row["source"].partition(" ")
    text = npm_path(path).read_text("utf-8")
    if path.endswith(".sol"):
        found = re.search(rf"constant {re.escape(name)} =\s*(0x\w{{40}});", text)
        return found is not None and found[1].lower() == row["address"]
    if path.endswith("providers.json"):
        return bool(json.loads(text)[name]["chainId"] == chain_id)
    return row["address"] in text.lower() and name.partition("[")[0] in text


def test_every_row_is_what_its_source_says() -> None:
    """Read out of the installed packages, without the script that wrote it."""
    checked = [
        (row, stands(row, chain_id))
        for chain_id, row in rows()
        if not row["source"].startswith("facts/")
    ]
    assert [row for row, good in checked if not good] == []
    assert len(checked) > 500


@pytest.mark.shared
def test_every_row_of_the_facts_stands_there() -> None:
    """1inch's address, on the chains that the facts name."""
    if not (FACTS / "risk.md").exists():
        pytest.skip("the shared facts are not here")
    short = {"ethereum": "eth", "optimism": "op", "arbitrum": "arb"}
    short |= {"avalanche": "avax"}
    found = [(i, row) for i, row in rows() if row["source"].startswith("facts/")]
    assert found
    for chain_id, row in found:
        path, _, section = row["source"].partition(" ")
        text = Path(FACTS / path).read_text("utf-8")
        part = text[text.index(f"### {section}") :]
        (line,) = [each for each in part.splitlines() if "OffchainOracle 0x" in each]
        name = chain_by_id(chain_id).name
        assert row["address"] in line.lower()
        assert re.search(rf"\b{short.get(name, name)}\b", line), name


def test_a_fresh_build_is_the_same() -> None:
    """`node tools/build_feeds.mjs --check` finds no difference."""
    assert npm_path(BOOK).is_dir()
    done = subprocess.run(
        [node_binary(), "tools/build_feeds.mjs", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_versions_it_was_made_of() -> None:
    """Those of package.json."""
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"]
    head = FILE.read_text("utf-8").partition("[[chain]]")[0]
    named = dict(re.findall(r"^#   (\S+) (\S+)$", head, re.MULTILINE))
    assert BOOK in named
    assert named == {name: wanted[name] for name in named}


@pytest.mark.parametrize(("chain", "table"), TABLES, ids=lambda each: str(each)[:40])
def test_a_chain_is_well_formed(chain: object, table: ChainFeeds) -> None:
    """Addresses in their one form, and nothing refers to what is not there."""
    del chain
    named = (
        *table.tokens,
        *(feed.address for feed in table.feeds.values()),
        *(factory.address for factory in table.factories),
        *(each for each in (table.sequencer, table.oneinch) if each is not None),
        table.wrapped,
    )
    assert all(re.fullmatch("0x[0-9a-f]{40}", each) for each in named)
    assert {*table.native} <= {*table.feeds}
    for token in table.tokens.values():
        assert {*token.feeds} <= {*table.feeds}
        assert 0 <= token.decimals <= 18
        assert token.symbol
    for quote in table.quotes:
        assert table.tokens[quote].feeds
    for factory in table.factories:
        assert all(0 < fee < 1_000_000 for fee in factory.fees)


@pytest.mark.parametrize(("chain", "table"), PRICED, ids=lambda each: str(each)[:40])
def test_a_priced_chain(chain: object, table: ChainFeeds) -> None:
    """The native coin has a feed, and its wrapped form the same one."""
    del chain
    assert table.tokens[table.wrapped].feeds == table.native
    assert table.wrapped in table.quotes
    assert all(pair.endswith((" / USD", " / ETH")) for pair in table.feeds)
    for token in table.tokens.values():
        assert not token.feeds or token.feeds[-1].endswith(" / USD")
        assert all(pair.endswith(" / ETH") for pair in token.feeds[:-1])
    assert table.oneinch is None or table.native


@pytest.mark.parametrize(
    ("chain_id", "symbol", "decimals", "feeds"),
    [
        (1, "WETH", 18, ("ETH / USD",)),
        (1, "USDC", 6, ("USDC / USD",)),
        (1, "WBTC", 8, ("BTC / USD",)),
        (1, "rETH", 18, ("RETH / ETH", "ETH / USD")),
        (1, "aEthUSDT", 6, ("USDT / USD",)),
        (1, "wstETH", 18, ()),
        (56, "USDT", 18, ("USDT / USD",)),
        (100, "WXDAI", 18, ("DAI / USD",)),
        (42161, "ARB", 18, ("ARB / USD",)),
    ],
)
def test_some_tokens(
    chain_id: int, symbol: str, decimals: int, feeds: tuple[str, ...]
) -> None:
    """What people hold most, with its decimals and feeds."""
    (token,) = [t for t in known_tokens(chain_id).values() if t.symbol == symbol]
    assert (token.decimals, token.feeds) == (decimals, feeds)


def test_what_it_covers() -> None:
    """Feeds on sixteen chains, the oracle on ten, DefiLlama's name of many."""
    have = [table for _, table in TABLES]
    assert sum(bool(table.feeds) for table in have) == 16
    assert sum(table.oneinch is not None for table in have) == 10
    assert sum(table.llama is not None for table in have) > 50
    layer_2 = {chain.name for chain, table in TABLES if table.sequencer}
    assert {"arbitrum", "optimism", "base", "scroll", "zksync"} <= layer_2


def test_a_chain_that_it_lacks() -> None:
    """It has nothing there, and that is no error."""
    assert feeds_of(31337) == ChainFeeds()
    assert known_tokens(31337) == {}
    assert ChainFeeds().wrapped == ZERO_ADDRESS


def test_no_testnet_has_prices() -> None:
    """What is worth nothing is not priced."""
    assert not [
        chain.name
        for chain, table in TABLES
        if chain.testnet and (table.tokens or table.llama)
    ]


def test_the_values() -> None:
    """What a chain's row becomes."""
    table = feeds_of(1)
    weth = Address("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2")
    assert table.tokens[weth] == KnownToken(
        address=weth, symbol="WETH", decimals=18, feeds=("ETH / USD",)
    )
    assert table.feeds["ETH / USD"] == Feed(
        pair="ETH / USD", address=Address("0x5f4ec3df9cbd43714fe2740f5e3616155c5b8419")
    )
    assert table.factories[0] == Factory(
        address=Address("0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f")
    )
    assert table.factories[3].fees == (100, 500, 3_000, 10_000)
    assert table.llama == "ethereum"
