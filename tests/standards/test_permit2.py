"""Allowances inside Permit2."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Amount,
    Candidate,
    Dead,
    DeadReason,
    Dormant,
    Kind,
    Live,
    Refused,
)
from allowctl.model.chain import Address, Call, Log, Returned, Reverted
from allowctl.model.plan import Method, Role
from allowctl.standards.base import CannotLower
from allowctl.standards.permit2 import Permit2, invalidate_call, lockdown_call
from tests import build
from tests.lab.abi import decode_as, encode_call
from tests.strategies import (
    addresses,
    allowances,
    answers,
    candidates,
    topic0,
    uints,
)

PERMIT2 = Permit2()
CHILD = build.candidate(kind=Kind.PERMIT2)
APPROVAL = topic0("Approval(address,address,address,uint160,uint48)")
LOCKDOWN = topic0("Lockdown(address,address,address)")
OWNER = build.word(build.OWNER)


@given(candidates(Kind.PERMIT2))
def test_it_reads_the_child_then_its_root(candidate: Candidate) -> None:
    """Permit2's allowance(owner, token, spender), the token's allowance to it."""
    c = candidate
    child = encode_call(
        "allowance(address,address,address)", c.owner, c.token, c.spender
    )
    root = encode_call("allowance(address,address)", c.owner, c.contract)

    assert PERMIT2.reads(c) == (Call(c.contract, child), Call(c.token, root))


@given(uints(160, least=1), uints(48), uints(48), uints())
def test_a_child_lives_until_its_expiration_and_by_its_root(
    amount: int, expiration: int, nonce: int, root: int
) -> None:
    """Live or dormant with all that was read of it, dead when it is past."""
    told = [build.returned(amount, expiration, nonce), build.returned(root)]
    verdict = PERMIT2.parse(CHILD, told, build.block())
    grant = build.child(
        amount, expiration=expiration, permit2_nonce=nonce, root_amount=root
    )
    allowance = Allowance(candidate=CHILD, spender=build.SPENDER, grant=grant)
    if expiration < build.NOW:
        assert verdict == Dead(
            candidate=CHILD, reason=DeadReason.EXPIRED, allowance=allowance
        )
    elif root == 0:
        assert verdict == Dormant(allowance=allowance)
    else:
        assert verdict == Live(allowance=allowance)


@given(uints(48, least=1))
def test_the_expiration_is_the_last_second_that_works(now: int) -> None:
    """Permit2 refuses when block.timestamp > expiration: inclusive."""
    at = build.block(timestamp=now)
    root = build.returned(build.UNLIMITED)
    last = PERMIT2.parse(CHILD, [build.returned(1, now, 0), root], at)
    past = PERMIT2.parse(CHILD, [build.returned(1, now - 1, 0), root], at)

    assert isinstance(last, Live)
    assert isinstance(past, Dead)
    assert past.reason is DeadReason.EXPIRED


@pytest.mark.parametrize("root", [Reverted("reverts"), Returned(b""), Returned(b"1")])
def test_what_has_expired_needs_no_root(root: Returned | Reverted) -> None:
    """It is dead whatever the token says; what is left of it is still told."""
    child = build.returned(5, build.NOW - 1, 7)
    grant = build.child(5, expiration=build.NOW - 1, permit2_nonce=7, root_amount=None)

    assert PERMIT2.parse(CHILD, [child, root], build.block()) == Dead(
        candidate=CHILD,
        reason=DeadReason.EXPIRED,
        allowance=Allowance(candidate=CHILD, spender=build.SPENDER, grant=grant),
    )


@given(uints(48), uints(48), answers)
def test_an_amount_of_zero_is_dead(
    expiration: int, nonce: int, root: Returned | Reverted
) -> None:
    """Whatever its expiration, and whatever the token says."""
    told = [build.returned(0, expiration, nonce), root]

    assert PERMIT2.parse(CHILD, told, build.block()) == Dead(
        candidate=CHILD,
        reason=DeadReason.ZERO,
        permit2_nonce=nonce,
        expiration=expiration,
    )


@pytest.mark.parametrize(
    ("child", "root", "reason"),
    [
        (Reverted("reverts"), build.returned(1), "reverts"),
        (Returned(b""), build.returned(1), "answers nothing"),
        (build.returned(1, build.NOW), build.returned(1), "answers garbage"),
        (build.returned(2**160, build.NOW, 0), build.returned(1), "answers garbage"),
        (build.returned(1, 2**48, 0), build.returned(1), "answers garbage"),
        (build.returned(1, build.NOW, 2**48), build.returned(1), "answers garbage"),
        (build.returned(1, build.NOW, 0), Reverted("burns its gas"), "burns its gas"),
        (build.returned(1, build.NOW, 0), Returned(b""), "answers nothing"),
    ],
)
def test_what_cannot_be_read_is_a_refusal(
    child: Returned | Reverted, root: Returned | Reverted, reason: str
) -> None:
    """Neither half is guessed: a root that is not known is not zero."""
    assert PERMIT2.parse(CHILD, [child, root], build.block()) == Refused(
        candidate=CHILD, reason=reason
    )


@given(allowances(Kind.PERMIT2))
def test_revoke_locks_down(allowance: Allowance) -> None:
    """lockdown([(token, spender)]), as eth_abi encodes it: it has no amount."""
    call = PERMIT2.revoke(allowance)
    pair = (allowance.candidate.token, allowance.spender)

    assert call.data == encode_call("lockdown((address,address)[])", [pair])
    assert decode_as("((address,address)[])", call.data[4:]) == ((pair,),)


@given(allowances(Kind.PERMIT2), st.data())
def test_limit_keeps_the_expiration(allowance: Allowance, data: st.DataObject) -> None:
    """approve(token, spender, amount, expiration), as eth_abi encodes it."""
    grant = allowance.grant
    assert isinstance(grant, Amount)
    lower = data.draw(st.integers(0, grant.amount - 1))
    encoded = encode_call(
        "approve(address,address,uint160,uint48)",
        allowance.candidate.token,
        allowance.spender,
        lower,
        grant.expiration,
    )

    assert PERMIT2.limit(allowance, lower) == Call(
        allowance.candidate.contract, encoded
    )


@pytest.mark.parametrize("expiration", [None, 0])
def test_limit_never_sends_an_expiration_of_zero(expiration: int | None) -> None:
    """Permit2 takes 0 for "until the end of this block": a change nobody asked."""
    grant = replace(build.child(), expiration=expiration)
    allowance = build.allowance(grant, kind=Kind.PERMIT2)

    assert isinstance(PERMIT2.limit(allowance, 1), CannotLower)


@pytest.mark.parametrize(
    "log",
    [
        build.log(APPROVAL, OWNER),
        build.log(APPROVAL, OWNER, OWNER),
        build.log(LOCKDOWN, OWNER, OWNER, data=build.word(1)),
        build.log(LOCKDOWN, OWNER),
        build.log(LOCKDOWN, OWNER, data=build.word(build.TOKEN)),
        build.log(APPROVAL, OWNER, build.word(2**160), OWNER),
    ],
)
def test_a_log_in_no_known_layout_is_told(log: Log) -> None:
    """The topic is Permit2's: it is not passed over in silence."""
    with pytest.raises(CodecError):
        PERMIT2.nominate(log, build.OWNER)


@pytest.mark.parametrize(
    ("event", "data", "claimed"),
    [
        (APPROVAL, build.word(7) + build.word(9)[2:], 7),
        (APPROVAL, build.word(2**160), None),
        (APPROVAL, "0x", None),
        (LOCKDOWN, "0x", 0),
    ],
)
def test_a_log_claims_an_amount(event: str, data: str, claimed: int | None) -> None:
    """A Lockdown, in whatever layout, says 0; what is no uint160 is not known."""
    where = (OWNER, build.word(build.TOKEN), build.word(build.SPENDER))
    (named,) = PERMIT2.nominate(build.log(event, *where, data=data), build.OWNER)

    assert named.claimed == claimed


def test_it_has_no_other_reading() -> None:
    """No other contract has these events."""
    token, spender = build.word(build.TOKEN), build.word(build.SPENDER)

    assert (
        PERMIT2.other_readings(build.log(APPROVAL, OWNER, token, spender), build.OWNER)
        == ()
    )


@given(allowances(Kind.PERMIT2), st.data())
def test_it_is_locked_down_and_then_set_to_less(
    allowance: Allowance, data: st.DataObject
) -> None:
    """Never set over what is left: a spender who is quicker would have both."""
    grant = allowance.grant
    assert isinstance(grant, Amount)
    lower = data.draw(st.integers(0, grant.amount - 1))
    ways = PERMIT2.ways(allowance, lower)
    assert isinstance(ways, tuple)
    (way,) = ways
    first, *then = way.stages

    assert (first.method, first.leaves) == (Method.LOCKDOWN, 0)
    assert first.call == PERMIT2.revoke(allowance)
    assert first.role is (Role.ZERO if lower else Role.WHOLE)
    assert bool(way.note) is bool(lower)
    if lower:
        (last,) = then
        assert (last.role, last.leaves) == (Role.SET, lower)
        assert last.method is Method.PERMIT2_APPROVE
        assert last.call == PERMIT2.limit(allowance, lower)


@pytest.mark.parametrize("expiration", [None, 0])
def test_what_cannot_be_dated_can_be_locked_down(expiration: int | None) -> None:
    """Without an expiration there is no approve that keeps it."""
    grant = replace(build.child(), expiration=expiration)
    allowance = build.allowance(grant, kind=Kind.PERMIT2)

    assert isinstance(PERMIT2.ways(allowance, 1), CannotLower)
    assert isinstance(PERMIT2.ways(allowance, 0), tuple)


@given(addresses, st.lists(st.tuples(addresses, addresses), max_size=5))
def test_a_lockdown_holds_many_pairs(
    contract: Address, pairs: list[tuple[Address, Address]]
) -> None:
    """lockdown([(token, spender), ...]), as eth_abi encodes it."""
    call = lockdown_call(contract, pairs)

    assert call.to == contract
    assert call.data == encode_call("lockdown((address,address)[])", pairs)


@given(addresses, addresses, addresses, uints(48))
def test_nonces_are_invalidated_up_to_a_new_one(
    contract: Address, token: Address, spender: Address, nonce: int
) -> None:
    """invalidateNonces(token, spender, newNonce), as eth_abi encodes it."""
    call = invalidate_call(contract, token, spender, nonce)
    signature = "invalidateNonces(address,address,uint48)"

    assert call == Call(contract, encode_call(signature, token, spender, nonce))


def test_a_nonce_has_48_bits() -> None:
    """It is not cut off."""
    with pytest.raises(CodecError, match="uint48"):
        invalidate_call(build.PERMIT2, build.TOKEN, build.SPENDER, 2**48)
