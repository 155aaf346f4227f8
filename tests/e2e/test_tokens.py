"""What tokens on a real node say of themselves, and what is made of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from allowctl.intel.tokens import LONGEST, token_facts
from allowctl.model.chain import Address, Chain
from allowctl.model.facts import TokenFacts
from allowctl.net.http import HttpClient
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from tests.e2e.command import scan
from tests.fakes.client import rpc_at
from tests.lab.artifacts import PERMIT2
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("tokens")]

CHAIN = Chain(id=31337, name="anvil")
DAY = 86_400


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Anvil() as anvil:
        yield World(anvil)


def facts(
    world: World, *tokens: Address, known: Mapping[Address, str] | None = None
) -> list[TokenFacts]:
    """What is found out about tokens at the head, in their order."""

    async def talk() -> dict[Address, TokenFacts]:
        async with HttpClient(deadline=30) as client:
            pool = Pool(CHAIN, [Node(rpc_at(client, world.anvil.url))])
            pin = await pool.pin(None)
            state = pool.state(pin.block, final=False)
            return await token_facts(state, CHAIN, world.owner, tokens, known or {})

    found = asyncio.run(talk())
    return [found[each] for each in tokens]


def hostile(world: World, symbol: bytes, name: bytes, claimed: int = 0) -> Address:
    return world.lab("HostileName", world.owner, symbol, name, claimed)


def test_honest_tokens(world: World) -> None:
    """OpenZeppelin's own grant nobody anything and reach no further."""
    token, collection = world.token(), world.collection()
    amount, items = facts(world, token, collection)

    assert (amount.symbol, amount.decimals, amount.interfaces) == (
        "TOK",
        18,
        ("erc20",),
    )
    assert (items.symbol, items.interfaces) == ("ITEM", ("erc721",))
    for each in (amount, items):
        assert not each.grants_strangers
        assert not each.reaches_further
        assert not each.unserved


def test_market_reaches_further_than_its_balance(world: World) -> None:
    """A Compound III market tells of a base token, and of how many assets it takes."""
    base = world.token()
    market, empty = facts(
        world,
        world.lab("Market", world.owner, base, 3),
        world.lab("Market", world.owner, Address("0x" + "00" * 20), 3),
    )

    assert market.reaches_further
    assert not empty.reaches_further


def test_who_grants_strangers_is_found_out(world: World) -> None:
    """Nobody can have granted what it tells of; honest neighbours are not blamed."""
    tokens = [
        world.lab("Generous", world.owner),
        world.lab("GenerousItems"),
        world.token(),
    ]

    assert [each.grants_strangers for each in facts(world, *tokens)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("length", [1_001, 30_000, 900_000, 5_000_000])
def test_long_symbol_is_not_kept_whole(world: World, length: int) -> None:
    """Its token stays, and so does all else that is known of it."""
    long, honest = facts(
        world, world.lab("LongSymbol", world.owner, length), world.token()
    )

    assert long.symbol is None or long.symbol == "x" * LONGEST
    assert (long.symbol is None) is (length > 2_000_000)
    assert long.balance == honest.balance
    assert not long.unserved
    assert honest.symbol == "TOK"


def test_look_alike_is_told_from_the_known_token(world: World) -> None:
    """By what a person sees: the known one is known, others imitate it."""
    real = hostile(world, b"USDC", b"USD Coin")
    fakes = [
        hostile(world, symbol.encode(), b"USD Coin")
        for symbol in ("USDC", "USD\u0421", "US\u200bDC", "\ua4f4\ua4e2\ua4d3\ua4da")
    ]
    other = hostile(world, b"USDC.e", b"USD Coin")
    known, *unknown = facts(world, real, *fakes, other, known={real: "USDC"})

    assert (known.known, known.imitates) == (True, None)
    assert [each.imitates for each in unknown] == [*["USDC"] * 4, None]
    assert not any(each.known for each in unknown)


@pytest.fixture
def story() -> Iterator[World]:
    with Anvil() as anvil:
        yield World(anvil)


def said(world: World) -> dict[tuple[str, str], str]:
    """What the rules about amounts, times and tokens say: evidence by spender."""
    found = scan(world.anvil.url, world.owner).scan
    rows = [*found["allowances"], *found["expired"]]
    return {
        (row["spender"]["address"].lower(), each["rule"]): each["evidence"]
        for row in rows
        for each in row["findings"]
    }


def test_logs_and_state_that_contradict(story: World) -> None:
    """Who keeps what its log takes back is told of; who spends in silence is not."""
    one, two, three, four = story.spenders
    liar, honest = story.lab("Liar", story.owner), story.lab("Token", story.owner)
    generous = story.lab("Generous", story.owner)
    story.approve(liar, one, 5)
    story.approve(liar, one, 0, kept=5)
    story.approve(honest, two, 100)
    story.spend(honest, two, 40)
    story.approve(honest, three, 7)
    story.approve(generous, four, 7, kept=MAX)
    found = said(story)
    lies = {spender: text for (spender, rule), text in found.items() if "lying" in rule}

    assert lies == {
        one: "the newest log says 0, state says 5",
        four: "the token tells of rights between addresses that nobody has a key to",
        PERMIT2: "the token tells of rights between addresses that nobody has a key to",
    }


def test_times_that_run_out(story: World) -> None:
    """What is old, what never ends, what has ended: by the chain's time."""
    one, two, three, _ = story.spenders
    token = story.token()
    story.approve(token, one, 5)
    story.approve(token, PERMIT2, 1_000)
    story.permit2_approve(token, two, 5, story.anvil.now + 30 * DAY)
    story.wait(200 * DAY)
    story.permit2_approve(token, three, 5, 2**48 - 1)
    found = said(story)
    number = story.anvil.head

    assert found[one, "stale-approval"] == (
        f"it was last raised 200 days before block {number}; its last use is not known"
    )
    assert (three, "stale-approval") not in found
    assert found[three, "long-expiration"] == (
        "it works for ever: no later end can be given"
    )
    assert found[two, "expired-approval"] == (
        f"it expired 170 days before block {number}, with 5 left; "
        "one signature gives it a new end, and the token lets Permit2 move 1000"
    )


def test_bait_is_a_remark_where_no_price_was_asked_for(story: World) -> None:
    """A chain without sources of prices: the row stays where it is, and says why."""
    (one, *_) = story.spenders
    bait = story.lab("HostileName", story.owner, b"x.com", b"Visit x.com to claim", 0)
    story.approve(bait, one, 5)

    assert said(story)[one, "spam-token"] == (
        "no price was asked for; its symbol holds a web address; "
        "its name holds a web address, the word claim and the word visit"
    )
