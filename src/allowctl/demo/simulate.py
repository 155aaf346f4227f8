"""Trying a message on a block's state: what eth_call and eth_estimateGas do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth._utils.address import generate_contract_address
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import InsufficientFunds, InvalidInstruction, OutOfGas, Revert
from eth.vm.forks.prague.state import PragueTransactionExecutor
from eth.vm.forks.prague.transactions import Authorization
from eth.vm.message import Message

from allowctl.demo.chain import GAS_LIMIT, DemoChain, Mined, raw
from allowctl.model.chain import ZERO_ADDRESS, Address

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The message was undone."""

    reason: str
    """As nodes word it."""
    data: bytes | None = None
    """What the contract said when it reverted; None when it did not revert."""


def attempt(chain: DemoChain, wanted: Attempt, at: Mined) -> Worked | Failed:
    """Run a message on the state after a block, as if in that block."""
    gas = min(wanted.gas, GAS_LIMIT) - wanted.intrinsic()
    if gas < 0:
        return Failed(reason="intrinsic gas too low")
    state: Any = chain.state(at)
    sender = raw(wanted.sender)
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
    if computation.is_error:
        return _failed(computation)
    used = wanted.intrinsic() + gas - computation.get_gas_remaining()
    return Worked(output=computation.output, gas=used)


def estimate(chain: DemoChain, wanted: Attempt, at: Mined) -> int | Failed:
    """The least gas limit with which the message works, to within 1 in 64."""
    first = attempt(chain, wanted, at)
    if isinstance(first, Failed):
        return first
    # A call gets 63/64 of what is left (EIP-150): the gas used need not be enough.
    low, high = first.gas - 1, min(wanted.gas, GAS_LIMIT)
    guess = first.gas
    while True:
        if isinstance(attempt(chain, _with_gas(wanted, guess), at), Worked):
            high = guess
        else:
            low = guess
        if high - low <= max(1, high // 64):
            return max(high, wanted.floor())
        guess = min((low + high) // 2, low + low // 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Authorized:
    authorization_list: tuple[Authorization, ...]


def _with_gas(wanted: Attempt, gas: int) -> Attempt:
    return Attempt(
        sender=wanted.sender,
        to=wanted.to,
        data=wanted.data,
        value=wanted.value,
        gas=gas,
        authorizations=wanted.authorizations,
    )


def _failed(computation: Any) -> Failed:  # noqa: ANN401 - py-evm's own classes are not typed far enough
    match computation.error:
        case Revert():
            return Failed(reason="execution reverted", data=computation.output)
        case OutOfGas():
            return Failed(reason="out of gas")
        case InvalidInstruction():
            return Failed(reason="invalid opcode")
        case error:
            return Failed(reason=f"VM execution error: {type(error).__name__}")
