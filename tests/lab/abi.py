"""ABI encoding for tests, by eth_abi: not by the codec that is under test."""

from __future__ import annotations

from typing import Any, TypeAlias

from eth_abi.abi import decode, encode
from eth_abi.grammar import TupleType, parse
from eth_utils.crypto import keccak

Value: TypeAlias = Any
"""Whatever eth_abi takes and gives for a type."""


def types_of(parameters: str) -> list[str]:
    """Split "(address,(uint160,uint48))" into its members."""
    if parameters == "()":
        return []
    parsed = parse(parameters)
    if not isinstance(parsed, TupleType):
        raise TypeError(f"no list of types: {parameters}")
    return [member.to_type_str() for member in parsed.components]


def encode_call(signature: str, *values: Value) -> bytes:
    """Encode calldata: `encode_call("approve(address,uint256)", spender, 1)`."""
    types = types_of(signature[signature.index("(") :])
    return keccak(text=signature)[:4] + encode(types, values)


def decode_as(parameters: str, data: bytes) -> tuple[Value, ...]:
    """Decode return data: `decode_as("(uint160,uint48,uint48)", data)`."""
    found: tuple[Value, ...] = decode(types_of(parameters), data)
    return found


def word(value: int | str) -> str:
    """Give 32 bytes as 0x hex: a topic or a storage word, of a number or address."""
    number = int(value, 16) if isinstance(value, str) else value
    return f"0x{number:064x}"


def topic0(signature: str) -> str:
    """Give an event's first topic."""
    return "0x" + keccak(text=signature).hex()
