"""The ways to write an owner: 0x, CAIP-10, EIP-3770, ENS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from allowctl.chains.registry import chain_by_name
from allowctl.codec.words import checksum
from allowctl.errors import UsageError
from allowctl.model.chain import Address, Chain

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_NEARLY_HEX = re.compile(r"(0[xX])?[0-9a-fA-F]{30,}")
_SHOWN = 80
_FORMS = {
    "owner": "an owner is 0x and 40 hex digits, eip155:1:0x…, eth:0x… or an ENS name"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerAddress:
    """An owner given by address, on one chain or on whichever is asked."""

    address: Address
    chain: Chain | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerName:
    """An owner given by a name that mainnet's ENS has to resolve."""

    name: str


def parse_address(text: str, *, what: str = "address") -> Address:
    """A 0x address. UsageError if malformed, or if its checksum is wrong (EIP-55).

    All lower-case and all upper-case digits carry no checksum.
    """
    text = text.strip()
    if not _ADDRESS.fullmatch(text):
        raise UsageError(
            f"{_shown(text)} is no {what}",
            hint=_FORMS.get(what, "an address is 0x and 40 hex digits"),
        )
    address = Address(text.lower())
    digits = text[2:]
    plain = digits in (digits.lower(), digits.upper())
    if not plain and text != checksum(address):
        raise UsageError(
            f"the checksum of {text} is wrong: a digit or its case was mistyped",
            hint="copy it again from where you trust it",
        )
    return address


def parse_owner(
    text: str, chains: Sequence[Chain] | None = None
) -> OwnerAddress | OwnerName:
    """`0x…`, `eip155:1:0x…` (CAIP-10), `eth:0x…` (EIP-3770) or a name with a dot.

    The chains are those of the table, or those given. UsageError for anything else.
    """
    text = text.strip()
    match text.split(":"):
        case ["eip155", reference, address]:
            if not reference.isdigit():
                raise UsageError(
                    f"{_shown(reference)} is no EIP-155 chain id",
                    hint="CAIP-10 is eip155:CHAIN_ID:0x…",
                )
            return OwnerAddress(
                address=parse_address(address), chain=chain_by_name(reference, chains)
            )
        case [namespace, _, _]:
            raise UsageError(
                f"{_shown(namespace)} is no namespace of EVM chains",
                hint="CAIP-10 is eip155:CHAIN_ID:0x…",
            )
        case [short_name, address] if address.lower().startswith("0x"):
            return OwnerAddress(
                address=parse_address(address), chain=chain_by_name(short_name, chains)
            )
        case [name] if "." in name and not _NEARLY_HEX.fullmatch(name):
            return OwnerName(name=name)
    return OwnerAddress(address=parse_address(text, what="owner"))


def _shown(text: str) -> str:
    return "a URL" if "://" in text else ascii(text[:_SHOWN])
