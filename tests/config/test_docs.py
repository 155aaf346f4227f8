"""docs/configuration.md and docs/chains.md say what there is."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

import pytest

from allowctl.chains import places
from allowctl.chains.overrides import overridden
from allowctl.chains.policies import settled
from allowctl.chains.registry import GROUPS, chain_by_name, chains, select
from allowctl.config.schema import TABLES, Document
from allowctl.model.approval import Kind
from allowctl.model.facts import SpenderKind
from allowctl.model.lists import Charge
from allowctl.model.policy import Action, OnRefused, OnUnpriced
from allowctl.model.sources import ListFormat, PriceMode
from allowctl.risk.weigh import check
from tests.config.place import Place
from tests.markdown import rows, text_of

PAGE = text_of("docs/configuration.md")
MANY = {"wallet", "intel.list", "pin", "rule", "allow", "acknowledge", "probe"}


def heading_of(place: str) -> str:
    """A table as the file has it."""
    if place == "chains":
        return "[chains.NAME]"
    return f"[[{place}]]" if place in MANY else f"[{place}]"


SECTIONS = {heading_of(place): table for place, table in TABLES.items() if place}


def cells(text: str) -> set[str]:
    return {row[0].strip("`") for row in rows(text)} - {"key", "word"}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_documented(heading: str) -> None:
    """Each table's section lists its keys, and no other."""
    section = re.split(rf"^##+ `{re.escape(heading)}`$", PAGE, flags=re.MULTILINE)[1]

    assert cells(re.split(r"^##", section, flags=re.MULTILINE)[0]) == {
        *SECTIONS[heading].key_names()
    }


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("source", PriceMode),
        ("format", ListFormat),
        ("charge", Charge),
        ("refused", OnRefused),
        ("unpriced", OnUnpriced),
        ("action", Action),
        ("spender_kind", SpenderKind),
        ("allowed_kinds", Kind),
    ],
)
def test_every_choice_is_documented(key: str, choices: type[StrEnum]) -> None:
    """The row of a key with closed values names exactly those, in quotes."""
    (row,) = [row for row in rows(PAGE) if row[0] == f"`{key}`"]
    named = {*re.findall(r'`"([a-z0-9-]+)"`', row[1])} - {"addresses"}

    assert named == {each.value for each in choices} - {"addresses"}


def test_every_table_is_documented() -> None:
    """Each key of the file itself has its section."""
    headings = re.findall(r"^## `\[*(\w+)[^`]*`$", PAGE, re.MULTILINE)

    assert {*headings} == {*Document.key_names()}


def test_the_example_can_be_used_and_shows_every_key(place: Place) -> None:
    """As a user's own file; each key there is stands in it."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    place.user(example)
    found = replace(place, environment={"ALCHEMY_KEY": "k"}).load()
    known = overridden(chains(), found.chains)
    keys = {*re.findall(r"^(?:# or: )?(\w+) = ", example, re.MULTILINE)}

    assert chain_by_name("eth", known).endpoints[0].endswith("/v2/k")
    assert chain_by_name("rollup", known).id == 4_242_424
    assert [each.name for each in found.wallets] == ["treasury", "deployer"]
    for wallet in found.wallets:
        assert select(wallet.chains, known)
    assert places.fixed_prices(found.prices.fixed, known).keys() == {1}
    assert places.pins(found.pins, known).keys() == {1}
    assert places.list_chains(found.lists, known) == {"our-drainers": 1}
    check(found)
    assert settled(found.policy, known).rules[1].when.chains == {"1", "8453"}
    assert found.policy_wallets == found.wallets
    # Those that are tables of their own have a heading in the place of a line.
    assert keys | {"chance", "fixed", "list", "when"} == {
        "env",
        "version",
        *(key for table in SECTIONS.values() for key in table.key_names()),
    }


def test_every_group_and_field_of_the_chains_is_documented() -> None:
    """docs/chains.md lists the groups and what the table says of a chain."""
    page = text_of("docs/chains.md")
    listed = {name for cell in cells(page) for name in re.findall(r"[a-z_0-9]+", cell)}

    assert listed - {"field"} == {*GROUPS, *chains()[0].__slots__}
