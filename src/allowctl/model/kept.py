"""A row of a report, as it is kept for `allowctl explain`."""

from __future__ import annotations

from dataclasses import dataclass

from allowctl.model.chain import Address, Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One approval as a report had it."""

    fingerprint: str
    """`Allowance.fingerprint`: 32 hex digits."""
    chain_id: int
    owner: Address
    created_at: int
    """Unix seconds of the report."""
    as_of: Block
    document: str
    """Its row in the report, as JSON (allowctl.report/v1)."""
