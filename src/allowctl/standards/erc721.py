"""Single ERC-721 items (EIP-721): `approve` of one token id."""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Candidate,
    Dead,
    DeadReason,
    Item,
    Kind,
    Live,
    Reading,
)
from allowctl.model.chain import (
    REVERTS,
    ZERO_ADDRESS,
    Address,
    Answer,
    Block,
    Call,
    Log,
    Returned,
    Reverted,
)
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
from allowctl.standards.erc20 import APPROVAL, APPROVE

OWNER_OF = bytes.fromhex("6352211e")
GET_APPROVED = bytes.fromhex("081812fc")
SUPPORTS_INTERFACE = bytes.fromhex("01ffc9a7")
ERC721_ID = bytes.fromhex("80ac58cd")
"""EIP-165 id of ERC-721."""

_TOPICS = 4


def supports_call(contract: Address, interface: bytes) -> Call:
    """supportsInterface(interface) (EIP-165)."""
    return Call(contract, SUPPORTS_INTERFACE + interface.ljust(words.WORD, b"\0"))


def says_yes(answer: Answer) -> bool:
    """Whether an EIP-165 answer is a plain true."""
    return isinstance(answer, Returned) and answer.data[:32] == words.uint(1)


class Erc721:
    """One NFT that one spender may take."""

    kind = Kind.ERC721
    events: tuple[Event, ...] = (APPROVAL,)

    def nominate(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """Four topics: the id is indexed.

        One that names the zero address (a revocation, or OpenZeppelin before
        version 5 at every transfer) still names the id: state decides.
        """
        if len(log.topics) != _TOPICS or log.topics[0].lower() != APPROVAL.topic0:
            return ()
        spender = words.address_of_topic(log.topics[2])
        return (
            Candidate(
                kind=Kind.ERC721,
                owner=owner,
                contract=Address(log.address),
                token=Address(log.address),
                spender=spender,
                token_id=words.uint_at(words.hex_bytes(log.topics[3]), 0),
                last_changed=reference(log),
                claimed=int(spender != ZERO_ADDRESS),
            ),
        )

    def other_readings(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """An old ERC-20 that indexes the amount too."""
        return (
            Candidate(
                kind=Kind.ERC20,
                owner=owner,
                contract=Address(log.address),
                token=Address(log.address),
                spender=words.address_of_topic(log.topics[2]),
                last_changed=reference(log),
                claimed=claim(log.topics[3], 0),
            ),
        )

    def reads(self, candidate: Candidate) -> tuple[Call, ...]:
        """ownerOf(id), getApproved(id), and whether it says it is an ERC-721."""
        token_id = words.uint(candidate.token_id or 0)
        contract = candidate.contract
        return (
            Call(contract, OWNER_OF + token_id),
            Call(contract, GET_APPROVED + token_id),
            supports_call(contract, ERC721_ID),
        )

    def parse(
        self, candidate: Candidate, answers: Sequence[Told], at: Block
    ) -> Reading:
        """Live while the owner still has it: a transfer ends it without an event.

        An id without an owner must throw (EIP-721), so a contract that says it
        is an ERC-721 and throws in `ownerOf` says that the id was burnt.
        """
        del at
        holder_told, approved_told, is_erc721 = answers
        if holder_told == Reverted(REVERTS) and says_yes(is_erc721):
            return Dead(candidate=candidate, reason=DeadReason.TRANSFERRED)
        try:
            holder = words.address_at(told(holder_told), 0)
            if holder != candidate.owner:
                return Dead(candidate=candidate, reason=DeadReason.TRANSFERRED)
            spender = words.address_at(told(approved_told), 0)
        except CodecError:
            return refusal(candidate, answers[:2])
        if spender == ZERO_ADDRESS:
            return Dead(candidate=candidate, reason=DeadReason.ZERO)
        grant = Item(token_id=candidate.token_id or 0)
        return Live(
            allowance=Allowance(candidate=candidate, spender=spender, grant=grant)
        )

    def revoke(self, allowance: Allowance) -> Call:
        """approve(0, id)."""
        candidate = allowance.candidate
        data = APPROVE + words.address(ZERO_ADDRESS)
        return Call(candidate.contract, data + words.uint(candidate.token_id or 0))

    def ways(self, allowance: Allowance, amount: int) -> tuple[Way, ...] | CannotLower:
        """approve(0, id), for nothing; there is nothing in between."""
        if amount > 0:
            return self.limit(allowance, amount)
        must_lower(1, amount)
        return (whole(Method.APPROVE, self.revoke(allowance)),)

    def limit(self, allowance: Allowance, amount: int) -> CannotLower:
        """One item is given or it is not."""
        del allowance, amount
        return CannotLower("a single NFT can only be taken back whole")
