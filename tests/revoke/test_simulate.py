"""Every way is tried on a real node before it is planned, by all it can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from allowctl.model.chain import Address
from allowctl.model.plan import Attempt, Method, Proof, Role, Settled, Stage, Way
from allowctl.standards.permit2 import invalidate_call, lockdown_call
from tests.fakes.range_proxy import Refused
from tests.lab.abi import encode_call
from tests.lab.artifacts import PERMIT2
from tests.lab.solidity import contract
from tests.lab.world import MAX, MAX_160, World
from tests.nodes.anvil import Anvil
from tests.nodes.demo import Demo
from tests.nodes.hardhat import Hardhat
from tests.nodes.node import address_of, throwaway
from tests.revoke.making_trials import (
    GAS_CAP,
    Lacking,
    child,
    erc20,
    item,
    left,
    operator,
    send,
    settle,
    whole,
)

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("simulate")]

MODES = {"Fiend lies": 1, "Fiend reverts": 2, "Fiend burns": 3, "Fiend mute": 4}
MODES |= {"Fiend raises": 5, "Fiend hungry": 10, "Fiend bomb": 11, "Fiend reasons": 12}
MINE = ("Refunder", "Clinging", "Knocking", "Demanding")
GRANTED = 1_000
NO_SUCH = Refused(message="the method is not available", code=-32601)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Approvals of one owner, honest and hostile, and an attempt at each."""

    world: World
    attempts: Mapping[str, Attempt]

    @property
    def anvil(self) -> Anvil:
        return self.world.anvil

    def urls(self, stack: ExitStack, proof: Proof) -> list[str]:
        """A node that can prove so much, and no more."""
        if proof is Proof.SIMULATED:
            return [self.anvil.url]
        overrides = proof is Proof.OVERRIDDEN
        return [stack.enter_context(Lacking(self.anvil.url, overrides=overrides)).url]

    def settled(self, proof: Proof) -> dict[str, Settled]:
        """What is found of each attempt, all of them tried together."""
        with ExitStack() as stack:
            urls = self.urls(stack, proof)
            made = settle(urls, self.world.owner, [*self.attempts.values()])
        return dict(zip(self.attempts, made.settled, strict=True))


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Anvil() as anvil:
        world = World(anvil)
        yield Scene(world=world, attempts=_attempts(world))


def _attempts(world: World) -> dict[str, Attempt]:
    anvil, owner, spender = world.anvil, world.owner, world.spenders[0]
    tokens = {"OpenZeppelin": world.token()}
    for name in ("UsdtLike", "BnbLike", "FalseButWorks", "FalseAndNothing"):
        tokens[name] = world.lab(name, owner)
    for name in ("Uint96Token", "DecreaseOnly", "Liar", *MINE):
        tokens[name] = world.lab(name, owner)
    tokens["Torrent"] = world.lab("Torrent", owner, 280_000, 2_000, False)  # noqa: FBT003 - Solidity has no names here
    tokens["Flooding revert"] = world.lab("Torrent", owner, 280_000, 2_000, True)  # noqa: FBT003 - as above
    tokens |= {name: world.lab("Fiend", "F", owner, world.deployer) for name in MODES}
    for name, token in tokens.items():
        grants = "increaseAllowance" if name == "DecreaseOnly" else "approve"
        data = encode_call(f"{grants}(address,uint256)", spender, GRANTED)
        anvil.send(owner, token, data)
    for name, mode in MODES.items():
        anvil.send(owner, tokens[name], encode_call("turn(uint8)", mode))
    found = {k: erc20(anvil, owner, token, spender) for k, token in tokens.items()}
    found |= {
        f"{name} to 400": erc20(anvil, owner, tokens[name], spender, 400)
        for name in ("OpenZeppelin", "UsdtLike", "BnbLike", "Uint96Token")
    }
    found |= _items(world, spender)
    return found | _permit2(world, tokens["OpenZeppelin"], tokens["UsdtLike"])


def _items(world: World, spender: Address) -> dict[str, Attempt]:
    collection = world.collection()
    token_id = world.mint_item(collection)
    world.approve_item(collection, token_id, spender)
    world.operator(collection, spender)
    runaway = world.lab("Runaway", world.owner)
    world.approve_item(runaway, 7, spender)
    return {
        "ERC-721": item(world.owner, collection, spender, token_id),
        "operator": operator(world.owner, collection, spender),
        "Runaway": item(world.owner, runaway, spender, 7),
    }


def _permit2(world: World, one: Address, two: Address) -> dict[str, Attempt]:
    owner, spender, soon = world.owner, world.spenders[1], world.anvil.now + 10**6
    for token in (one, two):
        world.approve(token, PERMIT2, MAX)
        world.permit2_approve(token, spender, MAX_160, soon)
    children = tuple(child(owner, each, spender, MAX_160, soon) for each in (one, two))
    locked = Stage(
        role=Role.WHOLE,
        method=Method.LOCKDOWN,
        call=lockdown_call(PERMIT2, [(one, spender), (two, spender)]),
        leaves=0,
    )
    cancelled = child(owner, one, spender, MAX_160, soon, permit2_nonce=4711)
    return {
        "lockdown": Attempt(changes=children, ways=(Way(stages=(locked,)),)),
        "limit": whole(child(owner, one, spender, MAX_160, soon, after=5)),
        "cancel": Attempt(changes=(cancelled,), ways=(_cancel(one, spender, 4711),)),
        "wrong": Attempt(changes=(cancelled,), ways=(_cancel(one, spender, 4712),)),
    }


def _cancel(token: Address, spender: Address, nonce: int) -> Way:
    call = invalidate_call(PERMIT2, token, spender, nonce)
    return Way(
        stages=(
            Stage(
                role=Role.CANCEL,
                method=Method.INVALIDATE_NONCES,
                call=call,
                leaves=MAX_160,
            ),
        )
    )


FAILS = {
    "FalseAndNothing": "changes nothing",
    "Liar": "changes nothing",
    "Clinging": "leaves 100 where 0 was to be left",
    "Runaway": "moves the item away",
    "Flooding revert": "reverts",
    "Fiend lies": "changes nothing",
    "Fiend reverts": "reverts",
    "Fiend burns": f"burns more than {GAS_CAP} gas",
    "Fiend mute": "cannot be read after it: reverts",
    "Fiend raises": f"leaves {MAX} where 0 was to be left",
    "Fiend hungry": f"burns more than {GAS_CAP} gas",
    "Fiend reasons": "reverts",
    "wrong": "leaves its signatures good",
}
"""What does not work, and the first reason that is given."""

LEFT = {"BnbLike": 1, "limit": 5} | dict.fromkeys(
    (f"{name} to 400" for name in ("OpenZeppelin", "UsdtLike", "BnbLike")), 400
)
LEFT |= {"Uint96Token to 400": 400, "cancel": MAX_160}
"""What is left where something is."""


@pytest.mark.parametrize("proof", [Proof.SIMULATED, Proof.OVERRIDDEN])
def test_what_works_and_what_does_not(scene: Scene, proof: Proof) -> None:
    """All tried together: a hostile contract fails alone, for a reason of our own."""
    found = scene.settled(proof)
    failed = {k: v.reason.split("; ")[0] for k, v in found.items() if v.way is None}
    assert failed == FAILS
    assert {each.proof for each in found.values() if each.way} == {proof}
    methods = {
        k: [stage.method for stage in v.way.stages] for k, v in found.items() if v.way
    }
    assert methods["OpenZeppelin to 400"] == [Method.DECREASE_ALLOWANCE]
    assert methods["DecreaseOnly"] == [Method.DECREASE_ALLOWANCE]
    assert methods["UsdtLike to 400"] == [Method.APPROVE] * 2
    assert methods["BnbLike to 400"] == [Method.APPROVE] * 2


@pytest.mark.parametrize("proof", [*Proof])
def test_the_limits_suffice(scene: Scene, proof: Proof) -> None:
    """What works is sent with exactly the gas that was said: it does what it should."""
    unproven = {"Clinging", "Liar", "Runaway", "Fiend lies", "Fiend mute"}
    unproven |= {"Fiend raises", "wrong"}
    for name, settled in scene.settled(proof).items():
        if settled.way is None or (proof is Proof.UNPROVEN and name in unproven):
            continue
        assert settled.proof is proof
        assert not settled.reason
        assert all(40_000 <= gas <= 2 * GAS_CAP for gas in settled.gas)
        snapshot = scene.anvil.snapshot()
        used = send(scene.anvil, settled)
        assert left(scene.anvil, settled) == [
            LEFT.get(name, 0) for _ in settled.attempt.changes
        ], name
        assert all(gas <= limit for gas, limit in zip(used, settled.gas, strict=True))
        scene.anvil.revert(snapshot)


def test_where_no_effect_can_be_seen(scene: Scene) -> None:
    """What reverts or burns is found all the same; a bare false is not believed."""
    found = scene.settled(Proof.UNPROVEN)
    failed = {k: v.reason.split("; ")[0] for k, v in found.items() if v.way is None}
    assert failed == {
        "FalseButWorks": "answers false, and what it leaves cannot be seen here",
        "FalseAndNothing": "answers false, and what it leaves cannot be seen here",
        "Flooding revert": "reverts",
        "Fiend reverts": "reverts",
        "Fiend burns": f"burns more than {GAS_CAP} gas",
        "Fiend hungry": f"burns more than {GAS_CAP} gas",
        "Fiend reasons": "reverts",
    }
    assert {each.proof for each in found.values()} == {Proof.UNPROVEN}
    in_two = found["UsdtLike to 400"]
    assert in_two.gas[1] == 2 * in_two.gas[0]


@pytest.mark.parametrize(
    ("proof", "most"),
    [(Proof.SIMULATED, 3), (Proof.OVERRIDDEN, 4), (Proof.UNPROVEN, 4)],
)
def test_few_requests(scene: Scene, proof: Proof, most: int) -> None:
    """Fifty attempts cost three HTTP requests: one finds out what the node can do.

    Each way that it does not have is one more.
    """
    attempts = [scene.attempts["OpenZeppelin"]] * 50
    with ExitStack() as stack:
        made = settle(scene.urls(stack, proof), scene.world.owner, attempts)
    assert {each.proof for each in made.settled} == {proof}
    assert all(each.way for each in made.settled)
    # Two are to learn how a block is named here: a scan has done so before.
    assert made.requests - 2 <= most


def test_another_endpoint(scene: Scene) -> None:
    """One that shows effects goes before one that does not; a dead one does no harm."""
    attempts = [scene.attempts["Liar"], scene.attempts["OpenZeppelin"]]
    with (
        Lacking(scene.anvil.url, overrides=False) as poor,
        Lacking(scene.anvil.url) as rich,
        Lacking(scene.anvil.url) as dying,
    ):
        dying.refused_methods["eth_call"] = NO_SUCH
        urls = [dying.url, poor.url, rich.url]
        made = settle(urls, scene.world.owner, attempts)
    assert [each.proof for each in made.settled if each.way] == [Proof.OVERRIDDEN]
    assert made.settled[0].reason.startswith("changes nothing")


def test_nobody_serves(scene: Scene) -> None:
    """Then nothing works, and it is said why: in the node's words, which are tame."""
    with Lacking(scene.anvil.url) as proxy:
        proxy.refused_methods["eth_call"] = Refused(
            message="the method is \x1b[31mgone", code=-32601
        )
        made = settle([proxy.url], scene.world.owner, [scene.attempts["OpenZeppelin"]])
    (settled,) = made.settled
    assert settled.way is None
    assert settled.reason.startswith("not served: 127.0.0.1")
    assert "\x1b" not in settled.reason


def test_a_reply_that_is_too_large(scene: Scene) -> None:
    """A flood above all bounds is the fault of the contract that sends it."""
    world = scene.world
    token = world.lab("Torrent", world.owner, 1_500_000, 0, False)  # noqa: FBT003 - Solidity has no names here
    world.approve(token, world.spenders[0], GRANTED)
    flood = erc20(scene.anvil, world.owner, token, world.spenders[0])
    good = scene.attempts["OpenZeppelin"]
    made = settle(
        [scene.anvil.url], world.owner, [good, flood, good], gas_cap=4_000_000
    )
    assert [each.way is not None for each in made.settled] == [True, False, True]
    assert made.settled[1].reason.startswith("answers megabytes")


def test_a_delegated_owner(scene: Scene) -> None:
    """An account with EIP-7702 code is simulated as itself, in each way."""
    snapshot = scene.anvil.snapshot()
    delegate = scene.world.lab("Runaway", scene.world.owner)
    code = bytes.fromhex("ef0100" + delegate[2:])
    scene.anvil.set_code(scene.world.owner, code)
    for proof in Proof:
        found = scene.settled(proof)
        assert found["OpenZeppelin"].way is not None
        assert found["OpenZeppelin"].proof is proof
    scene.anvil.revert(snapshot)


def test_many_pairs_in_one_lockdown(scene: Scene) -> None:
    """Each pair adds to what the whole may cost, and is read back."""
    world, soon = scene.world, scene.anvil.now + 10**6
    snapshot = scene.anvil.snapshot()
    token = world.token()
    world.approve(token, PERMIT2, MAX)
    spenders = [address_of(throwaway(100 + n)) for n in range(60)]
    for spender in spenders:
        world.permit2_approve(token, spender, 1, soon)
    pairs = [(token, spender) for spender in spenders]
    stage = Stage(
        role=Role.WHOLE,
        method=Method.LOCKDOWN,
        call=lockdown_call(PERMIT2, pairs),
        leaves=0,
    )
    attempt = Attempt(
        changes=tuple(child(world.owner, token, each, 1, soon) for each in spenders),
        ways=(Way(stages=(stage,)),),
    )
    for proof in Proof:
        with ExitStack() as stack:
            made = settle(scene.urls(stack, proof), world.owner, [attempt])
        (settled,) = made.settled
        assert settled.way is not None
        assert settled.gas[0] > GAS_CAP
        again = scene.anvil.snapshot()
        send(scene.anvil, settled)
        assert left(scene.anvil, settled) == [0] * 60
        scene.anvil.revert(again)
    scene.anvil.revert(snapshot)


def test_no_attempts_and_no_ways(scene: Scene) -> None:
    """Nothing to do is done at once; what has no way is said to have none."""
    nowhere = Attempt(changes=scene.attempts["Liar"].changes, ways=())
    assert settle([scene.anvil.url], scene.world.owner, []).settled == []
    made = settle([scene.anvil.url], scene.world.owner, [nowhere])
    assert made.requests == 0
    assert made.settled[0].reason == "there is no way to do it"


def test_another_client() -> None:
    """Hardhat has no eth_simulateV1; our code in the owner's place runs there, too."""
    with Hardhat() as node:
        owner, spender = address_of(node.accounts[0]), address_of(node.accounts[1])
        attempts = []
        for name in ("UsdtLike", "Liar", "BnbLike"):
            token = node.deploy(contract(name).create(owner))
            data = encode_call("approve(address,uint256)", spender, GRANTED)
            node.send(node.accounts[0], token, data)
            attempts.append(erc20(node, owner, token, spender, 400))
        made = settle([node.url], owner, attempts, chain_id=node.chain_id)
        usdt, liar, bnb = made.settled
        assert {each.proof for each in (usdt, bnb)} == {Proof.OVERRIDDEN}
        assert liar.way is None
        for settled in (usdt, bnb):
            send(node, settled)
            assert left(node, settled) == [400]


def test_the_demo() -> None:
    """The embedded chain proves effects, so that nothing there is unproven."""
    with Demo() as node:
        owner, spender = address_of(node.accounts[0]), address_of(node.accounts[1])
        token = node.deploy(contract("UsdtLike").create(owner))
        data = encode_call("approve(address,uint256)", spender, GRANTED)
        node.send(node.accounts[0], token, data)
        attempts = [erc20(node, owner, token, spender, each) for each in (0, 400)]
        simulated = settle([node.url], owner, attempts).settled
        with Lacking(node.url) as proxy:
            overridden = settle([proxy.url], owner, attempts).settled
        assert {each.proof for each in simulated} == {Proof.SIMULATED}
        assert {each.proof for each in overridden} == {Proof.OVERRIDDEN}
        send(node, simulated[1])
        assert left(node, simulated[1]) == [400]
