"""What a violation is called for ever: 32 hex digits, whatever stands around it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from allowctl.model.approval import Allowance, Candidate, Everything
from allowctl.model.chain import Address
from allowctl.model.policy import Acknowledgement, AllowEntry, ProbeEntry


def of_approval(chain_id: int, of: Candidate, spender: Address, check: str) -> str:
    """Of an approval's own fingerprint and the check.

    Neither amount nor level is in it. Of what could not be read the spender is the
    one that was named.
    """
    # What it grants is in no fingerprint.
    named = Allowance(candidate=of, spender=spender, grant=Everything())
    return _digest((named.fingerprint(chain_id), check))


def of_wallet(name: str, address: Address, check: str) -> str:
    """Of a wallet of the policy, on whichever chains: two may have one address."""
    return _digest(("wallet", name, address, check))


def of_all(check: str) -> str:
    """Of all wallets together."""
    return _digest(("wallets", check))


def of_allow(entry: AllowEntry, check: str) -> str:
    """Of what an entry allows and until when: not its words, its number or its line."""
    parts = (
        entry.wallet,
        entry.chain,
        entry.kind,
        entry.contract,
        entry.token,
        entry.spender,
        entry.code_hash,
        entry.max_amount,
        entry.max_level,
        entry.expires,
    )
    return _digest(("allow", *_texts(parts), check))


def of_acknowledgement(entry: Acknowledgement, check: str) -> str:
    """The same of an entry for a contract that does not answer."""
    parts = (entry.chain, entry.token, entry.expires)
    return _digest(("acknowledge", *_texts(parts), check))


def of_probe(entry: ProbeEntry, check: str) -> str:
    """The same of a pair that is to be read."""
    parts = (entry.wallet, entry.chain, entry.token, entry.spender)
    return _digest(("probe", *_texts(parts), check))


def _texts(parts: Iterable[object]) -> list[str]:
    return ["" if each is None else str(each) for each in parts]


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
