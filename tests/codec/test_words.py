"""ABI words, against eth_abi and eth_utils."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from hypothesis import example, given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.chain import Address
from tests import build
from tests.strategies import addresses, uints


@given(uints())
def test_a_number_is_encoded_as_eth_abi_does(value: int) -> None:
    """And decoded to itself."""
    word = words.uint(value)

    assert word == encode(["uint256"], [value])
    assert words.uint_at(word, 0) == value


@pytest.mark.parametrize("value", [-1, 2**256])
def test_a_number_that_does_not_fit_is_refused(value: int) -> None:
    """Nothing is cut off in silence."""
    with pytest.raises(CodecError, match="not a uint256"):
        words.uint(value)


@given(addresses)
def test_an_address_is_encoded_as_eth_abi_does(address: Address) -> None:
    """And decoded to itself, from data and from a topic."""
    word = words.address(address)

    assert word == encode(["address"], [address])
    assert words.address_at(word, 0) == address
    assert words.topic(address) == "0x" + word.hex()
    assert words.address_of_topic(words.topic(address)) == address


@given(addresses)
def test_a_checksum_is_that_of_eth_utils(address: Address) -> None:
    """EIP-55."""
    assert words.checksum(address) == to_checksum_address(address)


@given(st.binary(max_size=100), st.integers(0, 4))
def test_a_word_is_there_or_it_is_told(data: bytes, index: int) -> None:
    """Data that ends inside a word does not hold it."""
    if len(data) >= (index + 1) * 32:
        assert words.word_at(data, index) == data[index * 32 :][:32]
    else:
        with pytest.raises(CodecError, match=f"hold no word {index}"):
            words.word_at(data, index)


@given(uints(), st.sampled_from((1, 8, 32, 48, 160, 256)))
def test_a_number_wider_than_its_type_is_refused(value: int, bits: int) -> None:
    """Dirty upper bits are garbage, not a smaller number."""
    word = words.uint(value)
    if value < 2**bits:
        assert words.uint_at(word, 0, bits) == value
    else:
        with pytest.raises(CodecError, match=f"no uint{bits}"):
            words.uint_at(word, 0, bits)


@given(uints())
def test_a_flag_is_zero_or_one(value: int) -> None:
    """Everything else is garbage."""
    word = words.uint(value)
    if value < 2:
        assert words.bool_at(word, 0) is bool(value)
    else:
        with pytest.raises(CodecError):
            words.bool_at(word, 0)


@given(data=st.binary(max_size=80), shout=st.booleans(), mark=st.booleans())
def test_hex_is_read_in_any_case(data: bytes, *, shout: bool, mark: bool) -> None:
    """`0x` and `0X`, upper and lower case digits."""
    digits = data.hex().upper() if shout else data.hex()

    assert words.hex_bytes(("0X" if mark else "0x") + digits) == data


@example("0x 00")
@example("0x00\n")
@example("00")
@example("0x0")
@given(
    st.text(max_size=20)
    | st.text("0123456789abcdefABCDEF xX\n\t_", max_size=20).map("0x".__add__)
)
def test_any_text_is_whole_bytes_of_hex_or_told(text: str) -> None:
    """White space, an odd digit, a missing 0x: nothing is mended."""
    try:
        found = words.hex_bytes(text)
    except CodecError:
        return
    assert "0x" + found.hex() == text.lower()


@given(st.text(max_size=80) | st.binary(max_size=40).map(lambda raw: "0x" + raw.hex()))
def test_a_topic_that_is_no_address_is_told(text: str) -> None:
    """CodecError is all that comes of garbage."""
    try:
        found = words.address_of_topic(text)
    except CodecError:
        return
    assert text.lower().startswith(build.word(found))


def test_the_largest_numbers_are_those_of_their_types() -> None:
    """Permit2's amount is a uint160, its expiration and nonce are uint48."""
    assert words.MAX_UINT256 == 2**256 - 1
    assert words.MAX_UINT160 == 2**160 - 1
    assert words.MAX_UINT48 == 2**48 - 1
