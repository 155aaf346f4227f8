"""DefiLlama's prices: asked by token, taken where it is sure, to the digit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allowctl.intel.feeds import ChainFeeds
from allowctl.intel.prices.defillama import AT_ONCE, BASE, OLDEST, DefiLlama
from allowctl.intel.prices.source import Told, Wanted
from allowctl.model.chain import Address
from allowctl.model.value import Price, PriceConfidence, PriceSource, Unpriced
from allowctl.net.http import HttpClient
from tests.build import OWNER, address
from tests.fakes.server import Answer, Asked, Raw, ScriptedServer, always
from tests.intel.prices.market import COIN, TABLE, USDC, Market, price_of, wanted

MARKET = Market()
NOW = MARKET.now


def coin(price: str = "1.5", **more: str) -> str:
    """A coin as DefiLlama writes it; values as JSON texts, None left out."""
    fields = {
        "decimals": "18",
        "symbol": '"COIN"',
        "price": price,
        "timestamp": str(NOW - 60),
        "confidence": "0.99",
    }
    parts = {key: value for key, value in (fields | more).items() if value}
    return "{" + ", ".join(f'"{key}": {value}' for key, value in parts.items()) + "}"


def reply(coins: Mapping[str, str]) -> Raw:
    body = ", ".join(f'"{name}": {each}' for name, each in coins.items())
    return Raw(body=f'{{"coins": {{{body}}}}}'.encode())


def ask(
    answer: Answer, tokens: Mapping[Address, Wanted] | None = None
) -> tuple[Mapping[Address, Told], list[Asked]]:
    """What it says of tokens, and what it was asked."""

    async def run(url: str) -> Mapping[Address, Told]:
        async with HttpClient(deadline=5) as client:
            source = DefiLlama(client, base=url)
            query = replace(query_, state=MARKET.state())
            return await source.prices(query)

    query_ = MARKET.query(wanted() if tokens is None else tokens)
    with ScriptedServer(answer) as server:
        return asyncio.run(run(server.url)), server.asked


def said(of: str) -> Told | None:
    """What is made of one coin."""
    told, _ = ask(always(reply({f"ethereum:{COIN}": of})))
    return told.get(COIN)


def test_its_price() -> None:
    """USD of a whole token becomes that of a unit, with its own time."""
    assert said(coin("1.5")) == Price(
        usd_per_unit=Decimal("1.5").scaleb(-18),
        source=PriceSource.DEFILLAMA,
        at=NOW - 60,
        confidence=PriceConfidence.MEDIUM,
        note="its confidence is 0.99",
    )


def test_what_it_learns() -> None:
    """Chains and tokens, in one GET; nobody's wallet."""
    told, asked = ask(always(reply({})), wanted() | wanted(USDC))
    assert told == {}
    (one,) = asked
    assert one.method == "GET"
    assert one.path == f"/prices/current/ethereum:{COIN},ethereum:{USDC}"
    assert OWNER[2:] not in f"{one.path}{dict(one.headers)}{one.body!r}"


def test_what_nobody_can_take_is_not_told() -> None:
    """A token with nothing to take is nobody's business."""
    told, asked = ask(always(reply({})), wanted(most=0))
    assert (told, asked) == ({}, [])


def test_many_tokens() -> None:
    """They go in requests that no server finds too long, and all are answered."""
    tokens: dict[Address, Wanted] = {}
    for n in range(2 * AT_ONCE + 1):
        tokens |= wanted(address(0xAA00 + n))

    def answer(asked: Asked) -> Raw:
        names = asked.path.removeprefix("/prices/current/").split(",")
        return reply(dict.fromkeys(names, coin()))

    told, asked = ask(answer, tokens)
    assert {*told} == {*tokens}
    assert len(asked) == 3
    assert all(len(each.path) < 8_000 for each in asked)


@pytest.mark.parametrize("digits", ["0.1", "1e-12", "123456789.12345678901234567890"])
def test_to_the_digit(digits: str) -> None:
    """No float has been in between: 0.1 is a tenth."""
    price = price_of(said(coin(digits)))
    assert price.usd_per_unit == Decimal(digits).scaleb(-18)


@given(st.lists(st.floats(min_value=1e-30, max_value=1e15), min_size=200))
@settings(max_examples=5)
def test_whatever_json_writes(numbers: list[float]) -> None:
    """A price is exactly the number that stands there."""
    tokens: dict[Address, Wanted] = {}
    coins: dict[str, str] = {}
    for n, number in enumerate(numbers):
        tokens |= wanted(address(0xAA00 + n))
        coins[f"ethereum:{address(0xAA00 + n)}"] = coin(json.dumps(number))
    told, _ = ask(always(reply(coins)), tokens)
    assert [Fraction(price_of(told[each]).usd_per_unit) for each in tokens] == [
        Fraction(json.dumps(number)) / 10**18 for number in numbers
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"confidence": "0.89"},
        {"confidence": "1.1"},
        {"confidence": ""},
        {"confidence": "null"},
        {"price": "0"},
        {"price": "-1"},
        {"price": '"1.5"'},
        {"price": "null"},
        {"price": "{}"},
        {"price": "1e21"},
        {"price": "1e-41"},
        {"price": "1e999999999999999999999"},
        {"timestamp": str(NOW - OLDEST - 1)},
        {"timestamp": str(NOW + OLDEST + 1)},
        {"timestamp": '"now"'},
        {"decimals": "6"},
        {"decimals": "-18"},
        {"decimals": "1e9"},
    ],
    ids=str,
)
def test_what_is_not_used(more: dict[str, str]) -> None:
    """Unsure, old, absurd, or of other decimals than the token says."""
    assert said(coin(**more)) is None


def test_decimals() -> None:
    """Its own, or the token's where it names none; of neither there is no price."""
    no_decimals = always(reply({f"ethereum:{COIN}": coin(decimals="")}))
    told, _ = ask(no_decimals, wanted(decimals=6))
    assert price_of(told[COIN]).usd_per_unit == Decimal("0.0000015")
    told, _ = ask(no_decimals, wanted(decimals=None))
    assert told == {}
    told, _ = ask(always(reply({f"ethereum:{COIN}": coin()})), wanted(decimals=None))
    assert price_of(told[COIN]).usd_per_unit == Decimal("1.5").scaleb(-18)


def test_names() -> None:
    """Whatever the case of an address; what was not asked for is passed over."""
    shouted = f"ethereum:0x{COIN[2:].upper()}"
    told, _ = ask(always(reply({shouted: coin(), f"bsc:{COIN}": coin("9")})))
    assert price_of(told[COIN]).usd_per_unit == Decimal("1.5").scaleb(-18)
    told, _ = ask(always(reply({f"ethereum:{USDC}": coin()})))
    assert told == {}


def test_one_bad_coin_spoils_no_other() -> None:
    """Each is read by itself."""
    names = {f"ethereum:{COIN}": "[1]", f"ethereum:{USDC}": coin(decimals="6")}
    told, _ = ask(always(reply(names)), wanted() | wanted(USDC, decimals=6))
    assert {*told} == {USDC}


@pytest.mark.parametrize(
    "raw",
    [
        Raw(closes=True),
        Raw(status=429, headers={"Retry-After": "1"}),
        Raw(status=500, body=b'{"coins": {}}'),
        Raw(status=301, headers={"Location": "http://127.0.0.1:1/"}),
        Raw(body=b"<html>"),
        Raw(body=b"[]"),
        Raw(body=b'{"coins": []}'),
        Raw(body=b'{"coins": {"\xff": 1}}'),
        Raw(body=b'{"coins": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        Raw(body=b'{"coins": {}}' + b" " * 2**20),
    ],
    ids=[
        *("closed", "429", "500", "301", "html", "list", "coins", "utf8", "deep"),
        "large",
    ],
)
def test_a_failure(raw: Raw) -> None:
    """Everything that was asked for in vain was not served: nothing is unpriced."""
    told, _ = ask(always(raw))
    assert told == {COIN: Unpriced.UNSERVED}


def test_where_it_serves() -> None:
    """A chain whose name there is not known is not asked for."""
    source = DefiLlama(HttpClient())
    assert source.serves(TABLE)
    assert not source.serves(ChainFeeds())
    query = replace(MARKET.query(wanted()), table=ChainFeeds())
    assert asyncio.run(source.prices(query)) == {}


def test_its_address() -> None:
    """Encrypted, and without a key."""
    parts = urlsplit(BASE)
    assert (parts.scheme, parts.path, parts.query) == ("https", "", "")
