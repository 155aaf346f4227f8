"""docs/configuration.md and docs/chains.md say what there is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from allowctl.chains.overrides import overridden
from allowctl.chains.registry import GROUPS, chain_by_name, chains, select
from allowctl.config.schema import ChainTable, Document, Table, WalletTable
from tests.config.place import Place
from tests.markdown import rows, text_of

PAGE = text_of("docs/configuration.md")


def cells(text: str) -> set[str]:
    return {row[0].strip("`") for row in rows(text)} - {"key", "word"}


@pytest.mark.parametrize(
    ("heading", "table"),
    [("`[chains.NAME]`", ChainTable), ("`[[wallet]]`", WalletTable)],
)
def test_every_key_is_documented(heading: str, table: type[Table]) -> None:
    """Each table's section lists its keys, and no other."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]

    assert cells(section) == {*table.model_fields}


def test_every_table_is_documented() -> None:
    """Each key of the file itself has its section."""
    headings = re.findall(r"^## `\[*(\w+)[^`]*`$", PAGE, re.MULTILINE)

    assert {*headings} == {*Document.model_fields}


def test_the_example_can_be_used_and_shows_every_key(place: Place) -> None:
    """As a user's own file; each key there is stands in it."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    place.user(example)
    found = replace(place, environment={"ALCHEMY_KEY": "k"}).load()
    known = overridden(chains(), found.chains)
    keys = {*re.findall(r"^(\w+) = ", example, re.MULTILINE)}

    assert chain_by_name("eth", known).endpoints[0].endswith("/v2/k")
    assert chain_by_name("rollup", known).id == 4_242_424
    assert [each.name for each in found.wallets] == ["treasury", "deployer"]
    for wallet in found.wallets:
        assert select(wallet.chains, known)
    assert keys == {"env", *ChainTable.model_fields, *WalletTable.model_fields}


def test_every_group_and_field_of_the_chains_is_documented() -> None:
    """docs/chains.md lists the groups and what the table says of a chain."""
    page = text_of("docs/chains.md")
    listed = {name for cell in cells(page) for name in re.findall(r"[a-z_0-9]+", cell)}

    assert listed - {"field"} == {*GROUPS, *chains()[0].__slots__}
