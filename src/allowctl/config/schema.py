"""What may stand in allowctl.toml. Each feature has its own table."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from allowctl.codec.words import checksum
from allowctl.model.chain import Address

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_WALLET = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HEX = re.compile(r"(0x.*)|[0-9a-f]{30,}")
_CHAIN = re.compile(r"[a-z][a-z0-9-]{0,39}")
_CHAIN_ID = re.compile(r"[1-9][0-9]{0,18}")
_SYMBOL = re.compile(r"[A-Za-z0-9.$-]{1,16}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_EXPLORER = re.compile(r"https?://[A-Za-z0-9.:/_-]+")


def _address(text: str) -> Address:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("must be 0x and 40 hex digits")
    address = Address(text.lower())
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and text != checksum(address):
        raise ValueError("has a wrong checksum: a digit or its case was mistyped")
    return address


def _account(text: str) -> str:
    """`0x…`, `eip155:1:0x…` (CAIP-10) or `eth:0x…` (EIP-3770), in its one form."""
    match text.split(":"):
        case [address] if "." not in address:
            return _address(address)
        case [chain, address] if _CHAIN.fullmatch(chain):
            return f"{chain}:{_address(address)}"
        case ["eip155", chain_id, address] if _is_id(chain_id):
            return f"{chain_id}:{_address(address)}"
    raise ValueError("must be 0x…, eip155:CHAIN_ID:0x… or SHORT_NAME:0x…, and no name")


def _wallet_name(text: str) -> str:
    if not _WALLET.fullmatch(text):
        raise ValueError(
            "must be small letters, digits, - and _, at most 64, "
            "with a letter or digit first"
        )
    if _HEX.fullmatch(text):
        raise ValueError("must not look like an address")
    return text


def _chain_name(text: str) -> str:
    if not _CHAIN.fullmatch(text):
        raise ValueError("must be small letters, digits and -, with a letter first")
    return text


def _chain(text: str) -> str:
    if not _is_id(text) and not _CHAIN.fullmatch(text):
        raise ValueError("must be a chain's name in small letters, or its id")
    return text


def _is_id(text: str) -> bool:
    return bool(_CHAIN_ID.fullmatch(text)) and int(text) < 2**63


def _explorer(text: str) -> str:
    if not _EXPLORER.fullmatch(text) or not urlsplit(text).hostname:
        raise ValueError("must be an http:// or https:// address without a query")
    return text.rstrip("/")


def _symbol(text: str) -> str:
    if not _SYMBOL.fullmatch(text):
        raise ValueError("must be 1 to 16 letters and digits")
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise ValueError("must be the name of an environment variable")
    return text


ChainKey = Annotated[str, AfterValidator(_chain)]
_At = Annotated[str, AfterValidator(_address)]


class Table(BaseModel):
    """What all tables have in common: no other keys, no other types."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )


class ChainTable(Table):
    """`[chains.NAME]`: changes a chain, or adds one."""

    rpc: Annotated[list[str], Field(min_length=1, max_length=64)] | None = None
    id: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    explorer: Annotated[str, AfterValidator(_explorer)] | None = None
    multicall: _At | None = None
    permit2: _At | None = None
    finality: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    block_ms: Annotated[int, Field(ge=1, le=3_600_000)] | None = None
    native_symbol: Annotated[str, AfterValidator(_symbol)] | None = None
    aliases: list[Annotated[str, AfterValidator(_chain_name)]] = []


class WalletTable(Table):
    """`[[wallet]]`: an owner that has a name."""

    name: Annotated[str, AfterValidator(_wallet_name)]
    address: Annotated[str, AfterValidator(_account)]
    chains: list[ChainKey] = []


class Document(Table):
    """The whole file."""

    chains: dict[ChainKey, ChainTable] = {}
    wallet: list[WalletTable] = []
    env: list[Annotated[str, AfterValidator(_variable)]] = []
