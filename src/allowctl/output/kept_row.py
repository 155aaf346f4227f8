"""The parts of allowctl.row/v1, as they are read back.

What is read may have been written by anybody: it is taken apart strictly.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

SCHEMA = "allowctl.row/v1"

AddressText = Annotated[str, msgspec.Meta(pattern=r"\A0x[0-9a-fA-F]{40}\Z")]
Hash = Annotated[str, msgspec.Meta(pattern=r"\A0x[0-9a-f]{64}\Z")]
Transaction = Annotated[str, msgspec.Meta(pattern=r"\A(0x[0-9a-f]{64})?\Z")]
Data = Annotated[str, msgspec.Meta(pattern=r"\A0x([0-9a-f]{2})+\Z", max_length=10_000)]
Whole = Annotated[str, msgspec.Meta(pattern=r"\A(0|[1-9][0-9]{0,77})\Z")]
Usd = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{1,400}(\.[0-9]{1,400})?\Z")]
Word = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9]+([ .-][a-z0-9]+)*\Z")]
"""A word of ours: a rule, a kind, a level."""
Fingerprint = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Decimals = Annotated[int, msgspec.Meta(ge=0, le=255)]


class Place(msgspec.Struct, frozen=True):
    """Where a log stands, and when that was, as far as it is known."""

    block: Count
    transaction: Transaction
    timestamp: Count | None = None


class Lacking(msgspec.Struct, frozen=True):
    """A fact that is not there."""

    lack: Word
    reason: str
    fact: str = ""
    rule: Word | None = None


class ListedAs(msgspec.Struct, frozen=True):
    """A list's word."""

    source: str
    charge: Word
    name: str = ""
    date: str | None = None
    fetched_at: Count | None = None


class TokenRow(msgspec.Struct, frozen=True):
    """`token` of a row."""

    address: AddressText
    symbol: str | None = None
    name: str | None = None
    decimals: Decimals | None = None
    total_supply: Whole | None = None
    answers_as: tuple[Word, ...] = ()
    known: bool = False
    imitates: str | None = None
    reaches_further: bool = False
    grants_strangers: bool = False
    listed: tuple[ListedAs, ...] = ()


class AuthorityRow(msgspec.Struct, frozen=True):
    """Who can change what a proxy runs."""

    kind: Word
    path: tuple[AddressText, ...] = ()
    threshold: Count | None = None
    owners: Count | None = None
    delay_seconds: Whole | None = None


class ProxyRow(msgspec.Struct, frozen=True):
    """`proxy` of a spender."""

    kind: Word
    implementation: AddressText | None = None
    beacon: AddressText | None = None
    authority: AuthorityRow | None = None
    authority_missing: Lacking | None = None


class CreatedRow(msgspec.Struct, frozen=True):
    """`created` of a spender."""

    block: Count
    exact: bool
    timestamp: Count | None = None


class SeenRow(msgspec.Struct, frozen=True):
    """`seen` of a spender."""

    code_hash: Hash
    block: Count
    pinned: bool = False


class SpenderRow(msgspec.Struct, frozen=True):
    """`spender` of a row."""

    address: AddressText
    kind: Word
    label: str | None = None
    label_source: str | None = None
    delegate: AddressText | None = None
    code_hash: Hash | None = None
    proxy: ProxyRow | None = None
    created: CreatedRow | None = None
    verified: bool | None = None
    seen: SeenRow | None = None
    listed: tuple[ListedAs, ...] = ()
    missing: tuple[Lacking, ...] = ()


class PriceRow(msgspec.Struct, frozen=True):
    """`exposure.price` of a row."""

    usd_per_unit: Usd
    source: Word
    at: Count
    confidence: Word
    note: str = ""


class ExposureRow(msgspec.Struct, frozen=True):
    """`exposure` of a row."""

    balance: Whole | None
    effective: Whole | None
    value_at_risk_usd: Usd | None
    unpriced: str | None = None
    price: PriceRow | None = None


class RevocationRow(msgspec.Struct, frozen=True):
    """The call that takes it back."""

    to: AddressText
    data: Data


class FindingRow(msgspec.Struct, frozen=True):
    """One of `findings`."""

    rule: Word
    severity: Word
    confidence: Word
    points: Count
    evidence: str
    case: Word | None = None


class ApprovalRow(msgspec.Struct, frozen=True):
    """An approval of allowctl.report/v1; fields that are not shown are left out."""

    fingerprint: Fingerprint
    kind: Word
    token: TokenRow
    spender: SpenderRow
    contract: AddressText
    exposure: ExposureRow
    revocation: RevocationRow
    level: Word
    points: Count
    findings: tuple[FindingRow, ...]
    token_id: Whole | None = None
    amount: Whole | None = None
    unlimited: bool = False
    expiration: Count | None = None
    root_amount: Whole | None = None
    last_changed: Place | None = None
    first: Place | None = None
    raised: Place | None = None
    sent_by_owner: bool | None = None
    claimed: Whole | None = None
    expected_loss_usd: Usd | None = None
    spam: bool = False
    failed: tuple[Word, ...] = ()
    not_evaluated: tuple[Lacking, ...] = ()
    inside: tuple[Fingerprint, ...] = ()


class BlockRow(msgspec.Struct, frozen=True):
    """`as_of`."""

    number: Count
    hash: Hash
    timestamp: Count


class Document(msgspec.Struct, frozen=True):
    """The whole: a row, and what its report said of itself."""

    schema: Literal["allowctl.row/v1"]
    chain: str
    chain_id: Count
    owner: AddressText
    created_at: Count
    as_of: BlockRow
    state_by: tuple[str, ...]
    row: ApprovalRow
    status: Literal["live", "expired"]
