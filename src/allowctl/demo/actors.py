"""The demo's people: accounts with throw-away keys that everybody can compute.

PUBLIC KEYS: never send anything of value to these addresses, on any network.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from allowctl.model.chain import Address

_LABEL = "allowctl demo, public throw-away key, worth nothing: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who signs."""

    name: str
    address: Address
    key: PrivateKey = field(repr=False)


def actor(name: str) -> Actor:
    """The account whose key is the hash of a fixed label and this name."""
    key = PrivateKey(keccak(text=_LABEL + name))
    return Actor(
        name=name, address=Address(key.public_key.to_address().lower()), key=key
    )


def owner() -> Actor:
    """The wallet that the demo is about."""
    return actor("owner")
