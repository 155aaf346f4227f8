"""Permit2 and what is granted inside it: one amount, told by several rows."""

from __future__ import annotations

from allowctl.model.approval import Kind
from allowctl.model.chain import Address
from allowctl.model.report import AuditedRecord, Record, Scan


def is_copy(record: Record, scan: Scan) -> bool:
    """Whether it stands in a Permit2 that is not the chain's own."""
    candidate = record.allowance.candidate
    return candidate.kind is Kind.PERMIT2 and candidate.contract != scan.chain.permit2


def is_root(record: Record, scan: Scan) -> bool:
    """Whether it is what a token itself lets the chain's own Permit2 move."""
    kind = record.allowance.candidate.kind
    return kind is Kind.ERC20 and record.allowance.spender == scan.chain.permit2


def inside(scan: Scan) -> dict[Address, list[tuple[int, AuditedRecord]]]:
    """By token: the live rows inside the chain's own Permit2, with their ranks."""
    found: dict[Address, list[tuple[int, AuditedRecord]]] = {}
    for rank, each in enumerate(scan.allowances, 1):
        candidate = each.record.allowance.candidate
        if candidate.kind is Kind.PERMIT2 and not is_copy(each.record, scan):
            found.setdefault(candidate.token, []).append((rank, each))
    return found
