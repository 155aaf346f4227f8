"""The approvals of a report that was saved as JSON: which to read again."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from allowctl.codec.shown import inert
from allowctl.errors import CodecError
from allowctl.model.approval import Allowance, Candidate, Everything, Kind, Origin
from allowctl.model.chain import Address
from allowctl.output.kept_row import AddressText, Count, Decimals, Fingerprint, Whole
from allowctl.output.kept_v1 import REPORT

LONGEST = 256 * 2**20
"""Bytes of a report at most."""
_WHY = 160


class _Spender(msgspec.Struct, frozen=True):
    address: AddressText


class _Token(msgspec.Struct, frozen=True):
    address: AddressText
    symbol: str | None = None
    decimals: Decimals | None = None


class _Row(msgspec.Struct, frozen=True):
    fingerprint: Fingerprint
    kind: str
    contract: AddressText
    token: _Token
    spender: _Spender
    token_id: Whole | None = None
    amount: Whole | None = None


class _Scan(msgspec.Struct, frozen=True):
    chain_id: Count
    owner: AddressText
    allowances: tuple[_Row, ...] = ()
    dormant: tuple[_Row, ...] = ()
    # Counted, and not looked into.
    unreadable: tuple[msgspec.Raw, ...] = ()
    expired: tuple[msgspec.Raw, ...] = ()


class _Report(msgspec.Struct, frozen=True):
    schema: str
    scans: tuple[_Scan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRow:
    """A live or dormant approval, as a report had it."""

    fingerprint: str
    candidate: Candidate
    amount: int | None = None
    """Smallest units; None for items and operators."""
    symbol: str | None = None
    """A stranger's word: made safe where it is shown."""
    decimals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One owner on one chain, as a report had it."""

    chain_id: int
    owner: Address
    rows: tuple[ReportedRow, ...]
    """Each approval once."""
    unreadable: int = 0
    """How many more could not be read then."""
    expired: int = 0
    """How many more had expired then."""


def reported(data: bytes) -> tuple[Reported, ...]:
    """What live and dormant rows a report has. CodecError if it is none.

    It may be a stranger's: nothing but names, and what they stood at, is taken.
    """
    try:
        told = msgspec.json.decode(data, type=_Report)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise CodecError(f"no {REPORT}: {inert(str(error), _WHY)}") from None
    if told.schema != REPORT:
        raise CodecError(f"no {REPORT}")
    return tuple(map(_scan, told.scans))


def _scan(told: _Scan) -> Reported:
    rows = (_row(each, told) for each in (*told.allowances, *told.dormant))
    return Reported(
        chain_id=told.chain_id,
        owner=Address(told.owner.lower()),
        rows=tuple({row.fingerprint: row for row in rows}.values()),
        unreadable=len(told.unreadable),
        expired=len(told.expired),
    )


def _row(row: _Row, told: _Scan) -> ReportedRow:
    return ReportedRow(
        fingerprint=row.fingerprint,
        candidate=_candidate(row, told),
        amount=None if row.amount is None else int(row.amount),
        symbol=row.token.symbol,
        decimals=row.token.decimals,
    )


def _candidate(row: _Row, told: _Scan) -> Candidate:
    spender = Address(row.spender.address.lower())
    try:
        candidate = Candidate(
            kind=Kind(row.kind),
            owner=Address(told.owner.lower()),
            contract=Address(row.contract.lower()),
            token=Address(row.token.address.lower()),
            spender=spender,
            token_id=None if row.token_id is None else int(row.token_id),
            origin=Origin.NAMED,
        )
    except ValueError:
        raise CodecError(f"no {REPORT}: a row of no kind that is known") from None
    named = Allowance(candidate=candidate, spender=spender, grant=Everything())
    if named.fingerprint(told.chain_id) != row.fingerprint:
        raise CodecError(f"no {REPORT}: {row.fingerprint} is another approval's")
    return candidate
