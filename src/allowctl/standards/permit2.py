"""Allowances inside Permit2 (Uniswap's AllowanceTransfer), at any emitter.

The token's own allowance to Permit2 is the root; what Permit2 grants to others
are its children. A child moves nothing while its root is zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec import words
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
    Reading,
)
from allowctl.model.chain import Address, Block, Call, Log
from allowctl.model.plan import Method, Role, Stage, Way
from allowctl.standards.base import (
    IN_TWO,
    CannotLower,
    Event,
    Told,
    claim,
    must_lower,
    reference,
    refusal,
    told,
    whole,
)
from allowctl.standards.erc20 import allowance_call

APPROVAL = Event(
    signature="Approval(address,address,address,uint160,uint48)",
    topic0="0xda9fa7c1b00402c17d0161b249b1ab8bbec047c5a52207b9c112deffd817036b",
    owner_position=1,
)
PERMIT = Event(
    signature="Permit(address,address,address,uint160,uint48,uint48)",
    topic0="0xc6a377bfc4eb120024a8ac08eef205be16b817020812c73223e81d1bdb9708ec",
    owner_position=1,
)
LOCKDOWN = Event(
    signature="Lockdown(address,address,address)",
    topic0="0x89b1add15eff56b3dfe299ad94e01f2b52fbcb80ae1a3baea6ae8c04cb2b98a4",
    owner_position=1,
)
_TOPICS0 = {APPROVAL.topic0, PERMIT.topic0, LOCKDOWN.topic0}
ALLOWANCE = bytes.fromhex("927da105")
APPROVE = bytes.fromhex("87517c45")
LOCK_DOWN = bytes.fromhex("cc53287f")
INVALIDATE_NONCES = bytes.fromhex("65d9723c")

_GRANT_TOPICS = 4
_LOCKDOWN_TOPICS = 2


def lockdown_call(contract: Address, pairs: Sequence[tuple[Address, Address]]) -> Call:
    """lockdown([(token, spender), ...]): zeroes the amounts, cancels no signature."""
    parts = [LOCK_DOWN, words.uint(words.WORD), words.uint(len(pairs))]
    for token, spender in pairs:
        parts += (words.address(token), words.address(spender))
    return Call(contract, b"".join(parts))


def invalidate_call(
    contract: Address, token: Address, spender: Address, new_nonce: int
) -> Call:
    """invalidateNonces(token, spender, newNonce): no signature below it is good.

    Permit2 refuses one that is not above the nonce, or by more than 65,535.
    CodecError if it does not fit into 48 bits.
    """
    if new_nonce > words.MAX_UINT48:
        raise CodecError(f"not a uint48: {new_nonce}")
    names = words.address(token) + words.address(spender)
    return Call(contract, INVALIDATE_NONCES + names + words.uint(new_nonce))


class Permit2:
    """An amount with an expiration, granted inside Permit2."""

    kind = Kind.PERMIT2
    events = (APPROVAL, PERMIT, LOCKDOWN)

    def nominate(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """Token and spender are indexed, but for Lockdown, which has them as data."""
        topic0 = log.topics[0].lower() if log.topics else ""
        if topic0 not in _TOPICS0:
            return ()
        claimed = 0 if topic0 == LOCKDOWN.topic0 else claim(log.data, 0, bits=160)
        if topic0 == LOCKDOWN.topic0 and len(log.topics) == _LOCKDOWN_TOPICS:
            data = words.hex_bytes(log.data)
            token, spender = words.address_at(data, 0), words.address_at(data, 1)
        elif len(log.topics) == _GRANT_TOPICS:
            token = words.address_of_topic(log.topics[2])
            spender = words.address_of_topic(log.topics[3])
        else:
            raise CodecError(f"a Permit2 event with {len(log.topics)} topics")
        return (
            Candidate(
                kind=Kind.PERMIT2,
                owner=owner,
                contract=Address(log.address),
                token=token,
                spender=spender,
                last_changed=reference(log),
                claimed=claimed,
            ),
        )

    def other_readings(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """There are none."""
        del log, owner
        return ()

    def reads(self, candidate: Candidate) -> tuple[Call, ...]:
        """The child, allowance(owner, token, spender), then its root."""
        c = candidate
        data = b"".join(
            (ALLOWANCE, *(words.address(a) for a in (c.owner, c.token, c.spender)))
        )
        return (Call(c.contract, data), allowance_call(c.token, c.owner, c.contract))

    def parse(
        self, candidate: Candidate, answers: Sequence[Told], at: Block
    ) -> Reading:
        """(uint160 amount, uint48 expiration, uint48 nonce), and the root's amount.

        Permit2 refuses when `block.timestamp > expiration`: the second named
        is the last one that works. Of what has expired the root need not be known.
        """
        try:
            child = told(answers[0])
            amount = words.uint_at(child, 0, 160)
            expiration = words.uint_at(child, 1, 48)
            nonce = words.uint_at(child, 2, 48)
            if amount == 0:
                return Dead(
                    candidate=candidate,
                    reason=DeadReason.ZERO,
                    permit2_nonce=nonce,
                    expiration=expiration,
                )
        except CodecError:
            return refusal(candidate, answers)
        root = _root(answers[1])
        allowance = Allowance(
            candidate=candidate,
            spender=candidate.spender,
            grant=Amount(
                amount=amount,
                maximum=words.MAX_UINT160,
                expiration=expiration,
                permit2_nonce=nonce,
                root_amount=root,
            ),
        )
        if expiration < at.timestamp:
            return Dead(
                candidate=candidate, reason=DeadReason.EXPIRED, allowance=allowance
            )
        if root is None:
            return refusal(candidate, answers)
        return Live(allowance=allowance) if root else Dormant(allowance=allowance)

    def revoke(self, allowance: Allowance) -> Call:
        """lockdown([(token, spender)]): zeroes the amount, cancels no signature."""
        candidate = allowance.candidate
        pair = (candidate.token, allowance.spender)
        return lockdown_call(candidate.contract, (pair,))

    def ways(self, allowance: Allowance, amount: int) -> tuple[Way, ...] | CannotLower:
        """Lockdown of the one pair; for a limit Permit2's approve comes after it.

        Permit2 has no call that takes something off: an amount that is set over
        another gives a spender who is quicker both.
        """
        match allowance.grant:
            case Amount(amount=granted):
                must_lower(granted, amount)
            case _:
                return CannotLower("not a Permit2 amount")
        if amount == 0:
            return (whole(Method.LOCKDOWN, self.revoke(allowance)),)
        call = self.limit(allowance, amount)
        if isinstance(call, CannotLower):
            return call
        zero = Stage(
            role=Role.ZERO,
            method=Method.LOCKDOWN,
            call=self.revoke(allowance),
            leaves=0,
        )
        limit = Stage(
            role=Role.SET, method=Method.PERMIT2_APPROVE, call=call, leaves=amount
        )
        return (Way(stages=(zero, limit), note=IN_TWO),)

    def limit(self, allowance: Allowance, amount: int) -> Call | CannotLower:
        """approve(token, spender, amount, expiration), the expiration as it is.

        An expiration of 0 would be taken for "now" by Permit2, so it is never
        sent: a grant that works has a later one.
        """
        match allowance.grant:
            case Amount(amount=granted, expiration=int(expiration)) if expiration:
                must_lower(granted, amount)
                data = b"".join(
                    (
                        APPROVE,
                        words.address(allowance.candidate.token),
                        words.address(allowance.spender),
                        words.uint(amount),
                        words.uint(expiration),
                    )
                )
                return Call(allowance.candidate.contract, data)
            case _:
                return CannotLower("not a Permit2 amount with an expiration")


def _root(answer: Told) -> int | None:
    """What the token lets Permit2 move; None where it does not say."""
    try:
        return words.uint_at(told(answer), 0)
    except CodecError:
        return None
