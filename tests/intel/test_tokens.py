"""What a token says of itself: missing is missing, and a lie stays its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.intel import tokens
from allowctl.intel.tokens import strangers
from allowctl.model.chain import Address, Answer, Call, Returned, Unserved
from allowctl.model.facts import TokenFacts
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State
from allowctl.standards import erc20, operator
from allowctl.standards.erc721 import ERC721_ID, GET_APPROVED, supports_call
from tests import build, strategies
from tests.build import MAINNET, OWNER, PERMIT2, TOKEN, address
from tests.fakes.rpc import BURNT, EMPTY, MULTICALL, REVERTS, FakeContract, FakeRpc
from tests.fakes.worlds import World, string

USDC = address(0xC)
YES = words.uint(1)


def reader(rpc: FakeRpc) -> State:
    return State([StateReader(rpc, rpc.block_at(rpc.newest), MULTICALL)])


def token_of(rpc: FakeRpc, known: Mapping[Address, str] | None = None) -> TokenFacts:
    return tokens_of(rpc, [TOKEN], known or {})[TOKEN]


def tokens_of(
    rpc: FakeRpc, asked: list[Address], known: Mapping[Address, str] | None = None
) -> dict[Address, TokenFacts]:
    return asyncio.run(
        tokens.token_facts(reader(rpc), MAINNET, OWNER, asked, known or {})
    )


def test_a_token() -> None:
    """All that an ERC-20 tells."""
    world = World()
    world.token()
    assert token_of(world.rpc) == TokenFacts(
        address=TOKEN,
        symbol="TKN",
        name="Token",
        decimals=6,
        total_supply=10**12,
        balance=1_000,
        interfaces=("erc20",),
    )


def test_a_token_that_tells_nothing() -> None:
    """Everything that a silent contract leaves open is unknown, not zero."""
    for answer in (REVERTS, BURNT, EMPTY):
        rpc = FakeRpc(contracts={TOKEN: FakeContract(default=answer)})
        assert token_of(rpc) == TokenFacts(address=TOKEN)


def test_a_token_that_nobody_served() -> None:
    """What is missing is then the node's doing: that is remembered."""
    rpc = FakeRpc(contracts={TOKEN: FakeContract(default=Unserved("not now"))})
    assert token_of(rpc) == TokenFacts(address=TOKEN, unserved=True)


def test_an_nft() -> None:
    """A collection by its own word (EIP-165)."""
    world = World()
    contract = world.nft(TOKEN)
    contract.says(supports_call(TOKEN, tokens.ERC1155_ID), YES)
    assert token_of(world.rpc).interfaces == ("erc721", "erc1155")


def test_an_old_nft() -> None:
    """One from before EIP-165 is known by what it answers."""
    world = World()
    contract = world.rpc.contract(TOKEN)
    contract.says(operator.is_operator_call(TOKEN, OWNER, PERMIT2), words.uint(0))
    contract.says(Call(TOKEN, GET_APPROVED + words.uint(1)), words.uint(0))
    assert token_of(world.rpc).interfaces == ("erc721",)


def test_both_at_once() -> None:
    """ERC-404: an allowance here may be an amount or an item."""
    world = World()
    world.token().says(supports_call(TOKEN, ERC721_ID), YES)
    assert token_of(world.rpc).ambiguous


@pytest.mark.parametrize("answer", [b"\x01", words.uint(2), words.uint(2**255)])
def test_a_crooked_yes(answer: bytes) -> None:
    """EIP-165 says yes with a plain 1, and with nothing else."""
    world = World()
    world.rpc.contract(TOKEN).says(supports_call(TOKEN, ERC721_ID), answer)
    assert token_of(world.rpc).interfaces == ()


@pytest.mark.parametrize(
    ("call", "answer", "field"),
    [
        (tokens.DECIMALS, words.uint(256), "decimals"),
        (tokens.DECIMALS, b"\x06", "decimals"),
        (tokens.TOTAL_SUPPLY, b"\xff" * 31, "total_supply"),
        (tokens.SYMBOL, b"\xff" * 31, "symbol"),
        (tokens.SYMBOL, words.uint(2**255) * 2, "symbol"),
        (tokens.NAME, words.uint(32) + words.uint(2**31), "name"),
        (tokens.NAME, string(""), "name"),
    ],
)
def test_garbage(call: bytes, answer: bytes, field: str) -> None:
    """A field that is garbage is missing; the others are not."""
    world = World()
    world.token().answers[call] = Returned(answer)
    found = token_of(world.rpc)
    assert getattr(found, field) is None
    assert found.balance == 1_000


def test_hostile_names_are_kept_raw() -> None:
    """They are made safe where they are shown, and nowhere before."""
    world = World()
    world.token().says(Call(TOKEN, tokens.SYMBOL), string("\x1b[2J\u202eCDSU"))
    assert token_of(world.rpc).symbol == "\x1b[2J\u202eCDSU"
    world.token().says(Call(TOKEN, tokens.SYMBOL), string("\ud800"))
    assert (token_of(world.rpc).symbol or "").isascii()


@given(st.lists(strategies.answers, min_size=1, max_size=4), st.data())
def test_a_neighbour_s_words(answers: list[Answer], data: st.DataObject) -> None:
    """What other tokens answer, or burn, changes nothing of a token's own row."""
    world = World()
    world.token()
    others = [address(data.draw(st.integers(1, 5))) for _ in answers]
    for other, answer in zip(others, answers, strict=True):
        world.rpc.contracts[other] = FakeContract(default=answer)
    burner = address(6)
    world.rpc.contracts[burner] = FakeContract(default=BURNT)
    found = tokens_of(world.rpc, sorted({TOKEN, burner, *others}))
    mine, alone = found[TOKEN], token_of(world.rpc)
    for field in ("symbol", "name", "decimals", "total_supply", "balance"):
        assert getattr(mine, field) == getattr(alone, field)


def test_tokens_take_a_request_for_a_thousand_calls() -> None:
    """What a row needs and what is good to know go together: 14 calls a token."""
    world = World()
    many = [address(n) for n in range(0x1000, 0x10C8)]
    for each in many:
        world.token(each)
    state = reader(world.rpc)

    async def one_after_the_other() -> None:
        await tokens.token_facts(state, MAINNET, OWNER, many[:1], {})
        world.rpc.asked.clear()
        await tokens.token_facts(state, MAINNET, OWNER, many, {})

    asyncio.run(one_after_the_other())
    # Half of what a token is asked beside its own facts reverts: not read again.
    assert world.rpc.asked == {"call": 4}


def test_a_mark_behind_a_burner() -> None:
    """A neighbour that burns Multicall3's gas does not hide an ERC-404."""
    world = World(rpc=FakeRpc(overrides=False))
    world.token().says(supports_call(TOKEN, ERC721_ID), YES)
    burner = address(6)
    world.rpc.contracts[burner] = FakeContract(default=BURNT)
    found = tokens_of(world.rpc, [burner, TOKEN])
    assert found[TOKEN].ambiguous


def test_a_comet_reaches_further() -> None:
    """Its allowance is a manager's: collateral and debt are behind the balance."""
    world = World()
    comet = world.token()
    assert not token_of(world.rpc).reaches_further
    comet.says(Call(TOKEN, tokens.BASE_TOKEN), words.address(USDC))
    assert not token_of(world.rpc).reaches_further
    comet.says(Call(TOKEN, tokens.NUM_ASSETS), words.uint(0))
    assert token_of(world.rpc).reaches_further


@pytest.mark.parametrize(
    ("base", "assets"),
    [
        (words.uint(0), words.uint(5)),
        (words.uint(2**160), words.uint(5)),
        (words.address(USDC), words.uint(256)),
        (b"", words.uint(5)),
        (words.address(USDC), b""),
    ],
)
def test_what_is_no_comet(base: bytes, assets: bytes) -> None:
    """An address that is one, and a number of assets that fits into its uint8."""
    world = World()
    world.token().says(Call(TOKEN, tokens.BASE_TOKEN), base)
    world.token().says(Call(TOKEN, tokens.NUM_ASSETS), assets)
    assert not token_of(world.rpc).reaches_further


def test_permits() -> None:
    """How many it says were used; a Comet counts its own."""
    world = World()
    token = world.token()
    assert token_of(world.rpc).permits is None
    token.says(Call(TOKEN, tokens.NONCES + words.address(OWNER)), words.uint(3))
    token.says(Call(TOKEN, tokens.USER_NONCE + words.address(OWNER)), words.uint(2))
    assert token_of(world.rpc).permits == 3
    token.says(Call(TOKEN, tokens.BASE_TOKEN), words.address(USDC))
    token.says(Call(TOKEN, tokens.NUM_ASSETS), words.uint(5))
    assert token_of(world.rpc).permits == 2


def test_permits_that_nobody_asked() -> None:
    """None of them is no proof where nobody served it, and that is told."""
    world = World()
    world.token().answers[tokens.NONCES] = Unserved("not now")
    assert token_of(world.rpc).unserved


def test_a_comet_that_nobody_asked() -> None:
    """Whether an approval reaches further is then not known, and that is told."""
    world = World()
    world.token().answers[tokens.BASE_TOKEN] = Unserved("not now")
    assert token_of(world.rpc).unserved


@pytest.mark.parametrize("call", [tokens.SYMBOL, tokens.NAME])
def test_a_name_that_nobody_served(call: bytes) -> None:
    """No level stands on a name: the row is known without it."""
    world = World()
    world.token().answers[call] = Unserved("not now")
    assert not token_of(world.rpc).unserved


def test_a_token_that_grants_strangers() -> None:
    """Between two that nobody has a key to, any allowance is a lie."""
    world = World()
    world.token()
    one, other = strangers(TOKEN, world.rpc.block_at(world.rpc.newest))
    assert not token_of(world.rpc).grants_strangers
    world.token().says(erc20.allowance_call(TOKEN, one, other), words.uint(1))
    assert token_of(world.rpc).grants_strangers


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(YES, True), (words.uint(0), False), (words.uint(2), False), (b"", False)],
)
def test_a_collection_that_grants_strangers(answer: bytes, expected: object) -> None:
    """So is an operator's yes, where it is a yes."""
    world = World()
    one, other = strangers(TOKEN, world.rpc.block_at(world.rpc.newest))
    world.nft(TOKEN).says(operator.is_operator_call(TOKEN, one, other), answer)
    assert token_of(world.rpc).grants_strangers is expected


def test_a_token_that_grants_all_to_everybody() -> None:
    """It tells the same of any pair, and is asked about no pair that it could know."""
    world = World()
    world.token().answers[erc20.ALLOWANCE] = Returned(words.uint(2**256 - 1))
    assert token_of(world.rpc).grants_strangers


@given(strategies.addresses, strategies.addresses, st.integers(0, 99))
def test_strangers_are_others_each_time(
    token: Address, other: Address, number: int
) -> None:
    """By token and by block: what a contract cannot know, it cannot deny."""
    at = build.block(number)
    asked = [strangers(token, at), strangers(token, build.block(number + 1))]
    asked += [strangers(other, at)] if other != token else []
    everyone = [each for pair in asked for each in pair]

    assert len(set(everyone)) == len(everyone)
    assert strangers(token, at) == asked[0]
    assert all(len(each) == 42 for each in everyone)


@pytest.mark.parametrize(
    ("symbol", "imitated"),
    [
        ("USDC", "USDC"),
        ("usdc", "USDC"),
        ("USD\u0421", "USDC"),
        ("US\u200bDC", "USDC"),
        ("USDC.e", None),
        ("TKN", None),
    ],
)
def test_what_looks_like_a_known_token(symbol: str, imitated: str | None) -> None:
    """At another address; the known one itself imitates nobody."""
    world = World()
    world.token().says(Call(TOKEN, tokens.SYMBOL), string(symbol))
    elsewhere = token_of(world.rpc, {USDC: "USDC"})
    itself = token_of(world.rpc, {TOKEN: "USDC", USDC: "USDC"})

    assert (elsewhere.known, elsewhere.imitates) == (False, imitated)
    assert (itself.known, itself.imitates) == (True, None)


@pytest.mark.parametrize("length", [tokens.LONGEST, tokens.LONGEST + 1, 600_000])
@pytest.mark.parametrize("filling", [b"x", b"\xff", "\u202e".encode()])
def test_a_long_name_is_not_kept_whole(length: int, filling: bytes) -> None:
    """A token stays, with the beginning of what it calls itself."""
    world = World()
    raw = filling * length
    told = words.uint(32) + words.uint(len(raw)) + raw + bytes(-len(raw) % 32)
    world.token().answers[tokens.NAME] = Returned(told)
    found = token_of(world.rpc)

    assert found.name
    assert len(found.name) <= tokens.LONGEST
    assert found.symbol == "TKN"


def test_selectors() -> None:
    """The four bytes are those of the functions' signatures."""
    for signature, selector in {
        "symbol()": tokens.SYMBOL,
        "name()": tokens.NAME,
        "decimals()": tokens.DECIMALS,
        "totalSupply()": tokens.TOTAL_SUPPLY,
        "balanceOf(address)": tokens.BALANCE_OF,
        "baseToken()": tokens.BASE_TOKEN,
        "numAssets()": tokens.NUM_ASSETS,
        "nonces(address)": tokens.NONCES,
        "userNonce(address)": tokens.USER_NONCE,
        "allowance(address,address)": erc20.ALLOWANCE,
    }.items():
        assert strategies.topic0(signature)[2:10] == selector.hex()
