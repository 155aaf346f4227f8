"""A row as it is kept for `allowctl explain`: allowctl.row/v1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

import msgspec

from allowctl.codec.shown import inert
from allowctl.codec.words import checksum
from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Everything,
    Grant,
    Item,
    Kind,
)
from allowctl.model.chain import Address
from allowctl.model.kept import Kept
from allowctl.model.report import Report, Scan
from allowctl.output import row_v1, safe
from allowctl.output.family import inside
from allowctl.output.kept_row import (
    SCHEMA,
    AddressText,
    BlockRow,
    Count,
    Document,
    Fingerprint,
)
from allowctl.standards import STANDARD_OF

REPORT = "allowctl.report/v1"
_WHY = 160


class _Covered(msgspec.Struct, frozen=True):
    state_by: tuple[str, ...]


class _Scan(msgspec.Struct, frozen=True):
    chain: str
    chain_id: Count
    owner: AddressText
    as_of: BlockRow
    coverage: _Covered
    allowances: tuple[msgspec.Raw, ...]
    expired: tuple[msgspec.Raw, ...] = ()


class _Report(msgspec.Struct, frozen=True):
    schema: Literal["allowctl.report/v1"]
    created_at: Count
    scans: tuple[_Scan, ...]


class _Named(msgspec.Struct, frozen=True):
    fingerprint: Fingerprint


def rows(report: Report) -> Iterator[Kept]:
    """Every live and expired row of a report, as it is kept."""
    for scan in report.scans:
        children = inside(scan)
        for status, some in (("live", scan.allowances), ("expired", scan.expired)):
            for each in some:
                row = row_v1.audited(each, scan, children)
                yield Kept(
                    fingerprint=str(row["fingerprint"]),
                    chain_id=scan.chain.id,
                    owner=scan.owner,
                    created_at=report.created_at,
                    as_of=scan.as_of,
                    document=safe.document(
                        _frame(report, scan, status) | {"row": row}, indent=None
                    ),
                )


def read(document: str, fingerprint: str | None = None) -> Document:
    """A kept row. CodecError if it is none, or names another call than its own.

    Nor may it be of another approval than that of the `fingerprint`, if one is named.

    The document may be a stranger's: what takes an approval back is reckoned anew.
    """
    try:
        told = msgspec.json.decode(document, type=Document)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise CodecError(f"no {SCHEMA}: {inert(str(error), _WHY)}") from None
    row = told.row
    if fingerprint not in {None, row.fingerprint}:
        raise CodecError(f"no {SCHEMA}: it is another approval's")
    try:
        allowance = _allowance(told)
        call = STANDARD_OF[allowance.candidate.kind].revoke(allowance)
    except (ValueError, CodecError):
        raise CodecError(f"no {SCHEMA}: no call takes it back") from None
    said = (row.revocation.to.lower(), row.revocation.data.lower())
    if said != (call.to, "0x" + call.data.hex()):
        raise CodecError(f"no {SCHEMA}: its revocation is another call")
    return told


def _allowance(told: Document) -> Allowance:
    """The approval that a row is about, as far as its call depends on it."""
    row = told.row
    kind = Kind(row.kind)
    token_id = None if row.token_id is None else int(row.token_id)
    grant: Grant = Everything()
    if token_id is not None:
        grant = Item(token_id=token_id)
    elif row.amount is not None:
        grant = Amount(amount=int(row.amount), maximum=int(row.amount))
    spender = Address(row.spender.address.lower())
    candidate = Candidate(
        kind=kind,
        owner=Address(told.owner.lower()),
        contract=Address(row.contract.lower()),
        token=Address(row.token.address.lower()),
        spender=spender,
        token_id=token_id,
    )
    return Allowance(candidate=candidate, spender=spender, grant=grant)


def text(document: str) -> str:
    """A kept row for programs, with a newline at its end. CodecError if it is none."""
    read(document)
    try:
        return safe.document(json.loads(document)) + "\n"
    except ValueError:
        raise CodecError(f"no {SCHEMA}: a number in it is too long") from None


def in_report(report: bytes, prefix: str) -> dict[str, str]:
    """The rows of a saved report whose fingerprints begin so, as they would be kept.

    Live and expired ones, by fingerprint. CodecError if it is no report.
    """
    try:
        return dict(_found(msgspec.json.decode(report, type=_Report), prefix))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise CodecError(f"no {REPORT}: {inert(str(error), _WHY)}") from None


def _found(report: _Report, prefix: str) -> Iterator[tuple[str, str]]:
    for scan in report.scans:
        for status, some in (("live", scan.allowances), ("expired", scan.expired)):
            for row in some:
                name = msgspec.json.decode(row, type=_Named).fingerprint
                if name.startswith(prefix):
                    kept = {
                        "schema": SCHEMA,
                        "status": status,
                        "chain": scan.chain,
                        "chain_id": scan.chain_id,
                        "owner": scan.owner,
                        "created_at": report.created_at,
                        "as_of": scan.as_of,
                        "state_by": scan.coverage.state_by,
                        "row": row,
                    }
                    yield name, msgspec.json.encode(kept).decode()


def _frame(report: Report, scan: Scan, status: str) -> row_v1.Json:
    return {
        "schema": SCHEMA,
        "status": status,
        "chain": scan.chain.name,
        "chain_id": scan.chain.id,
        "owner": checksum(scan.owner),
        "created_at": report.created_at,
        "as_of": {
            "number": scan.as_of.number,
            "hash": scan.as_of.hash,
            "timestamp": scan.as_of.timestamp,
        },
        "state_by": list(scan.coverage.state_by),
    }
