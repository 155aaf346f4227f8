"""The story's ground truth is what the chain's own state says."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3Exception

from allowctl.demo import acts, world
from allowctl.demo.truth import Death, Expected, Fate

if TYPE_CHECKING:
    from web3.types import LogReceipt

    from allowctl import demo
    from tests.demo.conftest import Reader

MAX = 2**256 - 1
NOBODY = "0x" + "00" * 20


def readable(found: demo.RunningDemo, kind: str) -> list[Expected]:
    return [
        it
        for it in found.truth
        if it.kind == kind
        and it.fate is not Fate.REFUSED
        and it.death is not Death.NO_CODE
    ]


def test_erc20_amounts(running: demo.RunningDemo, read: Reader) -> None:
    """Every ERC-20 approval's amount is the token's allowance; zero is dead."""
    found = readable(running, "erc20")

    assert len(found) >= 15
    for it in found:
        amount = read("DemoToken", it.token, "allowance", running.owner, it.spender)
        assert amount == it.amount, it.note
        assert (it.fate is Fate.LIVE) == (amount > 0), it.note


def test_permit2_allowances(running: demo.RunningDemo, read: Reader) -> None:
    """Every Permit2 child's amount, expiration and root are as the story says."""
    found = readable(running, "permit2")

    assert len(found) >= 8
    for it in found:
        pair = (it.token, it.spender)
        amount, expiration, _ = read(
            "DemoPermit2", it.contract, "allowance", running.owner, *pair
        )
        root = read("DemoToken", it.token, "allowance", running.owner, it.contract)
        expired = expiration < running.world.last_block_time
        assert (amount, expiration) == (it.amount, it.expiration), it.note
        assert (it.fate is Fate.DEAD) == (expired or not amount), it.note
        assert (it.death is Death.EXPIRED) == (expired and amount > 0), it.note
        if it.fate is not Fate.DEAD:
            assert (it.fate is Fate.DORMANT) == (root == 0), it.note


def test_items(running: demo.RunningDemo, read: Reader) -> None:
    """A live item is the owner's and approved; a dead one is no longer one of both."""
    for it in readable(running, "erc721"):
        approved = read("DemoPunks", it.token, "getApproved", it.token_id)
        holder = read("DemoPunks", it.token, "ownerOf", it.token_id)
        ours = holder.lower() == running.owner
        live = ours and approved.lower() == it.spender
        assert live == (it.fate is Fate.LIVE), it.note
        assert ours == (it.death is not Death.TRANSFERRED), it.note


def test_operators(running: demo.RunningDemo, read: Reader) -> None:
    """An operator is live where isApprovedForAll says so."""
    for it in readable(running, "operator"):
        open_ = read(
            "DemoPunks", it.token, "isApprovedForAll", running.owner, it.spender
        )
        assert open_ == (it.fate is Fate.LIVE), it.note


def test_refused(running: demo.RunningDemo, read: Reader) -> None:
    """A fake log's contract reverts, burns its gas, or answers too little."""
    fakes = {it.kind: it for it in running.world.of(Fate.REFUSED)}
    assert set(fakes) == {"erc20", "operator", "erc721"}
    mirage = fakes["erc20"].token
    pair = (running.owner, NOBODY)

    with pytest.raises(ContractLogicError):
        read("DemoMirage", mirage, "allowance", *pair)
    with pytest.raises(Web3Exception, match="invalid opcode"):
        read("DemoMirage", mirage, "isApprovedForAll", *pair)
    with pytest.raises(Web3Exception, match="Could not decode"):
        read("DemoMirage", mirage, "getApproved", 1)


def test_no_code(running: demo.RunningDemo, web3: Web3) -> None:
    """The token that destroyed itself has left a log and no code."""
    ghosts = [it for it in running.truth if it.death is Death.NO_CODE]

    assert len(ghosts) == 1
    assert web3.eth.get_code(Web3.to_checksum_address(ghosts[0].token)) == b""


def test_every_logged_approval_is_found_by_owner(
    running: demo.RunningDemo, web3: Web3
) -> None:
    """eth_getLogs with the owner in topic 1 names exactly the logged approvals."""
    named = set()
    for log in web3.eth.get_logs(
        {
            "fromBlock": 0,
            "toBlock": "latest",
            "topics": [_TOPICS, "0x" + "00" * 12 + running.owner[2:]],
        }
    ):
        named.add(_named(log))
    expected = {
        (it.kind, it.token, it.spender, it.token_id)
        for it in running.truth
        if it.logged
    }

    assert expected == {it for it in named if it[2] != NOBODY}


def test_story_has_every_fate(running: demo.RunningDemo) -> None:
    """At least 18 live approvals of all four kinds, and every other fate and death."""
    live = running.world.of(Fate.LIVE)
    fates = Counter(it.fate for it in running.truth)

    assert len(live) >= 18
    assert {it.kind for it in live} == {"erc20", "erc721", "operator", "permit2"}
    assert set(fates) == set(Fate)
    assert {it.death for it in running.truth} == {None, *Death}
    keys = {(it.kind, it.token, it.spender, it.token_id) for it in running.truth}
    assert len(keys) == len(running.truth)


def test_silent_token(running: demo.RunningDemo, read: Reader) -> None:
    """Permit2 has the silent token's maximum with no log, and nobody can zero it."""
    silent = [it for it in running.truth if not it.logged]

    assert len(silent) == 1
    token = running.world.named("silent")
    with pytest.raises(ContractLogicError):
        read("DemoSilent", token, "approve", running.world.permit2, 0)


def test_hostile_name(running: demo.RunningDemo, read: Reader) -> None:
    """The hostile token's name and symbol arrive raw."""
    token = running.world.named("hostile")

    assert read("DemoToken", token, "name") == world.HOSTILE_NAME
    assert read("DemoToken", token, "symbol") == world.HOSTILE_SYMBOL


def test_usdt_like_token_wants_zero_first(
    running: demo.RunningDemo, web3: Web3
) -> None:
    """From non-zero to non-zero reverts; to zero works and returns nothing."""
    token, bridge = running.world.named("usdt"), running.world.named("bridge")

    def approve(amount: int) -> bytes:
        data = "0x095ea7b3" + bridge[2:].zfill(64) + f"{amount:064x}"
        call: Any = {"from": running.owner, "to": token, "data": data}
        reply = web3.provider.make_request("eth_call", [call, "latest"])  # type: ignore[arg-type] # web3 types method names as a closed set
        return json.dumps(reply).encode()

    assert b"execution reverted" in approve(5)
    assert b'"result": "0x"' in approve(0)


def test_permit2_digest(running: demo.RunningDemo, read: Reader) -> None:
    """Permit2's domain separator is EIP-712's over name, chain and address."""
    from eth_abi.abi import encode  # noqa: PLC0415 - as the program imports it

    kind = Web3.keccak(
        text="EIP712Domain(string name,uint256 chainId,address verifyingContract)"
    )
    words = (kind, Web3.keccak(text="Permit2"), 31337, running.world.permit2)
    expected = Web3.keccak(encode(["bytes32", "bytes32", "uint256", "address"], words))

    assert read("DemoPermit2", running.world.permit2, "DOMAIN_SEPARATOR") == expected


def test_same_base_same_chain(running: demo.RunningDemo, web3: Web3) -> None:
    """The story is deterministic: the same base gives the same last block."""
    chain, again = world.build(base=running.world.last_block_time)

    assert again == running.world
    assert chain.head.hash == web3.eth.get_block("latest")["hash"].to_0x_hex()
    assert chain.head.timestamp == running.world.last_block_time


def test_no_time_for_the_story() -> None:
    """A base too close to 1970 is refused."""
    with pytest.raises(ValueError, match="no time"):
        world.build(base=1_000)


_APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
_FOR_ALL = "0x17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31"
_PERMIT2 = [
    "0xda9fa7c1b00402c17d0161b249b1ab8bbec047c5a52207b9c112deffd817036b",
    "0xc6a377bfc4eb120024a8ac08eef205be16b817020812c73223e81d1bdb9708ec",
    "0x55eb90d810e1700b35a8e7e25395ff7f2b2259abd7415ca2284dfb1c246418f3",
]
_LOCKDOWN = "0x89b1add15eff56b3dfe299ad94e01f2b52fbcb80ae1a3baea6ae8c04cb2b98a4"
_TOPICS = [_APPROVAL, _FOR_ALL, *_PERMIT2, _LOCKDOWN]


def _named(log: LogReceipt) -> tuple[str, str, str, int | None]:
    """Kind, token, spender and id of the approval a log names (approval_kinds.json)."""
    topics = [it.to_0x_hex() for it in log["topics"]]
    token = log["address"].lower()
    if topics[0] == _LOCKDOWN:
        words = log["data"]
        return "permit2", _address(words[:32]), _address(words[32:]), None
    spender = _address(log["topics"][2])
    if topics[0] in _PERMIT2:
        return "permit2", spender, _address(log["topics"][3]), None
    if topics[0] == _FOR_ALL:
        return "operator", token, spender, None
    if len(topics) == 4:
        return "erc721", token, spender, int(topics[3], 16)
    return "erc20", token, spender, None


def _address(word: bytes) -> str:
    return "0x" + bytes(word)[-20:].hex()


def test_amounts_are_whole() -> None:
    """The story's units are the decimals its tokens are deployed with."""
    assert (acts.CENTS, acts.WHOLE) == (10**6, 10**18)
