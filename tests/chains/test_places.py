"""The chains that a configuration's prices, pins and lists name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allowctl.chains.places import fixed_prices, list_chains, pins
from allowctl.chains.registry import chains
from allowctl.errors import ConfigError
from allowctl.model.chain import Address, Chain
from allowctl.model.lists import Charge
from allowctl.model.sources import FixedPrice, ListFormat, ListSource, PinnedCode

A = Address("0x" + "11" * 20)
B = Address("0x" + "22" * 20)
OURS = Chain(id=4_242_424, name="our-rollup", aliases=("rollup",))
KNOWN = (*chains(), OURS)


def price(chain: str, usd: int, key: str, token: Address = A) -> FixedPrice:
    return FixedPrice(chain=chain, token=token, usd=Decimal(usd), place=key)


def pin(chain: str, code_hash: str, key: str) -> PinnedCode:
    return PinnedCode(chain=chain, spender=A, code_hash=code_hash, place=key)


def of_a_list(chain: str | None, name: str = "mine") -> ListSource:
    return ListSource(
        id=name,
        format=ListFormat.ADDRESSES,
        url="x",
        charge=Charge.BLOCKED,
        chain=chain,
    )


def test_every_name_of_a_chain_is_its_id() -> None:
    """Alias, id and one's own names; a chain that no table has goes by its number."""
    prices = [
        price("eth", 1, "F:1: a"),
        price("8453", 2, "F:1: b"),
        price("rollup", 3, "F:1: c"),
        price("999999937", 4, "F:1: d"),
        price("ethereum", 5, "F:1: e", B),
    ]

    assert fixed_prices(prices, KNOWN) == {
        1: {A: prices[0], B: prices[4]},
        8453: {A: prices[1]},
        4_242_424: {A: prices[2]},
        999_999_937: {A: prices[3]},
    }
    assert (fixed_prices([], KNOWN), pins([], KNOWN)) == ({}, {})


def test_of_two_files_the_first_is_followed() -> None:
    """Whatever each calls the chain."""
    first, second = price("eth", 1, "A:1: x"), price("1", 2, "B:1: x")
    mine, other = pin("mainnet", "0x1", "A:1: pin[0]"), pin("eth", "0x2", "B:1: pin[0]")

    assert fixed_prices([first, second], KNOWN) == {1: {A: first}}
    assert pins([mine, other], KNOWN) == {1: {A: mine}}


def test_two_of_one_file_are_refused() -> None:
    """One of them would be dropped in silence, also below another file's."""
    above = price("eth", 1, "A:1: x")
    twice = [price("1", 2, "B, C: D:4: x"), price("mainnet", 3, "B, C: D:5: y")]
    with pytest.raises(ConfigError) as refused:
        fixed_prices([above, *twice], KNOWN)

    assert refused.value.message == "B, C: D:5: y: x is of the same address on ethereum"
    with pytest.raises(ConfigError, match=r"^F:5: pin\[1\]: pin\[0\] is of the same"):
        pins([pin("eth", "0x1", "F:1: pin[0]"), pin("1", "0x1", "F:5: pin[1]")], KNOWN)


@pytest.mark.parametrize(
    ("chain", "hint"),
    [
        ("etherum", "did you mean 'ethereum'?"),
        ("our-rolup", "did you mean 'our-rollup'?"),
    ],
)
def test_a_chain_that_there_is_not_is_told_with_its_place(
    chain: str, hint: str
) -> None:
    """And with the nearest name."""
    with pytest.raises(ConfigError) as of_price:
        fixed_prices([price(chain, 1, "F:2: prices.fixed.x")], KNOWN)
    with pytest.raises(ConfigError) as of_pin:
        pins([pin(chain, "0x1", "F:1: pin[0]")], KNOWN)
    with pytest.raises(ConfigError) as in_list:
        list_chains([of_a_list(chain)], KNOWN)

    unknown = f"unknown chain '{chain}'"
    assert of_price.value.message == f"F:2: prices.fixed.x: {unknown}"
    assert of_pin.value.message == f"F:1: pin[0]: {unknown}"
    assert in_list.value.message == f"intel.list mine: {unknown}"
    assert {each.value.hint for each in (of_price, of_pin, in_list)} == {hint}


def test_a_list_of_all_chains_has_none() -> None:
    """Those of one have its id."""
    lists = [of_a_list("rollup", "one"), of_a_list(None, "all")]

    assert list_chains(lists, KNOWN) == {"one": 4_242_424}
