"""Operators over a whole collection: ERC-721 and ERC-1155 (EIP-721, EIP-1155)."""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Candidate,
    Dead,
    DeadReason,
    Everything,
    Kind,
    Live,
    Reading,
)
from allowctl.model.chain import Address, Block, Call, Log
from allowctl.model.plan import Method, Way
from allowctl.standards.base import (
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

APPROVAL_FOR_ALL = Event(
    signature="ApprovalForAll(address,address,bool)",
    topic0="0x17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31",
    owner_position=1,
)
IS_APPROVED_FOR_ALL = bytes.fromhex("e985e9c5")
SET_APPROVAL_FOR_ALL = bytes.fromhex("a22cb465")

_OWNER_ONLY_TOPICS = 2


def is_operator_call(contract: Address, owner: Address, spender: Address) -> Call:
    """isApprovedForAll(owner, operator)."""
    data = IS_APPROVED_FOR_ALL + words.address(owner) + words.address(spender)
    return Call(contract, data)


class Operator:
    """`setApprovalForAll`: all that the owner has there, and will have."""

    kind = Kind.OPERATOR
    events = (APPROVAL_FOR_ALL,)

    def nominate(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """Three topics; two from contracts that index the owner alone."""
        if not log.topics or log.topics[0].lower() != APPROVAL_FOR_ALL.topic0:
            return ()
        if len(log.topics) < _OWNER_ONLY_TOPICS:
            raise CodecError("an ApprovalForAll that does not index its owner")
        if len(log.topics) == _OWNER_ONLY_TOPICS:
            spender = words.address_at(words.hex_bytes(log.data), 0)
            claimed = claim(log.data, 1, bits=1)
        else:
            spender = words.address_of_topic(log.topics[2])
            claimed = claim(log.data, 0, bits=1)
        return (
            Candidate(
                kind=Kind.OPERATOR,
                owner=owner,
                contract=Address(log.address),
                token=Address(log.address),
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
        """isApprovedForAll(owner, operator)."""
        c = candidate
        return (is_operator_call(c.contract, c.owner, c.spender),)

    def parse(
        self, candidate: Candidate, answers: Sequence[Told], at: Block
    ) -> Reading:
        """A plain true or false."""
        del at
        try:
            approved = words.bool_at(told(answers[0]), 0)
        except CodecError:
            return refusal(candidate, answers)
        if not approved:
            return Dead(candidate=candidate, reason=DeadReason.ZERO)
        return Live(
            allowance=Allowance(
                candidate=candidate, spender=candidate.spender, grant=Everything()
            )
        )

    def revoke(self, allowance: Allowance) -> Call:
        """setApprovalForAll(operator, false)."""
        data = SET_APPROVAL_FOR_ALL + words.address(allowance.spender) + words.uint(0)
        return Call(allowance.candidate.contract, data)

    def ways(self, allowance: Allowance, amount: int) -> tuple[Way, ...] | CannotLower:
        """setApprovalForAll(operator, false), for nothing."""
        if amount > 0:
            return self.limit(allowance, amount)
        must_lower(1, amount)
        return (whole(Method.SET_APPROVAL_FOR_ALL, self.revoke(allowance)),)

    def limit(self, allowance: Allowance, amount: int) -> CannotLower:
        """An operator has everything or nothing."""
        del allowance, amount
        return CannotLower("an operator can only be taken back whole")
