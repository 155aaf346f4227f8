"""The approvals of a report that was saved, as they were before they were JSON."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Everything,
    Grant,
    Item,
    Kind,
    Origin,
)
from allowctl.model.chain import Address
from allowctl.model.facts import SpenderFacts, SpenderKind, TokenFacts
from allowctl.model.finding import Confidence, Finding, Level, Severity
from allowctl.model.lists import Label
from allowctl.model.missing import NOT_ASKED
from allowctl.model.report import AuditedRecord, Record
from allowctl.model.value import (
    Price,
    PriceConfidence,
    PriceSource,
    Unpriced,
    Value,
    Worth,
)
from allowctl.output.kept_row import (
    ApprovalRow,
    ExposureRow,
    FindingRow,
    SpenderRow,
    TokenRow,
)
from allowctl.output.kept_v1 import REPORT
from allowctl.risk.rules import TITLES
from allowctl.standards.erc20 import UNLIMITED

_PERMIT2_UNLIMITED = 2**160 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """Whose they are, and where."""

    chain_id: int
    owner: Address


def audited(row: ApprovalRow, of: Of) -> AuditedRecord:
    """A live row.

    ValueError or KeyError for a word of no meaning, CodecError for a fingerprint
    that is another approval's.
    """
    return AuditedRecord(
        record=record(row, of),
        findings=tuple(_finding(each) for each in row.findings if each.rule in TITLES),
        points=row.points,
        level=Level[row.level.upper()],
        failed=row.failed,
    )


def _finding(told: FindingRow) -> Finding:
    return Finding(
        rule=told.rule,
        severity=Severity(told.severity),
        confidence=Confidence(told.confidence),
        points=told.points,
        evidence=told.evidence,
        case=told.case,
    )


def record(row: ApprovalRow, of: Of) -> Record:
    """A row that nobody judged; errors as `audited` has them."""
    raised = None if row.raised is None else row.raised.timestamp
    return Record(
        allowance=_allowance(row, of),
        token=_token(row.token, row.exposure),
        spender=_spender(row.spender),
        value=_value(row.exposure),
        raised_at=NOT_ASKED if raised is None else raised,
    )


def _allowance(row: ApprovalRow, of: Of) -> Allowance:
    """What the row is of: its fingerprint has to be that of what it says."""
    kind = Kind(row.kind)
    spender = address(row.spender.address)
    candidate = Candidate(
        kind=kind,
        owner=of.owner,
        contract=address(row.contract),
        token=address(row.token.address),
        spender=spender,
        token_id=None if row.token_id is None else int(row.token_id),
        origin=Origin.NAMED,
    )
    found = Allowance(candidate=candidate, spender=spender, grant=_grant(kind, row))
    if found.fingerprint(of.chain_id) != row.fingerprint:
        raise CodecError(f"no {REPORT}: {row.fingerprint} is another approval's")
    return found


def _grant(kind: Kind, row: ApprovalRow) -> Grant:
    """ValueError where the row does not have what its kind has."""
    if kind is Kind.OPERATOR:
        return Everything()
    if kind is Kind.ERC721:
        return Item(token_id=int(row.token_id or ""))
    maximum = _PERMIT2_UNLIMITED if kind is Kind.PERMIT2 else UNLIMITED
    root = row.root_amount
    return Amount(
        amount=int(row.amount or ""),
        maximum=maximum,
        expiration=row.expiration,
        root_amount=None if root is None else int(root),
    )


def _token(told: TokenRow, exposure: ExposureRow) -> TokenFacts:
    supply, balance = told.total_supply, exposure.balance
    return TokenFacts(
        address=address(told.address),
        symbol=told.symbol,
        decimals=told.decimals,
        total_supply=None if supply is None else int(supply),
        balance=None if balance is None else int(balance),
        known=told.known,
        reaches_further=told.reaches_further,
    )


def _spender(told: SpenderRow) -> SpenderFacts:
    source = told.label_source or ""
    return SpenderFacts(
        address=address(told.address),
        kind=SpenderKind(told.kind),
        label=None if told.label is None else Label(text=told.label, source=source),
    )


def _value(exposure: ExposureRow) -> Value:
    usd, price = exposure.value_at_risk_usd, exposure.price
    if usd is None or price is None:
        return Unpriced(exposure.unpriced or Unpriced.NOT_ASKED)
    return Worth(
        usd=Decimal(usd),
        price=Price(
            usd_per_unit=Decimal(price.usd_per_unit),
            source=PriceSource(price.source),
            at=price.at,
            confidence=PriceConfidence(price.confidence),
        ),
    )


def address(text: str) -> Address:
    """In its one form."""
    return Address(text.lower())
