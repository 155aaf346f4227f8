"""Lists' layouts: whole or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.intel.lists import formats, keep, local
from allowctl.intel.lists.tree import ALONE
from allowctl.model.chain import Address
from allowctl.model.lists import Charge, Entry, Label, Listing
from allowctl.model.sources import ListFormat, ListSource
from tests.intel.lists.making import (
    ADDRESSES,
    EXPLOITS,
    LABELS,
    MIXED,
    NOW,
    ONE,
    THREE,
    TWO,
    WHOIS,
    case,
    exploits,
    raw,
    spenders,
)
from tests.nodes.jsonrpc import Json
from tests.nodes.npm import ROOT

SHARED = ROOT.parent / "shared" / "intel"


def entries(
    source: ListSource, files: Mapping[str, bytes], chain_id: int | None = None
) -> dict[tuple[int | None, Address], Entry]:
    found = formats.entries(source, files, chain_id=chain_id, fetched_at=NOW)
    by_key = {(each.chain_id, each.address): each for each in found}
    assert len(by_key) == len(found)
    return by_key


def alone(value: Json) -> dict[str, bytes]:
    return {ALONE: raw(value)}


def listing(source: ListSource, charge: Charge, name: str, **more: Json) -> Listing:
    return Listing(source=source.id, charge=charge, name=name, fetched_at=NOW, **more)


def test_exploits() -> None:
    """An address has every case it stands in; a fixed one says that it is."""
    found = entries(EXPLOITS, exploits())
    bridge = listing(EXPLOITS, Charge.EXPLOITED, "Bridge Hack", date="2024-02-29")
    router = listing(
        EXPLOITS,
        Charge.EXPLOITED,
        "Router Hack (since fixed, it says)",
        date="2024-02-29",
    )
    assert found == {
        (1, ONE): Entry(chain_id=1, address=ONE, listings=(bridge, router)),
        (56, TWO): Entry(chain_id=56, address=TWO, listings=(bridge,)),
    }


def test_spenders() -> None:
    """A label or else a name; the factors that are a list's word, and no others."""
    found = entries(WHOIS, spenders())
    assert found == {
        (1, ONE): Entry(
            chain_id=1,
            address=ONE,
            label=Label(text="Swap: Router 2", source="whois"),
        ),
        (1, TWO): Entry(
            chain_id=1,
            address=TWO,
            label=Label(text="Vault", source="whois"),
            listings=(listing(WHOIS, Charge.EXPLOITED, "Vault Hack"),),
        ),
        (10, THREE): Entry(
            chain_id=10,
            address=THREE,
            label=Label(text="Old", source="whois"),
            listings=(listing(WHOIS, Charge.DEPRECATED, "Old"),),
        ),
    }


@pytest.mark.parametrize(
    ("factor", "charge"),
    [
        ("exploit", Charge.EXPLOITED),
        ("blocklist", Charge.BLOCKED),
        ("deprecated", Charge.DEPRECATED),
        ("phishing_risk", Charge.SHARED_SIGNATURES),
        ("Exploit", Charge.EXPLOITED),
        ("BLOCKLIST", Charge.BLOCKED),
        ("allowlist", None),
        ("uninitialized", None),
    ],
)
def test_factors(factor: str, charge: Charge | None) -> None:
    """A list's "allowed" is no word for anybody."""
    told = raw({"name": "N", "riskFactors": [{"type": factor, "data": {"x": 1}}]})
    (found,) = entries(WHOIS, {f"spenders/5/{ONE}.json": told}).values()
    assert [each.charge for each in found.listings] == ([charge] if charge else [])


@pytest.mark.parametrize("top", ["", "spenders/", "data/manual/spenders/", "w-1/"])
def test_where_spenders_lie(top: str) -> None:
    """From the repository's root, inside its folder in an archive, or from theirs."""
    path = f"{top}data/manual/spenders/1" if top == "w-1/" else f"{top}1"
    found = entries(WHOIS, {f"{path}/{MIXED}.json": raw({"label": "L"})})
    assert list(found) == [(1, ONE)]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ([f" {MIXED}\n", TWO, MIXED], ["", ""]),
        ({"bad.invalid": [MIXED, TWO], "worse.invalid": TWO}, ["bad", "bad worse"]),
        ({MIXED: "Drainer  A", TWO: {"since": 2024}}, ["Drainer A", ""]),
        ({"5a" * 32: [MIXED], "0x" + "5a" * 32: TWO}, ["5a" * 32, "0x" + "5a" * 32]),
    ],
    ids=["array", "by name", "by address", "by hash"],
)
def test_addresses(value: Json, names: list[str]) -> None:
    """In each of the three shapes, on every chain or on the one that is named."""
    for chain_id in (None, 8453):
        found = entries(ADDRESSES, alone(value), chain_id)
        assert list(found) == [(chain_id, ONE), (chain_id, TWO)]
        assert [
            " ".join(hit.name.removesuffix(".invalid") for hit in each.listings)
            for each in found.values()
        ] == names
        charges = {hit.charge for each in found.values() for hit in each.listings}
        assert charges == {Charge.BLOCKED}


def test_labels_alone() -> None:
    """Without a charge, names are labels; what has none says nothing."""
    found = entries(LABELS, alone({MIXED: "Exchange 14", TWO: None}))
    label = Label(text="Exchange 14", source="labels")
    assert list(found.values()) == [Entry(chain_id=None, address=ONE, label=label)]


@pytest.mark.parametrize(
    "foreign",
    [
        "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "0x" + "5a" * 32,
    ],
)
def test_accounts_of_other_chains(foreign: str) -> None:
    """They are no loss: nothing is looked up where they are."""
    assert list(entries(ADDRESSES, alone([foreign, TWO]))) == [(None, TWO)]
    for named in ({"A": [foreign, TWO]}, {foreign: "Elsewhere", TWO: "A"}):
        assert list(entries(ADDRESSES, alone(named))) == [(None, TWO)]
    with pytest.raises(CodecError, match="holds no address"):
        entries(ADDRESSES, alone([foreign]))


def test_accounts_that_name_their_chain() -> None:
    """CAIP-10: on that chain alone, which is not to be another than the list's."""
    mixed = [f"eip155:56:{MIXED}", TWO]
    assert list(entries(ADDRESSES, alone(mixed))) == [(56, ONE), (None, TWO)]
    named = {f"eip155:56:{MIXED}": "Drainer"}
    (found,) = entries(ADDRESSES, alone(named), 56).values()
    assert (found.chain_id, found.listings[0].name) == (56, "Drainer")
    with pytest.raises(CodecError, match="which is not on chain 1"):
        entries(ADDRESSES, alone(mixed), 1)
    places = [{"chainId": 1, "address": f"eip155:56:{MIXED}"}]
    files = exploits() | {"exploits/bridge.json": case(addresses=places)}
    with pytest.raises(CodecError, match="which is not on chain 1"):
        entries(EXPLOITS, files)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (MIXED[:-1], TWO),
        (MIXED[:-1], "Drainer"),
        (f"eip155:1:{MIXED[:-1]}", "Drainer"),
        (MIXED, TWO),
        (MIXED, [TWO]),
        ("T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb", TWO[:-1]),
        ("Angel", "ab" * 20),
    ],
)
def test_misspelt_keys(key: str, value: Json) -> None:
    """What begins as an address names no other one."""
    with pytest.raises(CodecError, match=r"holds|has an address"):
        entries(ADDRESSES, alone({THREE: "B", key: value}))


@pytest.mark.parametrize(
    ("source", "files"),
    [
        (ADDRESSES, {ALONE: f'{{"A": ["{ONE}"], "A": ["{TWO}"]}}'.encode()}),
        (ADDRESSES, {ALONE: f'{{"A": ["{ONE}"], "\u0041": "{TWO}"}}'.encode()}),
        (ADDRESSES, {ALONE: f'{{"{ONE}": {{"x": 1, "x": 2}}}}'.encode()}),
        (
            WHOIS,
            {
                f"1/{ONE}.json": b'{"name": "N", "riskFactors": [{"type": "exploit"}],'
                b' "riskFactors": []}'
            },
        ),
        (
            EXPLOITS,
            exploits()
            | {
                "exploits/bridge.json": case()[:-1]
                + b', "addresses": [{"chainId": 1, "address": "'
                + TWO.encode()
                + b'"}]}'
            },
        ),
    ],
)
def test_what_stands_twice(source: ListSource, files: Mapping[str, bytes]) -> None:
    """An object has one value for a key: the other one would be lost."""
    with pytest.raises(CodecError, match="stands twice"):
        entries(source, files)


def test_numbers_of_any_length() -> None:
    """They are passed over, as all that a format has no use for."""
    body = f'{{"name": "N", "x": {"7" * 9_000}, "y": 1e-999}}'.encode()
    assert list(entries(WHOIS, {f"1/{ONE}.json": body})) == [(1, ONE)]


@pytest.mark.parametrize(
    "odd", ["0x", "0x12", MIXED[:-1], MIXED + "0", MIXED[:-1] + "g", " 0X1"]
)
def test_a_misspelt_address_refuses_the_list(odd: str) -> None:
    """It was meant to be one: what it meant would look clean."""
    with pytest.raises(CodecError, match="no address"):
        entries(ADDRESSES, alone([TWO, odd]))
    places = [{"chainId": 1, "address": odd}]
    files = exploits() | {"exploits/bridge.json": case(addresses=places)}
    with pytest.raises(CodecError, match="no address"):
        entries(EXPLOITS, files)


def _without(name: str) -> dict[str, bytes]:
    return {path: body for path, body in exploits().items() if path != name}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (_without("index.json"), "no index.json"),
        (exploits() | {"x/index.json": b"[]"}, "more than one"),
        (_without("exploits/router.json"), "lacks exploits/'router'"),
        (exploits() | {"index.json": b'{"a": 1}'}, "Expected `array`"),
        (exploits() | {"exploits/router.json": b"<html>"}, "router.*no JSON"),
        (exploits() | {"exploits/router.json": b'{"name": "N"}'}, "addresses"),
        (
            exploits() | {"exploits/bridge.json": case(addresses=[{"address": ONE}])},
            "chainId",
        ),
        (
            exploits()
            | {
                "exploits/bridge.json": case(
                    addresses=[{"address": ONE, "chainId": "1"}]
                )
            },
            "Expected `int`",
        ),
        (
            exploits()
            | {
                "exploits/bridge.json": case(addresses=[{"address": ONE, "chainId": 0}])
            },
            "Expected `int` >= 1",
        ),
        ({"index.json": b"[]"}, "holds no address"),
        ({ALONE: b"[]"}, "one file"),
    ],
)
def test_exploits_that_are_not_whole(files: Mapping[str, bytes], reason: str) -> None:
    """The reason names the file."""
    with pytest.raises(CodecError, match=reason):
        entries(EXPLOITS, files)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("1/0x12.json", raw({})),
        (f"0/{ONE}.json", raw({"name": "N"})),
        (f"1/{ONE}.json", b"[]"),
        (f"1/{ONE}.json", raw({"name": 7})),
        (f"1/{ONE}.json", raw({"riskFactors": [{"source": "x"}]})),
        (f"1/{ONE}.json", b"\xff\xfe"),
        (f"1/{ONE}.json", b'{"name": ' + b"[" * 100_000),
    ],
)
def test_spenders_that_are_not_whole(path: str, body: bytes) -> None:
    """One bad file of many refuses the list."""
    files = spenders() | {f"data/manual/spenders/{path}": body}
    with pytest.raises(CodecError):
        entries(WHOIS, files)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"7", b'"x"', b"[1]", b"[]", b"{}", b"<html></html>", b"\x00"),
        *(b'{"a": [1]}', b'{"a": 1}', b"[" * 200_000, b"[null]", b"\xef\xbb\xbf[]"),
    ],
)
def test_addresses_that_are_none(body: bytes) -> None:
    """No list rather than an empty one."""
    with pytest.raises(CodecError):
        entries(ADDRESSES, {ALONE: body})
    with pytest.raises(CodecError, match="no file of JSON"):
        entries(ADDRESSES, {"index.json": body})


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are cut, which loses no address; too many addresses refuse the list."""
    long = case("N" * 10_000)
    (found, *_) = entries(
        EXPLOITS, exploits() | {"exploits/bridge.json": long}
    ).values()
    assert found.listings[0].name == "N" * formats.LONGEST
    fixed = case("N" * 10_000, fixed=True)
    (found, *_) = entries(
        EXPLOITS, exploits() | {"exploits/bridge.json": fixed}
    ).values()
    assert found.listings[0].name.endswith("fixed, it says)")
    monkeypatch.setattr(formats, "MOST", 2)
    assert len(entries(ADDRESSES, alone([ONE, TWO]))) == 2
    with pytest.raises(CodecError, match="more than 2 addresses"):
        entries(ADDRESSES, alone([ONE, TWO, THREE]))


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50) | st.just(MIXED),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("name", "addresses", "chainId", "address", "riskFactors"))
            | st.sampled_from((MIXED, TWO, "type", "label"))
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(_ANY | st.binary(max_size=60))
def test_any_bytes_are_a_list_or_refused(value: Json) -> None:
    """Nothing else is raised; what is taken can be kept and has proper addresses."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    for source, files in (
        (ADDRESSES, {ALONE: body}),
        (LABELS, {ALONE: body}),
        (WHOIS, {f"1/{ONE}.json": body, f"1/{TWO}.json": raw({"name": "N"})}),
        (EXPLOITS, {"index.json": b'["a"]', "exploits/a.json": body}),
    ):
        found: tuple[Entry, ...] = ()
        reason = ""
        try:
            found = formats.entries(source, files, chain_id=None, fetched_at=NOW)
        except CodecError as error:
            reason = error.message
        assert reason.isascii()
        assert reason.isprintable()
        rows = keep.rows(found)
        assert all(row.address == row.address.lower() for row in rows)
        assert all(len(row.address) == 42 for row in rows)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="only in this project's workplace")
def test_the_real_exploit_list() -> None:
    """Every address of every case, one of them thrice named in one."""
    folder = SHARED / "approval-exploit-list"
    source = replace(EXPLOITS, url=str(folder))
    found = entries(source, local.read(folder, ListFormat.EXPLOITS))
    places = {
        (place["chainId"], place["address"].lower())
        for path in (folder / "exploits").glob("*.json")
        for place in json.loads(path.read_text("utf-8"))["addresses"]
    }
    assert found.keys() == places
    assert len(places) > 300
    (badger,) = found[1, Address("0x1fcdb04d0c5364fbd92c73ca8af9baa72c269107")].listings
    assert badger == Listing(
        source="exploits",
        charge=Charge.EXPLOITED,
        name="BadgerDAO Frontend Hack",
        date="2021-12-02",
        fetched_at=NOW,
    )


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="only in this project's workplace")
@pytest.mark.parametrize("below", ["", "data/manual/spenders"])
def test_the_real_labels(below: str) -> None:
    """From the repository's root or from the folder; only the empty one is left out."""
    folder: Path = SHARED / "whois" / below
    source = replace(WHOIS, url=str(folder))
    found = entries(source, local.read(folder, ListFormat.WHOIS))
    files = [*(SHARED / "whois").glob("data/manual/spenders/*/*.json")]
    assert len(found) == len(files) - 1 > 400
    charges = [hit.charge for each in found.values() for hit in each.listings]
    assert charges.count(Charge.DEPRECATED) == 15
    # One address is of two hacks, another one stands twice in the same.
    assert 100 < charges.count(Charge.EXPLOITED) <= 107
