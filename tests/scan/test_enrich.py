"""What is known of tokens and spenders: missing is missing, and a lie stays its own."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.model.approval import Amount
from allowctl.model.chain import Answer, Call, Returned, Unserved
from allowctl.model.facts import SpenderFacts, SpenderKind, TokenFacts
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State
from allowctl.scan import enrich
from allowctl.standards import erc20, operator
from allowctl.standards.erc721 import ERC721_ID, GET_APPROVED, supports_call
from tests import strategies
from tests.build import MAINNET, OWNER, PERMIT2, SPENDER, TOKEN, address, allowance
from tests.fakes.rpc import BURNT, EMPTY, MULTICALL, REVERTS, FakeContract, FakeRpc
from tests.fakes.worlds import World, string

NFT = address(0x4F7)
DELEGATED = bytes.fromhex("ef0100") + b"\x11" * 20
YES = words.uint(1)


def reader(rpc: FakeRpc) -> State:
    return State([StateReader(rpc, rpc.block_at(rpc.newest), MULTICALL)])


def token_of(rpc: FakeRpc) -> TokenFacts:
    found = asyncio.run(enrich.token_facts(reader(rpc), MAINNET, OWNER, [TOKEN]))
    return found[TOKEN]


def spender_of(rpc: FakeRpc) -> SpenderFacts:
    return asyncio.run(enrich.spender_facts(reader(rpc), [SPENDER]))[SPENDER]


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
    contract.says(supports_call(TOKEN, enrich.ERC1155_ID), YES)
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
        (enrich.DECIMALS, words.uint(256), "decimals"),
        (enrich.DECIMALS, b"\x06", "decimals"),
        (enrich.TOTAL_SUPPLY, b"\xff" * 31, "total_supply"),
        (enrich.SYMBOL, b"\xff" * 31, "symbol"),
        (enrich.SYMBOL, words.uint(2**255) * 2, "symbol"),
        (enrich.NAME, words.uint(32) + words.uint(2**31), "name"),
        (enrich.NAME, string(""), "name"),
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
    world.token().says(Call(TOKEN, enrich.SYMBOL), string("\x1b[2J\u202eCDSU"))
    assert token_of(world.rpc).symbol == "\x1b[2J\u202eCDSU"
    world.token().says(Call(TOKEN, enrich.SYMBOL), string("\ud800"))
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
    tokens = sorted({TOKEN, burner, *others})
    found = asyncio.run(enrich.token_facts(reader(world.rpc), MAINNET, OWNER, tokens))
    mine, alone = found[TOKEN], token_of(world.rpc)
    for field in ("symbol", "name", "decimals", "total_supply", "balance"):
        assert getattr(mine, field) == getattr(alone, field)


@pytest.mark.parametrize(
    ("code", "nonce", "expected"),
    [
        (b"\x60", 0, SpenderKind.CONTRACT),
        (b"\x60", 5, SpenderKind.CONTRACT),
        (b"", 5, SpenderKind.EOA),
        (b"", 0, SpenderKind.UNUSED),
        (b"", Unserved("not now"), SpenderKind.EOA),
        (DELEGATED, 0, SpenderKind.DELEGATED_EOA),
        (DELEGATED, 5, SpenderKind.DELEGATED_EOA),
        (DELEGATED[:-1], 0, SpenderKind.CONTRACT),
        (DELEGATED + b"\x00", 0, SpenderKind.CONTRACT),
        (b"\xef\x01\x01" + b"\x11" * 20, 0, SpenderKind.CONTRACT),
        (Unserved("not now"), 5, SpenderKind.UNKNOWN),
    ],
)
def test_spender_kinds(
    code: bytes | Unserved, nonce: int | Unserved, expected: SpenderKind
) -> None:
    """By code, then by transactions; 0xef0100 and an address is a key's (EIP-7702)."""
    rpc = FakeRpc(codes_={SPENDER: code}, nonces_={SPENDER: nonce})
    assert spender_of(rpc) == SpenderFacts(address=SPENDER, kind=expected)


def test_spenders_take_one_request() -> None:
    """Code and nonce of all of them are asked at once."""
    rpc = FakeRpc(codes_={SPENDER: b"\x60"})
    spenders = [SPENDER, *map(address, range(1, 200))]
    found = asyncio.run(enrich.spender_facts(reader(rpc), spenders))
    assert rpc.asked == {"account": 1}
    assert found[SPENDER].kind is SpenderKind.CONTRACT


def test_tokens_take_a_request_for_a_thousand_calls() -> None:
    """What a row needs and what is good to know go together: ten calls a token."""
    world = World()
    tokens = [address(n) for n in range(0x1000, 0x10C8)]
    for each in tokens:
        world.token(each)
    state = reader(world.rpc)

    async def one_after_the_other() -> None:
        await enrich.token_facts(state, MAINNET, OWNER, tokens[:1])
        world.rpc.asked.clear()
        await enrich.token_facts(state, MAINNET, OWNER, tokens)

    asyncio.run(one_after_the_other())
    # Half of what a token is asked beside its own facts reverts: not read again.
    assert world.rpc.asked == {"call": 4}


def test_a_mark_behind_a_burner() -> None:
    """A neighbour that burns Multicall3's gas does not hide an ERC-404."""
    world = World(rpc=FakeRpc(overrides=False))
    world.token().says(supports_call(TOKEN, ERC721_ID), YES)
    burner = address(6)
    world.rpc.contracts[burner] = FakeContract(default=BURNT)
    found = asyncio.run(
        enrich.token_facts(reader(world.rpc), MAINNET, OWNER, [burner, TOKEN])
    )
    assert found[TOKEN].ambiguous


def test_records_in_order() -> None:
    """One record for each allowance, in its place, each token read once."""
    world = World()
    world.token()
    grants = [
        allowance(Amount(amount=n, maximum=2**255), spender=address(n))
        for n in (3, 1, 2)
    ]
    records = asyncio.run(enrich.enrich(reader(world.rpc), MAINNET, OWNER, grants))
    assert [each.allowance for each in records] == grants
    assert {each.token.balance for each in records} == {1_000}
    assert [each.spender.address for each in records] == [address(n) for n in (3, 1, 2)]


def test_nothing_to_enrich() -> None:
    """No allowance, no question."""
    rpc = FakeRpc()
    assert asyncio.run(enrich.enrich(reader(rpc), MAINNET, OWNER, [])) == []
    assert rpc.requests == 0


def test_selectors() -> None:
    """The four bytes are those of the functions' signatures."""
    for signature, selector in {
        "symbol()": enrich.SYMBOL,
        "name()": enrich.NAME,
        "decimals()": enrich.DECIMALS,
        "totalSupply()": enrich.TOTAL_SUPPLY,
        "balanceOf(address)": enrich.BALANCE_OF,
        "allowance(address,address)": erc20.ALLOWANCE,
    }.items():
        assert strategies.topic0(signature)[2:10] == selector.hex()
