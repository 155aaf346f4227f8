"""Accounts as lists write them: what is no account refuses the list."""

from __future__ import annotations

import re

from allowctl.errors import CodecError
from allowctl.model.chain import Address

_OWN = re.compile(
    r"(?:eip155:(?P<chain>[1-9][0-9]{0,18}):)?(?P<address>0[xX][0-9a-fA-F]{40})"
)
"""An address, or an account of one chain (CAIP-10)."""
_FOREIGN = re.compile(
    # Hex alone is an address that lost its 0x, though its digits may be base58.
    r"(?![xX]?[0-9a-fA-F]*\Z)"
    r"(?:[1-9A-HJ-NP-Za-km-z]{25,110}|[a-z_]{1,20}1[02-9ac-hj-np-z]{38,110}"
    r"|[A-Za-z0-9_-]{48})"
    r"|(?:0[xX])?[0-9a-fA-F]{64}"
)
"""Accounts on chains of other kinds: base58, bech32 (BIP-173), TON's 36 bytes in
base64; 32 bytes of hex."""
_CHAINS = 2**63


def parse(text: str, chain_id: int | None) -> tuple[int | None, Address] | None:
    """An account by chain and address; on the chain it names, or else on `chain_id`.

    None for one that is on a chain of another kind, where nothing is looked at.
    CodecError, as the rest of a sentence, for anything else: what was meant would
    look clean.
    """
    text = text.strip()
    if found := _OWN.fullmatch(text):
        named = int(found["chain"] or 0) or chain_id
        if named is not None and named >= _CHAINS:
            raise CodecError(f"holds {text[:60]!a}, which is on no chain")
        if chain_id not in {None, named}:
            raise CodecError(f"holds {text[:60]!a}, which is not on chain {chain_id}")
        return named, Address(found["address"].lower())
    if is_foreign(text):
        return None
    raise CodecError(f"holds {text[:60]!a}, which is no address")


def is_meant(text: str) -> bool:
    """Whether it begins as an account on a chain of this kind, well spelt or not."""
    return text.strip().lower().startswith(("0x", "eip155:"))


def is_foreign(text: str) -> bool:
    """Whether it has the form of an account on a chain of another kind."""
    return _FOREIGN.fullmatch(text.strip()) is not None
