"""ABI words: 32 bytes, big-endian (Solidity ABI specification).

Written by hand because the hot path meets nothing but static words, and a
general decoder costs forty times as much for them (facts/scanning.md, section 5).
"""

from __future__ import annotations

from functools import lru_cache

from allowctl.errors import CodecError
from allowctl.model.chain import Address

WORD = 32
MAX_UINT256 = 2**256 - 1
MAX_UINT160 = 2**160 - 1
MAX_UINT48 = 2**48 - 1


def uint(value: int) -> bytes:
    """One word. CodecError if the number does not fit."""
    if not 0 <= value <= MAX_UINT256:
        raise CodecError(f"not a uint256: {value}")
    return value.to_bytes(WORD, "big")


def address(value: Address) -> bytes:
    """An address, left-padded to one word."""
    return bytes(12) + bytes.fromhex(value[2:])


def topic(value: Address) -> str:
    """An address as it stands in a log's topics: 0x and 64 hex digits."""
    return "0x" + "00" * 12 + value[2:]


def word_at(data: bytes, index: int) -> bytes:
    """The word at position `index`. CodecError if the data ends before it."""
    word = data[index * WORD : (index + 1) * WORD]
    if len(word) != WORD:
        raise CodecError(f"{len(data)} bytes hold no word {index}")
    return word


def uint_at(data: bytes, index: int, bits: int = 256) -> int:
    """The number at word `index`. CodecError if it is wider than `bits`."""
    value = int.from_bytes(word_at(data, index), "big")
    if value >> bits:
        raise CodecError(f"word {index} is no uint{bits}")
    return value


def bool_at(data: bytes, index: int) -> bool:
    """The flag at word `index`. CodecError if it is neither 0 nor 1."""
    return uint_at(data, index, 1) == 1


def address_at(data: bytes, index: int) -> Address:
    """The address at word `index`. CodecError if the upper 12 bytes are not 0."""
    return Address(f"0x{uint_at(data, index, 160):040x}")


def hex_bytes(text: str) -> bytes:
    """0x-prefixed hex of whole bytes. CodecError for anything else."""
    if not text.startswith(("0x", "0X")):
        raise CodecError("hex without 0x")
    try:
        data = bytes.fromhex(text[2:])
    except ValueError:
        raise CodecError("not hex") from None
    if 2 * len(data) != len(text) - 2:  # fromhex() skips white space
        raise CodecError("not hex")
    return data


def address_of_topic(text: str) -> Address:
    """The address in a 32-byte topic. CodecError if it is none."""
    return address_at(hex_bytes(text), 0)


@lru_cache(maxsize=65536)
def checksum(value: Address) -> str:
    """The mixed-case form that people compare (EIP-55)."""
    from Crypto.Hash import keccak  # noqa: PLC0415 - C library, for shown rows only

    digits = value[2:]
    digest = keccak.new(data=digits.encode(), digest_bits=256).hexdigest()
    return "0x" + "".join(
        digit.upper() if int(mark, 16) > 7 else digit  # noqa: PLR2004 - EIP-55's 8
        for digit, mark in zip(digits, digest, strict=False)
    )
