"""Values for tests: sensible by default, each part to be overridden by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict, Unpack

from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Dead,
    Everything,
    Grant,
    Item,
    Kind,
    LogRef,
    NotServed,
    Origin,
    Refused,
)
from allowctl.model.chain import Address, Block, BlockRange, Chain, Log, Returned
from allowctl.model.coverage import Coverage
from allowctl.model.facts import (
    Authority,
    AuthorityKind,
    Creation,
    Proxy,
    ProxyKind,
    Seen,
    Sender,
    SpenderFacts,
    SpenderKind,
    TokenFacts,
)
from allowctl.model.finding import NotEvaluated
from allowctl.model.lists import Charge, Label, Listing
from allowctl.model.missing import NOT_ASKED, Missing
from allowctl.model.report import AuditedRecord, Record, Report, Scan
from allowctl.model.value import (
    Price,
    PriceConfidence,
    PriceSource,
    Unpriced,
    Value,
    Worth,
)
from allowctl.model.weights import WEIGHTS, Weights
from allowctl.risk.audit import audit
from allowctl.risk.rule import Context

OWNER = Address("0x" + "0a" * 20)
TOKEN = Address("0x" + "70" * 20)
SPENDER = Address("0x" + "5e" * 20)
PERMIT2 = Address("0x000000000022d473030f116ddee9f6b43ac78ba3")
MAINNET = Chain(id=1, name="ethereum", aliases=("eth", "mainnet"))
NOW = 1_790_000_000
"""The timestamp of the block that everything is true at."""
UNLIMITED = 2**256 - 1
TRANSACTION = "0x" + "7a" * 32


class CandidateParts(TypedDict, total=False):
    """What of a candidate can be overridden."""

    kind: Kind
    owner: Address
    contract: Address
    token: Address
    spender: Address
    token_id: int | None
    origin: Origin
    last_changed: LogRef | None
    claimed: int | None
    first: LogRef | None
    raised: LogRef | None


class AmountParts(TypedDict, total=False):
    """What of an amount can be overridden."""

    maximum: int
    expiration: int | None
    permit2_nonce: int | None
    root_amount: int | None


class TokenParts(TypedDict, total=False):
    """What of a token's facts can be overridden."""

    address: Address
    symbol: str | None
    name: str | None
    decimals: int | None
    total_supply: int | None
    balance: int | None
    interfaces: tuple[str, ...]
    unserved: bool
    reaches_further: bool
    permits: int | None
    grants_strangers: bool
    known: bool
    imitates: str | None
    listed: tuple[Listing, ...]


class SpenderParts(TypedDict, total=False):
    """What of a spender's facts can be overridden."""

    address: Address
    delegate: Address | None
    proxy: Proxy | Missing | None
    code_hash: str | Missing | None
    seen: Seen | None
    created: Creation | Missing
    verified: bool | Missing
    listed: tuple[Listing, ...]


class ProxyParts(TypedDict, total=False):
    """What of a proxy can be overridden."""

    kind: ProxyKind
    implementation: Address | None
    beacon: Address | None


class AuthorityParts(TypedDict, total=False):
    """What of an authority can be overridden."""

    path: tuple[Address, ...]
    threshold: int | None
    owners: int | None
    delay: int | None


class ScanParts(TypedDict, total=False):
    """What of a scan can be overridden."""

    chain: Chain
    owner: Address
    owner_name: str | None
    as_of: Block
    coverage: Coverage
    allowances: tuple[AuditedRecord, ...]
    dormant: tuple[Record, ...]
    expired: tuple[AuditedRecord, ...]
    dead: tuple[Dead, ...]
    refused: tuple[Refused, ...]
    unserved: tuple[NotServed, ...]
    blind_spots: tuple[str, ...]
    not_evaluated: tuple[NotEvaluated, ...]


def address(number: int) -> Address:
    """The address with this number."""
    return Address(f"0x{number:040x}")


def word(value: int | str) -> str:
    """32 bytes as 0x hex, of a number or of an address."""
    return f"0x{int(value, 16) if isinstance(value, str) else value:064x}"


def returned(*values: int | str) -> Returned:
    """An answer of these words."""
    return Returned(bytes.fromhex("".join(word(value)[2:] for value in values)))


def block(number: int = 24_000_000, *, timestamp: int = NOW) -> Block:
    """A block whose hash is its number."""
    return Block(number=number, hash=word(number), timestamp=timestamp)


def log(
    *topics: str,
    data: str = "0x",
    contract: Address = TOKEN,
    number: int = 100,
    index: int = 0,
) -> Log:
    """A log in block `number`."""
    return Log(
        address=contract,
        topics=topics,
        data=data,
        block_hex=hex(number),
        index_hex=hex(index),
        transaction=TRANSACTION,
    )


def candidate(**parts: Unpack[CandidateParts]) -> Candidate:
    """An ERC-20 approval; an item has id 1; what is in Permit2 is Permit2's."""
    kind = parts.get("kind", Kind.ERC20)
    token = parts.get("token", TOKEN)
    plain = Candidate(
        kind=kind,
        owner=OWNER,
        contract=PERMIT2 if kind is Kind.PERMIT2 else token,
        token=token,
        spender=SPENDER,
        token_id=1 if kind is Kind.ERC721 else None,
    )
    return replace(plain, **parts)


def amount(of: int = 1_000, **parts: Unpack[AmountParts]) -> Amount:
    """An ERC-20's amount, below the maximum of that standard."""
    return replace(Amount(amount=of, maximum=2**255), **parts)


def child(of: int = 1_000, **parts: Unpack[AmountParts]) -> Amount:
    """An amount inside Permit2 that ends in an hour, with an unlimited root."""
    plain = Amount(
        amount=of,
        maximum=2**160 - 1,
        expiration=NOW + 3_600,
        permit2_nonce=0,
        root_amount=UNLIMITED,
    )
    return replace(plain, **parts)


def allowance(grant: Grant | None = None, **parts: Unpack[CandidateParts]) -> Allowance:
    """A live grant, by default one that its kind has."""
    of = candidate(**parts)
    return Allowance(
        candidate=of, spender=of.spender, grant=_grant(of) if grant is None else grant
    )


def token_facts(**parts: Unpack[TokenParts]) -> TokenFacts:
    """A token of six decimals of which the owner holds 500 units."""
    plain = TokenFacts(
        address=TOKEN,
        symbol="TKN",
        name="Token",
        decimals=6,
        total_supply=10**15,
        balance=500,
        interfaces=("erc20",),
    )
    return replace(plain, **parts)


def spender_facts(
    kind: SpenderKind = SpenderKind.CONTRACT,
    *,
    label: Label | str | None = None,
    **parts: Unpack[SpenderParts],
) -> SpenderFacts:
    """A contract. A label that is only a text is one of the package's own table."""
    if isinstance(label, str):
        label = Label(text=label, source="bundled")
    plain = SpenderFacts(address=SPENDER, kind=kind, label=label)
    return replace(plain, **parts)


def listing(
    charge: Charge = Charge.EXPLOITED,
    *,
    source: str = "approval-exploit-list",
    name: str = "Bridge of 2023",
    date: str | None = "2023-07-06",
) -> Listing:
    """A list's word against an address, fetched an hour ago."""
    return Listing(
        source=source, charge=charge, name=name, date=date, fetched_at=NOW - 3_600
    )


def authority(
    kind: AuthorityKind = AuthorityKind.EOA, **parts: Unpack[AuthorityParts]
) -> Authority:
    """Whoever decides, behind an admin's contract."""
    path = () if kind is AuthorityKind.NOBODY else (address(0xAD), address(0xDEC))
    return replace(Authority(kind=kind, path=path), **parts)


def proxy(
    decides: Authority | Missing | None = None, **parts: Unpack[ProxyParts]
) -> Proxy:
    """An EIP-1967 proxy that a key can upgrade."""
    plain = Proxy(
        kind=ProxyKind.EIP1967,
        implementation=address(0x1CE),
        authority=decides or authority(),
    )
    return replace(plain, **parts)


def record(  # noqa: PLR0913 - the parts of one row, all by name
    of: Allowance | None = None,
    *,
    token: TokenFacts | None = None,
    spender: SpenderFacts | None = None,
    value: Value = Unpriced.NOT_ASKED,
    raised_at: int | Missing = NOT_ASKED,
    sent: Sender = Sender.UNKNOWN,
    plain_owner: bool | None = None,
) -> Record:
    """An allowance with the facts of its own token and spender."""
    of = of or allowance()
    return Record(
        allowance=of,
        token=token or token_facts(address=of.candidate.token),
        spender=spender or spender_facts(address=of.spender),
        value=value,
        raised_at=raised_at,
        sent=sent,
        plain_owner=plain_owner,
    )


def worth(usd: int = 100) -> Worth:
    """A value in whole USD, by a feed's price."""
    price = Price(
        usd_per_unit=Decimal(1),
        source=PriceSource.CHAINLINK,
        at=NOW,
        confidence=PriceConfidence.HIGH,
    )
    return Worth(usd=Decimal(usd), price=price)


def context(
    *,
    chain: Chain = MAINNET,
    as_of: Block | None = None,
    weights: Weights = WEIGHTS,
    absent: Mapping[Charge, Missing] | None = None,
) -> Context:
    """Mainnet at the block that everything is true at, with every list at hand."""
    return Context(
        chain=chain, as_of=as_of or block(), weights=weights, absent=absent or {}
    )


def audited(of: Record | None = None) -> AuditedRecord:
    """A record with what the rules say of it."""
    return audit([of or record()], context()).records[0]


def coverage(first: int = 0, last: int = 24_000_000) -> Coverage:
    """All blocks served by one host."""
    return Coverage(
        blocks=BlockRange(first, last), endpoints=("node.example",), requests=7
    )


def scan(**parts: Unpack[ScanParts]) -> Scan:
    """A complete scan that found nothing."""
    plain = Scan(
        chain=MAINNET,
        owner=OWNER,
        as_of=block(),
        coverage=coverage(),
        allowances=(),
        dormant=(),
        dead=(),
        refused=(),
        unserved=(),
        blind_spots=("signatures that were given but not submitted leave no log",),
        not_evaluated=(),
    )
    return replace(plain, **parts)


def scan_report(*scans: Scan) -> Report:
    """A report of these scans."""
    return Report(version="0.1.0", created_at=NOW, scans=scans)


def _grant(of: Candidate) -> Grant:
    match of.kind:
        case Kind.ERC20:
            return amount()
        case Kind.PERMIT2:
            return child()
        case Kind.ERC721:
            return Item(token_id=of.token_id or 0)
        case Kind.OPERATOR:
            return Everything()
