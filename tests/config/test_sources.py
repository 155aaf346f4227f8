"""`[prices]`, `[intel]` and `[[pin]]` of all files."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from allowctl.model.chain import Address
from allowctl.model.lists import Charge
from allowctl.model.sources import (
    FixedPrice,
    ListFormat,
    ListSource,
    PinnedCode,
    PriceMode,
    PriceSettings,
)
from tests.config.place import Place

A = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
B = "0x" + "22" * 20
LOWER = Address(A.lower())
HASH = "0x" + "Ab" * 32
LIST = '[[intel.list]]\nid = "{}"\nformat = "whois"\nurl = "{}"\n'
PIN = '[[pin]]\nchain = "{}"\nspender = "{}"\ncode_hash = "{}"\n'


def test_without_any_there_are_the_built_in_lists_alone(place: Place) -> None:
    """Nothing says who is asked for prices, and nothing is pinned."""
    place.user("[prices]\n[prices.fixed]\n[intel]\n")
    found = place.load()

    assert found.prices == PriceSettings(mode=None, fixed=())
    assert (found.lists, found.builtin_lists, found.pins) == ((), True, ())


@pytest.mark.parametrize(
    ("key", "chain"),
    [
        (f"eth:{A}", "eth"),
        (f"ethereum:{A.lower()}", "ethereum"),
        (f"1:{A}", "1"),
        (f"eip155:1:{A}", "1"),
    ],
)
def test_a_fixed_price_names_its_chain(place: Place, key: str, chain: str) -> None:
    """In every way an owner's chain can be named."""
    file = place.user(f'[prices.fixed]\n"{key}" = 1')

    assert place.load().prices.fixed == (
        FixedPrice(
            chain=chain,
            token=LOWER,
            usd=Decimal(1),
            place=f"{file}:2: prices.fixed.'{key}'",
        ),
    )


@pytest.mark.parametrize(
    ("written", "usd"),
    [
        ("0.1", "0.1"),
        ('"0.1"', "0.1"),
        ("3", "3"),
        ("1e-5", "0.00001"),
        ("1_000.5", "1000.5"),
        (
            "0.1000000000000000055511151231257827",
            "0.1000000000000000055511151231257827",
        ),
        ('"1000000000000"', "1e12"),
    ],
)
def test_a_price_is_what_is_written(place: Place, written: str, usd: str) -> None:
    """No float comes between."""
    place.user(f'[prices.fixed]\n"eth:{A}" = {written}')
    (found,) = place.load().prices.fixed

    assert found.usd == Decimal(usd)


def test_the_first_file_says_who_is_asked_and_all_fixed_prices_stand(
    place: Place,
) -> None:
    """Those of the first file first: which one is followed their chains decide."""
    user = place.user(
        f'[prices]\nsource = "defillama"\n[prices.fixed]\n"eth:{A}" = 1\n"eth:{B}" = 2'
    )
    project = place.project(f'[prices]\nsource = "none"\n[prices.fixed]\n"eth:{A}" = 3')
    found = place.load().prices

    assert found.mode is PriceMode.NONE
    assert [(each.usd, each.place.split(": ")[0]) for each in found.fixed] == [
        (Decimal(3), f"{project}:4"),
        (Decimal(1), f"{user}:4"),
        (Decimal(2), f"{user}:5"),
    ]
    project.unlink()
    assert place.load().prices.mode is PriceMode.DEFILLAMA


def test_every_key_of_a_list_is_read(place: Place) -> None:
    """Its URL expanded as that of an endpoint."""
    place.user(
        '[intel]\nbuiltin = false\n[[intel.list]]\nid = "our-list-2"\n'
        'format = "addresses"\nurl = "https://lists.example/${MINE}"\n'
        'charge = "shared-signatures"\nchain = "base"\n' + LIST.format("names", "w.zip")
    )
    found = place.load()

    assert found.builtin_lists is False
    assert found.lists == (
        ListSource(
            id="our-list-2",
            format=ListFormat.ADDRESSES,
            url="https://lists.example/SECRET3",
            charge=Charge.SHARED_SIGNATURES,
            chain="base",
        ),
        ListSource(id="names", format=ListFormat.WHOIS, url=str(place.home / "w.zip")),
    )
    assert "SECRET" not in repr(found)
    assert "<https://lists.example>" in repr(found)


def test_lists_of_trusted_files_are_added_together(place: Place) -> None:
    """Of two with one id the first file's is followed."""
    place.user(
        "[intel]\nbuiltin = true\n"
        + LIST.format("both", "user")
        + LIST.format("user", "user")
    )
    mine = place.explicit(
        "[intel]\nbuiltin = false\n"
        + LIST.format("mine", "mine")
        + LIST.format("both", "mine")
    )
    found = place.load(explicit=mine)

    assert found.builtin_lists is False
    assert [(each.id, Path(each.url).name) for each in found.lists] == [
        ("mine", "mine"),
        ("both", "mine"),
        ("user", "user"),
    ]


def test_pins_of_a_found_file_stand_last(place: Place) -> None:
    """It must not say that a change of code is as one's own file expects it."""
    user = place.user(PIN.format("eth", A, HASH) + PIN.format("1", B, HASH))
    project = place.project(PIN.format("mainnet", A, "0x" + "cd" * 32))
    found = place.load().pins

    assert found == (
        PinnedCode(
            chain="eth",
            spender=LOWER,
            code_hash=HASH.lower(),
            place=f"{user}:1: pin[0]",
        ),
        PinnedCode(
            chain="1",
            spender=Address(B),
            code_hash=HASH.lower(),
            place=f"{user}:5: pin[1]",
        ),
        PinnedCode(
            chain="mainnet",
            spender=LOWER,
            code_hash="0x" + "cd" * 32,
            place=f"{project}:1: pin[0]",
        ),
    )


def test_pins_of_a_named_file_come_before_the_users(place: Place) -> None:
    """One trusted file over the other, as with everything else."""
    place.user(PIN.format("eth", A, HASH))
    mine = place.explicit(PIN.format("eth", A, "0x" + "cd" * 32))

    assert [each.code_hash for each in place.load(explicit=mine).pins] == [
        "0x" + "cd" * 32,
        HASH.lower(),
    ]
