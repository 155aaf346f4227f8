"""Whose use a transfer may be: by who sent its transaction, and to whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.model.approval import Allowance, Everything, Kind, LogRef
from allowctl.model.chain import Address, Sent
from allowctl.model.missing import Lack, Missing
from allowctl.scan.transfers import MOST
from allowctl.scan.uses import Case, Held, Movers, moves, never_used, uses
from tests.build import (
    OWNER,
    PERMIT2,
    SPENDER,
    TOKEN,
    UNLIMITED,
    address,
    allowance,
    amount,
    child,
    record,
    token_facts,
    word,
)

OTHER, INSIDE, FORK = address(0x51), address(0x52), address(0x53)
ROUTER, STRANGER = address(0x54), address(0xBAD)
ENDLESS = amount(UNLIMITED)


def of(spender: Address, permit2: Address | None = None) -> Allowance:
    """Of the token, or inside a Permit2, without a limit."""
    if permit2 is None:
        return allowance(ENDLESS, spender=spender)
    inside = child(2**160 - 1)
    return allowance(inside, kind=Kind.PERMIT2, spender=spender, contract=permit2)


DIRECT, BESIDE = of(SPENDER), of(OTHER)
ROOT, FORKED_ROOT = of(PERMIT2), of(FORK)
CHILD, FORKED = of(INSIDE, PERMIT2), of(INSIDE, FORK)
SAME = of(SPENDER, PERMIT2)
"""The one with an allowance of the token's own has one inside Permit2, too."""
EVERY = (DIRECT, BESIDE, ROOT, FORKED_ROOT, CHILD, FORKED, SAME)
MOVERS = Movers.of(EVERY, TOKEN, PERMIT2)
PEOPLE = st.sampled_from(
    [OWNER, TOKEN, SPENDER, OTHER, INSIDE, FORK, PERMIT2, ROUTER, STRANGER]
)


def held(one: Allowance, movers: Movers = MOVERS) -> Held:
    return Held(record=record(one), movers=movers)


def users(sender: Address, to: Address | None) -> list[Allowance]:
    """Of them all, those that it may have used."""
    return [each for each in EVERY if uses(Sent(sender, to), held(each))]


def test_to_the_token() -> None:
    """Its sender is who moved it: by the token's own allowance, and no other."""
    assert users(SPENDER, TOKEN) == [DIRECT]
    assert users(OTHER, TOKEN) == [BESIDE]
    assert users(INSIDE, TOKEN) == []
    assert users(OWNER, TOKEN) == []
    assert users(STRANGER, TOKEN) == []


def test_to_permit2() -> None:
    """What its sender has inside, and the token's allowance to that Permit2."""
    assert users(INSIDE, PERMIT2) == [ROOT, CHILD]
    assert users(INSIDE, FORK) == [FORKED_ROOT, FORKED]
    assert users(SPENDER, PERMIT2) == [ROOT, SAME]
    assert users(STRANGER, PERMIT2) == [ROOT], "what was signed, by whoever holds it"


def test_to_permit2_without_anybody_inside() -> None:
    """The chain's own is known by its address."""
    every = (DIRECT, BESIDE, ROOT)
    movers = Movers.of(every, TOKEN, PERMIT2)
    by = Sent(STRANGER, PERMIT2)
    assert [each for each in every if uses(by, held(each, movers))] == [ROOT]


def test_to_another_spender() -> None:
    """It is taken for that one's; one inside Permit2 used Permit2's own, too."""
    assert users(OWNER, OTHER) == [BESIDE]
    assert users(STRANGER, SPENDER) == [DIRECT, ROOT, SAME]
    assert users(OWNER, INSIDE) == [ROOT, FORKED_ROOT, CHILD, FORKED]
    assert users(SPENDER, OTHER) == [DIRECT, BESIDE, SAME], "or its sender's"


@pytest.mark.parametrize("to", [ROUTER, OWNER, None])
def test_anybodys(to: Address | None) -> None:
    """What went to a router, to the wallet itself, or made a contract."""
    assert users(STRANGER, to) == list(EVERY)


def test_a_wallet_that_approved_itself() -> None:
    """Its own calls are not its use alone."""
    movers = Movers.of((DIRECT, of(OWNER)), TOKEN, PERMIT2)
    assert uses(Sent(STRANGER, OWNER), held(DIRECT, movers))


@given(PEOPLE, st.one_of(st.none(), PEOPLE), st.sampled_from(EVERY))
def test_laws(sender: Address, to: Address | None, one: Allowance) -> None:
    """What cannot have moved it is no use; its spender's own call always may be."""
    by, it = Sent(sender, to), held(one)
    assert moves(by, it) or not uses(by, it)
    direct = one.candidate.contract
    if sender == one.spender:
        assert uses(by, it) or to in {TOKEN, PERMIT2, FORK}
        assert uses(Sent(sender, direct), it)
    assert uses(Sent(sender, ROUTER), it)


# what state shows

RAISED = LogRef(block=5, index=1, transaction=word(5))
LATER = LogRef(block=9, index=1, transaction=word(9))


def raised(
    one: Allowance, *, claimed: int | None, last: LogRef | None = RAISED
) -> Allowance:
    parts = replace(one.candidate, raised=RAISED, last_changed=last, claimed=claimed)
    return replace(one, candidate=parts)


@pytest.mark.parametrize(
    ("one", "unused"),
    [
        (raised(allowance(amount(100)), claimed=100), True),
        (raised(allowance(amount(99)), claimed=100), False),
        (raised(allowance(amount(101)), claimed=100), False),
        (raised(allowance(amount(100)), claimed=None), False),
        (raised(allowance(amount(100)), claimed=100, last=LATER), False),
        (raised(allowance(amount(100)), claimed=100, last=None), False),
        (raised(allowance(amount(2**255)), claimed=2**255), False),
        (raised(allowance(child(100), kind=Kind.PERMIT2), claimed=100), True),
        (raised(of(INSIDE, PERMIT2), claimed=2**160 - 1), False),
        (raised(allowance(kind=Kind.ERC721), claimed=1), True),
        (raised(allowance(Everything(), kind=Kind.OPERATOR), claimed=1), False),
    ],
)
def test_never_used(one: Allowance, *, unused: bool) -> None:
    """An amount with a limit that is as its newest log raised it; any item."""
    assert never_used(record(one)) is unused


def test_more_than_there_is() -> None:
    """Its limit may be one that is never lowered, as UNI's 2^96 - 1."""
    one = raised(allowance(amount(2**96 - 1)), claimed=2**96 - 1)
    assert not never_used(record(one, token=token_facts(total_supply=10**27)))
    inside = raised(allowance(child(100), kind=Kind.PERMIT2), claimed=100)
    facts = token_facts(total_supply=100)
    assert never_used(record(inside, token=facts)), "Permit2 lowers it all the same"


# the search


def transfers(*blocks: int) -> list[LogRef]:
    return [LogRef(block=each, index=3, transaction=word(each)) for each in blocks]


def searched(case: Case, sent: dict[int, Sent | None]) -> LogRef | Missing | None:
    told = {word(block): by for block, by in sent.items()}
    case.look(0, MOST + 1, told)
    return case.told()


def test_the_newest_that_fits() -> None:
    """Others' are passed over, and nothing is asked once it is found."""
    case = Case(held(DIRECT), transfers(30, 20, 10), 0)
    assert case.asks(0, 2) == {word(30), word(20)}
    by = {30: Sent(OWNER, OTHER), 20: Sent(SPENDER, TOKEN)}
    assert searched(case, dict(by)) == transfers(20)[0]
    assert case.asks(0, MOST) == set()


def test_beyond_the_limit() -> None:
    """What was not looked up is not known."""
    some = transfers(*range(MOST + 1, 0, -1))
    case = Case(held(DIRECT), some, 0)
    assert len(case.asks(0, MOST + 1)) == MOST
    every: dict[int, Sent | None] = dict.fromkeys(range(MOST + 2), Sent(OWNER, OTHER))
    told = searched(case, every)
    assert isinstance(told, Missing)
    assert told.lack is Lack.UNAVAILABLE
    assert searched(Case(held(DIRECT), some[:MOST], 0), every) is None


def test_a_sender_that_nobody_tells() -> None:
    """FAILED, unless an older one fits."""
    case = Case(held(DIRECT), transfers(30, 20), 0)
    told = searched(case, {20: Sent(OWNER, OTHER)})
    assert isinstance(told, Missing)
    assert told.lack is Lack.FAILED
    again = Case(held(DIRECT), transfers(30, 20), 0)
    assert searched(again, {20: Sent(OWNER, SPENDER)}) == transfers(20)[0]


def test_its_own_log() -> None:
    """That of a lower amount may be its use through anybody, but for the token."""
    one = held(raised(allowance(amount(60)), claimed=60, last=LATER))
    seen = transfers(30, 9, 7)
    assert Case(one, seen, 0).asks(0, 9) == {word(9), word(7)}
    assert searched(Case(one, seen, 0), {9: Sent(OWNER, OTHER)}) == LATER
    sent = {9: Sent(OWNER, TOKEN), 7: Sent(OWNER, ROUTER)}
    assert searched(Case(one, seen, 0), dict(sent)) == seen[2]
    assert Case(one, seen, 10).asks(0, 9) == {word(9), word(7)}, "transfers alone"


def test_a_lower_amount_inside_permit2() -> None:
    """Only its owner lowers it with a log; a use is not logged there."""
    lower = raised(
        allowance(child(60), kind=Kind.PERMIT2, spender=INSIDE), claimed=60, last=LATER
    )
    assert Case(held(lower), [], 0).asks(0, 9) == set()
