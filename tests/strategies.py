"""What hypothesis draws from: addresses, amounts, logs, answers, hostile text."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from eth_utils.crypto import keccak
from hypothesis import strategies as st

from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Everything,
    Grant,
    Item,
    Kind,
    LogRef,
    Origin,
)
from allowctl.model.chain import (
    ZERO_ADDRESS,
    Address,
    BlockRange,
    Call,
    Log,
    Returned,
    Reverted,
)
from allowctl.model.facts import Sender, SpenderFacts, SpenderKind, TokenFacts
from allowctl.model.missing import NOT_ASKED, Lack, Missing
from allowctl.model.report import Record
from allowctl.model.value import (
    Price,
    PriceConfidence,
    PriceSource,
    Unpriced,
    Value,
    Worth,
)
from tests import build
from tests.build import word

EVENTS = (
    "Approval(address,address,uint256)",
    "ApprovalForAll(address,address,bool)",
    "Approval(address,address,address,uint160,uint48)",
    "Permit(address,address,address,uint160,uint48,uint48)",
    "Lockdown(address,address,address)",
)


def topic0(signature: str) -> str:
    """An event's first topic."""
    return "0x" + keccak(text=signature).hex()


def uints(bits: int = 256, least: int = 0) -> st.SearchStrategy[int]:
    """Numbers of so many bits, their borders often."""
    most = 2**bits - 1
    borders = st.sampled_from((least, least + 1, most - 1, most))
    return borders | st.integers(least, most)


addresses: st.SearchStrategy[Address] = st.binary(min_size=20, max_size=20).map(
    lambda raw: Address("0x" + raw.hex())
)
amounts = uints()
words: st.SearchStrategy[bytes] = st.binary(min_size=32, max_size=32) | uints().map(
    lambda value: value.to_bytes(32, "big")
)

block_ranges: st.SearchStrategy[BlockRange] = st.tuples(
    st.integers(0, 2**40), st.integers(0, 2**12)
).map(lambda drawn: BlockRange(drawn[0], drawn[0] + drawn[1]))

calls: st.SearchStrategy[Call] = st.builds(Call, addresses, st.binary(max_size=200))

hostile_text: st.SearchStrategy[str] = st.lists(
    st.text(max_size=6)
    | st.sampled_from(
        (
            "\x1b[2J",
            "\x1b]8;;http://evil.example\x1b\\",
            "\u202e",
            "\u200b",
            "\r\n",
            "\x00",
            "\x7f",
            "\x85",
            "\u2028",
            "https://",
            "http://1.2.3.4",
            "://",
            ".com",
            "...",
            "[red]",
            "=1+1",
            "@SUM(A1)",
            "-2",
            "+3",
            "\t=4",
            "\uff1d5",
            "<script>",
            "|",
            "`",
            '"',
            "\\",
            "::error::",
            "##[error]",
            "$(id)",
            "U\u0405DC",
            "\U0001f4a9",
        )
    ),
    max_size=8,
).map("".join)
"""Terminal codes, text that runs backwards, links, formulas, look-alikes, commands."""

answers: st.SearchStrategy[Returned | Reverted] = (
    st.binary(max_size=200).map(Returned)
    | st.lists(uints() | uints(1) | uints(160), max_size=4).map(
        lambda values: build.returned(*values)
    )
    | st.sampled_from(("reverts", "burns its gas")).map(Reverted)
)
"""Whatever a contract may answer."""

_any_hex: st.SearchStrategy[str] = st.binary(max_size=100).map(
    lambda raw: "0x" + raw.hex()
) | st.text(max_size=80)
_event_topics = st.sampled_from(EVENTS).map(topic0)
_any_topics: st.SearchStrategy[tuple[str, ...]] = st.lists(
    _any_hex | words.map(lambda raw: "0x" + raw.hex()), max_size=4
).map(tuple)

arbitrary_logs: st.SearchStrategy[Log] = st.builds(
    Log,
    address=addresses,
    topics=_any_topics
    | st.builds(lambda first, rest: (first, *rest), _event_topics, _any_topics),
    data=_any_hex,
    block_hex=_any_hex,
    index_hex=_any_hex,
    transaction=_any_hex,
)
"""Logs as no node should give them, an approval's topic often among them."""


@st.composite
def places(draw: st.DrawFn) -> LogRef:
    """Where a log stands."""
    return LogRef(
        block=draw(st.integers(0, 2**40)),
        index=draw(st.integers(0, 2**12)),
        transaction="0x" + draw(words).hex(),
    )


@st.composite
def candidates(draw: st.DrawFn, kind: Kind | None = None) -> Candidate:
    """Any approval, or any of a kind, as a log names it."""
    kind = kind or draw(st.sampled_from(Kind))
    token = draw(addresses)
    return build.candidate(
        kind=kind,
        owner=draw(addresses),
        token=token,
        contract=draw(addresses) if kind is Kind.PERMIT2 else token,
        spender=draw(addresses),
        token_id=draw(uints()) if kind is Kind.ERC721 else None,
        last_changed=draw(places()),
    )


@st.composite
def allowances(draw: st.DrawFn, kind: Kind | None = None) -> Allowance:
    """Any live grant, or any of a kind."""
    of = draw(candidates(kind))
    return Allowance(candidate=of, spender=draw(addresses), grant=draw(_grants(of)))


missing: st.SearchStrategy[Missing] = st.just(NOT_ASKED) | st.builds(
    Missing, st.sampled_from(Lack), st.sampled_from(("no archive", "a timeout"))
)

prices: st.SearchStrategy[Price] = st.builds(
    Price,
    usd_per_unit=st.decimals("1e-20", "1e6").filter(bool),
    source=st.sampled_from(PriceSource),
    at=st.integers(build.NOW - 100_000, build.NOW),
    confidence=st.sampled_from(PriceConfidence),
    note=st.sampled_from(("", "a pool's")),
)

dollars: st.SearchStrategy[Decimal] = st.sampled_from(
    [Decimal(each) for each in ("0", "0.01", "1", "1000", "1e9")]
) | st.decimals(0, 10**12, places=2)
"""Values in USD: small, large, and often the same."""


@st.composite
def values(draw: st.DrawFn, effective: int | None) -> Value:
    """Any value of so many smallest units; of None only an unknown one."""
    unpriced: Value = draw(st.sampled_from(Unpriced))
    if effective is None or draw(st.booleans()):
        return unpriced
    price = draw(prices)
    return Worth(usd=effective * price.usd_per_unit, price=price)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any live grant, with whatever may be known of its token and spender."""
    record = draw(_unvalued())
    amount = isinstance(record.allowance.grant, Amount)
    effective = record.effective if amount else None
    return replace(
        record,
        value=draw(values(effective)),
        raised_at=draw(st.integers(0, build.NOW) | missing),
        sent=draw(st.sampled_from(Sender)),
        plain_owner=draw(st.sampled_from((True, False, None))),
    )


@st.composite
def _unvalued(draw: st.DrawFn) -> Record:
    of = draw(allowances())
    return Record(
        allowance=of,
        token=TokenFacts(
            address=of.candidate.token,
            symbol=draw(st.none() | hostile_text),
            decimals=draw(st.none() | st.integers(0, 255)),
            total_supply=draw(st.none() | amounts),
            balance=draw(st.none() | amounts),
            permits=draw(st.none() | st.integers(0, 2)),
        ),
        spender=SpenderFacts(
            address=of.spender, kind=draw(st.sampled_from(SpenderKind))
        ),
    )


@st.composite
def nominations(draw: st.DrawFn) -> tuple[Log, Candidate]:
    """A log in a standard's own layout, and the approval that it was made for."""
    kind = draw(st.sampled_from(Kind))
    of = replace(draw(candidates(kind)), origin=Origin.LOG)
    topics, data, claimed = draw(_layouts(of))
    where = of.last_changed
    assert where is not None
    found = Log(
        address=of.contract,
        topics=topics,
        data=data,
        block_hex=hex(where.block),
        index_hex=hex(where.index),
        transaction=where.transaction,
    )
    return found, replace(of, claimed=claimed)


@st.composite
def _layouts(draw: st.DrawFn, of: Candidate) -> tuple[tuple[str, ...], str, int]:
    """Topics and data of a log for an approval, and what it says is granted."""
    owner, token, spender = word(of.owner), word(of.token), word(of.spender)
    match of.kind:
        case Kind.ERC20 | Kind.OPERATOR:
            flag = of.kind is Kind.OPERATOR
            said = draw(uints(1 if flag else 256))
            value = word(said)
            first = topic0(EVENTS[1] if flag else EVENTS[0])
            if draw(st.booleans()):
                return (first, owner, spender), value, said
            return (first, owner), spender + value[2:], said
        case Kind.ERC721:
            item = word(of.token_id or 0)
            said = int(of.spender != ZERO_ADDRESS)
            return (topic0(EVENTS[0]), owner, spender, item), "0x", said
        case Kind.PERMIT2:
            event = draw(st.sampled_from(EVENTS[2:]))
            if event.startswith("Lockdown"):
                return (topic0(event), owner), token + spender[2:], 0
            values = [draw(uints(160)), *draw(st.tuples(uints(48), uints(48)))]
            shown = values if event.startswith("Permit(") else values[:2]
            data = "0x" + "".join(word(value)[2:] for value in shown)
            return (topic0(event), owner, token, spender), data, values[0]


@st.composite
def _grants(draw: st.DrawFn, of: Candidate) -> Grant:
    match of.kind:
        case Kind.ERC20:
            return Amount(amount=draw(uints(least=1)), maximum=2**255)
        case Kind.PERMIT2:
            return Amount(
                amount=draw(uints(160, least=1)),
                maximum=2**160 - 1,
                expiration=draw(uints(48, least=1)),
                permit2_nonce=draw(uints(48)),
                root_amount=draw(amounts),
            )
        case Kind.ERC721:
            return Item(token_id=of.token_id or 0)
        case Kind.OPERATOR:
            return Everything()
