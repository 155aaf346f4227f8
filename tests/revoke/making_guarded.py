"""What the guard is given in tests: encoded by others (rlp, eth_abi, eth_account).

None of it is the program's: the guard is held against encoders it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

import rlp  # type: ignore[import-untyped] # it ships no types
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from allowctl.model.chain import ZERO_ADDRESS, Address
from allowctl.revoke.guard import (
    AmountRight,
    Bounds,
    ItemRight,
    OperatorRight,
    Permit2Right,
    Right,
    Zeroing,
)
from tests import build

OWNER, TOKEN, SPENDER, PERMIT2 = build.OWNER, build.TOKEN, build.SPENDER, build.PERMIT2
OTHER = Address("0x" + "99" * 20)
GWEI = 10**9

APPROVE = "approve(address,uint256)"
DECREASE_ALLOWANCE = "decreaseAllowance(address,uint256)"
DECREASE_APPROVAL = "decreaseApproval(address,uint256)"
FOR_ALL = "setApprovalForAll(address,bool)"
PERMIT2_APPROVE = "approve(address,address,uint160,uint48)"
LOCKDOWN = "lockdown((address,address)[])"
INVALIDATE = "invalidateNonces(address,address,uint48)"
GOOD = (
    APPROVE,
    DECREASE_ALLOWANCE,
    DECREASE_APPROVAL,
    FOR_ALL,
    PERMIT2_APPROVE,
    LOCKDOWN,
    INVALIDATE,
)


def selector(signature: str) -> bytes:
    """The first four bytes of a call, by eth_utils."""
    return keccak(text=signature)[:4]


def arguments(signature: str) -> list[str]:
    """The types of a function's arguments, as eth_abi wants them."""
    inner = signature.split("(", 1)[1][:-1]
    return ["(address,address)[]"] if signature == LOCKDOWN else inner.split(",")


def call(signature: str, *values: object) -> bytes:
    """Calldata, by eth_abi."""
    return selector(signature) + encode(arguments(signature), values)


def for_all(who: Address, *, on: bool = False) -> bytes:
    """The call that makes an operator, or unmakes one."""
    return call(FOR_ALL, who, on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tx:
    """A transaction yet to be signed, any field of it as wrong as a test wants."""

    chain_id: int = 1
    nonce: int = 7
    tip: int | None = GWEI
    """None for a legacy one."""
    max_fee: int = 30 * GWEI
    gas: int = 60_000
    to: str = TOKEN
    value: int = 0
    data: bytes = b""
    access: tuple[object, ...] = ()

    def fields(self) -> list[object]:
        """As they stand in what is hashed."""
        to = bytes.fromhex(self.to[2:])
        body = [self.gas, to, self.value, self.data]
        if self.tip is None:
            return [self.nonce, self.max_fee, *body, self.chain_id, 0, 0]
        fees = [self.tip, self.max_fee]
        return [self.chain_id, self.nonce, *fees, *body, list(self.access)]

    def payload(self) -> bytes:
        """What is hashed, by rlp."""
        kind = b"" if self.tip is None else b"\x02"
        return kind + bytes(rlp.encode(self.fields()))

    def given(self) -> dict[str, object]:
        """The same as eth_account takes it."""
        parts: dict[str, object] = {
            "chainId": self.chain_id,
            "nonce": self.nonce,
            "gas": self.gas,
            "to": bytes.fromhex(self.to[2:]),
            "value": self.value,
            "data": self.data,
        }
        if self.tip is None:
            return parts | {"gasPrice": self.max_fee}
        return parts | {
            "type": 2,
            "maxFeePerGas": self.max_fee,
            "maxPriorityFeePerGas": self.tip,
        }


class Parts(TypedDict, total=False):
    """What of bounds can be overridden."""

    chain_id: int
    sender: Address
    nonce: int
    gas: int
    fee_per_gas: int
    cost: int
    target: Address
    now: int
    zeroing: Zeroing | None


def bounds(*rights: Right, **parts: Unpack[Parts]) -> Bounds:
    """Bounds that `Tx()` keeps, on the contract of the rights."""
    made = Bounds(
        chain_id=1,
        sender=OWNER,
        nonce=7,
        gas=300_000,
        fee_per_gas=100 * GWEI,
        cost=10**16,
        target=rights[0].contract if rights else TOKEN,
        rights=rights,
        now=build.NOW,
    )
    return replace(made, **parts)


def amount(
    value: int = 100, *, spender: Address = SPENDER, items: bool = False
) -> AmountRight:
    """An ERC-20 allowance."""
    return AmountRight(contract=TOKEN, spender=spender, amount=value, items=items)


def item(token_id: int = 5) -> ItemRight:
    """An approved NFT."""
    return ItemRight(contract=TOKEN, token_id=token_id)


def operator(who: Address = SPENDER) -> OperatorRight:
    """A collection's operator."""
    return OperatorRight(contract=TOKEN, operator=who)


def permit2(  # noqa: PLR0913 - one parameter for each part of such a right
    value: int = 100,
    *,
    token: Address = TOKEN,
    spender: Address = SPENDER,
    expiration: int = build.NOW + 1000,
    nonce: int = 3,
    contract: Address = PERMIT2,
) -> Permit2Right:
    """An allowance inside Permit2."""
    return Permit2Right(
        contract=contract,
        token=token,
        spender=spender,
        amount=value,
        expiration=expiration,
        nonce=nonce,
    )


def zeroing(remaining: int, *, left: int = 0, spender: Address = SPENDER) -> Zeroing:
    """One that went before, on the same token."""
    return Zeroing(contract=TOKEN, spender=spender, remaining=remaining, left=left)


def locked(
    remaining: int, *, token: Address | None = TOKEN, spender: Address = SPENDER
) -> Zeroing:
    """A lockdown that went before, in the same Permit2."""
    return Zeroing(contract=PERMIT2, spender=spender, remaining=remaining, token=token)


GOOD_CALLS: dict[str, tuple[Bounds, bytes]] = {
    "revoke": (bounds(amount()), call(APPROVE, SPENDER, 0)),
    "least": (bounds(amount()), call(APPROVE, SPENDER, 1)),
    "set": (bounds(amount(0), zeroing=zeroing(90)), call(APPROVE, SPENDER, 90)),
    "decrease allowance": (bounds(amount()), call(DECREASE_ALLOWANCE, SPENDER, 100)),
    "decrease approval": (bounds(amount()), call(DECREASE_APPROVAL, SPENDER, 1)),
    "item": (bounds(item(5)), call(APPROVE, ZERO_ADDRESS, 5)),
    "operator": (bounds(operator()), for_all(SPENDER)),
    "permit2 limit": (
        bounds(permit2()),
        call(PERMIT2_APPROVE, TOKEN, SPENDER, 99, build.NOW + 1000),
    ),
    "permit2 set": (
        bounds(permit2(0), zeroing=locked(90)),
        call(PERMIT2_APPROVE, TOKEN, SPENDER, 90, build.NOW + 1000),
    ),
    "lockdown": (
        bounds(permit2(), permit2(token=OTHER)),
        call(LOCKDOWN, [(TOKEN, SPENDER), (OTHER, SPENDER)]),
    ),
    "cancel": (bounds(permit2()), call(INVALIDATE, TOKEN, SPENDER, 3 + 1024)),
}
"""One of each kind that the guard lets through."""
