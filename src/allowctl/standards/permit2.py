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
    Verdict,
)
from allowctl.model.chain import Address, Block, Call, Log
from allowctl.standards.base import (
    CannotLower,
    Event,
    Told,
    claim,
    must_lower,
    reference,
    refusal,
    told,
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

_GRANT_TOPICS = 4
_LOCKDOWN_TOPICS = 2


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
    ) -> Verdict:
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
                return Dead(candidate=candidate, reason=DeadReason.ZERO)
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
        return Call(
            candidate.contract,
            b"".join(
                (
                    LOCK_DOWN,
                    words.uint(words.WORD),
                    words.uint(1),
                    words.address(candidate.token),
                    words.address(allowance.spender),
                )
            ),
        )

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
