"""A wallet of many years: one row for each thing that a row can say."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from typing import Unpack

from allowctl.model.approval import (
    Amount,
    Candidate,
    Everything,
    Grant,
    Item,
    Kind,
    LogRef,
)
from allowctl.model.chain import Address
from allowctl.model.facts import (
    Authority,
    AuthorityKind,
    Creation,
    Proxy,
    ProxyKind,
    Seen,
    SpenderFacts,
    SpenderKind,
    TokenFacts,
)
from allowctl.model.lists import Charge, Label, Listing
from allowctl.model.missing import NOT_ASKED, Lack, Missing
from allowctl.model.report import Record
from allowctl.model.value import Price, PriceConfidence, PriceSource, Unpriced, Worth
from tests.build import (
    NOW,
    PERMIT2,
    TRANSACTION,
    UNLIMITED,
    CandidateParts,
    allowance,
    child,
    listing,
    record,
    spender_facts,
    token_facts,
    word,
)

FAILED = Missing(Lack.FAILED, "nobody served old state")
LONG = Label(text="\u202ehttps://label.example says that all is well", source="whois")
DAY = 86_400
HEAD = 24_000_000
MOST = 2**255
"""From here on an ERC-20 amount means no limit."""


def named(what: str) -> Address:
    """An address that looks like one."""
    return Address("0x" + hashlib.sha256(what.encode()).hexdigest()[:40])


def ago(days: int, index: int = 0) -> LogRef:
    """A log of so many days ago, at a block of twelve seconds."""
    return LogRef(block=HEAD - days * 7_200, index=index, transaction=TRANSACTION)


USDC, DAI, WETH = named("USDC"), named("DAI"), named("WETH")
PEPE, COMET, POOL = named("PEPE"), named("COMET"), named("POOL")
NFT, BOTH, FAKE = named("NFT"), named("BOTH"), named("FAKE")
ROUTER, BRIDGE, EXCHANGE = named("router"), named("bridge"), named("exchange")
KEY, DELEGATED, NEVER = named("key"), named("delegated"), named("never")
VAULT, YOUNG, UNREAD = named("vault"), named("young"), named("unread")
VANITY = Address("0x0000" + "c0ffee" * 5 + "ab0000")
COPY = named("a copy of Permit2")

HOSTILE_SYMBOLS = (
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eCDSU\u202c",
    "[red]USDC[/red]",
    "visit https://claim.example to win",
    "=HYPERLINK(1)",
    "US\r\n::error::DC",
    "\U0001f4b8" * 9,
    "   ",
    "<script>alert(1)</script>",
    "a|b`c",
    "USD\u200bC",
    "##[error]x",
)
"""Terminal codes, text that runs backwards, markup, links, formulas, blanks."""


def worth(usd: str, note: str = "feed 0x8fFf...18F6") -> Worth:
    """So much, by a feed of an hour ago."""
    price = Price(
        usd_per_unit=Decimal("0.000001"),
        source=PriceSource.CHAINLINK,
        at=NOW - 3_600,
        confidence=PriceConfidence.HIGH,
        note=note,
    )
    return Worth(usd=Decimal(usd), price=price)


def token(
    address: Address, symbol: str | None, balance: int | None = 10**10
) -> TokenFacts:
    """A token of six decimals that the bundled table has."""
    return token_facts(
        address=address, symbol=symbol, name=symbol, balance=balance, known=True
    )


def contract(address: Address, label: Label | None = None) -> SpenderFacts:
    """A contract of three years of which everything was asked."""
    return spender_facts(
        address=address,
        label=label,
        code_hash=word(int(address, 16)),
        created=Creation(block=16_000_000, exact=True, timestamp=NOW - 1_100 * DAY),
        verified=True,
    )


def gives(
    of: TokenFacts,
    to: SpenderFacts,
    grant: Grant | None = None,
    *,
    days: int = 400,
    **parts: Unpack[CandidateParts],
) -> Record:
    """An approval that was last raised so many days ago; unlimited by default."""
    said = grant or Amount(amount=UNLIMITED, maximum=MOST)
    named: CandidateParts = {
        "token": of.address,
        "spender": to.address,
        "token_id": said.token_id if isinstance(said, Item) else None,
        "last_changed": ago(days),
        "raised": ago(days),
        "first": ago(days + 30),
        "claimed": said.amount if isinstance(said, Amount) else 1,
    }
    named.update(parts)
    whole = allowance(said, **named)
    return record(whole, token=of, spender=to, raised_at=NOW - days * DAY)


def records() -> list[Record]:
    """The live approvals."""
    return [*_worst(), *permit2(), *unpriced(), *items(), *_quiet(), *spam()]


def _worst() -> list[Record]:
    exploited = replace(
        contract(BRIDGE, Label(text="A bridge of renown", source="whois")),
        listed=(listing(),),
        proxy=Proxy(
            kind=ProxyKind.EIP1967,
            implementation=named("implementation"),
            authority=Authority(
                kind=AuthorityKind.SAFE,
                path=(named("admin"), named("safe")),
                threshold=3,
                owners=5,
            ),
        ),
        seen=Seen(code_hash=word(0xBEF04E), block=23_900_000),
    )
    old = replace(
        contract(EXCHANGE, Label(text="An exchange, its first", source="bundled")),
        listed=(
            Listing(source="bundled", charge=Charge.DEPRECATED, name="the first one"),
        ),
    )
    upgradeable = replace(
        contract(VAULT),
        proxy=Proxy(
            kind=ProxyKind.EIP1822,
            implementation=named("vault's code"),
            authority=Authority(kind=AuthorityKind.EOA, path=(named("admin's key"),)),
        ),
    )
    young = replace(
        contract(YOUNG),
        created=Creation(block=HEAD - 7_200, exact=True, timestamp=NOW - DAY),
        verified=False,
    )
    return [
        replace(gives(token(USDC, "USDC"), exploited, days=1_200), value=worth("9875")),
        replace(
            gives(token(DAI, "DAI", 0), spender_facts(SpenderKind.EOA, address=KEY)),
            value=Unpriced.NO_PRICE,
        ),
        replace(
            gives(
                token(WETH, "WETH"),
                spender_facts(
                    SpenderKind.DELEGATED_EOA,
                    address=DELEGATED,
                    delegate=named("delegate"),
                    code_hash=word(7702),
                ),
                Amount(amount=2_500_000, maximum=MOST),
                days=3,
            ),
            value=worth("2.5"),
        ),
        replace(gives(token(USDC, "USDC"), old), value=worth("9875")),
        replace(gives(token(WETH, "WETH"), upgradeable), value=worth("31415926.53")),
        replace(
            gives(
                token(DAI, "DAI", 1),
                young,
                Amount(amount=10**12, maximum=MOST),
                days=0,
            ),
            value=worth("0.000001"),
        ),
    ]


def permit2() -> list[Record]:
    usdc, label = token(USDC, "USDC"), Label(text="Permit2", source="bundled")
    router = contract(ROUTER, Label(text="A router of renown, v2", source="whois"))
    return [
        replace(gives(usdc, contract(PERMIT2, label)), value=worth("9875")),
        replace(
            gives(usdc, router, child(2_500_000), kind=Kind.PERMIT2, days=20),
            value=worth("2.5"),
        ),
        replace(
            gives(usdc, contract(EXCHANGE), child(2**160 - 1), kind=Kind.PERMIT2),
            value=worth("9875"),
        ),
        replace(
            gives(
                usdc,
                spender_facts(SpenderKind.UNUSED, address=NEVER),
                child(2**160 - 1, expiration=2**48 - 1),
                kind=Kind.PERMIT2,
                contract=COPY,
            ),
            value=worth("0"),
        ),
    ]


def unpriced() -> list[Record]:
    pepe = replace(token(PEPE, "PEPE"), known=False)
    comet = replace(token(COMET, "cUSDCv3"), reaches_further=True)
    router = contract(ROUTER, Label(text="A router of renown, v2", source="whois"))
    return [
        replace(gives(pepe, router), value=Unpriced.THIN),
        replace(gives(comet, contract(VAULT)), value=Unpriced.FURTHER),
        replace(
            gives(
                token(POOL, "LP"), replace(contract(VANITY), created=FAILED, label=LONG)
            ),
            value=Unpriced.UNSERVED,
        ),
        replace(
            gives(
                replace(token(named("silent"), None, None), decimals=None, known=False),
                contract(ROUTER),
                Amount(amount=5, maximum=MOST),
            ),
            value=Unpriced.NO_BALANCE,
        ),
        replace(
            gives(
                replace(token(named("lost"), "LOST", None), unserved=True),
                replace(
                    spender_facts(SpenderKind.UNKNOWN, address=UNREAD),
                    proxy=FAILED,
                    code_hash=FAILED,
                    created=FAILED,
                ),
                Amount(amount=400, maximum=MOST),
                days=10,
            ),
            value=Unpriced.NO_BALANCE,
        ),
    ]


def items() -> list[Record]:
    nft = token_facts(
        address=NFT, symbol="PUNK", decimals=None, interfaces=("erc721",), balance=3
    )
    both = replace(token(BOTH, "BOTH"), interfaces=("erc20", "erc721"), known=False)
    market = contract(named("market"), Label(text="A market", source="whois"))
    return [
        replace(
            gives(nft, market, Everything(), kind=Kind.OPERATOR),
            value=Unpriced.ITEMS,
        ),
        replace(
            gives(nft, market, Item(token_id=2**255 + 1), kind=Kind.ERC721, days=5),
            value=Unpriced.ITEMS,
        ),
        replace(
            gives(both, market, Amount(amount=400, maximum=MOST), days=90),
            value=Unpriced.NO_PRICE,
        ),
    ]


def _quiet() -> list[Record]:
    usdc = token(USDC, "USDC", 500)
    named_once = Candidate(
        kind=Kind.ERC20,
        owner=record().allowance.candidate.owner,
        contract=USDC,
        token=USDC,
        spender=VAULT,
    )
    plain = gives(usdc, contract(ROUTER), Amount(amount=100, maximum=MOST), days=2)
    return [
        replace(plain, value=worth("0.0001")),
        replace(
            plain,
            allowance=replace(
                plain.allowance, candidate=named_once, spender=named_once.spender
            ),
            spender=contract(VAULT),
            value=Unpriced.NOT_ASKED,
            raised_at=NOT_ASKED,
        ),
    ]


def spam() -> list[Record]:
    """What tokens of strangers say of themselves: some are taken for spam."""
    return [
        replace(
            gives(
                token_facts(
                    address=named(symbol),
                    symbol=symbol,
                    name=symbol,
                    decimals=18,
                    imitates="USDC" if "USD" in symbol else None,
                ),
                contract(named("bait")),
                Amount(amount=1, maximum=MOST),
                days=30,
            ),
            value=Unpriced.NO_PRICE,
        )
        for symbol in HOSTILE_SYMBOLS
    ]


def expired() -> list[Record]:
    """What time alone has ended."""
    ended = child(7_000_000, expiration=NOW - 40 * DAY)
    return [
        replace(
            gives(token(USDC, "USDC"), contract(ROUTER), ended, kind=Kind.PERMIT2),
            value=worth("7"),
        )
    ]


def absent() -> dict[Charge, Missing]:
    """A list that could not be had."""
    return {Charge.BLOCKED: Missing(Lack.FAILED, "list scam-database was never had")}
