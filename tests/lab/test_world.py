"""The books of a world say what its chain says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from allowctl.model.chain import ZERO_ADDRESS
from tests.lab.abi import decode_as, encode_call, word
from tests.lab.artifacts import PERMIT2
from tests.lab.story import tell
from tests.lab.truth import Expected, Key
from tests.lab.world import World
from tests.nodes.anvil import Anvil
from tests.nodes.jsonrpc import NodeError

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The whole story, with a few empty blocks between its chapters."""
    with Anvil() as anvil:
        world = World(anvil)
        tell(world, idle=50)
        yield world


def state(world: World, key: Key) -> Expected:
    """Read one approval from the chain, without any of allowctl's code."""
    anvil = world.anvil
    if anvil.rpc("eth_getCode", key.contract, "latest") == "0x":
        return Expected("dead", reason="no code")
    try:
        match key.kind:
            case "erc20":
                call = encode_call(
                    "allowance(address,address)", world.owner, key.spender
                )
                amount = int.from_bytes(anvil.call(key.contract, call), "big")
                return Expected("live", amount) if amount else _dead("zero")
            case "operator":
                signature = "isApprovedForAll(address,address)"
                call = encode_call(signature, world.owner, key.spender)
                approved = any(anvil.call(key.contract, call))
                return Expected("live") if approved else _dead("zero")
            case "erc721":
                return _item(world, key)
            case "permit2":
                return _child(world, key)
    except NodeError:
        return Expected("refused")


def _item(world: World, key: Key) -> Expected:
    holder = world.anvil.call(
        key.contract, encode_call("ownerOf(uint256)", key.token_id)
    )
    if holder.hex() != word(world.owner)[2:]:
        return _dead("transferred away")
    call = encode_call("getApproved(uint256)", key.token_id)
    approved = world.anvil.call(key.contract, call).hex()
    if approved == word(ZERO_ADDRESS)[2:]:
        return _dead("zero")
    assert approved == word(key.spender)[2:]
    return Expected("live")


def _child(world: World, key: Key) -> Expected:
    call = encode_call(
        "allowance(address,address,address)", world.owner, key.token, key.spender
    )
    answer = world.anvil.call(PERMIT2, call)
    amount, expiration, _ = decode_as("(uint160,uint48,uint48)", answer)
    if amount == 0:
        return _dead("zero")
    if expiration < world.anvil.now:
        return _dead("expired")
    root = encode_call("allowance(address,address)", world.owner, PERMIT2)
    awake = any(world.anvil.call(key.token, root))
    return Expected("live" if awake else "dormant", amount, expiration)


def _dead(reason: str) -> Expected:
    return Expected("dead", reason=reason)


def test_books_agree_with_the_chain(world: World) -> None:
    """Every approval in the books ends as state says, to the unit and the second."""
    truth = world.truth
    read = {key: state(world, key) for key in truth}

    assert read == truth


def test_silent_grants_are_there(world: World) -> None:
    """What no log names is nevertheless in state."""
    silent = world.books.silent

    assert {key: state(world, key) for key in silent} == silent
    assert not silent.keys() & world.truth.keys()


def test_story_has_every_fate(world: World) -> None:
    """Live, dead for each reason, dormant and refused approvals of each kind occur."""
    truth = world.truth
    fates = Counter((key.kind, expected.fate) for key, expected in truth.items())
    reasons = {e.reason for e in truth.values() if e.fate == "dead"}

    for kind in ("erc20", "erc721", "operator", "permit2"):
        assert fates[kind, "live"]
        assert fates[kind, "dead"]
    assert fates["permit2", "dormant"]
    assert fates["erc20", "refused"] == 23
    assert reasons == {"zero", "expired", "no code", "transferred away"}


def test_logs_name_every_token(world: World) -> None:
    """Each contract in the books emitted a log that has the owner in it."""
    emitters = {
        log["address"].lower()
        for log in world.anvil.logs()
        if word(world.owner)[2:] in "".join((*log["topics"], log["data"]))
    }

    assert {key.contract for key in world.truth} <= emitters


def test_owner_who_never_sent_can_have_granted(world: World) -> None:
    """With signatures through a relayer, grants exist while the owner's nonce is 0."""
    key = world.anvil.accounts[3]
    signer = World(world.anvil, owner=key)
    token = signer.lab("PermitToken", signer.owner)
    spender = signer.spenders[0]
    later = world.anvil.now + 10_000
    signer.permit(token, PERMIT2, 50)
    signer.permit2_permit(token, spender, 20, later)
    signer.permit2_spend(token, spender, 5)
    nonce = world.anvil.rpc("eth_getTransactionCount", signer.owner, "latest")

    assert nonce == "0x0"
    assert signer.truth == {
        Key("erc20", token, token, PERMIT2): Expected("live", 45),
        Key("permit2", PERMIT2, token, spender): Expected("live", 15, later),
    }
    assert {k: state(signer, k) for k in signer.truth} == signer.truth


def test_time_alone_ends_a_grant(world: World) -> None:
    """A Permit2 allowance dies when its last second has passed, without any act."""
    brief = World(world.anvil, owner=world.anvil.accounts[2])
    token, spender = brief.token(), brief.spenders[0]
    brief.approve(token, PERMIT2, 9)
    brief.permit2_approve(token, spender, 9, world.anvil.now + 100)
    before = brief.with_fate("live")
    brief.wait(200)
    after = brief.with_fate("live")

    assert before.keys() - after.keys() == {Key("permit2", PERMIT2, token, spender)}
