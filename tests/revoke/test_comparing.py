"""State by everybody's word: whoever is contradicted is not believed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from allowctl.codec import words
from allowctl.errors import UnservedError
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Dead,
    DeadReason,
    Dormant,
    Everything,
    Fate,
    Item,
    Kind,
    Live,
    NotServed,
    Origin,
    Refused,
)
from allowctl.model.chain import Block, Unserved
from allowctl.revoke.comparing import agreed
from allowctl.revoke.outbox import PoolOutbox
from allowctl.rpc.endpoints import Node
from allowctl.rpc.pool import Pool
from allowctl.standards import STANDARD_OF
from allowctl.standards.items import item_calls
from tests.build import MAINNET, PERMIT2, TOKEN, candidate
from tests.fakes.rpc import FakeRpc

T = TypeVar("T")
WANTED = candidate(kind=Kind.ERC20)
SILENT = "no such day"


def says(name: str, amount: int, **parts: object) -> FakeRpc:
    """An endpoint at which the token allows so much."""
    rpc = FakeRpc(host=f"{name}.test")
    for field, value in parts.items():
        setattr(rpc, field, value)
    (call,) = STANDARD_OF[Kind.ERC20].reads(WANTED)
    rpc.contract(TOKEN).says(call, words.uint(amount))
    return rpc


def asked(*rpcs: FakeRpc, use: Callable[[PoolOutbox, Block], Awaitable[T]]) -> T:
    async def run() -> T:
        outbox = PoolOutbox(Pool(MAINNET, [Node(rpc) for rpc in rpcs]))
        head = await outbox.head()
        return await use(outbox, head.block)

    return asyncio.run(run())


def read(*rpcs: FakeRpc, wanted: Candidate = WANTED) -> Fate:
    (fate,) = asked(*rpcs, use=lambda outbox, at: outbox.read([wanted], at))
    return fate


def left(fate: Fate) -> int:
    assert isinstance(fate, Live)
    assert isinstance(fate.allowance.grant, Amount)
    return fate.allowance.grant.amount


def mute(method: str) -> UnservedError | None:
    return UnservedError(SILENT) if method in {"call", "code"} else None


# what is read


def test_all_say_the_same() -> None:
    """Then that is it."""
    assert left(read(says("a", 7), says("b", 7), says("c", 7))) == 7


def test_one_lies_beside_an_honest_one() -> None:
    """Whoever says that nothing is left is not believed, nor is the other."""
    fate = read(says("liar", 0), says("honest", 7))
    assert isinstance(fate, NotServed)
    expected = "endpoints differ: liar.test says nothing, honest.test says 7"
    assert fate.reason == expected
    assert isinstance(read(says("a", 8), says("b", 7)), NotServed)


def test_one_is_silent() -> None:
    """It is left out as long as another speaks."""
    assert left(read(says("a", 9, before=mute), says("b", 7))) == 7
    fate = read(says("a", 9, before=mute), says("b", 7, before=mute))
    assert fate == NotServed(candidate=WANTED, reason=SILENT)


def test_one_has_another_block_there() -> None:
    """What it reads is of another block, whatever it says."""
    forked = says("forked", 0, fork=1)
    assert left(read(says("a", 7), says("b", 7), forked)) == 7


def test_the_only_one_has_another_block() -> None:
    """Between head and reading the chain was reorganised."""
    rpc = says("a", 0)

    async def use(outbox: PoolOutbox, at: Block) -> list[Fate]:
        rpc.fork = 1
        return await outbox.read([WANTED], at)

    (fate,) = asked(rpc, use=use)
    assert isinstance(fate, NotServed)
    assert fate.reason.startswith("a.test does not have block 1000")


def test_one_that_has_not_come_so_far() -> None:
    """A late endpoint answers out of its own head: it is left out."""
    late = says("late", 0, newest=990)
    found = [says("b", 7), says("c", 7), says("d", 7)]
    assert left(read(late, *found)) == 7


def test_one_that_changes_its_chain_is_left_out() -> None:
    """And nothing is signed after that."""
    turning, sound = says("turning", 0), says("sound", 7)

    async def use(outbox: PoolOutbox, at: Block) -> list[Fate]:
        turning.chain = 56
        found = await outbox.read([WANTED], at)
        with pytest.raises(UnservedError, match="nothing more is signed"):
            await outbox.nonces(WANTED.owner)
        return found

    (fate,) = asked(turning, sound, use=use)
    assert left(fate) == 7


def test_a_probe_is_told_when_it_is_dead() -> None:
    """What is asked for is answered, wherever the candidate came from."""
    fate = read(says("a", 0), wanted=replace(WANTED, origin=Origin.PROBE))
    assert isinstance(fate, Dead)
    assert fate.candidate == replace(WANTED, origin=Origin.NAMED)


def test_in_the_order_asked() -> None:
    """Twice the same is told twice."""
    rpc = says("a", 7)
    other = replace(WANTED, spender=PERMIT2)
    (call,) = STANDARD_OF[Kind.ERC20].reads(other)
    rpc.contract(TOKEN).says(call, words.uint(5))

    async def use(outbox: PoolOutbox, at: Block) -> list[Fate]:
        return await outbox.read([other, WANTED, other], at)

    assert list(map(left, asked(rpc, use=use))) == [5, 7, 5]


# what it means


def live(grant: Amount | Item | Everything, spender: str = "") -> Live:
    parts = Allowance(candidate=WANTED, spender=WANTED.spender, grant=grant)
    return Live(allowance=replace(parts, spender=PERMIT2) if spender else parts)


def amount(of: int, **parts: int | None) -> Amount:
    return replace(Amount(amount=of, maximum=2**160 - 1), **parts)  # type: ignore[arg-type] # any of its numbers


FULL = amount(5, expiration=9, permit2_nonce=1, root_amount=7)
NOTHING = Dead(candidate=WANTED, reason=DeadReason.ZERO)
DIFFERENT: list[Fate] = [
    live(FULL),
    live(replace(FULL, amount=6)),
    live(replace(FULL, expiration=8)),
    live(replace(FULL, permit2_nonce=2)),
    live(replace(FULL, root_amount=8)),
    live(Item(token_id=1)),
    live(Item(token_id=1), "other"),
    live(Everything()),
    Dormant(allowance=live(FULL).allowance),
    Dead(
        candidate=WANTED,
        reason=DeadReason.EXPIRED,
        allowance=live(FULL).allowance,
    ),
    NOTHING,
    Refused(candidate=WANTED, reason="reverts"),
]


@pytest.mark.parametrize("one", DIFFERENT, ids=range(len(DIFFERENT)))
@pytest.mark.parametrize("other", DIFFERENT, ids=range(len(DIFFERENT)))
def test_every_part_of_a_grant_is_compared(one: Fate, other: Fate) -> None:
    """The first of two that come to the same is told; else nobody's."""
    fate = agreed(WANTED, [("a", one), ("b", other)])
    assert isinstance(fate, NotServed) is (one is not other)
    if one is other:
        assert fate is one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NOTHING, replace(NOTHING, reason=DeadReason.NO_CODE)),
        (NOTHING, replace(NOTHING, reason=DeadReason.TRANSFERRED)),
        (
            Refused(candidate=WANTED, reason="reverts"),
            Refused(candidate=WANTED, reason="burns its gas"),
        ),
        (live(FULL), live(replace(FULL, maximum=1))),
    ],
)
def test_words_are_not_compared(one: Fate, other: Fate) -> None:
    """Why nothing is left is nobody's quarrel."""
    assert agreed(WANTED, [("a", one), ("b", other)]) is one


def test_nobody_was_asked() -> None:
    """That is not served, too."""
    assert isinstance(agreed(WANTED, []), NotServed)


# items


def items(*rpcs: FakeRpc) -> bool:
    found = asked(*rpcs, use=lambda outbox, at: outbox.items([TOKEN], at))
    return found[TOKEN]


def test_a_plain_token_has_no_items() -> None:
    """It refuses all three questions."""
    assert not items(says("a", 7))
    assert not items(FakeRpc())


def test_one_says_that_it_has_items() -> None:
    """That is enough: a number may be an item's then."""
    other = says("b", 7)
    claims, _, _ = item_calls(TOKEN, PERMIT2, PERMIT2)
    other.contract(TOKEN).says(claims, words.uint(1))
    assert items(says("a", 7), other)


def test_items_that_nobody_could_deny() -> None:
    """Where nobody answers it may have some; one that answers is enough to say no."""
    assert items(says("a", 7, before=mute))
    assert not items(says("a", 7, before=mute), says("b", 7))
    late = says("a", 7)

    async def use(outbox: PoolOutbox, at: Block) -> bool:
        late.fork = 1
        return (await outbox.items([TOKEN], at))[TOKEN]

    assert asked(late, use=use)


# code


def code(*rpcs: FakeRpc) -> bytes:
    return asked(*rpcs, use=lambda outbox, at: outbox.code(TOKEN, at))


def coded(name: str, found: bytes | Unserved, **parts: object) -> FakeRpc:
    return says(name, 7, codes_={TOKEN: found}, **parts)


def test_code() -> None:
    """By everyone; none is code, too."""
    assert code(coded("a", b"\x60"), coded("b", b"\x60")) == b"\x60"
    assert code(coded("a", b"")) == b""
    assert code(coded("a", Unserved("gone")), coded("b", b"")) == b""


def test_code_that_is_not_agreed() -> None:
    """Whether an account is a contract decides who may sign for it."""
    with pytest.raises(UnservedError, match=r"a\.test says 1 bytes, b\.test says 0"):
        code(coded("a", b"\x60"), coded("b", b""))
    with pytest.raises(UnservedError, match="gone"):
        code(coded("a", Unserved("gone")))
