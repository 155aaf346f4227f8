"""What spenders are and run: known, missing, or not there; never guessed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.errors import UnservedError
from allowctl.intel import proxies
from allowctl.intel.authority import OWNER, OWNER_COUNT, SINGLETON, THRESHOLD
from allowctl.intel.proxies import code_hash
from allowctl.intel.spenders import IMPLEMENTATION, spender_facts
from allowctl.model.chain import ZERO_ADDRESS, Address, Returned, Unserved
from allowctl.model.endpoint import Endpoint
from allowctl.model.facts import (
    Authority,
    AuthorityKind,
    Proxy,
    ProxyKind,
    SpenderFacts,
    SpenderKind,
)
from allowctl.model.missing import Lack, Missing
from allowctl.net.http import MAX_BODY, HttpClient, Reply
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.http import HttpRpc
from allowctl.rpc.multicall import StateReader
from allowctl.rpc.state import State, StateExpiredError
from tests.build import address
from tests.fakes.provider import Provider
from tests.fakes.provider_profile import Batches, Profile, Refusal
from tests.fakes.provider_state import RevertsError
from tests.fakes.provider_world import World
from tests.fakes.rpc import (
    BURNT,
    CODE,
    EMPTY,
    MULTICALL,
    REVERTS,
    FakeContract,
    FakeRpc,
)
from tests.fakes.virtual import simulate
from tests.intel.scene import ROUTER, Scene, call, state_of

NOT_NOW = Unserved("not now")
FAILED = Missing(Lack.FAILED, "not now")
UNEXPLAINED = Missing(
    Lack.UNAVAILABLE, "it may run other code: which, no slot that is known tells"
)
PROXY_SLOTS = len(proxies.SLOTS)


def facts(scene: Scene, *spenders: Address) -> list[SpenderFacts]:
    found = asyncio.run(spender_facts(scene.state, spenders))
    assert tuple(found) == tuple(dict.fromkeys(spenders))
    return [found[each] for each in spenders]


def fact(scene: Scene, spender: Address) -> SpenderFacts:
    (found,) = facts(scene, spender)
    return found


def runs(scene: Scene, contract: Address) -> str:
    """The hash of a contract's own code."""
    code = scene.rpc.codes_[contract]
    assert isinstance(code, bytes)
    return code_hash(code)


# What it is


@pytest.mark.parametrize(
    ("code", "nonce", "kind"),
    [
        (CODE, 1, SpenderKind.CONTRACT),
        (b"", 3, SpenderKind.EOA),
        (b"", 0, SpenderKind.UNUSED),
        (b"", NOT_NOW, SpenderKind.EOA),
        (bytes.fromhex("ef0100") + b"\x11" * 20, 3, SpenderKind.DELEGATED_EOA),
        (bytes.fromhex("ef0100") + b"\x11" * 21, 3, SpenderKind.CONTRACT),
        (NOT_NOW, 3, SpenderKind.UNKNOWN),
    ],
)
def test_kind(code: bytes | Unserved, nonce: int | Unserved, kind: SpenderKind) -> None:
    """By code and nonce; what nobody served is unknown."""
    scene = Scene()
    spender = scene.place()
    scene.rpc.codes_[spender], scene.rpc.nonces_[spender] = code, nonce

    assert fact(scene, spender).kind is kind


def test_nobody_asked() -> None:
    """No spender, no request."""
    scene = Scene()
    assert facts(scene) == []
    assert scene.rpc.requests == 0


def test_what_runs_nothing_else_is_not_asked_further() -> None:
    """Keys and plain contracts cost their code and nonce, and nothing more."""
    scene = Scene()
    plain, key, unused = scene.contract(), scene.key(), scene.place()
    found = facts(scene, plain, key, unused)

    assert [each.code_hash for each in found] == [runs(scene, plain), None, None]
    assert [each.proxy for each in found] == [None] * 3
    assert scene.rpc.asked == {"account": 1}


def test_delegated() -> None:
    """Whose code a key's account runs: that code counts, to the end of the way."""
    scene = Scene()
    sweeper = scene.contract()
    clone = scene.clone(sweeper)
    nowhere = scene.place()
    spenders = [scene.delegated(each) for each in (sweeper, clone, nowhere)]
    found = facts(scene, *spenders)

    assert [each.delegate for each in found] == [sweeper, clone, nowhere]
    assert [each.code_hash for each in found] == [runs(scene, sweeper)] * 2 + [None]
    assert [each.proxy for each in found] == [None] * 3


# What it runs


def test_transparent_proxy() -> None:
    """Implementation, hash and the way to who decides."""
    scene = Scene()
    logic, key = scene.contract(), scene.key()
    admin = scene.owned(key)

    assert fact(scene, proxy := scene.transparent(logic, admin)) == SpenderFacts(
        address=proxy,
        kind=SpenderKind.CONTRACT,
        code_hash=runs(scene, logic),
        proxy=Proxy(
            kind=ProxyKind.EIP1967,
            implementation=logic,
            authority=Authority(kind=AuthorityKind.EOA, path=(admin, key)),
        ),
    )


def test_own_owner() -> None:
    """Without an admin the proxy says itself whose it is, or nobody knows."""
    scene = Scene()
    logic, key = scene.contract(), scene.key()
    named = scene.own(logic, key)
    given_up = scene.own(logic, ZERO_ADDRESS)
    silent = scene.contract(ROUTER, {proxies.IMPLEMENTATION: logic})
    found = [each.proxy for each in facts(scene, named, given_up, silent)]

    assert [each.authority for each in found if isinstance(each, Proxy)] == [
        Authority(kind=AuthorityKind.EOA, path=(key,)),
        Authority(kind=AuthorityKind.NOBODY, path=()),
        Missing(Lack.UNAVAILABLE, "it names no owner"),
    ]


def test_beacon_proxy() -> None:
    """The beacon says what runs, and its owner decides."""
    scene = Scene()
    logic, key = scene.contract(), scene.key()
    beacon = scene.beacon(logic, key)
    found = fact(scene, scene.behind(beacon))

    assert found.code_hash == runs(scene, logic)
    assert found.proxy == Proxy(
        kind=ProxyKind.BEACON,
        implementation=logic,
        beacon=beacon,
        authority=Authority(kind=AuthorityKind.EOA, path=(key,)),
    )


@pytest.mark.parametrize("answer", [REVERTS, BURNT, EMPTY, Returned(b"\xff" * 32)])
def test_silent_beacon(answer: Returned) -> None:
    """A beacon that says nothing leaves nothing known, and nothing failed."""
    scene = Scene()
    beacon = scene.contract(answers={OWNER: answer, IMPLEMENTATION: answer})
    found = fact(scene, scene.behind(beacon))

    assert found.code_hash is None
    assert found.proxy == Proxy(
        kind=ProxyKind.BEACON,
        implementation=None,
        beacon=beacon,
        authority=Missing(Lack.UNAVAILABLE, "its beacon names no owner"),
    )


def test_minimal_proxy() -> None:
    """What it passes calls on to, to the end of a few; nobody can change that."""
    scene = Scene()
    logic = scene.contract()
    one = scene.clone(logic)
    two = scene.clone(one)
    first, second, third = facts(scene, one, two, scene.clone(two))
    fixed = Proxy(kind=ProxyKind.MINIMAL, implementation=logic)

    assert (first.proxy, first.code_hash) == (fixed, runs(scene, logic))
    assert second.code_hash == third.code_hash == runs(scene, logic)
    assert [each.through for each in (first, second, third)] == [
        (),
        (logic,),
        (one, logic),
    ]


def test_the_whole_way_is_told() -> None:
    """Also behind a delegate, an implementation and what a beacon names."""
    scene = Scene()
    logic, key = scene.contract(), scene.key()
    one = scene.clone(logic)
    two = scene.clone(one)
    found = facts(
        scene,
        scene.delegated(two),
        scene.transparent(two, key),
        scene.behind(scene.beacon(two, key)),
        scene.transparent(logic, key),
    )

    assert [each.through for each in found] == [(one, logic)] * 3 + [()]


def test_minimal_proxies_in_a_ring() -> None:
    """They run nothing at all, and end all the same; no code of theirs is known."""
    scene = Scene()
    one = scene.clone(address(0x5CE0000 + 2))
    two = scene.clone(one)
    found = facts(scene, one, two)

    assert [each.proxy for each in found] == [
        Proxy(kind=ProxyKind.MINIMAL, implementation=each, authority=UNEXPLAINED)
        for each in (two, one)
    ]


def test_minimal_proxy_of_what_looks_at_slots() -> None:
    """Its own slots count where what it runs may look at them: else they do not."""
    scene = Scene()
    logic, key = scene.contract(), scene.key()
    router = scene.contract(ROUTER)
    empty, filled, plain = (
        scene.clone(router),
        scene.clone(router),
        scene.clone(logic),
    )
    for each in (filled, plain):
        scene.rpc.slots_[each, proxies.IMPLEMENTATION] = words.address(logic)
        scene.rpc.slots_[each, proxies.ADMIN] = words.address(key)
    found = [each.proxy for each in facts(scene, empty, filled, plain)]

    assert found == [
        Proxy(kind=ProxyKind.MINIMAL, implementation=router, authority=UNEXPLAINED),
        Proxy(
            kind=ProxyKind.EIP1967,
            implementation=logic,
            authority=Authority(kind=AuthorityKind.EOA, path=(key,)),
        ),
        Proxy(kind=ProxyKind.MINIMAL, implementation=logic),
    ]


def test_implementation_without_code() -> None:
    """A proxy of what was destroyed runs nothing: that is known."""
    scene = Scene()
    found = fact(scene, scene.transparent(scene.place(), scene.key()))

    assert isinstance(found.proxy, Proxy)
    assert found.code_hash is None


def test_unexplained() -> None:
    """What may run others' code and has no slot filled: whose, nobody knows.

    So it is for what runs that at the end of a way of minimal proxies.
    """
    scene = Scene()
    router = scene.contract(ROUTER)
    clone = scene.clone(router)

    assert fact(scene, router) == SpenderFacts(
        address=router,
        kind=SpenderKind.CONTRACT,
        proxy=UNEXPLAINED,
        code_hash=code_hash(ROUTER),
    )
    assert [each.proxy for each in facts(scene, clone, scene.clone(clone))] == [
        Proxy(kind=ProxyKind.MINIMAL, implementation=each, authority=UNEXPLAINED)
        for each in (router, clone)
    ]


# What was not served


def test_code_not_served() -> None:
    """Then nothing is known."""
    scene = Scene()
    spender = scene.contract()
    scene.rpc.codes_[spender] = NOT_NOW

    assert fact(scene, spender) == SpenderFacts(
        address=spender, kind=SpenderKind.UNKNOWN, proxy=FAILED, code_hash=FAILED
    )


def test_slots_not_served() -> None:
    """A node without storage: whether it is a proxy is not known, nor what runs."""
    scene = Scene()
    proxy = scene.transparent(scene.contract(), scene.key())

    def no_slots(method: str) -> UnservedError | None:
        if method != "slot":
            return None
        return RefusalError("no such method", kind=RefusalKind.UNSUPPORTED)

    scene.rpc.before = no_slots
    missing = Missing(Lack.FAILED, "no such method")

    assert fact(scene, proxy) == SpenderFacts(
        address=proxy, kind=SpenderKind.CONTRACT, proxy=missing, code_hash=missing
    )


def test_target_not_served() -> None:
    """What may look at slots is needed, and whether it may run others' code."""
    scene = Scene()
    router = scene.contract(ROUTER)
    empty, filled = scene.clone(router), scene.clone(router)
    scene.rpc.slots_[filled, proxies.IMPLEMENTATION] = words.address(router)
    scene.rpc.codes_[router] = NOT_NOW
    one, two = facts(scene, empty, filled)

    assert one.proxy == Proxy(
        kind=ProxyKind.MINIMAL, implementation=router, authority=FAILED
    )
    assert one.code_hash == two.code_hash == two.proxy == FAILED


def test_another_endpoint_serves() -> None:
    """What one does not serve comes from the next."""
    scene, silent = Scene(), FakeRpc(host="silent.test")
    proxy = scene.transparent(scene.contract(), scene.key())

    def nothing(method: str) -> UnservedError | None:
        return RefusalError(f"no {method}", kind=RefusalKind.TRANSIENT)

    silent.before = nothing
    state = state_of(silent, scene.rpc)
    found = asyncio.run(spender_facts(state, [proxy]))

    assert found[proxy] == fact(scene, proxy)


def test_expired_state() -> None:
    """Where nobody has the block any more, a newer one is to be read."""
    scene = Scene()
    spenders = [scene.transparent(scene.contract(), scene.key()) for _ in range(5)]
    for after in ("account", "slot", "code"):
        scene.rpc.expired = set()
        state = scene.state

        def lose(method: str, after: str = after) -> None:
            if method == after:
                scene.rpc.expired = {scene.rpc.newest}

        scene.rpc.before = lose
        with pytest.raises(StateExpiredError):
            asyncio.run(spender_facts(state, spenders))


@dataclass(slots=True)
class Town:
    """One of everything."""

    scene: Scene
    spenders: Sequence[Address]

    @classmethod
    def build(cls) -> Town:
        scene = Scene()
        logic, key, router = scene.contract(), scene.key(), scene.contract(ROUTER)
        safe = scene.safe(2, 3)
        owned, lock = scene.owned(key), scene.timelock(60)
        return cls(
            scene,
            (
                logic,
                key,
                router,
                scene.delegated(logic),
                scene.transparent(logic, scene.owned(safe)),
                scene.transparent(logic, lock),
                scene.transparent(scene.clone(logic), owned),
                scene.own(logic, owned),
                scene.behind(scene.beacon(logic, scene.owned(safe))),
                scene.clone(logic),
                scene.clone(router),
                scene.contract(ROUTER, {proxies.ZOS_IMPLEMENTATION: logic}),
            ),
        )


@given(st.data())
def test_whatever_is_not_served_is_missing_or_known(data: st.DataObject) -> None:
    """Each fact is what it is where all is served, or it failed."""
    town = Town.build()
    scene = town.scene
    truth = facts(scene, *town.spenders)
    for address_ in data.draw(st.sets(st.sampled_from(sorted(scene.rpc.codes_)))):
        scene.rpc.codes_[address_] = NOT_NOW
    slots = [(each, slot) for each in town.spenders for slot in proxies.SLOTS]
    for place in data.draw(st.sets(st.sampled_from(slots), max_size=8)):
        scene.rpc.slots_[place] = NOT_NOW
    said = sorted(each for each, it in scene.rpc.contracts.items() if it.answers)
    for contract in data.draw(st.sets(st.sampled_from(said))):
        for selector in scene.rpc.contracts[contract].answers:
            scene.answers(contract, selector, NOT_NOW)
    for true, found in zip(truth, facts(scene, *town.spenders), strict=True):
        assert found.kind in {true.kind, SpenderKind.UNKNOWN}
        assert found.delegate == true.delegate or found.kind is SpenderKind.UNKNOWN
        assert found.code_hash in {true.code_hash, FAILED}
        if isinstance(found.proxy, Proxy):
            assert isinstance(true.proxy, Proxy)
            assert found.proxy.kind is true.proxy.kind
            assert found.proxy.implementation == true.proxy.implementation
            assert found.proxy.authority in {true.proxy.authority, FAILED}
        else:
            assert found.proxy in {true.proxy, FAILED}


# What it costs


def crowd(scene: Scene) -> list[Address]:
    """Two hundred spenders, most of them with a way as long as there is, or longer."""
    found: list[Address] = []
    logic = scene.contract()
    for number in range(20):
        owners = [scene.safe(2, 3) for _ in range(3)]
        for _ in range(number % 5):
            owners = [scene.owned(each) for each in owners]
        found += [
            scene.transparent(scene.contract(), owners[0]),
            scene.own(scene.contract(), owners[1]),
            scene.behind(scene.beacon(scene.clone(scene.clone(logic)), owners[2])),
            scene.transparent(scene.clone(logic), scene.owned(scene.timelock(60))),
            scene.clone(scene.clone(scene.contract())),
            scene.delegated(scene.clone(logic)),
            scene.contract(ROUTER),
            scene.contract(),
            scene.key(),
            scene.place(),
        ]
    return found


@pytest.mark.parametrize("known", [False, True])
def test_round_trips(*, known: bool) -> None:
    """Two hundred spenders cost six round trips, one after the other, at most.

    Even where nobody knows yet how calls go together here.
    """
    scene = Scene(FakeRpc(latency=1.0))
    spenders = crowd(scene)

    async def ask() -> tuple[float, dict[Address, SpenderFacts]]:
        state, loop = scene.state, asyncio.get_running_loop()
        if known:
            await state.read([call(each, OWNER) for each in spenders[:2]])
        began = loop.time()
        found = await spender_facts(state, spenders)
        return loop.time() - began, found

    trips, found = simulate(ask())

    assert trips <= 6
    kinds = {
        each.proxy.authority.kind
        for each in found.values()
        if isinstance(each.proxy, Proxy) and isinstance(each.proxy.authority, Authority)
    }
    assert kinds == set(AuthorityKind) - {AuthorityKind.EOA, AuthorityKind.NOBODY}
    assert len(found) == 200


def test_what_is_asked_for() -> None:
    """Six slots of each that may be a proxy, three of a would-be Safe, none twice."""
    scene = Scene()
    spenders = crowd(scene)
    asyncio.run(spender_facts(scene.state, spenders))
    proxied = [
        each
        for each in spenders
        if isinstance(code := scene.rpc.codes_.get(each, b""), bytes)
        and proxies.runs_others(code)
    ]
    asked = scene.rpc.stored
    known = [place for place in asked if place[0] in spenders]
    assert len(asked) == len(set(asked))
    theirs = {slot for place, slot in asked if place not in spenders}

    assert sorted(known) == sorted(product(proxied, proxies.SLOTS))
    assert theirs == {SINGLETON, OWNER_COUNT, THRESHOLD}


class Witness(HttpClient):
    """Notes when each request was sent and answered."""

    spans: list[tuple[float, float]]

    async def post(
        self,
        endpoint: Endpoint,
        question: bytes,
        *,
        max_body: int = MAX_BODY,
        deadline: float | None = None,
    ) -> Reply:
        began = time.monotonic()
        reply = await super().post(
            endpoint, question, max_body=max_body, deadline=deadline
        )
        self.spans.append((began, time.monotonic()))
        return reply

    @property
    def trips(self) -> int:
        """The most requests of which each was sent once the one before was answered."""
        ended, count = 0.0, 0
        for sent, answered in sorted(self.spans, key=lambda span: span[1]):
            if sent >= ended:
                ended, count = answered, count + 1
        return count


def as_world(scene: Scene) -> World:
    """The same chain for the simulator of providers."""
    world = World(head=scene.rpc.newest)
    for each, code in scene.rpc.codes_.items():
        assert isinstance(code, bytes)
        world.codes[each] = "0x" + code.hex()
    for place, word in scene.rpc.slots_.items():
        assert isinstance(word, bytes)
        world.storage[place] = int.from_bytes(word, "big")
    for each, known in scene.rpc.contracts.items():
        world.contracts[each] = partial(_answer, known)
    return world


def _answer(contract: FakeContract, data: bytes, at: int) -> bytes:
    del at
    match contract.answer(data):
        case Returned(data=found):
            return found
        case _:
            raise RevertsError


def test_round_trips_over_the_wire() -> None:
    """The same from a provider that takes a thousand requests in a body.

    That it has been read from before is what a scan has done by then.
    """
    scene = Scene()
    spenders = crowd(scene)
    refusal = Refusal(text="batch too large", code=-32600)
    profile = Profile(latency=0.05, batches=Batches(cap=1_000, refusal=refusal))

    async def ask(url: str) -> tuple[int, int, dict[Address, SpenderFacts]]:
        async with Witness() as client:
            client.spans = []
            rpc = HttpRpc(client, Endpoint(url))
            at = await rpc.block()
            state = State([StateReader(rpc, at, MULTICALL)])
            await state.read([call(each, OWNER) for each in spenders[:2]])
            client.spans = []
            found = await spender_facts(state, spenders)
            return client.trips, len(client.spans), found

    with Provider(as_world(scene), profile) as provider:
        trips, requests, found = asyncio.run(ask(provider.url))

    kinds = {each: it.kind for each, it in found.items()}
    same = asyncio.run(spender_facts(scene.state, spenders))
    assert trips <= 6
    assert requests <= 20
    assert kinds.keys() == same.keys()
    for each, it in same.items():
        assert found[each].proxy == it.proxy
        assert found[each].code_hash == it.code_hash
