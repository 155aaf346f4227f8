"""What an approval standard has to say of itself, as pure functions of values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from allowctl.codec import words
from allowctl.errors import CodecError
from allowctl.model.approval import (
    Allowance,
    Candidate,
    Kind,
    LogRef,
    Reading,
    Refused,
)
from allowctl.model.chain import Address, Block, Call, Log, Returned, Reverted
from allowctl.model.plan import Method, Role, Stage, Way

_HASH = re.compile(r"0x[0-9a-fA-F]{64}")

IN_TWO = (
    "zeroed first, and set, once that is final, to no more than was not spent meanwhile"
)
"""What a person has to know of a limit that takes two transactions."""

Told = Returned | Reverted
"""What a contract itself said: `Unserved` never reaches a standard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event that changes approvals."""

    signature: str
    topic0: str
    owner_position: int
    """Index of the owner in the log's topics, 1 to 3."""


@dataclass(frozen=True, slots=True)
class CannotLower:
    """Why an approval can be revoked but not lowered."""

    reason: str


class Standard(Protocol):
    """One approval standard's whole life, without I/O."""

    @property
    def kind(self) -> Kind:
        """The word for it in reports."""

    @property
    def events(self) -> tuple[Event, ...]:
        """Which events to ask for."""

    def nominate(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """The approval that a log names, then what else it may mean (probes).

        Each with where the log stands and what it claims is granted, if it does.
        Empty if the log is of another standard. CodecError if it has one of
        these events' topics and no spender can be found in it. Data that is
        not needed is not judged: state decides.
        """

    def other_readings(self, log: Log, owner: Address) -> tuple[Candidate, ...]:
        """What the same log means if the contract does not speak this standard."""

    def reads(self, candidate: Candidate) -> tuple[Call, ...]:
        """The calls that read its state."""

    def parse(
        self, candidate: Candidate, answers: Sequence[Told], at: Block
    ) -> Reading:
        """What the answers to `reads` mean at a block."""

    def revoke(self, allowance: Allowance) -> Call:
        """The owner's call that takes it back whole."""

    def ways(self, allowance: Allowance, amount: int) -> tuple[Way, ...] | CannotLower:
        """How to bring it down to `amount`, 0 for nothing; the best way first.

        ValueError if that is not lower than what is granted.
        """

    def limit(self, allowance: Allowance, amount: int) -> Call | CannotLower:
        """The owner's call that lowers it to `amount` smallest units.

        ValueError if that is not lower than what is granted.
        """


def reference(log: Log) -> LogRef:
    """Where a log stands. CodecError if that is in no block.

    A position that is none is left 0, a transaction hash that is none is left
    empty: neither decides anything.
    """
    known = _HASH.fullmatch(log.transaction)
    try:
        block = log.block
    except ValueError:
        raise CodecError("a log in no block") from None
    try:
        index = log.index
    except ValueError:
        index = 0
    return LogRef(
        block=block,
        index=index,
        transaction=log.transaction.lower() if known else "",
    )


def claim(text: str, index: int, bits: int = 256) -> int | None:
    """The number at a word of a log's hex, as far as there is one: a mere claim."""
    try:
        return words.uint_at(words.hex_bytes(text), index, bits)
    except CodecError:
        return None


def told(answer: Told) -> bytes:
    """The bytes a contract answered; none where it failed."""
    return answer.data if isinstance(answer, Returned) else b""


def refusal(candidate: Candidate, answers: Sequence[Told]) -> Refused:
    """What answers that do not parse amount to, in words of our own."""
    reverted = next((a.reason for a in answers if isinstance(a, Reverted)), None)
    silent = any(isinstance(a, Returned) and not a.data for a in answers)
    reason = reverted or ("answers nothing" if silent else "answers garbage")
    return Refused(candidate=candidate, reason=reason)


def whole(method: Method, call: Call, leaves: int = 0, note: str = "") -> Way:
    """A way of one call."""
    stage = Stage(role=Role.WHOLE, method=method, call=call, leaves=leaves)
    return Way(stages=(stage,), note=note)


def must_lower(granted: int, amount: int) -> None:
    """ValueError unless `amount` is below what is granted: only reductions."""
    if not 0 <= amount < granted:
        raise ValueError(f"{amount} is not lower than {granted}")
