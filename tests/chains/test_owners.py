"""The ways to write an owner."""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from allowctl.chains.owners import (
    OwnerAddress,
    OwnerName,
    parse_address,
    parse_owner,
)
from allowctl.chains.registry import chain_by_id, chains
from allowctl.errors import UsageError
from allowctl.model.chain import Address, Chain
from tests.strategies import addresses

PLAIN = Address("0xd8da6bf26964af9d7eed9e03e53415d37aa96045")
MIXED = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
WRONG = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96054"
CAIP10 = "CAIP-10 is eip155:CHAIN_ID:0x…"
FORM = "an address is 0x and 40 hex digits"
OWNER = "an owner is 0x and 40 hex digits, eip155:1:0x…, eth:0x… or an ENS name"


@given(addresses)
def test_an_address_is_read_in_each_of_its_cases(address: Address) -> None:
    """Checksummed, all lower and all upper case: the value has one form."""
    upper = "0x" + address[2:].upper()
    for text in (address, upper, to_checksum_address(address), f" {address}\n"):
        assert parse_address(text) == address
        assert parse_owner(text) == OwnerAddress(address=address)


@given(addresses.filter(lambda each: not each[2:].isdigit()), st.data())
def test_a_wrong_checksum_is_refused(address: Address, data: st.DataObject) -> None:
    """One letter in the other case: something was mistyped."""
    right = to_checksum_address(address)
    letters = [i for i, each in enumerate(right) if i > 1 and each.isalpha()]
    at = data.draw(st.sampled_from(letters))
    wrong = right[:at] + right[at].swapcase() + right[at + 1 :]
    if wrong[2:] in (wrong[2:].lower(), wrong[2:].upper()):
        assert parse_address(wrong) == address
    else:
        with pytest.raises(UsageError, match="checksum"):
            parse_address(wrong)


@given(addresses, st.sampled_from(chains()))
def test_a_chain_stands_before_the_address(address: Address, chain: Chain) -> None:
    """By id in CAIP-10, by short name in EIP-3770."""
    expected = OwnerAddress(address=address, chain=chain)

    assert parse_owner(f"eip155:{chain.id}:{address}") == expected
    for name in (chain.name, *chain.aliases):
        assert parse_owner(f"{name}:{address}") == expected


def test_a_chain_that_the_table_lacks_is_asked_by_id() -> None:
    """CAIP-10 can name any EVM chain."""
    found = parse_owner(f"eip155:5000:{MIXED}")

    assert found == OwnerAddress(address=PLAIN, chain=chain_by_id(5000))


@pytest.mark.parametrize("name", ["vitalik.eth", "a.b.eth", "nick.xyz", "☃.eth"])
def test_a_name_with_a_dot_is_left_to_ens(name: str) -> None:
    """Whether it is one, ENS says."""
    assert parse_owner(f" {name} ") == OwnerName(name=name)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "'' is no owner", OWNER),
        ("vitalik", "'vitalik' is no owner", OWNER),
        ("0x1234", "'0x1234' is no owner", OWNER),
        (PLAIN[2:], f"'{PLAIN[2:]}' is no owner", OWNER),
        (f"{PLAIN}0", f"'{PLAIN}0' is no owner", OWNER),
        (f"0X{PLAIN[2:]}", f"'0X{PLAIN[2:]}' is no owner", OWNER),
        (
            WRONG,
            f"the checksum of {WRONG} is wrong: a digit or its case was mistyped",
            "copy it again from where you trust it",
        ),
        ("eip155:1:0x12", "'0x12' is no address", FORM),
        ("eip155:1:vitalik.eth", "'vitalik.eth' is no address", FORM),
        (f"eip155:one:{PLAIN}", "'one' is no EIP-155 chain id", CAIP10),
        (f"eip155:-1:{PLAIN}", "'-1' is no EIP-155 chain id", CAIP10),
        (
            f"eip155:0:{PLAIN}",
            "a chain id is a positive number below 2^63",
            None,
        ),
        (f"solana:5eykt:{PLAIN}", "'solana' is no namespace of EVM chains", CAIP10),
        (f"etj:{PLAIN}", "unknown chain 'etj'", "did you mean 'eth'?"),
        ("eth:0x12", "'0x12' is no address", FORM),
        ("eth:vitalik.eth", "'eth:vitalik.eth' is no owner", OWNER),
        ("a:b:c:d", "'a:b:c:d' is no owner", OWNER),
        ("x" * 100, f"'{'x' * 80}' is no owner", OWNER),
        ("\x1b[2J", "'\\x1b[2J' is no owner", OWNER),
    ],
)
def test_what_is_no_owner_is_told_why(
    text: str, message: str, hint: str | None
) -> None:
    """The message repeats what was typed, safe and not too long."""
    with pytest.raises(UsageError) as refused:
        parse_owner(text)

    assert (str(refused.value), refused.value.hint) == (message, hint)


@given(
    st.text()
    | st.lists(
        st.sampled_from(("eip155", ":", "1", "eth", ".", PLAIN, MIXED, "0x", "²")),
        max_size=6,
    ).map("".join)
)
def test_any_text_is_an_owner_or_a_usage_error(text: str) -> None:
    """The message is one line of printable ASCII, whatever was typed."""
    shown = ""
    try:
        parse_owner(text)
    except UsageError as error:
        shown = str(error)

    assert shown.isascii()
    assert shown.isprintable()


def test_an_address_is_called_what_it_was_asked_as() -> None:
    """A token that is none is no "owner"."""
    with pytest.raises(UsageError, match="'0x' is no token"):
        parse_address("0x", what="token")
