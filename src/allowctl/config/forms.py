"""What texts and numbers of allowctl.toml must look like, in their one form."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from allowctl.codec.words import checksum
from allowctl.model.chain import Address

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
WALLET = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HEX = re.compile(r"(0x.*)|[0-9a-f]{30,}")
CHAIN = re.compile(r"[a-z][a-z0-9-]{0,39}")
CHAIN_ID = re.compile(r"[1-9][0-9]{0,18}")
ACCOUNT = re.compile(
    rf"((eip155:{CHAIN_ID.pattern}|{CHAIN.pattern}):)?{ADDRESS.pattern}"
)
TOKEN = re.compile(
    rf"(eip155:{CHAIN_ID.pattern}|{CHAIN_ID.pattern}|{CHAIN.pattern}):{ADDRESS.pattern}"
)
SYMBOL = re.compile(r"[A-Za-z0-9.$-]{1,16}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
EXPLORER = re.compile(r"https?://[A-Za-z0-9.:/_-]+")
LIST = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
RULE = re.compile(r"[a-z0-9-]{1,40}(\.[a-z0-9-]{1,40})?")
CODE_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
NUMBER = re.compile(r"[0-9]{1,13}(\.[0-9]{1,40})?")
_MOST = Decimal(10**12)
_FINEST = -40
"""Decimal places at most, as a power of ten."""

Choice = TypeVar("Choice", bound=StrEnum)


def address(text: str) -> Address:
    """An address with a right checksum, or with none."""
    if not ADDRESS.fullmatch(text):
        raise ValueError("must be 0x and 40 hex digits")
    found = Address(text.lower())
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and text != checksum(found):
        raise ValueError("has a wrong checksum: a digit or its case was mistyped")
    return found


def account(text: str) -> str:
    """`0x…`, `eip155:1:0x…` (CAIP-10) or `eth:0x…` (EIP-3770), in its one form."""
    match text.split(":"):
        case [only] if "." not in only:
            return address(only)
        case [chain, there] if CHAIN.fullmatch(chain):
            return f"{chain}:{address(there)}"
        case ["eip155", chain_id, there] if is_id(chain_id):
            return f"{chain_id}:{address(there)}"
    raise ValueError("must be 0x…, eip155:CHAIN_ID:0x… or SHORT_NAME:0x…, and no name")


def token(text: str) -> str:
    """A token on a chain, as it is written."""
    match text.split(":"):
        case ["eip155", chain, there] if is_id(chain):
            address(there)
        case [chain, there] if chain != "eip155":
            chain_key(chain)
            address(there)
        case _:
            raise ValueError("must be CHAIN:0x… or eip155:CHAIN_ID:0x…")
    return text


def wallet_name(text: str) -> str:
    """What a wallet can be called."""
    if not WALLET.fullmatch(text):
        raise ValueError(
            "must be small letters, digits, - and _, at most 64, "
            "with a letter or digit first"
        )
    if _HEX.fullmatch(text):
        raise ValueError("must not look like an address")
    return text


def chain_name(text: str) -> str:
    """What a chain can be called."""
    if not CHAIN.fullmatch(text):
        raise ValueError("must be small letters, digits and -, with a letter first")
    return text


def chain_key(text: str) -> str:
    """A chain's name or its id."""
    if not is_id(text) and not CHAIN.fullmatch(text):
        raise ValueError("must be a chain's name in small letters, or its id")
    return text


def is_id(text: str) -> bool:
    """Whether it is an EIP-155 id."""
    return bool(CHAIN_ID.fullmatch(text)) and int(text) < 2**63


def explorer(text: str) -> str:
    """A block explorer's address, without a slash at its end."""
    if not EXPLORER.fullmatch(text) or not urlsplit(text).hostname:
        raise ValueError("must be an http:// or https:// address without a query")
    return text.rstrip("/")


def symbol(text: str) -> str:
    """What a native currency can be called."""
    if not SYMBOL.fullmatch(text):
        raise ValueError("must be 1 to 16 letters and digits")
    return text


def variable(text: str) -> str:
    """An environment variable's name."""
    if not VARIABLE.fullmatch(text):
        raise ValueError("must be the name of an environment variable")
    return text


def list_id(text: str) -> str:
    """A list's id, which is a file's name in the cache."""
    if not LIST.fullmatch(text):
        raise ValueError(
            "must be small letters, digits and -, at most 40, "
            "with a letter or digit first"
        )
    return text


def rule_name(text: str) -> str:
    """A rule's id, or a rule's id and a case; which there are is not known here."""
    if not RULE.fullmatch(text):
        raise ValueError("must be a rule's id, or a rule's id, a point and its case")
    return text


def code_hash(text: str) -> str:
    """keccak256 of a contract's code."""
    if not CODE_HASH.fullmatch(text):
        raise ValueError("must be 0x and 64 hex digits: keccak256 of the code")
    return text.lower()


def by_rule(value: object) -> object:
    """`rule.case = 50` as `"rule.case" = 50`: TOML takes the point for a table."""
    if not isinstance(value, dict):
        return value
    found: dict[object, object] = {}
    for name, points in value.items():
        inner = points if isinstance(points, dict) else {None: points}
        for case, each in inner.items():
            key = name if case is None else f"{name}.{case}"
            if key in found:
                raise ValueError("has the same case twice, with quotes and without")
            found[key] = each
    return found


def number(value: object) -> Decimal:
    """A number, or a text that is one: exactly as it is written."""
    match value:
        case bool():
            found = None
        case int() | Decimal():
            found = Decimal(value)
        case str() if NUMBER.fullmatch(value):
            found = Decimal(value)
        case _:
            found = None
    if found is None or not found.is_finite():
        raise ValueError('must be a number: 1.25 or "1.25"')
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _FINEST:
        raise ValueError(f"must not have more than {-_FINEST} decimal places")
    return found


def usd(found: Decimal) -> Decimal:
    """A sum of money."""
    if not 0 <= found <= _MOST:
        raise ValueError("must be from 0 to 10^12")
    return found


def price(found: Decimal) -> Decimal:
    """A price: an unknown one is left out, and not said to be 0."""
    if not 0 < found <= _MOST:
        raise ValueError("must be above 0, and at most 10^12")
    return found


def chance(found: Decimal) -> Decimal:
    """A probability."""
    if not 0 <= found <= 1:
        raise ValueError("must be from 0 to 1")
    return found


def one_of(choices: type[Choice]) -> Callable[[object], Choice]:
    """What makes a text one of a closed vocabulary."""
    *first, last = (f'"{each.value}"' for each in choices)

    def chosen(value: object) -> Choice:
        found = next((each for each in choices if each.value == value), None)
        if found is None:
            raise ValueError(f"must be {', '.join(first)} or {last}")
        return found

    return chosen
