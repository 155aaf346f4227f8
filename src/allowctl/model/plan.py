"""What is to be changed, transaction by transaction, before anything is signed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from allowctl.model.approval import Allowance, Amount
from allowctl.model.chain import Address, Block, Call, Chain
from allowctl.model.finding import Level


class Role(StrEnum):
    """What a transaction is for."""

    WHOLE = "whole"
    """It alone brings its approvals to where they are to be."""
    ZERO = "zero"
    """The first of two: it leaves nothing (or the least there is), and then..."""
    SET = "set"
    """... the second sets what is to be left, once the first is final."""
    CANCEL = "cancel"
    """It makes Permit2 signatures useless, and changes no amount."""


class Method(StrEnum):
    """The contract's function that is called."""

    APPROVE = "approve"
    DECREASE_ALLOWANCE = "decreaseAllowance"
    DECREASE_APPROVAL = "decreaseApproval"
    SET_APPROVAL_FOR_ALL = "setApprovalForAll"
    LOCKDOWN = "lockdown"
    PERMIT2_APPROVE = "Permit2 approve"
    INVALIDATE_NONCES = "invalidateNonces"


class Proof(StrEnum):
    """How it was tried, before anything was signed, that it does what it should."""

    SIMULATED = "simulated"
    """The node ran the call and then the read (eth_simulateV1)."""
    OVERRIDDEN = "simulated by override"
    """The same by a small contract in the owner's place (a state override)."""
    UNPROVEN = "effect unproven"
    """The call alone passes: what it leaves was not seen (eth_call)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One approval, as it stood at the plan's block, and what is to be left of it."""

    allowance: Allowance
    fingerprint: str
    after: int
    """Smallest units; for an item or an operator 0."""
    permit2_nonce: int | None = None
    """What Permit2's nonce is set to, where signatures are cancelled."""
    symbol: str | None = None
    """The token's own word, hostile: made safe where it is shown."""
    decimals: int | None = None
    label: str | None = None
    """The spender's, from the bundled table or a list."""
    level: Level | None = None
    """None where it was not judged."""

    @property
    def before(self) -> int:
        """Smallest units; 1 for an item and for an operator."""
        grant = self.allowance.grant
        return grant.amount if isinstance(grant, Amount) else 1

    @property
    def revokes(self) -> bool:
        """Whether nothing is to be left."""
        return self.after == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One call of a way."""

    role: Role
    method: Method
    call: Call
    leaves: int
    """What it leaves of each of its approvals, if all goes well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How an approval can be brought to where it is to be."""

    stages: tuple[Stage, ...]
    """One WHOLE, one CANCEL, or a ZERO and a SET."""
    note: str = ""
    """What a person has to know of it, in words of our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Approvals that one way is to serve, and the ways that there are, best first."""

    changes: tuple[Change, ...]
    """One; for a lockdown, all that is to be taken back in one Permit2."""
    ways: tuple[Way, ...]
    """All of them leave the same, but for what a note says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What trying an attempt has shown."""

    attempt: Attempt
    way: Way | None
    """The first that works; None if none does."""
    gas: tuple[int, ...] = ()
    """The limit to send with each stage."""
    proof: Proof = Proof.UNPROVEN
    reason: str = ""
    """Why none works, in words of our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One transaction."""

    number: int
    """From 1, in the order of sending."""
    role: Role
    method: Method
    call: Call
    changes: tuple[Change, ...]
    """What it brings about: `after` is what this step leaves. Several in a lockdown."""
    gas: int
    """The limit that is sent."""
    proof: Proof
    data_fee: int = 0
    """Wei that the chain takes for its data at most, besides gas (OP stack)."""
    waits_for: int | None = None
    """The step that has to be final first: a ZERO before its SET."""
    note: str = ""
    """What a person has to know of it, in words of our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What was selected and is not tried, or not tried whole."""

    change: Change
    reason: str
    """In words of our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What is offered for gas, in wei per gas."""

    max_fee: int
    """maxFeePerGas, or the gas price of a legacy transaction."""
    tip: int | None
    """maxPriorityFeePerGas; None on a chain without a base fee: legacy."""
    base_fee: int = 0
    """Of the newest block; 0 for legacy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What is never exceeded, whatever a node says."""

    fee_per_gas: int
    """Wei."""
    gas: int
    """Of one revocation; a lockdown has it for each pair."""
    per_transaction: int
    """Wei in all."""
    per_run: int
    """Wei in all, replacements included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is to be sent for one owner on one chain."""

    chain: Chain
    owner: Address
    as_of: Block
    """The block at which the approvals stood so."""
    steps: tuple[Step, ...]
    left_out: tuple[LeftOut, ...]
    fees: Fees
    caps: Caps
    balance: int | None = None
    """What the owner can pay with, in wei; None where it was not served."""
    usd_per_native: Decimal | None = None
    unseen: tuple[str, ...] = ()
    """What this plan does not take back, in words of our own."""

    @property
    def worst_cost(self) -> int:
        """Wei, if every step burns its gas at the highest price offered."""
        return sum(self.cost(step) for step in self.steps)

    def cost(self, step: Step) -> int:
        """The same of one step."""
        return step.gas * self.fees.max_fee + step.data_fee

    @property
    def goals(self) -> tuple[Change, ...]:
        """Each approval once, with what is left of it when all is done."""
        last = {
            change.fingerprint: change
            for step in self.steps
            if step.role is not Role.CANCEL
            for change in step.changes
        }
        return tuple(last.values())
