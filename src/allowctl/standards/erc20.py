"""ERC-20 allowances (EIP-20)."""

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
    Kind,
    Live,
    Origin,
    Reading,
)
from allowctl.model.chain import ZERO_ADDRESS, Address, Block, Call, Log
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

APPROVAL = Event(
    signature="Approval(address,address,uint256)",
    topic0="0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925",
    owner_position=1,
)
ALLOWANCE = bytes.fromhex("dd62ed3e")
APPROVE = bytes.fromhex("095ea7b3")
DECREASES = (
    (Method.DECREASE_ALLOWANCE, bytes.fromhex("a457c2d7")),
    (Method.DECREASE_APPROVAL, bytes.fromhex("66188463")),
)
"""No standard has them: OpenZeppelin's before version 5, and before version 2."""

UNLIMITED = 2**255
"""Tokens that decrement even the maximum leave it just below 2**256 - 1."""

_STANDARD_TOPICS = 3
_LAYOUTS = {2, 3}
"""Topics: 4 are an ERC-721 item's."""
_LEAST_ADDRESS = 2**96
"""Below it a word is far likelier an amount than an address."""
_NO_ADDRESS = 2**160

_LEAST = 1
"""What can be left where a token refuses 0 (BNB), in smallest units."""
_REFUSES = "the token refuses 0: 1 smallest unit is the least"
_DIFFERENCE = "lowered by the difference: what is spent meanwhile is taken off, too"
_IN_TWO_FROM_LEAST = (
    "the token refuses 0: lowered to 1 smallest unit first, and set, once that is "
    "final, to no more than was not spent meanwhile"
)


def allowance_call(token: Address, owner: Address, spender: Address) -> Call:
    """allowance(owner, spender)."""
    data = ALLOWANCE + words.address(owner) + words.address(spender)
    return Call(token, data)


class Erc20:
    """`approve` on a token: up to an amount, for ever."""

    kind = Kind.ERC20
    events = (APPROVAL,)

    def nominate(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """2 or 3 topics; 4 are an ERC-721 item's, which shares the event.

        Two topics are an old token that indexes the owner alone. Three may be
        one that indexes the amount in the spender's stead: where the data
        could be an address, that one is probed too, and is the one named if
        the topic is too large to be an address.
        """
        if not log.topics or log.topics[0].lower() != APPROVAL.topic0:
            return ()
        if len(log.topics) not in _LAYOUTS:
            return ()
        spender, amount = _said(log)
        named = self._candidate(log, owner, spender, amount)
        in_data = amount is not None and _LEAST_ADDRESS <= amount < _NO_ADDRESS
        if not in_data or len(log.topics) != _STANDARD_TOPICS:
            return (named,)
        other = Address(f"0x{amount:040x}")
        claimed = claim(log.topics[2], 0)
        return named, self._candidate(log, owner, other, claimed, Origin.PROBE)

    def other_readings(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """An old ERC-721 that does not index the id: it stands in the data."""
        try:
            data = words.hex_bytes(log.data)
            token_id = words.uint_at(data, _STANDARD_TOPICS - len(log.topics))
        except CodecError:
            return ()
        spender, _ = _said(log)
        return (
            Candidate(
                kind=Kind.ERC721,
                owner=owner,
                contract=Address(log.address),
                token=Address(log.address),
                spender=spender,
                token_id=token_id,
                last_changed=reference(log),
                claimed=int(spender != ZERO_ADDRESS),
            ),
        )

    def reads(self, candidate: Candidate) -> tuple[Call, ...]:
        """allowance(owner, spender)."""
        return (allowance_call(candidate.contract, candidate.owner, candidate.spender),)

    def parse(
        self, candidate: Candidate, answers: Sequence[Told], at: Block
    ) -> Reading:
        """Whatever was approved, what is left of it is what `allowance` says."""
        del at
        try:
            amount = words.uint_at(told(answers[0]), 0)
        except CodecError:
            return refusal(candidate, answers)
        if amount == 0:
            return Dead(candidate=candidate, reason=DeadReason.ZERO)
        grant = Amount(amount=amount, maximum=UNLIMITED)
        return Live(
            allowance=Allowance(
                candidate=candidate, spender=candidate.spender, grant=grant
            )
        )

    def revoke(self, allowance: Allowance) -> Call:
        """approve(spender, 0)."""
        return self._approve(allowance, 0)

    def ways(self, allowance: Allowance, amount: int) -> tuple[Way, ...] | CannotLower:
        """Which of them a token takes is known once they are tried.

        Never `approve` of an amount over one that is left: the spender could use
        that one first, and then the new one (EIP-20's note on `approve`).
        """
        match allowance.grant:
            case Amount(amount=granted):
                must_lower(granted, amount)
            case _:
                return CannotLower("an ERC-20 allowance is an amount")
        if amount:
            return self._lowering(allowance, granted, amount)
        return self._revoking(allowance, granted)

    def _revoking(self, allowance: Allowance, granted: int) -> tuple[Way, ...]:
        ways = (
            whole(Method.APPROVE, self.revoke(allowance)),
            *(
                whole(method, _call(selector, allowance, granted))
                for method, selector in DECREASES
            ),
        )
        if granted <= _LEAST:
            return ways
        least = self._approve(allowance, _LEAST)
        return (*ways, whole(Method.APPROVE, least, _LEAST, _REFUSES))

    def _lowering(
        self, allowance: Allowance, granted: int, amount: int
    ) -> tuple[Way, ...]:
        ways = (
            *(
                whole(
                    method,
                    _call(selector, allowance, granted - amount),
                    amount,
                    _DIFFERENCE,
                )
                for method, selector in DECREASES
            ),
            self._in_two(allowance, 0, amount, IN_TWO),
        )
        if amount <= _LEAST:
            return ways
        return (*ways, self._in_two(allowance, _LEAST, amount, _IN_TWO_FROM_LEAST))

    def _in_two(self, allowance: Allowance, first: int, then: int, note: str) -> Way:
        return Way(
            stages=tuple(
                Stage(
                    role=role,
                    method=Method.APPROVE,
                    call=self._approve(allowance, amount),
                    leaves=amount,
                )
                for role, amount in ((Role.ZERO, first), (Role.SET, then))
            ),
            note=note,
        )

    def limit(self, allowance: Allowance, amount: int) -> Call | CannotLower:
        """approve(spender, amount). Some tokens want a zero in between."""
        match allowance.grant:
            case Amount(amount=granted):
                must_lower(granted, amount)
                return self._approve(allowance, amount)
            case _:
                return CannotLower("an ERC-20 allowance is an amount")

    @staticmethod
    def _approve(allowance: Allowance, amount: int) -> Call:
        return _call(APPROVE, allowance, amount)

    @staticmethod
    def _candidate(
        log: Log,
        owner: Address,
        spender: Address,
        amount: int | None,
        origin: Origin = Origin.LOG,
    ) -> Candidate:
        return Candidate(
            kind=Kind.ERC20,
            owner=owner,
            contract=Address(log.address),
            token=Address(log.address),
            spender=spender,
            origin=origin,
            last_changed=reference(log),
            claimed=amount,
        )


def _call(selector: bytes, allowance: Allowance, amount: int) -> Call:
    data = selector + words.address(allowance.spender) + words.uint(amount)
    return Call(allowance.candidate.contract, data)


def _said(log: Log) -> tuple[Address, int | None]:
    """Spender and amount. CodecError if no spender can be found."""
    if len(log.topics) < _STANDARD_TOPICS:
        return words.address_at(words.hex_bytes(log.data), 0), claim(log.data, 1)
    try:
        return words.address_of_topic(log.topics[2]), claim(log.data, 0)
    except CodecError:
        spender = words.address_at(words.hex_bytes(log.data), 0)
        return spender, claim(log.topics[2], 0)
