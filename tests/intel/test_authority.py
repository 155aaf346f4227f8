"""Who decides: what was not served is missing, and what is only said proves little."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec import words
from allowctl.intel.authority import (
    DELAY,
    GET_MIN_DELAY,
    OWNER,
    OWNER_COUNT,
    SINGLETON,
    STEPS,
    THRESHOLD,
    authority,
)
from allowctl.intel.proxies import address_in
from allowctl.intel.rounds import Board
from allowctl.model.chain import (
    ZERO_ADDRESS,
    Address,
    Answer,
    Returned,
    Reverted,
    Unserved,
)
from allowctl.model.facts import Authority, AuthorityKind
from allowctl.model.missing import Lack, Missing
from tests.fakes.rpc import BURNT, EMPTY, REVERTS
from tests.intel.scene import ROUTER, Scene
from tests.lab.upgrades import safe_release

NOT_NOW = Unserved("not now")
FAILED = Missing(Lack.FAILED, "not now")


def judged(scene: Scene, first: Address) -> Authority | Missing:
    board = Board(scene.state)
    return asyncio.run(board.settle(authority(board, first)))


def kind_of(scene: Scene, first: Address) -> AuthorityKind:
    found = judged(scene, first)
    assert isinstance(found, Authority)
    return found.kind


def test_key() -> None:
    """Where no code is, a key decides; so too where a key's account runs some."""
    scene = Scene()
    key, unused = scene.key(), scene.place()
    delegated = scene.delegated(scene.owned(ZERO_ADDRESS))
    for each in (key, unused, delegated):
        assert judged(scene, each) == Authority(kind=AuthorityKind.EOA, path=(each,))


def test_way_of_owners() -> None:
    """Each owner's owner, up to the one that decides."""
    scene = Scene()
    key = scene.key()
    two = scene.owned(key)
    one = scene.owned(two)

    assert judged(scene, one) == Authority(kind=AuthorityKind.EOA, path=(one, two, key))


def test_nobody() -> None:
    """The zero address is nobody, named or from the start."""
    scene = Scene()
    given_up = scene.owned(ZERO_ADDRESS)

    assert judged(scene, given_up) == Authority(
        kind=AuthorityKind.NOBODY, path=(given_up,)
    )
    assert judged(scene, ZERO_ADDRESS) == Authority(kind=AuthorityKind.NOBODY, path=())


def test_way_without_an_end() -> None:
    """It ends at a contract: after so many, or where it comes back."""
    scene = Scene()
    ways = [scene.owned(scene.key())]
    for _ in range(STEPS + 1):
        ways.insert(0, scene.owned(ways[0]))
    itself, one = scene.owned(ZERO_ADDRESS), scene.owned(ZERO_ADDRESS)
    other = scene.owned(one)
    scene.answers(itself, OWNER, Returned(words.address(itself)))
    scene.answers(one, OWNER, Returned(words.address(other)))

    for first, path in (
        (ways[0], tuple(ways[:STEPS])),
        (itself, (itself,)),
        (one, (one, other)),
    ):
        assert judged(scene, first) == Authority(kind=AuthorityKind.CONTRACT, path=path)


def test_safe() -> None:
    """The real code, with what its storage says."""
    scene = Scene()
    safe = scene.safe(2, 3)

    assert judged(scene, safe) == Authority(
        kind=AuthorityKind.SAFE, path=(safe,), threshold=2, owners=3
    )


def test_safe_by_its_own_word() -> None:
    """The same storage under another proxy or singleton is any contract's."""
    scene = Scene()
    real = scene.safe(1, 1)
    other = scene.contract()
    scene.rpc.codes_[real] = ROUTER
    assert kind_of(scene, real) is AuthorityKind.CONTRACT
    scene.rpc.codes_[real] = safe_release("1.5.0").proxy.runtime
    assert kind_of(scene, real) is AuthorityKind.SAFE
    scene.rpc.slots_[real, SINGLETON] = words.address(other)
    assert kind_of(scene, real) is AuthorityKind.CONTRACT


@pytest.mark.parametrize(
    ("threshold", "owners"),
    [(0, 0), (0, 1), (2, 1), (2**255, 5), (2, 201), (2**128, 2**255)],
)
def test_safe_that_cannot_be(threshold: int, owners: int) -> None:
    """One that asks for nobody, or for more than there are or can be."""
    scene = Scene()

    assert kind_of(scene, scene.safe(threshold, owners)) is AuthorityKind.CONTRACT


@pytest.mark.parametrize("selector", [GET_MIN_DELAY, DELAY])
def test_timelock(selector: bytes) -> None:
    """Seconds, if they can be some."""
    scene = Scene()
    lock = scene.contract(answers={selector: words.uint(60)})

    assert judged(scene, lock) == Authority(
        kind=AuthorityKind.TIMELOCK, path=(lock,), delay=60
    )
    for other in (0, 366 * 86_400, 2**32, 2**255):
        scene.answers(lock, selector, Returned(words.uint(other)))
        assert kind_of(scene, lock) is AuthorityKind.CONTRACT


def test_owner_counts_more_than_a_delay() -> None:
    """Whoever names an owner is not believed to wait."""
    scene = Scene()
    key, lock = scene.key(), scene.timelock(60)
    scene.answers(lock, OWNER, Returned(words.address(key)))

    assert judged(scene, lock) == Authority(kind=AuthorityKind.EOA, path=(lock, key))


@given(
    st.sampled_from((REVERTS, BURNT, EMPTY, Reverted("answers megabytes")))
    | st.binary(max_size=100)
    .filter(lambda data: len(data) != 32 or any(data[:12]))
    .map(Returned)
)
def test_no_owner(answer: Answer) -> None:
    """What is no address is no owner, and never half of one."""
    scene = Scene()
    odd = scene.contract(answers={OWNER: answer})

    assert judged(scene, odd) == Authority(kind=AuthorityKind.CONTRACT, path=(odd,))


def test_not_served() -> None:
    """Whatever could have told more: then nothing is said."""
    scene = Scene()
    key = scene.key()
    one, lock, safe = scene.owned(key), scene.timelock(60), scene.safe(1, 1)
    singleton = address_in(known(scene.rpc.slots_[safe, SINGLETON]))
    for contract, selector in ((one, OWNER), (lock, OWNER), (lock, GET_MIN_DELAY)):
        before = scene.rpc.contracts[contract].answers.get(selector, REVERTS)
        scene.answers(contract, selector, NOT_NOW)
        assert judged(scene, contract) == FAILED
        scene.answers(contract, selector, before)
        assert judged(scene, contract) != FAILED
    for first, missing in ((one, one), (safe, safe), (safe, singleton), (one, key)):
        code = scene.rpc.codes_.get(missing, b"")
        scene.rpc.codes_[missing] = NOT_NOW
        assert judged(scene, first) == FAILED
        scene.rpc.codes_[missing] = code
    for slot in (SINGLETON, OWNER_COUNT, THRESHOLD):
        word = scene.rpc.slots_[safe, slot]
        scene.rpc.slots_[safe, slot] = NOT_NOW
        assert judged(scene, safe) == FAILED
        scene.rpc.slots_[safe, slot] = word
    assert kind_of(scene, safe) is AuthorityKind.SAFE


def test_not_served_and_not_needed() -> None:
    """What could not have changed it may be missing."""
    scene = Scene()
    one, safe = scene.owned(scene.key()), scene.safe(1, 1)
    for contract in (one, safe):
        scene.answers(contract, GET_MIN_DELAY, NOT_NOW)
        scene.answers(contract, DELAY, NOT_NOW)
    scene.answers(safe, OWNER, NOT_NOW)
    for slot in (SINGLETON, OWNER_COUNT, THRESHOLD):
        scene.rpc.slots_[one, slot] = NOT_NOW

    assert kind_of(scene, one) is AuthorityKind.EOA
    assert kind_of(scene, safe) is AuthorityKind.SAFE


def known(word: bytes | Unserved) -> bytes:
    assert isinstance(word, bytes)
    return word
