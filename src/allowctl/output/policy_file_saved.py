"""A report that was saved as JSON, as far as `allowctl policy init` needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import msgspec

from allowctl.chains.registry import chain_by_id
from allowctl.codec.shown import inert
from allowctl.errors import CodecError
from allowctl.model.approval import Candidate, Kind, NotServed, Refused
from allowctl.model.chain import Block, BlockRange
from allowctl.model.coverage import Coverage, Difference, Gap
from allowctl.model.finding import NotEvaluated
from allowctl.model.missing import Lack
from allowctl.model.report import Report, Scan, Unscanned
from allowctl.output.kept_row import (
    AddressText,
    ApprovalRow,
    BlockRow,
    Count,
    Lacking,
    Whole,
)
from allowctl.output.kept_v1 import REPORT
from allowctl.output.policy_file_saved_rows import Of, address, audited, record

_WHY = 160
_ChainId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Moment = Annotated[int, msgspec.Meta(ge=0, lt=253402300800)]
"""Unix seconds before the year 10000."""


class _Named(msgspec.Struct, frozen=True):
    kind: Kind
    contract: AddressText
    token: AddressText
    spender: AddressText
    sort: Literal["unserved", "refused"]
    reason: str
    token_id: Whole | None = None


class _Gap(msgspec.Struct, frozen=True):
    from_block: Count
    to_block: Count
    reason: str


class _Difference(msgspec.Struct, frozen=True):
    from_block: Count
    to_block: Count
    hosts: tuple[str, str]


class _Covered(msgspec.Struct, frozen=True):
    gaps: tuple[_Gap, ...] = ()
    differences: tuple[_Difference, ...] = ()


class _Scan(msgspec.Struct, frozen=True):
    chain_id: _ChainId
    owner: AddressText
    as_of: BlockRow
    complete: bool
    coverage: _Covered
    allowances: tuple[ApprovalRow, ...]
    owner_name: str | None = None
    dormant: tuple[ApprovalRow, ...] = ()
    unreadable: tuple[_Named, ...] = ()
    not_evaluated: tuple[Lacking, ...] = ()


class _Unscanned(msgspec.Struct, frozen=True):
    reason: str
    chain_id: _ChainId | None = None
    owner: AddressText | None = None


class _Report(msgspec.Struct, frozen=True):
    schema: Literal["allowctl.report/v1"]
    allowctl: str
    created_at: _Moment
    scans: tuple[_Scan, ...]
    unscanned: tuple[_Unscanned, ...] = ()


def saved(data: bytes) -> Report:
    """The report, with all that a proposal is made of. CodecError if it is none.

    It may be a stranger's: approvals are what their fingerprints say, and texts are
    as hostile as a token's.
    """
    try:
        told = msgspec.json.decode(data, type=_Report)
        return Report(
            version=told.allowctl,
            created_at=told.created_at,
            scans=tuple(map(_scan, told.scans)),
            unscanned=tuple(map(_unscanned, told.unscanned)),
        )
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise CodecError(f"no {REPORT}: {inert(str(error), _WHY)}") from None
    except (ValueError, KeyError, ArithmeticError):
        raise CodecError(f"no {REPORT}: a word in it is none that is known") from None


def _scan(told: _Scan) -> Scan:
    of = Of(chain_id=told.chain_id, owner=address(told.owner))
    scan = Scan(
        chain=chain_by_id(told.chain_id),
        owner=of.owner,
        owner_name=told.owner_name,
        as_of=Block(
            number=told.as_of.number,
            hash=told.as_of.hash,
            timestamp=told.as_of.timestamp,
        ),
        coverage=Coverage(
            blocks=None,
            gaps=tuple(
                Gap(blocks=BlockRange(gap.from_block, gap.to_block), reason=gap.reason)
                for gap in told.coverage.gaps
            ),
            differences=tuple(
                Difference(
                    blocks=BlockRange(of.from_block, of.to_block), hosts=of.hosts
                )
                for of in told.coverage.differences
            ),
        ),
        allowances=tuple(audited(row, of) for row in told.allowances),
        dormant=tuple(record(row, of) for row in told.dormant),
        dead=(),
        refused=tuple(
            Refused(candidate=_unread(each, told), reason=each.reason)
            for each in told.unreadable
            if each.sort == "refused"
        ),
        unserved=tuple(
            NotServed(candidate=_unread(each, told), reason=each.reason)
            for each in told.unreadable
            if each.sort == "unserved"
        ),
        blind_spots=(),
        not_evaluated=tuple(
            NotEvaluated(rule=each.rule or "", reason=each.reason, lack=Lack(each.lack))
            for each in told.not_evaluated
        ),
    )
    if scan.complete and not told.complete:
        lack = NotEvaluated(rule="a rule", reason="the report does not say which")
        return replace(scan, not_evaluated=(*scan.not_evaluated, lack))
    return scan


def _unscanned(told: _Unscanned) -> Unscanned:
    chain_id = told.chain_id
    return Unscanned(
        reason=told.reason,
        chain=None if chain_id is None else chain_by_id(chain_id),
        owner=None if told.owner is None else address(told.owner),
    )


def _unread(told: _Named, scan: _Scan) -> Candidate:
    return Candidate(
        kind=told.kind,
        owner=address(scan.owner),
        contract=address(told.contract),
        token=address(told.token),
        spender=address(told.spender),
        token_id=None if told.token_id is None else int(told.token_id),
    )
