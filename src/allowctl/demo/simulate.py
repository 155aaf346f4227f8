"""Trying messages on a block's state: eth_call, eth_estimateGas, eth_simulateV1."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from eth._utils.address import generate_contract_address
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import InsufficientFunds, InvalidInstruction, OutOfGas, Revert
from eth.vm.forks.prague.state import PragueTransactionExecutor
from eth.vm.forks.prague.transactions import Authorization
from eth.vm.message import Message

from allowctl.demo.chain import GAS_LIMIT, DemoChain, Event, Mined, events, raw
from allowctl.model.chain import ZERO_ADDRESS, Address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRANSACTION_GAS = 21_000
CREATION_GAS = 32_000
AUTHORIZATION_GAS = 25_000
"""For each entry of an EIP-7702 authorization list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A transaction that nobody signed."""

    sender: Address = ZERO_ADDRESS
    to: Address | None = None
    """None creates a contract."""
    data: bytes = b""
    value: int = 0
    gas: int = GAS_LIMIT
    authorizations: tuple[Authorization, ...] = ()
    """EIP-7702."""
    codes: Mapping[Address, bytes] = field(default_factory=dict)
    """What stands at addresses in the place of their code (a state override)."""

    def floor(self) -> int:
        """Least gas that a transaction with such data pays (EIP-7623)."""
        return TRANSACTION_GAS + 10 * self._tokens()

    def intrinsic(self) -> int:
        """Gas it costs before any code runs (EIP-2028, EIP-7702)."""
        gas = TRANSACTION_GAS + 4 * self._tokens()
        if self.to is None:
            gas += CREATION_GAS
        return gas + AUTHORIZATION_GAS * len(self.authorizations)

    def _tokens(self) -> int:
        zeros = self.data.count(0)
        return zeros + 4 * (len(self.data) - zeros)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """The message ran to its end."""

    output: bytes
    gas: int
    """Used at most, before refunds, the intrinsic part included."""
    spent: int = field(default=0, compare=False)
    """Paid for in the end: less refunds (EIP-3529), at least the floor (EIP-7623)."""
    events: tuple[Event, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The message was undone."""

    reason: str
    """As nodes word it."""
    data: bytes | None = None
    """What the contract said when it reverted; None when it did not revert."""
    gas: int = field(default=0, compare=False)
    """Used all the same."""


def attempt(chain: DemoChain, wanted: Attempt, at: Mined) -> Worked | Failed:
    """Run a message on the state after a block, as if in that block."""
    return _run(chain.state(at), wanted)


def in_turn(
    chain: DemoChain, wanted: Sequence[Attempt], at: Mined
) -> list[Worked | Failed]:
    """Run messages one after the other, as transactions of one block on top of `at`."""
    state: Any = chain.next_state(at)
    found: list[Worked | Failed] = []
    for each in wanted:
        # What was warm or written is so no longer for the next transaction.
        state.lock_changes()
        state.clear_transient_storage()
        found.append(_run(state, each))
        state.increment_nonce(raw(each.sender))
    return found


def _run(state: Any, wanted: Attempt) -> Worked | Failed:  # noqa: ANN401 - py-evm's own classes are not typed far enough
    gas = min(wanted.gas, GAS_LIMIT) - wanted.intrinsic()
    if gas < 0:
        return Failed(reason="intrinsic gas too low")
    sender = raw(wanted.sender)
    for address, code in wanted.codes.items():
        state.set_code(raw(address), code)
    if wanted.authorizations:
        # py-evm asks the transaction for this one attribute.
        state.process_set_code_authorizations(
            _Authorized(authorization_list=wanted.authorizations)
        )
    state.mark_address_warm(sender)
    context = state.get_transaction_context_class()(gas_price=0, origin=sender)
    machine = state.computation_class
    try:
        if wanted.to is None:
            created = generate_contract_address(sender, state.get_nonce(sender))
            message = Message(
                gas=gas,
                to=CREATE_CONTRACT_ADDRESS,
                sender=sender,
                value=wanted.value,
                data=b"",
                code=wanted.data,
                create_address=created,
            )
            computation = machine.apply_create_message(state, message, context)
        else:
            to = raw(wanted.to)
            state.mark_address_warm(to)
            code, delegate = PragueTransactionExecutor(state).get_code_at_address(to)
            message = Message(
                gas=gas,
                to=to,
                sender=sender,
                value=wanted.value,
                data=wanted.data,
                code=code,
                is_delegation=delegate is not None,
            )
            computation = machine.apply_message(state, message, context)
    except InsufficientFunds:
        return Failed(reason="insufficient funds for gas * price + value")
    used = wanted.intrinsic() + gas - computation.get_gas_remaining()
    if computation.is_error:
        return _failed(computation, used)
    refund = min(computation.get_gas_refund(), used // 5)
    return Worked(
        output=computation.output,
        gas=used,
        spent=max(used - refund, wanted.floor()),
        events=events(computation.get_log_entries()),
    )


def estimate(chain: DemoChain, wanted: Attempt, at: Mined) -> int | Failed:
    """The least gas limit with which the message works, to within 1 in 64."""
    first = attempt(chain, wanted, at)
    if isinstance(first, Failed):
        return first
    # A call gets 63/64 of what is left (EIP-150): the gas used need not be enough.
    low, high = first.gas - 1, min(wanted.gas, GAS_LIMIT)
    guess = first.gas
    while True:
        if isinstance(attempt(chain, replace(wanted, gas=guess), at), Worked):
            high = guess
        else:
            low = guess
        if high - low <= max(1, high // 64):
            return max(high, wanted.floor())
        guess = min((low + high) // 2, low + low // 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Authorized:
    authorization_list: tuple[Authorization, ...]


def _failed(computation: Any, used: int) -> Failed:  # noqa: ANN401 - as above
    match computation.error:
        case Revert():
            said = computation.output
            return Failed(reason="execution reverted", data=said, gas=used)
        case OutOfGas():
            return Failed(reason="out of gas", gas=used)
        case InvalidInstruction():
            return Failed(reason="invalid opcode", gas=used)
        case error:
            reason = f"VM execution error: {type(error).__name__}"
            return Failed(reason=reason, gas=used)
