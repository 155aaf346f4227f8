"""Which lists are looked into, and what their addresses mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from allowctl.intel.lists import archive, fetch, formats, load, sources, tree
from allowctl.intel.lists.sources import BUILT_IN
from allowctl.model.lists import Charge
from allowctl.model.sources import ListFormat, ListSource
from tests.intel.lists.making import ADDRESSES, EXPLOITS, WHOIS
from tests.markdown import rows, text_of


def test_the_built_in_lists() -> None:
    """Over https, from hosts that know no owner; every charge is covered."""
    assert {urlsplit(each.url).scheme for each in BUILT_IN} == {"https"}
    assert {sources.origin(each) for each in BUILT_IN} == {
        "codeload.github.com",
        "raw.githubusercontent.com",
    }
    charges = {charge for each in BUILT_IN for charge in sources.charges(each)}
    assert charges == {*Charge}
    assert all(urlsplit(each.url).query == "" for each in BUILT_IN)


def test_configured_lists() -> None:
    """They come first, and take the place of built-in ones of the same id."""
    mine = replace(WHOIS, url="/mine")
    assert sources.used((), builtin=True) == BUILT_IN
    assert sources.used((ADDRESSES,), builtin=False) == (ADDRESSES,)
    used = sources.used((mine, ADDRESSES), builtin=True)
    assert [each.id for each in used] == [
        "whois",
        "drainers",
        "approval-exploit-list",
        "scamsniffer",
    ]
    assert used[0] is mine


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/a b/c.json", Path("/a b/c.json")),
        ("lists", Path("lists")),
        ("~/lists", Path.home() / "lists"),
        ("file:///a%20b/c.json", Path("/a b/c.json")),
        ("FILE:///c.json", Path("/c.json")),
        ("https://x.invalid/c.json", None),
        ("http://127.0.0.1:1/c.json", None),
    ],
)
def test_where_a_list_lies(url: str, path: Path | None) -> None:
    """On this machine, or on another; the key in an address is never shown."""
    source = replace(ADDRESSES, url=url)
    assert sources.local_path(source) == path
    if path is None:
        assert sources.origin(source) in {"x.invalid", "127.0.0.1:1"}
    else:
        assert sources.origin(source) == str(path)
    hidden = replace(ADDRESSES, url="https://user:s3cret@x.invalid/t0ken?key=s3cret")
    assert sources.origin(hidden) == "x.invalid"


def test_a_list_is_told_from_another_of_its_id() -> None:
    """By all that changes what is fetched or what it means, without giving it away."""
    lists = [
        ADDRESSES,
        replace(ADDRESSES, url="/elsewhere"),
        replace(ADDRESSES, charge=Charge.EXPLOITED),
        replace(ADDRESSES, charge=None),
        replace(ADDRESSES, chain="base"),
        replace(ADDRESSES, format=ListFormat.WHOIS),
    ]
    keys = [sources.key(each) for each in lists]
    assert len({*keys}) == len(lists)
    assert sources.key(replace(ADDRESSES)) == keys[0]
    assert all(len(each) == 12 for each in keys)


def test_charges() -> None:
    """By the format, or as configured."""
    assert sources.charges(WHOIS) == (*Charge,)
    assert sources.charges(EXPLOITS) == (Charge.EXPLOITED,)
    assert sources.charges(ADDRESSES) == (Charge.BLOCKED,)
    labels = ListSource(id="x", format=ListFormat.ADDRESSES, url="/x")
    assert sources.charges(labels) == ()


def test_the_page() -> None:
    """docs/intel.md names each built-in list, each format, and the real bounds."""
    page = text_of("docs/intel.md")
    lists, _, rest = page.partition("## When they are fetched")
    found = {row[0].strip("`"): row[-1].strip("`") for row in rows(lists)}
    assert found.items() >= {each.id: each.format.value for each in BUILT_IN}.items()
    layouts = {row[0].strip("`") for row in rows(rest.partition("## Formats")[2])}
    assert layouts >= {each.value for each in ListFormat}
    assert f"{fetch.SECONDS:g} seconds at the most" in page
    assert f"more than {archive.UNFOLDED // 2**20} MiB" in page
    assert f"more than {tree.LARGEST // 2**20} MiB" in page
    assert f"to {formats.LONGEST} characters" in page
    assert f"more than {load.OLDEST // load.DAY} days old" in page
    assert f"of more than {load.FEW} " in page
