"""Real contracts are where they belong, hostile ones do what they promise."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from allowctl.model.chain import Address
from tests.lab import artifacts
from tests.lab.abi import decode_as, encode_call, word
from tests.lab.artifacts import MULTICALL3, PERMIT2
from tests.lab.reading import (
    ALLOWANCE,
    APPROVAL,
    APPROVE,
    MAX,
    SOMEBODY,
    Lab,
    allowance,
)
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import NodeError

pytestmark = pytest.mark.node


def test_permit2_has_its_domain(anvil: Anvil) -> None:
    """Permit2's domain separator is that of its canonical address on this chain."""
    kind = keccak(
        text="EIP712Domain(string name,uint256 chainId,address verifyingContract)"
    )
    types = ("bytes32", "bytes32", "uint256", "address")
    domain = keccak(encode(types, (kind, keccak(text="Permit2"), 31337, PERMIT2)))

    assert anvil.call(PERMIT2, encode_call("DOMAIN_SEPARATOR()")) == domain


def test_multicall3_aggregates(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """Multicall3 answers for each call, also where one of them reverts."""
    token, fake = lab("Token", owner), lab("FakeLogs")
    ask = encode_call(ALLOWANCE, owner, SOMEBODY)
    calls = [(token, True, ask), (fake, True, ask)]
    signature = "aggregate3((address,bool,bytes)[])"
    data = anvil.call(MULTICALL3, encode_call(signature, calls))
    (answers,) = decode_as("((bool,bytes)[])", data)

    assert [done for done, _ in answers] == [True, False]
    assert answers[0][1] == bytes(32)


def test_item_leaves_with_or_without_a_log(
    anvil: Anvil, owner: Address, lab: Lab
) -> None:
    """ChattyNft emits Approval(owner, 0, id) at a transfer, OpenZeppelin 4.9.6 not."""
    real = anvil.deploy(artifacts.erc721().create("Items", "ITEM", ""))
    chatty = lab("ChattyNft")
    transfer = encode_call("transferFrom(address,address,uint256)", owner, SOMEBODY, 0)
    emitted = []
    for items in (real, chatty):
        anvil.send(anvil.accounts[0], items, encode_call("mint(address)", owner))
        anvil.send(owner, items, encode_call(APPROVE, SOMEBODY, 0))
        emitted.append(anvil.send(owner, items, transfer)["logs"])
        approved = anvil.call(items, encode_call("getApproved(uint256)", 0))

        assert not any(approved)
    assert len(emitted[0]) == 1
    assert emitted[1][0]["topics"] == [APPROVAL, word(owner), word(0), word(0)]


def test_real_tokens_deploy(anvil: Anvil, owner: Address) -> None:
    """OpenZeppelin's ERC-20 and ERC-1155 and WETH9 hold approvals."""
    token = anvil.deploy(artifacts.erc20().create("Token", "TOK", 10**18, owner))
    many = anvil.deploy(artifacts.erc1155().create(""))
    wrapped = anvil.deploy(artifacts.weth9().create())
    for place in (token, wrapped):
        anvil.send(owner, place, encode_call(APPROVE, SOMEBODY, 3))
    grant = encode_call("setApprovalForAll(address,bool)", SOMEBODY, True)  # noqa: FBT003 (the ABI's argument)
    anvil.send(owner, many, grant)
    asked = encode_call("isApprovedForAll(address,address)", owner, SOMEBODY)

    assert [allowance(anvil, t, owner, SOMEBODY) for t in (token, wrapped)] == [3, 3]
    assert int.from_bytes(anvil.call(many, asked), "big") == 1


def test_fake_logs_name_the_victim_and_answer_nothing(
    anvil: Anvil, owner: Address, lab: Lab
) -> None:
    """A hundred logs of each form name the victim; every read reverts."""
    fake = lab("FakeLogs")
    first = anvil.head + 1
    for plant in ("plant", "plantOperators", "plantItems"):
        data = encode_call(f"{plant}(address,uint256)", owner, 100)
        anvil.send(anvil.accounts[1], fake, data)
    found = anvil.logs(None, word(owner), first=first)

    assert [len(log["topics"]) for log in found] == [3] * 200 + [4] * 100
    for question in (
        encode_call(ALLOWANCE, owner, SOMEBODY),
        encode_call("isApprovedForAll(address,address)", owner, SOMEBODY),
        encode_call("getApproved(uint256)", 1),
        encode_call("ownerOf(uint256)", 1),
    ):
        with pytest.raises(NodeError, match="nothing to see"):
            anvil.call(fake, question)


def test_liar_keeps_the_grant(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """Revoking at the liar succeeds, emits zero, and changes nothing."""
    liar = lab("Liar", owner)
    anvil.send(owner, liar, encode_call(APPROVE, SOMEBODY, 5))
    revoked = anvil.send(owner, liar, encode_call(APPROVE, SOMEBODY, 0))

    assert int(revoked["logs"][0]["data"], 16) == 0
    assert allowance(anvil, liar, owner, SOMEBODY) == 5


def test_side_grant_grants_another(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """Approving one spender gives a second one everything, without a log."""
    accomplice = Address("0x" + "cd" * 20)
    token = lab("SideGrant", owner, accomplice)
    receipt = anvil.send(owner, token, encode_call(APPROVE, SOMEBODY, 0))

    assert len(receipt["logs"]) == 1
    assert allowance(anvil, token, owner, accomplice) == MAX


def test_gas_burner_burns_it(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """No amount of gas is enough to read the allowance."""
    burner = lab("GasBurner")
    with pytest.raises(NodeError, match=r"OutOfGas|out of gas"):
        anvil.call(burner, encode_call(ALLOWANCE, owner, SOMEBODY), gas=20_000_000)


def test_return_bomb_returns_megabytes(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """The answer is as long as it was built to be; its first word is the maximum."""
    bomb = lab("ReturnBomb", 2_000_000)
    answer = anvil.call(bomb, encode_call(ALLOWANCE, owner, SOMEBODY))

    assert len(answer) == 2_000_000
    assert answer[:32] == b"\xff" * 32


def test_revert_bomb_gives_a_million_reasons(
    anvil: Anvil, owner: Address, lab: Lab
) -> None:
    """The revert's data is a megabyte long."""
    with pytest.raises(NodeError) as caught:
        anvil.call(lab("RevertBomb"), encode_call(ALLOWANCE, owner, SOMEBODY))

    assert len(caught.value.data) > 2_000_000


HOSTILE = {
    "ansi": b"\x1b[2J\x1b[31mUSDC\x1b[0m",
    "osc": b"\x1b]8;;http://127.0.0.1/\x07click\x1b]8;;\x07",
    "bidi": "\u202eCDSU\u2066".encode(),
    "zero width": "US\u200bD\u2060C\ufeff".encode(),
    "newline": b"USDC\r\n| done | 0 |\n",
    "markup": b"[red]USDC[/red]<script>alert(1)</script>",
    "formula": b"=cmd|' /C calc'!A0",
    "url": b"Visit https://claim.example to claim",
    "invalid": b"\xff\xfe\x80USD",
    "long": b"A" * 5_000,
    "empty": b"",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_name_says_anything(
    anvil: Anvil, owner: Address, lab: Lab, raw: bytes
) -> None:
    """Symbol and name give back exactly the bytes they were built with."""
    token = lab("HostileName", owner, raw, raw[::-1], 0)
    symbol = anvil.call(token, encode_call("symbol()"))
    name = anvil.call(token, encode_call("name()"))

    assert decode_as("(bytes)", symbol) == (raw,)
    assert decode_as("(bytes)", name) == (raw[::-1],)


def test_hostile_name_lies_about_its_length(
    anvil: Anvil, owner: Address, lab: Lab
) -> None:
    """The string claims ten megabytes and has three bytes."""
    token = lab("HostileName", owner, b"BIG", b"BIG", 10_000_000)
    symbol = anvil.call(token, encode_call("symbol()"))

    assert int.from_bytes(symbol[32:64], "big") == 10_000_000
    assert (len(symbol), symbol[64:67]) == (96, b"BIG")


def test_long_name_is_as_long_as_it_says(
    anvil: Anvil, owner: Address, lab: Lab
) -> None:
    """A megabyte is answered; ten cost more gas than a call has."""
    long, longest = (lab("LongName", owner, size) for size in (10**6, 10**7))
    symbol = anvil.call(long, encode_call("symbol()"))

    assert int.from_bytes(symbol[32:64], "big") == 10**6
    assert (len(symbol), symbol[64:96]) == (10**6 + 64, b"A" * 32)
    with pytest.raises(NodeError):
        anvil.call(longest, encode_call("symbol()"))


def test_offchain_lookup_asks_to_call_a_url(
    anvil: Anvil, owner: Address, lab: Lab
) -> None:
    """The allowance reverts with EIP-3668's error and the URL in it."""
    token = lab("OffchainLookupToken", "http://127.0.0.1:9/")
    with pytest.raises(NodeError) as caught:
        anvil.call(token, encode_call(ALLOWANCE, owner, SOMEBODY))
    data = bytes.fromhex(caught.value.data[2:])
    error = "OffchainLookup(address,string[],bytes,bytes4,bytes)"
    members = decode_as("(address,string[],bytes,bytes4,bytes)", data[4:])

    assert data[:4] == keccak(text=error)[:4]
    assert (members[0], members[1]) == (token, ("http://127.0.0.1:9/",))


def test_caller_dependent_has_two_faces(anvil: Anvil, owner: Address, lab: Lab) -> None:
    """Through Multicall3 the allowance is zero, asked directly it is everything."""
    token = lab("CallerDependent")
    ask = encode_call(ALLOWANCE, owner, SOMEBODY)
    signature = "aggregate3((address,bool,bytes)[])"
    data = anvil.call(MULTICALL3, encode_call(signature, [(token, True, ask)]))
    (((_, through),),) = decode_as("((bool,bytes)[])", data)

    assert int.from_bytes(through, "big") == 0
    assert allowance(anvil, token, owner, SOMEBODY) == MAX
